"""The first record of a results stream: who was asked what, by which clauses, and what else a reader must know.

Every output reads only the stream, so what the catalogue knows of clauses, profiles, causes and the field is copied
here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import cast

from messages_conformance import __version__
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.contracts.conflicts import contradicting
from messages_conformance.catalog.expectations import Expectation
from messages_conformance.catalog.harm import Harm
from messages_conformance.catalog.model import Clause, Contract, Level, Provider, Scenario
from messages_conformance.catalog.profiles import Dependence
from messages_conformance.checks.base import Check
from messages_conformance.errors import Where
from messages_conformance.results import records
from messages_conformance.results.vocabulary import Question
from messages_conformance.run.planning.needs import Ways, alternatives, ways
from messages_conformance.run.planning.plan import Plan, Planned, Unit, matches


@dataclass(frozen=True, slots=True)
class About:
    """What a run is about: everyone who was to be asked, the scenarios chosen, the profile that chose them, if one did,
    and which part of a whole it is, if it is one."""

    providers: tuple[Provider, ...]
    scenarios: tuple[Scenario, ...]
    profile: str | None = None
    shard: records.Shard | None = None


def header(about: About, plan: Plan, catalog: Catalog, checks: Mapping[str, Check]) -> records.Header:
    """The first record of the run of a plan."""
    contracts, causes = catalog.contracts, catalog.causes
    judgements = [planned for unit in _differing(plan) for planned in unit.checks]
    clauses = _clauses(contracts, {clause for planned in judgements for clause in planned.clauses})
    named = {provider.contract for provider in about.providers} | {clause.id.partition(":")[0] for clause in clauses}
    used = {planned.check.id: planned.check for planned in judgements}
    asked = {provider.id for provider in about.providers}
    planned_checks = _planned(plan)
    sent: dict[str, set[str]] = defaultdict(set)
    for unit in plan.units:
        sent[unit.provider.id].add(unit.scenario.id)
    return records.Header(
        format=records.FORMAT,
        suite=records.Suite("messages-conformance", __version__),
        started=now(),
        providers=tuple(map(provider_record, about.providers)),
        contracts=tuple(records.Contract(c.id, c.title) for c in contracts.values() if c.id in named),
        clauses=clauses,
        scenarios=tuple(map(_scenario, about.scenarios)),
        checks=tuple(records.Check(check.id, check.title, check.why) for check in used.values()),
        criteria=tuple(records.Criterion(*each) for each in dict.fromkeys(map(_criterion, judgements))),
        expectations=tuple(
            expectation_record(entry, catalog, sent[entry.provider].union(about.shard.scenarios if about.shard else ()))
            for entry in catalog.expectations
            if entry.provider in asked
        ),
        profile=about.profile,
        profiles=_profiles(catalog, ways(catalog, checks)) if catalog.profiles else (),
        causes=tuple(records.Relation(r.cause, r.explains, r.within) for r in causes.relations),
        gathered=tuple(records.Gathered(entry.check, entry.many) for entry in causes.gathered),
        deviations=tuple(
            records.Deviation(d.id, d.states, d.breaks, d.seen, d.checks)
            for d in catalog.deviations
            if not planned_checks.isdisjoint(d.checks)
        ),
        shard=about.shard,
        impacts=tuple(_impacts(catalog.harms, judgements)),
    )


def expectation_record(entry: Expectation, catalog: Catalog, asked: Collection[str]) -> records.Expectation:
    """An entry as the stream of a run tells it; `asked` are the scenarios that the run plans for its provider. A glob
    that names variants too is not asked in part where they are left out: few runs ask them."""
    named = {s.id for s in catalog.scenarios if s.id in entry.scenarios or (not s.is_variant and _names(entry, s))}
    return records.Expectation(
        provider=entry.provider,
        check=entry.check,
        scenarios=entry.scenarios,
        reason=entry.reason,
        expires=entry.expires,
        where=place_of(entry.where),
        question=cast("Question | None", entry.question),
        issue=entry.issue,
        pointer=entry.pointer,
        actual=entry.actual,
        at_most=entry.at_most,
        owner=entry.owner,
        added=entry.added,
        flaky=entry.flaky,
        in_part=not named.issubset(asked),
    )


def _names(entry: Expectation, scenario: Scenario) -> bool:
    return any(fnmatchcase(scenario.id, pattern) for pattern in entry.scenarios)


def criterion(planned: Planned) -> records.Criterion:
    """What a planned check is judged by."""
    return records.Criterion(*_criterion(planned))


def _criterion(planned: Planned) -> tuple[str, Question, Level, tuple[str, ...]]:
    return planned.check.id, planned.question, planned.level, planned.clauses


def now() -> str:
    """The present as RFC 3339 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def place_of(where: Where) -> str:
    """A place in a file, in a form that is the same on every machine."""
    return f"{'/'.join(where.path.parts[-2:])}:{where.line}"


