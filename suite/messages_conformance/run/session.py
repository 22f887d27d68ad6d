"""A run from start to end, for every front end: who can be asked, the plan, the engine, the results stream."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from messages_conformance.catalog import ADHOC, Catalog, Endpoint, adhoc_provider, validate_uses
from messages_conformance.catalog.model import Provider, Scenario
from messages_conformance.catalog.yaml.strict import refuse
from messages_conformance.checks.base import Check
from messages_conformance.checks.registry import registry
from messages_conformance.errors import UserError, nothing_named
from messages_conformance.results import records
from messages_conformance.results.reading import Run, read_run
from messages_conformance.results.sink import FileSink
from messages_conformance.run.embedded import REFERENCE_KEY, embedded
from messages_conformance.run.engine import Engine
from messages_conformance.run.header import About, header
from messages_conformance.run.judging.replay import Recording, judge_again
from messages_conformance.run.observing import UNWATCHED, Observer
from messages_conformance.run.planning.expected import unmet
from messages_conformance.run.planning.plan import Pair, Plan, make_plan
from messages_conformance.run.recorder import Recorder
from messages_conformance.wire.redact import Redactor

RESULTS = "results.jsonl"
EARLIER = "results.earlier.jsonl"
"""The stream of a run that was cut off, kept until the run that goes on with it has come to its end."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Providers that can be asked, with their keys; and those that cannot, each with one plain reason."""

    providers: tuple[Provider, ...]
    keys: Mapping[str, str | None]
    skipped: Mapping[str, str]


def ready(providers: Iterable[Provider], environment: Mapping[str, str] | None = None) -> Ready:
    """Sort providers by whether their key is set in the environment."""
    values = os.environ if environment is None else environment
    able: list[Provider] = []
    keys: dict[str, str | None] = {}
    skipped: dict[str, str] = {}
    for provider in providers:
        name = provider.auth.env
        key = REFERENCE_KEY if provider.embedded else values.get(name) if name else None
        if name and not key and not provider.embedded:
            skipped[provider.id] = f"its key is not set: export {name}"
            continue
        able.append(provider)
        keys[provider.id] = key
    return Ready(tuple(able), keys, skipped)


@dataclass(frozen=True, slots=True)
class Session:
    """An engine and its plan, with the embedded reference running and the header already written."""

    plan: Plan
    engine: Engine


@dataclass(frozen=True, slots=True)
class Intent:
    """What a run is for: the id of the profile that it is about, if it is about one; and whether it goes on with the
    run in its directory that was cut off, whose answers are then not asked for again."""

    profile: str | None = None
    resume: bool = False


PLAIN = Intent()


Named = TypeVar("Named", Provider, Scenario)


@contextmanager
def session(
    catalog: Catalog,
    pairs: Sequence[Pair],
    directory: Path,
    intent: Intent = PLAIN,
    listen: Callable[[records.Record], None] | None = None,
) -> Generator[Session]:
    """Open a run that writes `directory/results.jsonl`; `listen` hears every record of it too.

    The caller drives the engine, and calls `engine.footer()` when everything planned was judged.
    """
    asked = unique(provider for provider, _ in pairs)
    who = ready(asked)
    checks = known_checks(catalog)
    earlier = _set_aside(directory) if intent.resume else Recording()
    with closing(FileSink(directory / RESULTS, listen)) as sink, embedded(who.providers) as addressed:
        at = {provider.id: provider for provider in addressed}
        plan = make_plan([(at[p.id], s) for p, s in pairs if p.id in at], catalog, checks)
        recorder = Recorder(sink, _redactors(who), {p.id: p.auth.env for p in asked})
        everyone = tuple(at.get(provider.id, provider) for provider in asked)
        recorder.header(header(About(everyone, unique(s for _, s in pairs), intent.profile), plan, catalog, checks))
        for name, reason in who.skipped.items():
            sink(records.Skipped(name, reason))
        for unit in plan.units:
            recorder.planned(unit)
        yield Session(plan, Engine(plan, who.keys, recorder, earlier))


def run(
    catalog: Catalog,
    pairs: Sequence[Pair],
    directory: Path,
    observer: Observer = UNWATCHED,
    intent: Intent = PLAIN,
) -> Run:
    """Run to the end and read back what was written; see `session`."""

    async def drive(opened: Session) -> None:
        async with opened.engine as engine:
            await engine.run(observer)
            engine.footer()

    with session(catalog, pairs, directory, intent) as opened, observer.watching(opened.plan):
        asyncio.run(drive(opened))
    (directory / EARLIER).unlink(missing_ok=True)
    return read_run(directory / RESULTS)


