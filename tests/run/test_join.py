"""One stream from the parts of several processes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from messages_conformance.results.join import join
from messages_conformance.results.reading import FORMAT, State, read_run

HEADER: dict[str, Any] = {
    "kind": "header",
    "format": FORMAT,
    "providers": [{"id": "a", "contract": "anthropic"}],
    "scenarios": [],
    "clauses": [],
    "checks": [],
}
PLAN = [
    {"kind": "planned", "provider": "a", "scenario": s, "not_applicable": None, "checks": [["ask", "c", "drop-in"]]}
    for s in ("one", "two")
]


def exchange(scenario: str, by: str) -> dict[str, Any]:
    return {"kind": "exchange", "provider": "a", "scenario": scenario, "id": f"a/{scenario}/ask/1.1", "by": by}


def result(scenario: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "step": "ask",
        "check": "c",
        "question": "drop-in",
        "outcome": "pass",
        "level": "MUST",
        "clauses": [],
    }
    return {"kind": "result", "provider": "a", "scenario": scenario, **told, "exchanges": [f"a/{scenario}/ask/1.1"]}


def footer(finished: str, tokens: int) -> dict[str, Any]:
    counts = {"results": {"pass": 1}, "exchanges": 2, "tokens": {"input": tokens, "output": 1}, "cost": {"USD": 0.5}}
    return {"kind": "footer", "finished": finished, **counts}


def part(path: Path, *records: dict[str, Any], cut: str = "") -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in (HEADER, *PLAN, *records)) + cut, "utf-8")
    return path


def test_every_scenario_once_with_the_exchanges_of_who_judged_it(tmp_path: Path) -> None:
    first = part(tmp_path / "0", exchange("one", "0"), result("one"), footer("2026-11-20T10:00:02Z", 10))
    # `one` is the preflight, which the second process had to send for itself.
    second = part(
        tmp_path / "1", exchange("one", "1"), exchange("two", "1"), result("two"), footer("2026-11-20T10:00:01Z", 5)
    )
    join([first, second], tmp_path / "whole")
    run = read_run(tmp_path / "whole")
    assert {s: [e["by"] for e in cell.exchanges] for (_, s), cell in run.cells.items()} == {"one": ["0"], "two": ["1"]}
    assert {cell.state("drop-in") for cell in run.cells.values()} == {State.PASS}
    assert run.footer == {
        "kind": "footer",
        "finished": "2026-11-20T10:00:02Z",
        "results": {"pass": 2},
        "exchanges": 4,
        "tokens": {"input": 15, "output": 2},
        "cost": {"USD": 1.0},
    }


def test_no_footer_when_a_part_was_cut_off_or_something_is_missing(tmp_path: Path) -> None:
    whole = part(tmp_path / "0", exchange("one", "0"), result("one"), footer("2026-11-20T10:00:02Z", 1))
    cut = part(tmp_path / "1", exchange("two", "1"), result("two"), cut='{"kind": "foo')
    join([whole, cut], tmp_path / "cut")
    assert not read_run(tmp_path / "cut").complete
    idle = part(tmp_path / "2", footer("2026-11-20T10:00:02Z", 1))
    join([whole, idle], tmp_path / "missing")
    run = read_run(tmp_path / "missing")
    assert not run.complete
    assert run.cells["a", "two"].state("drop-in") is State.INCOMPLETE
