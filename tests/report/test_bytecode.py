"""What templates come to is kept between processes."""

from __future__ import annotations

from collections.abc import Iterator

import handmade
import pytest
from jinja2 import Environment
from messages_conformance.report import markup
from messages_conformance.report.outputs.html import render


@pytest.fixture(autouse=True)
def _another_process() -> Iterator[None]:
    """Each test begins as a new process does, and so does whatever comes after it."""
    markup.environment.cache_clear()
    yield
    markup.environment.cache_clear()


def test_the_page_of_a_run_is_made_without_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    run = handmade.run(handmade.header(handmade.provider()))
    first = render(run)
    markup.environment.cache_clear()
    monkeypatch.setattr(Environment, "compile", _compile)
    assert render(run) == first


def _compile(_: Environment, __: str, name: str | None = None, *___: object) -> None:
    pytest.fail(f"{name} is compiled each time: is it among those that are kept?")
