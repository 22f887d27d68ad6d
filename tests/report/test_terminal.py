"""The summary on a terminal."""

from __future__ import annotations

import io
from pathlib import Path

import samples
from messages_conformance.report.terminal import summary
from messages_conformance.results.reading import Run
from rich.console import Console


def _printed(run: Run, *, width: int = 100) -> str:
    out = io.StringIO()
    summary(run, Console(file=out, width=width), page=Path("reports/index.html"))
    return out.getvalue()


def test_verdicts_come_first_and_last() -> None:
    lines = _printed(samples.run()).splitlines()
    assert lines[0] == "✕ NagaAI does not conform: 3 causes (2 MUST, 1 MAY)"
    assert "✓ Reference conforms" in lines
    assert lines[-2] == "✕ Verdict: NagaAI does not conform: 3 causes (2 MUST, 1 MAY)"
    assert lines[-1] == "Evidence for every cell: open reports/index.html"


def test_a_failing_check_is_told_once_with_its_scenarios() -> None:
    naga = _printed(samples.run()).partition("✓ Reference")[0]
    assert naga.count("Every event is named") == 1
    block = naga[naga.index("Every event is named") :]
    for said in ("fails in     2 scenarios: streaming.text, streaming.tools", "expected     event: message_delta"):
        assert said in block
    assert naga.index("✕ MUST") < naga.index("≈ MAY") < naga.index("? rate-limit: 2 checks left open")
    assert "– 1 scenario not asked: does not claim the feature thinking" in naga


def test_a_failure_tells_what_the_documents_say_against_its_clause() -> None:
    assert "disputed by  A stream's example ends with [DONE]. (naga:stream.done)" in _printed(samples.run())


def test_it_says_which_clients_work_and_what_breaks_the_others() -> None:
    naga, reference, _ = _printed(samples.run()).split("\n\n", 2)
    assert "breaks: a chat application" in naga
    assert "unknown: a coding agent" in naga
    assert "breaks       a chat application: Nothing appears on the screen." in naga
    assert "works: a chat application" in reference


def test_played_and_skipped_providers_are_told_apart() -> None:
    text = _printed(samples.run())
    assert "played from its documents, not a live service" in text
    assert "– Bifrost was not run: BIFROST_KEY is not set" in text


def test_a_run_that_was_cut_off_says_so() -> None:
    assert "cut off before its end" in _printed(samples.run(complete=False))


def test_nothing_trails_and_nothing_from_a_provider_is_obeyed() -> None:
    text = _printed(samples.hostile_run(), width=60)
    assert "\x1b" not in text
    assert "␛[31m" in text
    assert [line for line in text.splitlines() if line != line.rstrip()] == []
    text.encode("utf-8")
