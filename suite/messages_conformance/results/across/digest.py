"""A run in one small file: how every check stands at every provider. Hundreds of them are read in a second, which is
what history is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from messages_conformance.catalog.model import Level
from messages_conformance.checks.base import Outcome
from messages_conformance.results.cells.cell import Times
from messages_conformance.results.clients import Answer, answers
from messages_conformance.results.conformance import Conformance, conformance
from messages_conformance.results.findings import Finding, findings
from messages_conformance.results.reading import Cell, Run
from messages_conformance.results.records import Provider, Suite
from messages_conformance.results.vocabulary import Question

FORMAT: Final = 2
"""Grows when what stands in a digest changes; one of another format is made anew from its run."""


@dataclass(frozen=True, slots=True)
class Broken:
    """One fault, told once. `clients` are the titles of those that it hurts; `flaky` says how often its check failed,
    where that was not always."""

    check: str
    level: Level
    scenarios: tuple[str, ...]
    clients: tuple[str, ...]
    flaky: Times | None = None


@dataclass(frozen=True, slots=True)
class Standings:
    """One provider of one run. Each check that was asked is in one of three lists: it failed somewhere, or else was
    undecided somewhere, or else held. `broken` are the causes among what failed."""

    title: str
    kind: Literal["live", "reference", "played"]
    models: Mapping[str, str]
    answers: Mapping[Question, Conformance]
    clients: Mapping[str, Answer]
    scenarios: tuple[str, ...]
    failing: tuple[str, ...]
    open: tuple[str, ...]
    holding: tuple[str, ...]
    broken: tuple[Broken, ...]
    not_run: str | None = None
    """Why nothing was asked of it."""


@dataclass(frozen=True, slots=True)
class Digest:
    """One run. `clients` and `checks` are titles by id; `checks` has those that are broken somewhere."""

    format: int
    suite: Suite
    started: str
    complete: bool
    clients: Mapping[str, str]
    checks: Mapping[str, str]
    providers: Mapping[str, Standings]


def digest(run: Run) -> Digest:
    """The digest of a run."""
    providers = {provider.id: _standings(run, provider) for provider in run.providers}
    named = {fault.check for standings in providers.values() for fault in standings.broken}
    return Digest(
        FORMAT,
        run.header.suite,
        run.header.started,
        run.complete,
        {profile.id: profile.short or profile.title for profile in run.profiles},
        {name: run.checks[name].title if name in run.checks else name for name in sorted(named)},
        providers,
    )


def _standings(run: Run, provider: Provider) -> Standings:
    cells = [cell for (name, _), cell in run.cells.items() if name == provider.id and not cell.not_applicable]
    found = findings(run, provider)
    failing, open_, holding = _sorted(cells)
    diagnosed = run.diagnoses.get(provider.id)
    return Standings(
        provider.title,
        provider.kind,
        provider.models,
        {question: conformance(run, provider, question, found) for question in run.questions(provider)},
        {client.profile.id: client.answer for client in answers(run, provider)},
        tuple(cell.scenario for cell in cells),
        failing,
        open_,
        holding,
        tuple(map(_broken, found)),
        run.skipped.get(provider.id) or (diagnosed.sentence if diagnosed else None),
    )


def _broken(finding: Finding) -> Broken:
    clients = tuple(dict.fromkeys(client for client, _ in finding.harm))
    times = finding.times if finding.is_flaky else None
    return Broken(finding.cause.check, finding.level, finding.cause.scenarios, clients, times)


def _sorted(cells: list[Cell]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The checks that failed, that are undecided, that held."""
    seen: dict[str, set[Outcome | None]] = {}
    for cell in cells:
        judged = {(result.step, result.check, result.question): result.outcome for result in cell.results}
        for place in cell.planned:
            seen.setdefault(place[1], set()).add(judged.get(place))
    failing = {check for check, outcomes in seen.items() if Outcome.FAIL in outcomes}
    undecided = {None, Outcome.INCONCLUSIVE, Outcome.HARNESS_ERROR}
    open_ = {check for check, outcomes in seen.items() if outcomes & undecided} - failing
    holding = {check for check, outcomes in seen.items() if Outcome.PASS in outcomes} - failing - open_
    return tuple(sorted(failing)), tuple(sorted(open_)), tuple(sorted(holding))