def _differing(plan: Plan) -> Iterable[Unit]:
    """The units of a plan, without those of further providers that are judged by the same."""
    return {(unit.scenario.id, id(unit.checks)): unit for unit in plan.units}.values()


def _planned(plan: Plan) -> frozenset[str]:
    """Every planned check, by its id and as `scenario/check`."""
    pairs = {(unit.scenario.id, planned.check.id) for unit in _differing(plan) for planned in unit.checks}
    return frozenset(name for scenario, check in pairs for name in (check, f"{scenario}/{check}"))


def provider_record(provider: Provider) -> records.Provider:
    """A provider as a stream tells it."""
    return records.Provider(
        id=provider.id,
        title=provider.title,
        kind=provider.kind,
        contract=provider.contract,
        base_url=provider.base_url,
        path=provider.path,
        version=provider.version,
        auth=provider.auth.style,
        features=tuple(sorted(provider.features)),
        models={role: model.id for role, model in provider.models.items()},
        note=provider.note,
        key_env=provider.auth.env,
        is_adhoc=provider.is_adhoc,
    )


def _profiles(catalog: Catalog, known: Ways) -> tuple[records.Profile, ...]:
    default = [scenario for scenario in catalog.scenarios if not scenario.is_variant]
    return tuple(
        records.Profile(
            profile.id,
            profile.title,
            profile.why,
            tuple(s.id for s in default if any(matches(s, pattern) for pattern in profile.scenarios)),
            tuple(_dependence(dependence, known) for dependence in profile.depends),
            profile.short,
        )
        for profile in catalog.profiles.values()
    )


def _dependence(of: Dependence, known: Ways) -> records.Dependence:
    clauses = tuple(sorted(of.clauses))
    return records.Dependence(clauses, of.breaks, of.evidence, tuple(sorted(of.unless)), alternatives(clauses, known))


def _impacts(known: Iterable[Harm], judgements: Iterable[Planned]) -> Iterator[records.Impact]:
    """What is known of the defects that a planned check tells by one of the clauses that it is planned for."""
    planned = {(judged.check.id, clause) for judged in judgements for clause in judged.clauses}
    for harm in known:
        if any((harm.check, clause) in planned for clause in harm.clauses):
            clauses = tuple(sorted(harm.clauses))
            yield records.Impact(harm.defect, harm.statement, harm.check, clauses, harm.severity, harm.hurt, harm.told)


def _clauses(contracts: Mapping[str, Contract], cited: Iterable[str]) -> tuple[records.Clause, ...]:
    """The clauses of these ids, and those of the same documents that say otherwise, by id."""
    clauses = [contracts[name.partition(":")[0]].clauses[name] for name in cited]
    contrary = {clause.id: contradicting(contracts[clause.contract], clause) for clause in clauses}
    others = {other.id: other for found in contrary.values() for other in found if other.id not in contrary}
    contrary |= {name: contradicting(contracts[other.contract], other) for name, other in others.items()}
    found = [*clauses, *others.values()]
    return tuple(
        records.Clause(
            clause.id,
            clause.level,
            clause.text,
            clause.source.title,
            clause.source.url,
            tuple(other.id for other in contrary[clause.id]),
        )
        for clause in sorted(found, key=_id_of)
    )


def _id_of(clause: Clause) -> str:
    return clause.id


def _scenario(scenario: Scenario) -> records.Scenario:
    return records.Scenario(
        scenario.id,
        scenario.area,
        scenario.title,
        scenario.why,
        place_of(scenario.where),
        tuple(sorted(scenario.tags)),
        scenario.twin,
        scenario.repeats,
    )
