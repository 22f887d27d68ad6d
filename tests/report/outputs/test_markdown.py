"""The Markdown report."""

from __future__ import annotations

from dataclasses import replace

import handmade
import many
import pytest
import samples
from messages_conformance.report.outputs import markdown
from messages_conformance.report.outputs.markdown import render, text
from messages_conformance.results.reading import Run, assemble
from syrupy.assertion import SnapshotAssertion


def _small() -> Run:
    """Two providers and the scenarios about errors: one of each thing that the report can show."""
    whole = samples.header()
    header = replace(
        whole,
        scenarios=tuple(s for s in whole.scenarios if s.area == "errors"),
        providers=tuple(p for p in whole.providers if p.id in ("naga", "aisa")),
    )
    return handmade.run(header, *(e for e in samples.told() if "errors" in getattr(e, "scenario", "errors")))


def test_report(snapshot: SnapshotAssertion) -> None:
    assert render(_small()) == snapshot


def test_the_same_stream_gives_the_same_text() -> None:
    assert render(samples.run()) == render(samples.run())


def test_a_cell_with_two_questions_holds_two_words() -> None:
    report = render(samples.run())
    assert "| A streamed tool call | ❌ fail / ✅ pass | ✅ pass | ❌ fail / ✅ pass |" in report
    assert "| Bifrost | not run | BIFROST\\_KEY is not set |" in report


def test_a_failure_tells_what_the_documents_say_against_its_clause() -> None:
    report = render(samples.run())
    assert (
        "  - disputed by: A stream's example ends with \\[DONE\\]. (naga:stream.done) [Streaming Messages](" in report
    )


def test_what_a_provider_sent_stays_text() -> None:
    report = render(samples.hostile_run())
    assert "<img" not in report
    assert "<script" not in report
    assert "](http://b)" not in report.replace("\\](http://b)", "")
    assert "\x1b" not in report
    report.encode("utf-8")
    rows = [line for line in report.splitlines() if line.startswith("| A ") or "&lt;/script&gt;" in line]
    assert rows
    table = [line for line in rows if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in table if "✅" in line} == {5}


def test_text_keeps_to_one_line() -> None:
    assert text("a\nb | `c` <d> *e*") == "a b \\| \\`c\\` &lt;d&gt; \\*e\\*"


def test_a_run_that_was_cut_off_says_so() -> None:
    assert "cut off before its end" in render(samples.run(complete=False))


@pytest.mark.parametrize("number", [1, 6, 16])
def test_what_decides_stands_before_what_is_folded_and_is_short(number: int) -> None:
    run = assemble(many.multiplied(handmade.stream(samples.header(), samples.told()), number))
    first, folded, rest = render(run).partition("<details>")
    assert folded
    assert len(first.splitlines()) <= 60
    assert first.count("  - MUST: Every event is named (2 scenarios; stream.named)") >= number // 2
    assert rest.count("</details>") == rest.count("<details>") + 1


def test_it_is_never_larger_than_a_job_summary_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "BYTES", 4000)
    report = render(samples.run())
    assert len(report.encode()) <= 4200
    assert "There was no room here for" in report
    assert report.count("<details>") == report.count("</details>") > 0


def test_a_long_list_of_failures_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "FINDINGS_SHOWN", 2)
    naga = render(samples.run()).partition("All of NagaAI")[2].partition("</details>")[0]
    assert naga.count("**MUST**") == 2
    assert "- and 1 finding more in the HTML report" in naga


def test_expectations_that_do_not_hold_stand_on_the_first_screen_and_below_it() -> None:
    report = render(samples.untrue())
    told = "stream.end expired on 2026-11-08, 12 days before this run (work/expectations.yaml:3)"
    assert f"  - expectation: {told}\n" in report
    assert f"- expectation that does not hold: {told}\n" in report
    assert "**Reference** is not as expected: error.type no longer fails" in report
