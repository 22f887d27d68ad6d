"""The catalogue: who can be tested, what is promised, what is asked. Strictly read, line-aware, immutable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from referencing import Registry

from messages_conformance.catalog.causes import NO_CAUSES, Causes, load_causes
from messages_conformance.catalog.contracts.loading import CANONICAL, load_contracts
from messages_conformance.catalog.contracts.request_schema import RequestSchema
from messages_conformance.catalog.contracts.schema import iter_subschemas
from messages_conformance.catalog.contracts.schema_documents import registry
from messages_conformance.catalog.expectations import Expectation, load_expectations
from messages_conformance.catalog.features import FEATURES
from messages_conformance.catalog.field import Deviation, load_field
from messages_conformance.catalog.harm import Harm
from messages_conformance.catalog.impact import Impacts, load_impacts
from messages_conformance.catalog.impact_words import harms
from messages_conformance.catalog.keeping import kept
from messages_conformance.catalog.locate import DataName, data
from messages_conformance.catalog.model import Contract, Provider, Scenario
from messages_conformance.catalog.profiles import Profile, load_profiles
from messages_conformance.catalog.providers.adhoc import ADHOC, Endpoint, adhoc_provider
from messages_conformance.catalog.providers.loading import choose_providers, load_providers
from messages_conformance.catalog.scenarios import combinations
from messages_conformance.catalog.scenarios.generate import generate
from messages_conformance.catalog.scenarios.loading import (
    Family,
    Files,
    Generator,
    load_files,
    load_generators,
    load_scenarios,
    twice,
    validate_needs,
    validate_uses,
)
from messages_conformance.catalog.yaml.strict import refuse, suggest
from messages_conformance.errors import Problem, UserError

__all__ = [
    "ADHOC",
    "FEATURES",
    "Catalog",
    "Endpoint",
    "Generator",
    "adhoc_provider",
    "choose_providers",
    "data",
    "iter_subschemas",
    "load_again",
    "load_bundled_impacts",
    "load_catalog",
    "load_contracts",
    "load_generators",
    "load_here",
    "load_providers",
    "load_scenarios",
    "registry",
    "validate_uses",
]

KEYED = "keyed"
"""A need beside features and traits: the provider asks for a key at all."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that was read, generated scenarios included. `registry` finds every schema document of every contract
    by its `$id`. `requests` has the request schema of each contract that describes requests. `deviations` lists what
    was seen in the field, `profiles` what each kind of client depends on, `causes` which failure explains which,
    `harms` what each defect does to real clients."""

    contracts: Mapping[str, Contract]
    providers: Mapping[str, Provider]
    scenarios: tuple[Scenario, ...]
    registry: Registry[Any]
    requests: Mapping[str, RequestSchema]
    profiles: Mapping[str, Profile]
    deviations: tuple[Deviation, ...]
    expectations: tuple[Expectation, ...] = ()
    causes: Causes = NO_CAUSES
    harms: tuple[Harm, ...] = ()


def load_here(more_scenarios: Sequence[Path] = ()) -> Catalog:
    """The bundled data, with the `providers.yaml` and `expectations.yaml` of the working directory, if it has them, and
    the scenarios in folders of one's own."""
    providers, expectations = Path("providers.yaml"), Path("expectations.yaml")
    return load_catalog(
        providers if providers.is_file() else None,
        expectations if expectations.is_file() else None,
        more_scenarios=more_scenarios,
    )


def load_again() -> Catalog:
    """`load_here`, with the bundled data read again: for a caller that has just written to it."""
    _bundled.cache_clear()
    return load_here()


def load_catalog(
    user_providers: Path | None = None, expectations: Path | None = None, *, more_scenarios: Sequence[Path] = ()
) -> Catalog:
    """Read the bundled data, a user's own providers file over the built-in one, what is expected to fail, and the
    scenarios in folders of the user's own, which come after the built-in ones.

    Raises UserError with every problem of the first of contracts, scenarios, providers and expectations that has any.
    The bundled data is read once per process.
    """
    builtin = data("providers.yaml")
    bundled = _bundled(data("specs"), data("scenarios"), builtin)
    known = _with_own(bundled, more_scenarios) if more_scenarios else bundled
    if user_providers is None or user_providers.samefile(builtin):
        providers = bundled.providers
    else:
        providers = load_providers((builtin, user_providers), bundled.contracts)
    refuse(validate_needs(known.scenarios, _claimable(bundled.contracts, providers)))
    expected = load_expectations(expectations) if expectations else ()
    refuse(
        Problem(f"there is no provider `{e.provider}`", e.where, suggest(e.provider, providers))
        for e in expected
        if e.provider not in providers
    )
    return replace(known, providers=providers, expectations=expected)


