"""The runs of several jobs, opened: what each says before anything was sent, and whether they belong together.

A provider is in one job, or its run was divided into shards and every one of them is there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import takewhile
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from messages_conformance.errors import Problem
from messages_conformance.results.records import Header, Planned, Provider, Record, Skipped
from messages_conformance.results.stream import read_records

BY_ID: Final = ("contracts", "clauses", "checks", "scenarios", "deviations", "profiles", "impacts")
"""The lists of a header that tell of things with an id."""


@dataclass(frozen=True, slots=True)
class Part:
    """The stream of one job: its header, whom it could not ask and why, and its plan by provider."""

    path: Path
    header: Header
    skipped: Mapping[str, str]
    planned: Mapping[str, Sequence[Planned]]

    @property
    def scenarios(self) -> tuple[str, ...]:
        """What the whole run was to ask."""
        shard = self.header.shard
        return shard.scenarios if shard else tuple(scenario.id for scenario in self.header.scenarios)

    def rest(self) -> Iterator[Record]:
        """What came of it."""
        return (record for record in read_records(self.path) if not isinstance(record, Header | Skipped | Planned))


def opened(path: Path) -> Part:
    """The part that a stream is."""
    header, *others = takewhile(lambda record: isinstance(record, Header | Skipped | Planned), read_records(path))
    assert isinstance(header, Header)  # noqa: S101  read_records refuses a stream that begins otherwise
    skipped = {record.provider: record.reason for record in others if isinstance(record, Skipped)}
    planned: defaultdict[str, list[Planned]] = defaultdict(list)
    for record in others:
        if isinstance(record, Planned):
            planned[record.provider].append(record)
    return Part(path, header, skipped, planned)


def by_provider(parts: Iterable[Part]) -> Mapping[str, Sequence[Part]]:
    """The parts of each provider's run: those that could ask it, or the first, if none could."""
    found: defaultdict[str, list[Part]] = defaultdict(list)
    for part in parts:
        for provider in part.header.providers:
            found[provider.id].append(part)
    return {name: [part for part in held if name not in part.skipped] or held[:1] for name, held in found.items()}


# --- what belongs together --------------------------------------------------------------------------------------------


def misfits(parts: Sequence[Part]) -> Iterator[Problem]:
    """Everything for which the parts are no one run."""
    first, *others = parts
    for part in others:
        yield from _unlike(first, part)
    missing: defaultdict[str, list[str]] = defaultdict(list)
    for name, held in by_provider(parts).items():
        if len(held) > 1 or held[0].header.shard:
            yield from _divided(name, held)
            missing[_missing(name, held, parts)].append(name)
    for told, names in missing.items():
        if told:
            who = ", ".join(f"`{name}`" for name in names[:3]) + (f" and {len(names) - 3} more" if names[3:] else "")
            advice = "run what is missing, or leave the rest of it out and say --not-run PROVIDER=REASON"
            yield Problem(f"of the run of {who}, {told}", hint=advice)


def _unlike(model: Part, part: Part) -> Iterator[Problem]:
    ours, theirs = model.header, part.header
    if ours.suite != theirs.suite:
        versions = f"{model.path} by {ours.suite.version}, {part.path} by {theirs.suite.version}"
        yield Problem(f"they were judged by two versions: {versions}", hint="judge the older one again: `rejudge`")
    if ours.profile != theirs.profile:
        about = (f"`{one.profile}`" if one.profile else "every client" for one in (ours, theirs))
        yield Problem(f"they are about two things: {model.path} about {next(about)}, {part.path} about {next(about)}")
    if set(model.scenarios) != set(part.scenarios):
        some = ", ".join(sorted({*model.scenarios} ^ {*part.scenarios})[:3])
        numbers = f"{model.path} {len(model.scenarios)}, {part.path} {len(part.scenarios)}"
        yield Problem(
            f"they were asked other scenarios: {numbers}; not in both: {some}",
            hint="run every job with the same -s, --profile and --variants",
        )
    if name := _other_words(ours, theirs):
        yield Problem(f"they were judged by two catalogues: {name} is not the same in {model.path} and {part.path}")


def _other_words(model: Header, header: Header) -> str | None:
    """The first thing that both headers tell of, and not alike."""
    for kind in BY_ID:
        known = {entry.id: entry for entry in getattr(model, kind)}
        for entry in getattr(header, kind):
            if known.get(entry.id, entry) != entry:
                return f"`{entry.id}`"
    if (model.causes, model.gathered) != (header.causes, header.gathered):
        return "what explains what"
    return None


def _divided(name: str, held: Sequence[Part]) -> Iterator[Problem]:
    """For which of its parts a provider was asked twice, or not the same provider."""
    first, *others = held
    seen: dict[int, Part] = {}
    for part in held:
        ours, theirs = first.header.shard, part.header.shard
        if part is not first and (ours is None or theirs is None or ours.of != theirs.of):
            told = f"{_part_of(first)} and in {_part_of(part)}"
            yield Problem(f"provider `{name}` is in {told}", hint="leave one of them out")
        elif theirs and (other := seen.setdefault(theirs.number, part)) is not part:
            told = f"shard {theirs.number}/{theirs.of} of provider `{name}` is in {other.path} and in {part.path}"
            yield Problem(told, hint="leave one of them out")
    for part in others:
        changes = list(_moved(told_by(first, name), told_by(part, name)))
        if changes and part.header.shard:
            yield Problem(f"provider `{name}` is not the same in {first.path} and {part.path}: {'; '.join(changes)}")


def _part_of(part: Part) -> str:
    shard = part.header.shard
    return f"{part.path} (shard {shard.number}/{shard.of})" if shard else str(part.path)


def told_by(part: Part, name: str) -> Provider:
    """A provider as one part tells it."""
    return next(provider for provider in part.header.providers if provider.id == name)


def _moved(ours: Provider, theirs: Provider) -> Iterator[str]:
    """Each field that is not the same, with both values. The embedded reference is at another port in every run."""
    for field in fields(Provider):
        one, other = (_without_port(provider, getattr(provider, field.name)) for provider in (ours, theirs))
        if one != other:
            yield f"{field.name} {one} and {other}"


def _without_port(provider: Provider, value: Any) -> Any:
    return urlsplit(provider.base_url).path if value == provider.base_url and provider.kind != "live" else value


def _missing(name: str, held: Sequence[Part], parts: Iterable[Part]) -> str:
    """Which shards of a provider's run are not there, in words; empty if all are."""
    shard = held[0].header.shard
    if shard is None or name in held[0].skipped:
        return ""
    numbers = {part.header.shard.number for part in held if part.header.shard}
    missing = [f"{number}/{shard.of}" for number in range(1, shard.of + 1) if number not in numbers]
    if not missing:
        return ""
    reasons = sorted({part.skipped[name] for part in parts if name in part.skipped})
    told = f"shards {', '.join(missing)} are missing" if missing[1:] else f"shard {missing[0]} is missing"
    return f"{told} ({'; '.join(reasons)})" if reasons else told
