"""What the official SDK could do, on a terminal: a line for each job of each provider."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from messages_conformance.checks.base import Outcome
from messages_conformance.report.console import Console
from messages_conformance.report.terminal.lines import say
from messages_conformance.report.terminal.screen import MARKS
from messages_conformance.report.trials import MARKS as OF_JOBS
from messages_conformance.report.trials import Trial, became, trial
from messages_conformance.report.words import one_line
from messages_conformance.results.reading import Run
from messages_conformance.results.records import Provider
from messages_conformance.results.verdict import Exit, deciding, judge_provider

_SEVERITY = (Exit.FAULT, Exit.USAGE, Exit.DOES_NOT, Exit.INCOMPLETE, Exit.CONFORMS)


def print_jobs(run: Run, console: Console) -> Exit:
    """Print what became of every job, and give the exit code: the worst of the providers that decide."""
    for provider in run.providers:
        found = trial(run, provider)
        if provider.id in run.diagnoses or provider.id in run.skipped:
            say(console, Text(f"? {one_line(provider.title)} {one_line(judge_provider(run, provider).sentence)}"))
            continue
        if found is None:
            say(console, Text(f"? {one_line(provider.title)}: the SDK was not asked"))
            continue
        say(console, Text(f"{one_line(provider.title)}: {found.sentence}", "bold"))
        for line in _lines(found):
            say(console, line, 2, hang=4)
    return min((_exit(run, provider) for provider in deciding(run)), key=_SEVERITY.index, default=Exit.INCOMPLETE)


def _lines(found: Trial) -> Iterator[Text]:
    for job in found.jobs:
        mark = OF_JOBS.get(job.outcome, "?")
        said = "" if job.outcome is Outcome.PASS and not job.told else f": {became(job)}"
        yield Text.assemble((mark, MARKS[mark]), f" {one_line(job.title)}", (said, "dim"))


def _exit(run: Run, provider: Provider) -> Exit:
    if provider.id in run.skipped or provider.id in run.diagnoses:
        return judge_provider(run, provider).exit
    found = trial(run, provider)
    return found.exit if found and run.complete else Exit.INCOMPLETE
