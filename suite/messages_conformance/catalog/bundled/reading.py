"""Reading: from files to what the catalogue holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from messages_conformance.catalog.bundled import Bundled, Sources
from messages_conformance.catalog.causes import load_causes
from messages_conformance.catalog.contracts.loading import CANONICAL, load_contracts
from messages_conformance.catalog.contracts.reader import with_promises
from messages_conformance.catalog.contracts.request_schema import RequestSchema
from messages_conformance.catalog.contracts.schemas import Schemas
from messages_conformance.catalog.field import load_field
from messages_conformance.catalog.impact import load_impacts
from messages_conformance.catalog.impact_words import harms
from messages_conformance.catalog.model import Scenario
from messages_conformance.catalog.profiles import load_profiles
from messages_conformance.catalog.providers.loading import load_providers
from messages_conformance.catalog.scenarios import combinations
from messages_conformance.catalog.scenarios.generate import generate
from messages_conformance.catalog.scenarios.loading import Family, Files, load_files, twice
from messages_conformance.catalog.yaml.strict import refuse


def read(sources: Sources) -> Bundled:
    """Read the bundled files. Raises UserError for what is wrong in them, and HarnessError for a schema of answers that
    promises something without saying by which clause."""
    described = load_contracts(sources.specs)
    schemas = Schemas(described)
    contracts = {name: with_promises(contract, schemas.registry) for name, contract in described.items()}
    return Bundled(
        contracts=contracts,
        providers=load_providers((sources.providers,), contracts),
        scenarios=scenarios_of(load_files(sources.scenarios), schemas.requests),
        profiles=load_profiles(sources.profiles, contracts[CANONICAL]),
        deviations=load_field(sources.field).deviations,
        causes=load_causes(sources.causes),
        harms=harms(load_impacts(sources.specs / "impact.json", sources.defects)),
    )


def beside(
    known: Iterable[Scenario], folders: Iterable[Path], requests: Mapping[str, RequestSchema]
) -> tuple[Scenario, ...]:
    """The scenarios in folders of a user's own. Raises UserError for what is wrong in them, and for an id that one of
    the `known` has."""
    places = {scenario.id: scenario.where for scenario in known}
    own = scenarios_of(load_files(*dict.fromkeys(folders), twins=places), requests)
    refuse(twice(each.id, each.where, places[each.id]) for each in own if each.id in places)
    return own


def scenarios_of(files: Files, requests: Mapping[str, RequestSchema]) -> tuple[Scenario, ...]:
    """What files hold: written, put together from parts, and generated from request schemas. Raises UserError for
    families whose requests break a rule, and for generators that name nothing."""
    refuse(problem for family in files.families for problem in combinations.problems(family))
    families = (_scenario_of(family) for family in files.families)
    return (*files.scenarios, *families, *generate(files.generators, requests))


def _scenario_of(family: Family) -> Scenario:
    return combinations.relation(family) if family.kind == "relations" else combinations.combination(family)
