"""A run that was cut off, gone on with: what was answered is kept, and the rest is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from messages_conformance.catalog import Catalog
from messages_conformance.errors import UserError
from messages_conformance.results.reading import read_run
from messages_conformance.results.verdict import Exit, judge_run
from messages_conformance.run.planning.plan import every, select
from messages_conformance.run.session import EARLIER, RESULTS, Intent, run

RESUME = Intent(resume=True)


def exchanges(path: Path) -> dict[str, Any]:
    return exchanges_of(path.read_text("utf-8").splitlines())


def cut(path: Path, after: int) -> dict[str, Any]:
    """Leave `after` exchanges of a stream, and half a line more, as a process does that is killed."""
    lines = path.read_text("utf-8").splitlines(keepends=True)
    places = [at for at, line in enumerate(lines) if '"kind":"exchange"' in line]
    kept = lines[: places[after]]
    path.write_text("".join(kept) + lines[places[after]][:40], "utf-8")
    return exchanges_of(kept)


def exchanges_of(lines: list[str]) -> dict[str, Any]:
    records = [json.loads(line) for line in lines]
    return {record["id"]: record for record in records if record["kind"] == "exchange"}


def test_it_asks_only_what_was_not_answered_and_ends_like_any_run(catalog: Catalog, tmp_path: Path) -> None:
    pairs = every([catalog.providers["reference"]], select(catalog.scenarios, ["smoke", "errors"]))
    whole = run(catalog, pairs, tmp_path)
    first = cut(tmp_path / RESULTS, 5)
    assert judge_run(read_run(tmp_path / RESULTS)).exit is Exit.INCOMPLETE

    resumed = run(catalog, pairs, tmp_path, intent=RESUME)

    told = exchanges(tmp_path / RESULTS)
    assert len(first) == 5
    assert {name: told[name] for name in first} == first, "with the time at which it was first asked"
    assert told.keys() == {record.id for record in whole.exchanges}
    assert judge_run(resumed).exit is Exit.CONFORMS
    assert not (tmp_path / EARLIER).exists()


def test_cut_off_twice_it_loses_nothing(catalog: Catalog, tmp_path: Path) -> None:
    pairs = every([catalog.providers["reference"]], select(catalog.scenarios, ["smoke"]))
    run(catalog, pairs, tmp_path)
    first = cut(tmp_path / RESULTS, 5)
    (tmp_path / RESULTS).rename(tmp_path / EARLIER)
    header = (tmp_path / EARLIER).read_text("utf-8").splitlines(keepends=True)[0]
    (tmp_path / RESULTS).write_text(header, "utf-8")  # the second run was killed before it had an answer

    run(catalog, pairs, tmp_path, intent=RESUME)

    told = exchanges(tmp_path / RESULTS)
    assert {name: told[name] for name in first} == first


def test_an_outage_is_asked_again(catalog: Catalog, tmp_path: Path) -> None:
    pairs = every([catalog.providers["reference"]], select(catalog.scenarios, ["messages.basic"]))
    run(catalog, pairs, tmp_path)
    text = (tmp_path / RESULTS).read_text("utf-8").replace('"status":200', '"status":529')
    (tmp_path / RESULTS).write_text(text, "utf-8")
    assert judge_run(run(catalog, pairs, tmp_path, intent=RESUME)).exit is Exit.CONFORMS


def test_without_a_stream_there_is_nothing_to_go_on_with(catalog: Catalog, tmp_path: Path) -> None:
    pairs = every([catalog.providers["reference"]], select(catalog.scenarios, ["messages.basic"]))
    with pytest.raises(UserError, match="to go on with"):
        run(catalog, pairs, tmp_path, intent=RESUME)
