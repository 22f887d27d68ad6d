"""One stream from the runs of several jobs, each of which asked providers of its own.

`results/join.py` is for parts of one plan; these have plans of their own, and belong together only if they asked the
same of everybody and judged it by the same catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from messages_conformance.errors import Problem, UserError
from messages_conformance.results.join import summed
from messages_conformance.results.records import (
    Contract,
    Criterion,
    Footer,
    Header,
    Judged,
    Planned,
    Provider,
    Record,
    Skipped,
)
from messages_conformance.results.stream import FileSink, read_records

_BY_ID: Final = ("contracts", "clauses", "checks", "scenarios", "deviations", "profiles")
"""The lists of a header that tell of things with an id."""


@dataclass(frozen=True, slots=True)
class NotRun:
    """A provider whose job left nothing, and why."""

    provider: Provider
    contract: Contract
    reason: str


def combine(parts: Sequence[Path], not_run: Sequence[NotRun], whole: Path) -> None:
    """Write the stream `whole`: everybody's plan, then what each part judged. There is a footer only if each has one.

    Raises UserError, with all that is wrong, for parts that do not belong together.
    """
    headers = {part: _header(part) for part in parts}
    if problems := tuple(_misfits(headers, not_run)):
        raise UserError(*problems)
    merged = _merged(tuple(headers.values()), not_run)
    numbers = {criterion: number for number, criterion in enumerate(merged.criteria)}
    footers: list[Footer] = []
    with closing(FileSink(whole)) as sink:
        sink(merged)
        for left in not_run:
            sink(Skipped(left.provider.id, left.reason))
        for part, header in headers.items():
            for record in _plan(part):
                sink(_numbered(record, header, numbers))
        for part, header in headers.items():
            for record in _rest(part):
                if isinstance(record, Footer):
                    footers.append(record)
                else:
                    sink(_numbered(record, header, numbers))
        if len(footers) == len(parts):
            sink(summed(footers))


def _header(part: Path) -> Header:
    first = next(read_records(part))
    assert isinstance(first, Header)  # noqa: S101  read_records refuses a stream that begins otherwise
    return first


def _plan(part: Path) -> Iterator[Record]:
    return (record for record in read_records(part) if isinstance(record, Skipped | Planned))


def _rest(part: Path) -> Iterator[Record]:
    return (record for record in read_records(part) if not isinstance(record, Header | Skipped | Planned))


# --- what belongs together --------------------------------------------------------------------------------------------


def _misfits(headers: Mapping[Path, Header], not_run: Iterable[NotRun]) -> Iterator[Problem]:
    """Everything for which the parts are no one run."""
    (first, model), *others = headers.items()
    for part, header in others:
        yield from _unlike(first, model, part, header)
    asked: dict[str, Path] = {}
    for part, header in headers.items():
        for provider in header.providers:
            if (other := asked.setdefault(provider.id, part)) is not part:
                yield Problem(f"provider `{provider.id}` is in {other} and in {part}", hint="leave one of them out")
    for left in not_run:
        if left.provider.id in asked:
            yield Problem(f"provider `{left.provider.id}` is named as not run, and is in {asked[left.provider.id]}")


def _unlike(first: Path, model: Header, part: Path, header: Header) -> Iterator[Problem]:
    if model.suite != header.suite:
        versions = f"{first} by {model.suite.version}, {part} by {header.suite.version}"
        yield Problem(f"they were judged by two versions: {versions}", hint="judge the older one again: `rejudge`")
    if model.profile != header.profile:
        about = (f"`{one.profile}`" if one.profile else "every client" for one in (model, header))
        yield Problem(f"they are about two things: {first} about {next(about)}, {part} about {next(about)}")
    ours, theirs = ({scenario.id for scenario in one.scenarios} for one in (model, header))
    if ours != theirs:
        some = ", ".join(sorted(ours ^ theirs)[:3])
        yield Problem(
            f"they were asked other scenarios: {first} {len(ours)}, {part} {len(theirs)}; not in both: {some}",
            hint="run every job with the same -s, --profile and --variants",
        )
    if name := _other_words(model, header):
        yield Problem(f"they were judged by two catalogues: {name} is not the same in {first} and {part}")


def _other_words(model: Header, header: Header) -> str | None:
    """The first thing that both headers tell of, and not alike."""
    for kind in _BY_ID:
        known = {entry.id: entry for entry in getattr(model, kind)}
        for entry in getattr(header, kind):
            if known.get(entry.id, entry) != entry:
                return f"`{entry.id}`"
    if (model.causes, model.gathered) != (header.causes, header.gathered):
        return "what explains what"
    return None


# --- one header -------------------------------------------------------------------------------------------------------


def _merged(headers: Sequence[Header], not_run: Sequence[NotRun]) -> Header:
    lists = {kind: {entry.id: entry for one in headers for entry in getattr(one, kind)} for kind in _BY_ID}
    lists["contracts"] |= {left.contract.id: left.contract for left in not_run}
    told: dict[str, Any] = {kind: tuple(entries.values()) for kind, entries in lists.items()}
    return replace(
        headers[0],
        **told,
        started=min(one.started for one in headers),
        providers=(*(p for one in headers for p in one.providers), *(left.provider for left in not_run)),
        criteria=tuple(dict.fromkeys(criterion for one in headers for criterion in one.criteria)),
        expectations=tuple(dict.fromkeys(entry for one in headers for entry in one.expectations)),
    )


def _numbered(record: Record, header: Header, numbers: Mapping[Criterion, int]) -> Record:
    """The record with the numbers that its criteria have in the whole."""

    def anew(criteria: Iterable[int]) -> tuple[int, ...]:
        return tuple(numbers[header.criteria[number]] for number in criteria)

    match record:
        case Planned():
            return replace(record, steps=tuple(replace(step, criteria=anew(step.criteria)) for step in record.steps))
        case Judged():
            verdicts = (replace(verdict, criteria=anew(verdict.criteria)) for verdict in record.verdicts)
            return replace(record, verdicts=tuple(verdicts))
        case _:
            return record
