"""docs/results.md: what it tells third parties is what this program does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import handmade
import samples
import schemas
from jsonschema import Draft202012Validator
from messages_conformance.results import records
from messages_conformance.results.reading import Run, assemble, read_run
from messages_conformance.results.records import to_line
from messages_conformance.results.vocabulary import State

PAGE = (Path(__file__).parents[2] / "docs" / "results.md").read_text("utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return found


def reader() -> Callable[[Iterable[str]], Iterable[tuple[Any, ...]]]:
    """The page's own reader."""
    names: dict[str, Any] = {}
    exec(block("python"), names)  # noqa: S102
    return names["results"]


def told(run: Run) -> set[tuple[Any, ...]]:
    """The same of a run as this program reads it."""
    found: set[tuple[Any, ...]] = set()
    for cell in run.cells.values():
        place = cell.provider, cell.scenario
        found |= {(*place, r.step, r.check, r.question, r.level, r.outcome) for r in cell.results}
    return found


def test_the_example_is_a_stream_like_any_other(tmp_path: Path) -> None:
    validator: Any = Draft202012Validator(schemas.records_schema())
    for line in block("jsonl").splitlines():
        validator.validate(json.loads(line))
    (tmp_path / "results.jsonl").write_text(block("jsonl"), "utf-8")
    run = read_run(tmp_path / "results.jsonl")
    assert not run.complete
    assert run.cells["maker", "messages.basic"].state("drop-in") is State.FAIL
    assert [to_line(record) for record in (run.header, *run.exchanges)] == [
        line + "\n" for line in block("jsonl").splitlines() if '"kind":"header"' in line or '"kind":"exchange"' in line
    ]
    assert set(reader()(block("jsonl").splitlines(keepends=True))) == told(run)


def test_the_reader_of_the_page_finds_what_this_program_finds() -> None:
    stream = handmade.stream(samples.header(), samples.told())
    found = list(reader()([*map(to_line, stream), '{"kind": "jud']))
    judged = {entry for entry in found if entry[-1] is not None}
    assert judged == told(assemble(stream))
    assert [entry[:4] for entry in found if entry[-1] is None] == [
        ("naga", "thinking.enabled", "ask", "thinking.order")
    ]


def test_every_kind_of_record_is_told_of() -> None:
    assert re.findall(r"^\| `(\w+)` \| one", PAGE, re.MULTILINE) == list(records.KINDS)
    assert f"This page is about format {records.FORMAT}." in PAGE
