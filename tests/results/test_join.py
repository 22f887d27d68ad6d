"""One stream from the parts of several processes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from handmade import exchange, footer, header, line, stream
from messages_conformance.results.join import join
from messages_conformance.results.reading import read_run
from messages_conformance.results.records import Diagnosed, Judged, Record, Tokens, to_line
from messages_conformance.results.vocabulary import State

HEADER, FIRST, SECOND, *JUDGED = stream(
    header(), [line(s, "c", exchanges=(f"maker/{s}/ask/1.1",)) for s in ("one", "two")], complete=False
)
ONE, TWO = (record for record in JUDGED if isinstance(record, Judged))
LATE = footer(
    finished="2026-11-20T10:00:02Z", results={"pass": 1}, exchanges=2, tokens=Tokens(10, 1), cost={"USD": 0.5}
)
EARLY = replace(LATE, finished="2026-11-20T10:00:01Z", tokens=Tokens(5, 1))


def part(path: Path, *records: Record, cut: str = "") -> Path:
    path.write_text("".join(map(to_line, (HEADER, FIRST, SECOND, *records))) + cut, "utf-8")
    return path


def test_every_scenario_once_with_the_exchanges_of_who_judged_it(tmp_path: Path) -> None:
    first = part(tmp_path / "0", exchange("one", total_ms=10), ONE, LATE)
    # `one` is the preflight, which the second process had to send for itself.
    second = part(tmp_path / "1", exchange("one", total_ms=11), exchange("two", total_ms=11), TWO, EARLY)
    join([first, second], tmp_path / "whole")
    run = read_run(tmp_path / "whole")
    by = {scenario: [e.total_ms for e in cell.exchanges] for (_, scenario), cell in run.cells.items()}
    assert by == {"one": [10], "two": [11]}
    assert {cell.state("drop-in") for cell in run.cells.values()} == {State.PASS}
    assert run.footer == replace(LATE, results={"pass": 2}, exchanges=4, tokens=Tokens(15, 2), cost={"USD": 1.0})


def test_no_footer_when_a_part_was_cut_off_or_something_is_missing(tmp_path: Path) -> None:
    whole = part(tmp_path / "0", exchange("one"), ONE, LATE)
    cut = part(tmp_path / "1", exchange("two"), TWO, cut='{"kind": "foo')
    join([whole, cut], tmp_path / "cut")
    assert not read_run(tmp_path / "cut").complete
    idle = part(tmp_path / "2", LATE)
    join([whole, idle], tmp_path / "missing")
    run = read_run(tmp_path / "missing")
    assert not run.complete
    assert run.cells["maker", "two"].state("drop-in") is State.INCOMPLETE


def test_a_process_that_was_killed_before_it_began_leaves_the_rest_readable(tmp_path: Path) -> None:
    (tmp_path / "0").write_text(to_line(HEADER)[:50], "utf-8")
    join([tmp_path / "0", part(tmp_path / "1", exchange("one"), ONE, LATE)], tmp_path / "whole")
    run = read_run(tmp_path / "whole")
    assert not run.complete
    assert run.cells["maker", "one"].state("drop-in") is State.PASS


def test_what_ended_the_run_of_a_provider_is_told_once(tmp_path: Path) -> None:
    found = Diagnosed("maker", "no-answer", "could not be asked: no answer within 9 s", 3)
    parts = [part(tmp_path / "0", found, ONE, LATE), part(tmp_path / "1", found, TWO, EARLY)]
    join(parts, tmp_path / "whole")
    assert read_run(tmp_path / "whole").diagnoses == {"maker": found}
    assert (tmp_path / "whole").read_text("utf-8").count('"diagnosed"') == 1
