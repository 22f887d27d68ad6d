"""A stream in which something is not as it should be: refused with its line, or shown like any other."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any, TypeAlias, cast

import handmade
import pytest
import samples
from hypothesis import given
from hypothesis import strategies as st
from messages_conformance.catalog.model import Level
from messages_conformance.errors import UserError
from messages_conformance.report.outputs import OUTPUTS
from messages_conformance.results.reading import read_run
from messages_conformance.results.records import to_line

LINES = [json.loads(to_line(record)) for record in handmade.stream(samples.header(), samples.told())]
WRONG: tuple[Any, ...] = (None, 1, -1, 0.5, 10**9, 1e308, "", "x", "\ud800", "2026", [], {}, [1], [[]], {"a": 1}, True)
Place: TypeAlias = tuple[str | int, ...]


def places(value: Any, *before: str | int) -> list[Place]:
    """Where there is a value in `value`, at any depth."""
    members: dict[Any, Any] = {}
    if isinstance(value, dict):
        members = cast("dict[Any, Any]", value)
    elif isinstance(value, list):
        members = dict(enumerate(cast("list[Any]", value)))
    inside = [place for key, each in members.items() for place in places(each, *before, key)]
    return [before, *inside] if before else inside


def damaged(line: Any, place: Place, wrong: Any, *, gone: bool) -> str:
    """The line with another value in a place, or without it."""
    changed = copy.deepcopy(line)
    inside = changed
    for key in place[:-1]:
        inside = inside[key]
    if gone:
        del inside[place[-1]]
    else:
        inside[place[-1]] = wrong
    return json.dumps(changed) + "\n"


@pytest.mark.gate
@given(st.data())
def test_it_is_refused_with_its_line_or_shown(tmp_path_factory: Any, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(LINES) - 1))
    line = LINES[number]
    new = damaged(
        line, data.draw(st.sampled_from(places(line))), data.draw(st.sampled_from(WRONG)), gone=data.draw(st.booleans())
    )
    path: Path = tmp_path_factory.getbasetemp() / "damaged.jsonl"
    path.write_text("".join(new if n == number else json.dumps(each) + "\n" for n, each in enumerate(LINES)), "utf-8")
    try:
        run = read_run(path)
    except UserError as error:
        assert "damaged.jsonl" in str(error)  # noqa: PT017  either is lawful
        return
    for output in OUTPUTS:
        assert output.files(run, Level.MUST)
