"""What the official SDK could do at a provider, in words that every output shares. It decides nothing (decision 29)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from messages_conformance.checks.base import Outcome
from messages_conformance.report.words import one_line, plural
from messages_conformance.results.reading import Run
from messages_conformance.results.records import Provider, Tried
from messages_conformance.results.undecided import CAUSE_WORDS
from messages_conformance.results.vocabulary import Exit

MARKS: Mapping[Outcome, str] = {Outcome.PASS: "✓", Outcome.FAIL: "✕", Outcome.NOT_APPLICABLE: "–"}
"""Anything else is a question mark."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The jobs at one provider, in the order in which they were done."""

    provider: Provider
    client: str
    jobs: tuple[Tried, ...]

    @property
    def asked(self) -> tuple[Tried, ...]:
        return tuple(job for job in self.jobs if job.outcome is not Outcome.NOT_APPLICABLE)

    @property
    def done(self) -> int:
        return sum(job.outcome is Outcome.PASS for job in self.jobs)

    @property
    def exit(self) -> Exit:
        """What it alone would end with."""
        outcomes = {job.outcome for job in self.jobs}
        if Outcome.HARNESS_ERROR in outcomes:
            return Exit.FAULT
        if Outcome.FAIL in outcomes:
            return Exit.DOES_NOT
        return Exit.CONFORMS if self.asked and self.done == len(self.asked) else Exit.INCOMPLETE

    @property
    def sentence(self) -> str:
        """`18 of 20 jobs done with the official SDK (anthropic 2.14.0)`"""
        key = next((job.key_as for job in self.jobs if job.key_as), None)
        way = f", the key as {key}, since api_key was refused" if key else ""
        return (
            f"{self.done} of {plural(len(self.asked), 'job')} done with the official SDK ({one_line(self.client)}){way}"
        )

    @property
    def lines(self) -> tuple[str, ...]:
        """What was not done, a line each: what failed, then what is undecided."""
        return (*self._lines(Outcome.FAIL), *self._lines(Outcome.INCONCLUSIVE), *self._lines(Outcome.HARNESS_ERROR))

    def _lines(self, outcome: Outcome) -> Iterator[str]:
        yield from (f"{job.title}: {became(job)}" for job in self.jobs if job.outcome is outcome)


def trial(run: Run, provider: Provider) -> Trial | None:
    """What was tried at a provider; None if nothing was."""
    jobs = tuple(job for job in run.tried if job.provider == provider.id)
    return Trial(provider, jobs[0].client, jobs) if jobs else None


def became(job: Tried) -> str:
    """What became of one job: `the SDK raises …`, with the cause where nothing was decided."""
    match job.outcome:
        case Outcome.NOT_APPLICABLE:
            return one_line(job.told or "not asked")
        case Outcome.INCONCLUSIVE:
            cause = CAUSE_WORDS.get(job.cause, job.cause) if job.cause else "no cause given"
            return f"undecided for {cause}: the SDK {one_line(job.told or '')}"
        case _:
            return f"the SDK {one_line(job.told)}" if job.told else "done"


def headline(run: Run) -> str:
    """How far the official SDK came, in one line; empty where it was not asked."""
    found = [each for each in (trial(run, provider) for provider in run.providers) if each]
    if not found:
        return ""
    if len(found) == 1:
        return f"{found[0].sentence}, at {one_line(found[0].provider.title)}"
    all_done = sum(each.done == len(each.asked) for each in found)
    return f"the official SDK ({one_line(found[0].client)}) does all jobs at {all_done} of {len(found)} providers"
