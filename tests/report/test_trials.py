"""What the official SDK could do, in the words of every output."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import pytest
import samples
from messages_conformance.catalog.model import Level
from messages_conformance.checks.base import Cause, Outcome
from messages_conformance.report.console import Console
from messages_conformance.report.outputs import html, markdown, summary
from messages_conformance.report.overview import overview
from messages_conformance.report.terminal.detail import details
from messages_conformance.report.terminal.jobs import print_jobs
from messages_conformance.report.trials import headline, trial
from messages_conformance.results.reading import Run
from messages_conformance.results.records import Diagnosed, Tried
from messages_conformance.results.verdict import Exit, judge_run

SAMPLE = samples.run()
LIVE = next(provider for provider in SAMPLE.providers if provider.kind == "live")


def tried(job: str, outcome: Outcome, told: str | None = None, **more: Any) -> Tried:
    return Tried(more.pop("provider", LIVE.id), job, f"the job {job}", "anthropic 2.14.0", outcome, told=told, **more)


DONE = tried("a", Outcome.PASS)
FAILED = tried("b", Outcome.FAIL, "raises anthropic.BadRequestError (400): no")
OPEN = tried("c", Outcome.INCONCLUSIVE, "raises anthropic.RateLimitError (429)", cause=Cause.RATE_LIMIT)
NOT_ASKED = tried("d", Outcome.NOT_APPLICABLE, "maker does not claim vision")
ALL = (DONE, FAILED, OPEN, NOT_ASKED)
SENTENCE = "1 of 3 jobs done with the official SDK (anthropic 2.14.0)"
LINES = (
    "the job b: the SDK raises anthropic.BadRequestError (400): no",
    "the job c: undecided for a rate limit: the SDK raises anthropic.RateLimitError (429)",
)


def run(*jobs: Tried, **more: Any) -> Run:
    return replace(SAMPLE, tried=jobs, **more)


def printed(of: Run) -> tuple[str, Exit]:
    out = io.StringIO()
    code = print_jobs(of, Console(file=out, width=200))
    return out.getvalue(), code


def test_what_was_not_done_is_told_worst_first() -> None:
    found = trial(run(OPEN, *ALL[:2], NOT_ASKED), LIVE)
    assert found
    assert (found.sentence, found.lines) == (SENTENCE, LINES)
    assert trial(run(), LIVE) is None


def test_how_the_key_was_given_is_told_where_it_is_not_the_usual_way() -> None:
    found = trial(run(replace(DONE, key_as="auth_token")), LIVE)
    assert found
    assert found.sentence.endswith(", the key as auth_token, since api_key was refused")


def test_every_output_has_it() -> None:
    told, out = run(*ALL), io.StringIO()
    details(told, Console(file=out, width=200), Level.MUST)
    page, text = html.files(told, Level.MUST)["index.html"], markdown.render(told)
    for shown in (page, text.replace("\\", ""), out.getvalue()):
        for line in (SENTENCE, *LINES):
            assert line in shown


def test_scripts_are_told_each_job() -> None:
    told = json.loads(summary.render(run(*ALL)))["providers"]
    sdk = told[LIVE.id]["sdk"]
    assert (sdk["client"], sdk["done"], sdk["asked"]) == ("anthropic 2.14.0", 1, 3)
    assert sdk["jobs"]["b"] == {"title": "the job b", "outcome": "fail", "sentence": LINES[0].partition(": ")[2]}
    assert [name for name, provider in told.items() if "sdk" in provider] == [LIVE.id]


def test_one_line_of_the_first_screen_is_about_it() -> None:
    assert headline(run()) == ""
    assert headline(run(*ALL)) == f"{SENTENCE}, at {LIVE.title}"
    other = next(provider for provider in SAMPLE.providers if provider.id != LIVE.id)
    both = run(*ALL, tried("a", Outcome.PASS, provider=other.id))
    assert headline(both) == "the official SDK (anthropic 2.14.0) does all jobs at 1 of 2 providers"
    assert overview(both).headlines[-1] == headline(both)


def test_no_verdict_rests_on_it() -> None:
    assert judge_run(run(*ALL)) == judge_run(run())


@pytest.mark.parametrize(
    ("jobs", "code"),
    [
        ((DONE, NOT_ASKED), Exit.CONFORMS),
        ((DONE, OPEN), Exit.INCOMPLETE),
        ((DONE, OPEN, FAILED), Exit.DOES_NOT),
        ((FAILED, tried("e", Outcome.HARNESS_ERROR, "ended with its process: x")), Exit.FAULT),
        ((NOT_ASKED,), Exit.INCOMPLETE),
    ],
)
def test_the_exit_code_of_nothing_but_jobs(jobs: tuple[Tried, ...], code: Exit) -> None:
    alone = replace(run(*jobs), header=replace(SAMPLE.header, providers=(LIVE,)))
    assert printed(alone)[1] is code


def test_a_run_that_was_cut_off_has_not_done_all() -> None:
    alone = replace(run(DONE, footer=None), header=replace(SAMPLE.header, providers=(LIVE,)))
    assert printed(alone)[1] is Exit.INCOMPLETE


def test_each_job_is_a_line_and_so_is_who_was_not_asked() -> None:
    said, _ = printed(run(*ALL))
    assert f"{LIVE.title}: {SENTENCE}" in said
    assert "  ✓ the job a\n" in said
    assert f"  ✕ {LINES[0]}\n" in said
    assert f"  ? {LINES[1]}\n" in said
    assert "  – the job d: maker does not claim vision\n" in said
    assert said.count("the SDK was not asked") == len(SAMPLE.providers) - len(SAMPLE.skipped) - 1


def test_a_diagnosis_says_why_nothing_was_done() -> None:
    found = Diagnosed(LIVE.id, "silence", "could not be asked: it is silent", 3)
    alone = replace(run(), diagnoses={LIVE.id: found}, header=replace(SAMPLE.header, providers=(LIVE,)))
    assert printed(alone) == (f"? {LIVE.title} could not be asked: it is silent\n", Exit.INCOMPLETE)
