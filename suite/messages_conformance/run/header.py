"""The first record of a results stream: who was asked what, by which clauses, and what else a reader must know.

Every output reads only the stream, so what the catalogue knows of clauses, profiles, causes and the field is copied
here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from messages_conformance import __version__
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.causes import Relation
from messages_conformance.catalog.contracts.conflicts import contradicting
from messages_conformance.catalog.expectations import Expectation
from messages_conformance.catalog.field import Deviation
from messages_conformance.catalog.model import Clause, Contract, Provider, Scenario
from messages_conformance.catalog.profiles import Dependence, Profile
from messages_conformance.errors import Where
from messages_conformance.results.reading import FORMAT
from messages_conformance.run.planning.plan import Plan, matches


@dataclass(frozen=True, slots=True)
class About:
    """What a run is about: everyone who was to be asked, the scenarios chosen, and the profile that chose them, if one
    did."""

    providers: tuple[Provider, ...]
    scenarios: tuple[Scenario, ...]
    profile: str | None = None


def header(about: About, plan: Plan, catalog: Catalog) -> dict[str, Any]:
    """The `header` record, without its kind."""
    contracts = catalog.contracts
    judgements = [planned for unit in plan.units for planned in unit.checks]
    clauses = _with_contradicting(contracts, {clause for planned in judgements for clause in planned.clauses})
    used = {planned.check.id: planned.check for planned in judgements}
    named = {provider.contract for provider in about.providers} | {clause.contract for clause in clauses}
    asked = {provider.id for provider in about.providers}
    planned_checks = _planned(plan)
    return {
        "format": FORMAT,
        "suite": {"name": "messages-conformance", "version": __version__},
        "started": now(),
        "providers": [_provider(provider) for provider in about.providers],
        "contracts": [{"id": c.id, "title": c.title} for c in contracts.values() if c.id in named],
        "clauses": [_clause(contracts[clause.contract], clause) for clause in clauses],
        "scenarios": [_scenario(scenario) for scenario in about.scenarios],
        "expectations": [_expectation(e) for e in catalog.expectations if e.provider in asked],
        "checks": [{"id": check.id, "title": check.title, "why": check.why} for check in used.values()],
        "profile": about.profile,
        "profiles": [_profile(profile, catalog.scenarios) for profile in catalog.profiles.values()],
        "causes": [_relation(relation) for relation in catalog.causes.relations],
        "gathered": [{"check": entry.check, "many": entry.many} for entry in catalog.causes.gathered],
        "deviations": [_deviation(d) for d in catalog.deviations if not planned_checks.isdisjoint(d.checks)],
    }


def now() -> str:
    """The present as RFC 3339 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def place_of(where: Where) -> str:
    """A place in a file, in a form that is the same on every machine."""
    return f"{'/'.join(where.path.parts[-2:])}:{where.line}"


def _planned(plan: Plan) -> frozenset[str]:
    """Every planned check, by its id and as `scenario/check`."""
    pairs = {(unit.scenario.id, planned.check.id) for unit in plan.units for planned in unit.checks}
    return frozenset(name for scenario, check in pairs for name in (check, f"{scenario}/{check}"))


def _provider(provider: Provider) -> dict[str, Any]:
    return {
        "id": provider.id,
        "title": provider.title,
        "kind": provider.kind,
        "contract": provider.contract,
        "base_url": provider.base_url,
        "path": provider.path,
        "version": provider.version,
        "auth": provider.auth.style,
        "features": sorted(provider.features),
        "models": {role: model.id for role, model in provider.models.items()},
        "note": provider.note,
    }


def _profile(profile: Profile, scenarios: Sequence[Scenario]) -> dict[str, Any]:
    asked = [scenario.id for scenario in scenarios if not scenario.is_variant and _chooses(profile, scenario)]
    depends = [_dependence(dependence) for dependence in profile.depends]
    return {"id": profile.id, "title": profile.title, "why": profile.why, "scenarios": asked, "depends": depends}


def _dependence(dependence: Dependence) -> dict[str, Any]:
    return {
        "clauses": sorted(dependence.clauses),
        "breaks": dependence.breaks,
        "evidence": list(dependence.evidence),
        **({"unless": sorted(dependence.unless)} if dependence.unless else {}),
    }


def _chooses(profile: Profile, scenario: Scenario) -> bool:
    return any(matches(scenario, pattern) for pattern in profile.scenarios)


def _relation(relation: Relation) -> dict[str, Any]:
    return {"cause": relation.cause, "explains": list(relation.explains), "within": relation.within}


def _deviation(deviation: Deviation) -> dict[str, Any]:
    return {
        "id": deviation.id,
        "states": deviation.states,
        "breaks": deviation.breaks,
        "seen": list(deviation.seen),
        "checks": list(deviation.checks),
    }


def _expectation(expectation: Expectation) -> dict[str, Any]:
    return {
        "provider": expectation.provider,
        "check": expectation.check,
        "scenarios": list(expectation.scenarios),
        "question": expectation.question,
        "reason": expectation.reason,
        "issue": expectation.issue,
        "expires": expectation.expires,
        "where": place_of(expectation.where),
    }


def _with_contradicting(contracts: Mapping[str, Contract], cited: Iterable[str]) -> list[Clause]:
    """The clauses of these ids, and those of the same documents that say otherwise, by id."""
    clauses = [contracts[name.partition(":")[0]].clauses[name] for name in cited]
    others = [other for clause in clauses for other in contradicting(contracts[clause.contract], clause)]
    return sorted({clause.id: clause for clause in (*clauses, *others)}.values(), key=lambda clause: clause.id)


def _clause(contract: Contract, clause: Clause) -> dict[str, Any]:
    conflicts = [other.id for other in contradicting(contract, clause)]
    return {
        "id": clause.id,
        "level": str(clause.level),
        "text": clause.text,
        "source": clause.source.title,
        "url": clause.source.url,
        **({"conflicts": conflicts} if conflicts else {}),
    }


def _scenario(scenario: Scenario) -> dict[str, Any]:
    return {
        "id": scenario.id,
        "area": scenario.area,
        "title": scenario.title,
        "why": scenario.why,
        "where": place_of(scenario.where),
        "tags": sorted(scenario.tags),
        "twin": scenario.twin,
    }
