"""What a program may use, as `docs/library.md` shows it."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import messages_conformance
import pytest

PAGE = Path(__file__).parents[1] / "docs" / "library.md"


def test_the_example_of_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(example, str(PAGE), "exec"), {})  # noqa: S102
    scenarios, verdict = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"\d+ scenarios", scenarios)
    assert verdict == "0 Reference conforms"


def test_the_page_names_all_that_is_public_and_nothing_else() -> None:
    named = re.findall(r"^\| `(\w+)", PAGE.read_text("utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(messages_conformance.__all__)
    assert all(callable(getattr(messages_conformance, name)) for name in named)
    assert files("messages_conformance").joinpath("py.typed").is_file()


def test_what_is_not_public_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'catalogue'"):
        messages_conformance.catalogue  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue]


def test_scenarios_of_ones_own_are_loaded_beside_the_bundled(write: Callable[[str, str], Path]) -> None:
    body = "{max_tokens: 64, messages: [{role: user, content: Hi}]}"
    steps = f"steps: [{{id: ask, expect: message, body: {body}}}]"
    path = write("mine/a.yaml", f"area: mine\nscenarios:\n  - {{id: mine.own, title: T, why: W, {steps}}}\n")
    catalog = messages_conformance.load(scenarios=[path.parent])
    choice = messages_conformance.Choice(providers=("reference",), scenarios=("mine.own",))
    assert [unit.scenario.id for unit in messages_conformance.plan(catalog, choice).asked] == ["mine.own"]
    with pytest.raises(messages_conformance.UserError, match="no scenario is in"):
        messages_conformance.load(scenarios=[write("empty/a.txt", "").parent])
