"""One stream from the runs of several jobs; what does not belong together is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import handmade
import pytest
from handmade import exchange, footer, line
from messages_conformance.catalog.model import Level
from messages_conformance.errors import UserError
from messages_conformance.results.across.combining import NotRun, combine
from messages_conformance.results.clients import answers
from messages_conformance.results.reading import read_run
from messages_conformance.results.records import (
    Check,
    Clause,
    Contract,
    Dependence,
    Judged,
    Profile,
    Record,
    Relation,
    Scenario,
    Suite,
    Tokens,
    to_line,
)

SCENARIOS = (Scenario("s", "area", "A scenario", "w", "f.yaml:1"),)
PROFILES = (Profile("sdk", "An SDK", "w", depends=(Dependence(("anthropic:x",), "It is lost.", ("u",)),)),)


def nothing_back(*_: Any) -> tuple[Judged, ...]:
    return ()


CHECKS = {name: Check(name, f"The check {name}", "w") for name in "abc"}


def job(
    path: Path, name: str, *told: handmade.Line | Record, complete: bool = True, providers: Any = None, **header: Any
) -> Path:
    who = providers or (handmade.provider(name),)
    checks = tuple(CHECKS[entry.check] for entry in told if isinstance(entry, handmade.Line))
    given = {"scenarios": SCENARIOS, "profiles": PROFILES, "checks": checks, **header}
    records = handmade.stream(handmade.header(*who, **given), told, complete=complete)
    directory = path / f"{name}-{len(list(path.iterdir()))}"
    directory.mkdir()
    stream = directory / "results.jsonl"
    stream.write_text("".join(map(to_line, records)), "utf-8")
    return stream


def test_every_provider_keeps_what_it_was_judged(tmp_path: Path) -> None:
    """The criteria of each job are counted from 0, and mean something else in the whole."""
    one = job(
        tmp_path,
        "one",
        line("s", "a", "fail", provider="one", expected="x", actual="y"),
        line("s", "b", provider="one"),
        exchange("s", provider="one"),
        footer(exchanges=1, tokens=Tokens(10, 1), finished="2026-11-20T10:00:05Z"),
        started="2026-11-20T10:00:01Z",
    )
    other = job(
        tmp_path,
        "other",
        line("s", "c", provider="other"),
        line("s", "a", provider="other"),
        footer(exchanges=2, tokens=Tokens(5, 2), finished="2026-11-20T10:00:09Z"),
    )
    whole = tmp_path / "whole.jsonl"
    combine([one, other], [], whole, nothing_back)
    run = read_run(whole)
    assert [provider.id for provider in run.providers] == ["one", "other"]
    assert {
        (cell.provider, result.check): result.outcome for cell in run.cells.values() for result in cell.results
    } == {("one", "a"): "fail", ("one", "b"): "pass", ("other", "c"): "pass", ("other", "a"): "pass"}
    assert [len(cell.exchanges) for cell in run.cells.values()] == [1, 0]
    assert set(run.checks) == {"a", "b", "c"}
    assert run.header.started == "2026-11-20T10:00:00Z"
    assert run.footer
    assert (run.footer.exchanges, run.footer.tokens) == (3, Tokens(15, 3))
    assert run.footer.finished == "2026-11-20T10:00:09Z"
    assert [answers(run, provider)[0].answer for provider in run.providers] == ["breaks", "works"]


def test_a_job_that_left_nothing_is_not_run_with_its_reason(tmp_path: Path) -> None:
    one = job(tmp_path, "one", line("s", "a", provider="one"))
    left = NotRun(handmade.provider("naga", contract="naga"), Contract("naga", "Naga"), "its job was cancelled")
    combine([one], [left], tmp_path / "whole.jsonl", nothing_back)
    run = read_run(tmp_path / "whole.jsonl")
    assert run.skipped == {"naga": "its job was cancelled"}
    assert [contract.id for contract in run.header.contracts] == ["naga"]
    assert run.complete


def test_a_job_that_was_cut_off_leaves_the_whole_incomplete(tmp_path: Path) -> None:
    jobs = [job(tmp_path, name, line("s", "a", provider=name), complete=name == "one") for name in ("one", "other")]
    combine(jobs, [], tmp_path / "whole.jsonl", nothing_back)
    assert not read_run(tmp_path / "whole.jsonl").complete


CLAUSE = Clause("anthropic:x", Level.MUST, "What is promised.", "A page", "https://docs.example")


@pytest.mark.parametrize(
    ("name", "other", "complaint"),
    [
        ("one", {}, "provider `one` is in "),
        ("two", {"suite": Suite("messages-conformance", "0.2.0")}, "they were judged by two versions: "),
        ("two", {"profile": "sdk"}, "they are about two things: "),
        ("two", {"scenarios": ()}, "they were asked other scenarios: "),
        ("two", {"profiles": ()}, None),
        ("two", {"profiles": (Profile("sdk", "Another", "w"),)}, "two catalogues: `sdk` is not the same in"),
        ("two", {"causes": (Relation("a", ("b",), "run"),)}, "two catalogues: what explains what is not the same"),
        ("two", {"clauses": (Clause("anthropic:x", Level.MAY, "t", "s", "u"),)}, "two catalogues: `anthropic:x`"),
    ],
)
def test_what_does_not_belong_together_is_refused(
    tmp_path: Path, name: str, other: dict[str, Any], complaint: str | None
) -> None:
    one = job(tmp_path, "one", line("s", "a", provider="one"), clauses=(CLAUSE,))
    two = job(tmp_path, name, line("s", "a", provider=name), **other)
    whole = tmp_path / "whole.jsonl"
    if complaint is None:
        combine([one, two], [], whole, nothing_back)
        return
    with pytest.raises(UserError) as refused:
        combine([one, two], [], whole, nothing_back)
    assert complaint in str(refused.value)
    assert str(two) in str(refused.value)
    assert not whole.exists()


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    one = job(tmp_path, "one", line("s", "a", provider="one"))
    two = job(tmp_path, "one", line("s", "a", provider="one"), profile="sdk", suite=Suite("messages-conformance", "9"))
    left = NotRun(handmade.provider("one"), Contract("anthropic", "A"), "cancelled")
    with pytest.raises(UserError) as refused:
        combine([one, two], [left], tmp_path / "whole.jsonl", nothing_back)
    assert len(refused.value.problems) == 4
