"""A run from start to end, for every front end: who can be asked, the plan, the engine, the results stream."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Provider, Scenario
from messages_conformance.checks.base import Check
from messages_conformance.checks.registry import registry
from messages_conformance.run.embedded import REFERENCE_KEY, embedded
from messages_conformance.run.engine import Engine, Observer
from messages_conformance.run.plan import Plan, make_plan
from messages_conformance.run.reading import Run, read_run
from messages_conformance.run.recorder import FileSink, Recorder
from messages_conformance.wire.redact import Redactor

RESULTS = "results.jsonl"


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
    """Everything an engine needs, with the embedded reference running and the header and plan already written."""

    plan: Plan
    engine: Engine
    recorder: Recorder


@contextmanager
def session(
    catalog: Catalog, providers: Iterable[Provider], selected: Iterable[Scenario], directory: Path
) -> Iterator[Session]:
    """Open a run that writes `directory/results.jsonl`. The caller drives the engine and calls `engine.footer()`."""
    asked = tuple(providers)
    chosen = tuple(selected)
    who = ready(asked)
    checks = known_checks(catalog)
    sink = FileSink(directory / RESULTS)
    try:
        with embedded(who.providers) as addressed:
            plan = plan_for(catalog, addressed, chosen, checks)
            absent = [provider for provider in asked if provider.id in who.skipped]
            recorder = Recorder(sink, _redactors(who), {p.id: p.auth.env for p in asked})
            recorder.header(plan, (*addressed, *absent), catalog.contracts, checks, chosen)
            for provider in absent:
                recorder.skipped(provider, who.skipped[provider.id])
            for unit in plan.units:
                recorder.planned(unit)
            yield Session(plan, Engine(plan, who.keys, recorder), recorder)
    finally:
        sink.close()


def run(
    catalog: Catalog,
    providers: Iterable[Provider],
    selected: Iterable[Scenario],
    directory: Path,
    observe: Observer,
) -> Run:
    """Run to the end and read back what was written."""

    async def drive(opened: Session) -> None:
        async with opened.engine as engine:
            await engine.run(observe)
            engine.footer()

    with session(catalog, providers, selected, directory) as opened:
        observe.started(opened.plan)
        asyncio.run(drive(opened))
    return read_run(directory / RESULTS)


def known_checks(catalog: Catalog) -> Mapping[str, Check]:
    """All checks, those derived from the contracts' schemas included."""
    return registry(catalog.contracts, catalog.registry)


def plan_for(
    catalog: Catalog, providers: Iterable[Provider], selected: Iterable[Scenario], checks: Mapping[str, Check]
) -> Plan:
    return make_plan(
        providers, selected, scenarios=catalog.scenarios, contracts=catalog.contracts, checks=checks
    )


def _redactors(who: Ready) -> dict[str, Redactor]:
    # One provider's key may come back in another's answer (a gateway in front of a vendor), so each knows all of them.
    secrets = sorted({key for key in who.keys.values() if key and key != REFERENCE_KEY})
    return {provider.id: Redactor(secrets) for provider in who.providers}