@cache
def _bundled(specs: Path, scenarios: Path, builtin: Path) -> Catalog:
    """The catalogue as it is bundled, without expectations. Reading it takes half a second, so it is kept."""
    names: tuple[DataName, ...] = ("profiles.yaml", "field", "causes.yaml", "defects.json")
    sources = (specs, scenarios, builtin, *map(data, names))
    found = kept("catalogue", sources, lambda: _read(specs, scenarios, builtin))
    documents = registry(found.contracts)
    requests = _requests(found.contracts, documents)
    return Catalog(
        found.contracts,
        found.providers,
        found.scenarios,
        documents,
        requests,
        found.profiles,
        found.deviations,
        causes=found.causes,
        harms=found.harms,
    )


class _Bundled(NamedTuple):
    """What is kept of the catalogue: all that is read, and nothing that is derived from it at once."""

    contracts: Mapping[str, Contract]
    providers: Mapping[str, Provider]
    scenarios: tuple[Scenario, ...]
    profiles: Mapping[str, Profile]
    deviations: tuple[Deviation, ...]
    causes: Causes
    harms: tuple[Harm, ...]


def _read(specs: Path, scenarios: Path, builtin: Path) -> _Bundled:
    contracts = load_contracts(specs)
    return _Bundled(
        contracts=contracts,
        providers=load_providers((builtin,), contracts),
        scenarios=_scenarios(load_files(scenarios), _requests(contracts, registry(contracts))),
        profiles=load_profiles(data("profiles.yaml"), contracts[CANONICAL]),
        deviations=load_field(data("field")).deviations,
        causes=load_causes(data("causes.yaml")),
        harms=harms(_impacts(specs)),
    )


def load_bundled_impacts() -> Impacts:
    """The whole table of what real clients made of each defect. It is large, so the catalogue keeps its `harms` alone.
    Raises UserError for a file that is not JSON."""
    return _impacts(data("specs"))


def _impacts(specs: Path) -> Impacts:
    return load_impacts(specs / "impact.json", data("defects.json"))


def _requests(contracts: Mapping[str, Contract], documents: Registry[Any]) -> Mapping[str, RequestSchema]:
    return {c.id: RequestSchema(c, documents) for c in contracts.values() if "request" in c.schemas}


def _with_own(bundled: Catalog, folders: Sequence[Path]) -> Catalog:
    """The catalogue with the scenarios in a user's folders. An id that stands at two places is refused, and so is a
    folder without any scenario: a typo must not look like a run of one's own scenarios."""
    for folder in folders:
        if not any(folder.rglob("*.yaml")):
            raise UserError(Problem(f"no scenario is in {folder}", hint="it needs files *.yaml (docs/own-traffic.md)"))
    places = {scenario.id: scenario.where for scenario in bundled.scenarios}
    own = _scenarios(load_files(*dict.fromkeys(folders), twins=places), bundled.requests)
    refuse(twice(each.id, each.where, places[each.id]) for each in own if each.id in places)
    return replace(bundled, scenarios=(*bundled.scenarios, *own))


def _scenarios(files: Files, requests: Mapping[str, RequestSchema]) -> tuple[Scenario, ...]:
    """What files hold: written, put together from parts, and generated from request schemas."""
    refuse(problem for family in files.families for problem in combinations.problems(family))
    families = (_scenario_of(family) for family in files.families)
    return (*files.scenarios, *families, *generate(files.generators, requests))


def _scenario_of(family: Family) -> Scenario:
    return combinations.relation(family) if family.kind == "relations" else combinations.combination(family)


def _claimable(contracts: Mapping[str, Contract], providers: Mapping[str, Provider]) -> frozenset[str]:
    classes = [found for contract in contracts.values() for found in contract.model_classes.values()]
    models = [model for provider in providers.values() for model in provider.models.values()]
    return FEATURES | {KEYED} | {trait for holder in (*classes, *models) for trait in holder.traits}
