"""One request for each feature that a provider does not claim: information beside the verdicts, never part of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from messages_conformance.catalog import Catalog
from messages_conformance.catalog.contracts.loading import CANONICAL
from messages_conformance.catalog.features import KNOWN, Feature
from messages_conformance.catalog.model import Level, Provider, Scenario, Step
from messages_conformance.checks.base import Check
from messages_conformance.run.planning.plan import ACCEPTED, PROBE, Plan, Planned, Planner, Probe, Unit, inapplicable


def with_probes(plan: Plan, catalog: Catalog, checks: Mapping[str, Check]) -> Plan:
    """The plan, with a probe of each feature for want of which a live provider is not asked something in it. A played
    document is not probed: it does what it says, and no more."""
    planner, scenarios = Planner(catalog, checks), {scenario.id: scenario for scenario in catalog.scenarios}
    live = [provider for provider in plan.providers if provider.kind == "live"]
    return replace(plan, probes=tuple(p for provider in live for p in _probes(provider, plan, planner, scenarios)))


def _probes(provider: Provider, plan: Plan, planner: Planner, scenarios: Mapping[str, Scenario]) -> Iterator[Probe]:
    lacked = {word for unit in plan.units if unit.provider.id == provider.id for word in unit.lacks}
    for feature in (KNOWN[word] for word in KNOWN if word in lacked):
        if feature.probe is None or (of := scenarios.get(feature.probe[0])) is None:
            continue
        claiming = replace(provider, features=provider.features | {feature.id})
        if inapplicable(claiming, of) is None:
            yield Probe(feature.id, _unit(feature, of, provider, planner))


def _unit(feature: Feature, of: Scenario, provider: Provider, planner: Planner) -> Unit:
    (step,) = (step for step in of.steps if feature.probe == (of.id, step.id))
    alone = replace(of, id=PROBE + feature.id, steps=(step,), twin=None, trials=1)
    return Unit(provider, alone, tuple(p for p in planner.of_step(step, "drop-in", CANONICAL) if _shows(p, step)))


def _shows(planned: Planned, step: Step) -> bool:
    """Whether a check says that the feature works: not every flaw of an answer means that it does not."""
    if planned.instead:
        return False
    named = planned.use is not None or planned.check.id == ACCEPTED
    return named or (not step.checks and planned.level is Level.MUST)