def _set_aside(directory: Path) -> Recording:
    """What was recorded before in a directory, moved out of the way of the new stream. A run may be cut off more than
    once. Raises UserError when there is nothing to go on with."""
    streams = [path for name in (EARLIER, RESULTS) if (path := directory / name).is_file()]
    if not streams:
        raise UserError(f"there is no {RESULTS} in {directory} to go on with")
    runs = [read_run(path) for path in streams]
    exchanges = [record for found in runs for record in found.exchanges]
    merged = directory / f"{EARLIER}.new"
    with closing(FileSink(merged)) as sink:
        for record in (runs[-1].header, *exchanges):
            sink(record)
    merged.replace(directory / EARLIER)
    (directory / RESULTS).unlink(missing_ok=True)
    return Recording.of(exchanges)


def rejudge(catalog: Catalog, recorded: Run, directory: Path) -> Run:
    """Judge what a run recorded with the catalogue and the checks of this version; write a stream of its own.

    Nothing is sent. Scenarios that the recording or this version does not have are left out. Raises UserError for a
    provider that is not in the catalogue, and where the new stream would take the place of the recording.
    """
    who = {provider.id: _recorded_provider(catalog, provider) for provider in recorded.providers}
    scenarios = {scenario.id: scenario for scenario in catalog.scenarios}
    pairs = [(who[provider], scenarios[name]) for provider, name in recorded.cells if name in scenarios]
    checks = known_checks(catalog)
    plan = make_plan(pairs, catalog, checks)
    recording = Recording.of(recorded.exchanges)
    about = About(tuple(who.values()), unique(s for _, s in pairs), recorded.header.profile)
    with closing(FileSink(directory / RESULTS)) as sink:
        recorder = Recorder(sink, {name: Redactor([]) for name in who}, {})
        recorder.header(replace(header(about, plan, catalog, checks), started=recorded.header.started))
        for name, reason in recorded.skipped.items():
            sink(records.Skipped(name, reason))
        for unit in plan.units:
            recorder.planned(unit)
        for exchange in recorded.exchanges:
            sink(exchange)
        for unit in plan.asked:
            recorder.judged(unit, judge_again(unit, plan, recording))
        if recorded.footer:
            sink(replace(recorded.footer, results=dict(sorted(recorder.outcomes.items()))))
    return read_run(directory / RESULTS)


def _recorded_provider(catalog: Catalog, record: records.Provider) -> Provider:
    """A provider as it was when it was recorded, as far as a recording says. One that was given by its address alone
    is made of what was said of it once more."""
    name = record.id
    if name == ADHOC:
        key = None if record.auth == "none" else "RECORDED_KEY"  # nothing is sent, so it needs no value
        style = "bearer" if record.auth == "bearer" else "x-api-key"
        apart: Mapping[str, str] = record.models if len(record.models) > 1 else {}
        address = record.base_url + record.path
        said = Endpoint(address, record.models["cheap"], key, style, frozenset(record.features), apart)
        return replace(adhoc_provider(said, catalog.contracts), note=record.note)
    if name not in catalog.providers:
        raise UserError(nothing_named("provider", name, catalog.providers))
    return replace(catalog.providers[name], base_url=record.base_url)


def known_checks(catalog: Catalog) -> Mapping[str, Check]:
    """All checks, those derived from the contracts' schemas included.

    Raises UserError when a scenario demands a check, a parameter or a clause that does not exist, and for an
    expectation that no judgement can meet.
    """
    checks = registry(catalog.contracts, catalog.registry)
    clauses = {clause for contract in catalog.contracts.values() for clause in contract.clauses}
    refuse(validate_uses(catalog.scenarios, {check.id: check.params for check in checks.values()}, clauses))
    refuse(unmet(catalog, checks))
    return checks


def unique(items: Iterable[Named]) -> tuple[Named, ...]:
    """The items with distinct ids, in order of first appearance."""
    return tuple({item.id: item for item in items}.values())


def _redactors(who: Ready) -> dict[str, Redactor]:
    # One provider's key may come back in another's answer (a gateway in front of a vendor), so each knows all of them.
    secrets = sorted({key for key in who.keys.values() if key and key != REFERENCE_KEY})
    return {provider.id: Redactor(secrets) for provider in who.providers}
