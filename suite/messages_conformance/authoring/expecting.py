"""First drafts of expectations, from a run: what fails and nobody has accepted, and what no longer fails."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from messages_conformance.catalog import Catalog
from messages_conformance.catalog.expectation_edits import edited
from messages_conformance.catalog.expectations import NO_REASON, Expectation, read_drafts
from messages_conformance.catalog.model import Level
from messages_conformance.catalog.yaml.strict import refuse
from messages_conformance.checks.base import Outcome
from messages_conformance.errors import Problem, using
from messages_conformance.results.known import Account, Held, Seen, covers, describes
from messages_conformance.results.reading import Cell, Result, Run, expecting
from messages_conformance.results.records import Provider
from messages_conformance.results.verdict import deciding
from messages_conformance.run.header import expectation_record

NAMED: Final = 3
"""A check that fails wherever it was decided is written without its scenarios, if there are more of them than this."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What every new entry says: the level of the weakest failure that gets one, its days, and who accepts it."""

    fail_on: Level
    added: str
    expires: str
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """The changes to a list. `removed` are numbers of its entries, from 0, which no longer fail; `untrue` are those
    that do not hold for another reason, and are left to a person."""

    added: tuple[Mapping[str, Any], ...]
    removed: tuple[int, ...]
    untrue: tuple[Account, ...]


def update(
    run: Run, entries: Sequence[Expectation], catalog: Catalog, checks: Collection[str], signed: Signed
) -> Update:
    """What the list `entries` lacks, and what it has too much of, by a run of everything. `checks` are the ids of all.

    Raises UserError for a run that does not show that: it was cut off, or asked only a part; and for a provider or a
    check that no entry could name.
    """
    refuse(_refused(run, catalog, checks))
    asked = {provider.id: {name for who, name in run.cells if who == provider.id} for provider in run.providers}
    told = [expectation_record(entry, catalog, asked.get(entry.provider, ())) for entry in entries]
    seen = expecting(run, told)
    drafts = [draft for provider in _decided(seen) for draft in _drafts(seen, provider, signed)]
    untrue = [account for account in seen.accounts if account.held.fails]
    removed = [number for number, account in enumerate(seen.accounts) if account.held is Held.STALE]
    return Update(tuple(drafts), tuple(removed), tuple(account for account in untrue if account.held is not Held.STALE))


def read_list(path: Path) -> tuple[Expectation, ...]:
    """The entries of a file, reasons or not; none where there is no file. Raises UserError for its mistakes."""
    return read_drafts(path) if path.exists() else ()


def save(path: Path, added: Sequence[Mapping[str, Any]], removed: Collection[int]) -> None:
    """Change the file, and nothing else in it. Raises UserError if that cannot be done."""
    with using("write", path):
        before = path.read_bytes().decode("utf-8-sig") if path.exists() else None
        newline = "\r\n" if before and "\r\n" in before else "\n"
        after = edited(before and before.replace("\r\n", "\n"), path, removed, added)
        new = path.with_name(f".{path.name}.new")
        new.write_text(after, "utf-8", newline=newline)
        new.replace(path)


def _decided(run: Run) -> tuple[Provider, ...]:
    return tuple(provider for provider in deciding(run) if provider.id not in run.skipped)


def _refused(run: Run, catalog: Catalog, checks: Collection[str]) -> Iterator[Problem]:
    """Why a run cannot say what is to be expected."""
    if not run.complete:
        yield Problem("the run was cut off before its end", hint="go on with it: messages-conformance run --resume")
    if unknown := [check.id for check in run.header.checks if check.id not in checks]:
        advice = "judge the run again: messages-conformance rejudge"
        yield Problem(f"it was judged by another version: there is no check `{unknown[0]}` here", hint=advice)
    default = [scenario.id for scenario in catalog.scenarios if not scenario.is_variant]
    for provider in _decided(run):
        name = provider.id
        if name not in catalog.providers:
            advice = "describe it in providers.yaml, which also gives it a name that stays"
            yield Problem(f"`{name}` is in no file, so that no entry can name it", hint=advice)
        if found := run.diagnoses.get(name):
            yield Problem(f"the run of `{name}` ended at its first requests: it {found.sentence}")
        if left := [scenario for scenario in default if (name, scenario) not in run.cells]:
            part = f"{len(default) - len(left)} of {len(default)} scenarios"
            advice = "run all of them: leave out -s and --profile"
            yield Problem(f"the run planned only {part} for `{name}`; `{left[0]}` was left out", hint=advice)


# --- new entries ------------------------------------------------------------------------------------------------------


def _drafts(run: Run, provider: Provider, signed: Signed) -> Iterator[Mapping[str, Any]]:
    """One for each check that fails, is told of by no entry, and counts."""
    cells = [cell for (name, _), cell in run.cells.items() if name == provider.id]
    failures: dict[str, list[tuple[Cell, Result]]] = defaultdict(list)
    for cell in cells:
        for result in cell.results:
            if result.is_broken and result.level.rank <= signed.fail_on.rank and not _is_told_of(run, cell, result):
                failures[result.check].append((cell, result))
    for check, found in failures.items():
        held = {cell.scenario for cell in cells for r in cell.results if r.check == check and r.outcome is Outcome.PASS}
        yield {"provider": provider.id, "check": check, **dict(_how(run, provider, found, held)), **_signature(signed)}


def _is_told_of(run: Run, cell: Cell, result: Result) -> bool:
    """Whether an entry describes it, though it has expired or covers too much: that is for a person to mend."""
    told = result.outcome, result.pointer, result.actual, result.times
    one = Seen(cell.provider, cell.scenario, result.check, result.question, *told)
    return any(covers(account.entry, one) and describes(account.entry, one) for account in run.accounts)


def _how(
    run: Run, provider: Provider, found: Sequence[tuple[Cell, Result]], held: Collection[str]
) -> Iterator[tuple[str, Any]]:
    """Where and how a check fails, as narrowly as its failures agree."""
    scenarios = list(dict.fromkeys(cell.scenario for cell, _ in found))
    questions = {result.question for _, result in found}
    pointers = {result.pointer for _, result in found}
    actuals = {result.actual for _, result in found}
    if held or len(scenarios) <= NAMED:
        yield "scenarios", scenarios
    if len(questions) < len(run.questions(provider)):
        yield "question", questions.pop()
    for key, values in (("pointer", pointers), ("actual", actuals)):
        if len(values) == 1 and (value := values.pop()):
            yield key, value
    if any(result.is_flaky for _, result in found):
        yield "flaky", True


def _signature(signed: Signed) -> Mapping[str, Any]:
    owner = {"owner": signed.owner} if signed.owner else {}
    return {"reason": NO_REASON, **owner, "added": signed.added, "expires": signed.expires}
