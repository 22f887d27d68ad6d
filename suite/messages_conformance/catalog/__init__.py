"""The catalogue: who can be tested, what is promised, what is asked. Strictly read, line-aware, immutable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from messages_conformance.catalog.bundled import Sources, bundled
from messages_conformance.catalog.causes import NO_CAUSES, Causes
from messages_conformance.catalog.contracts.loading import load_contracts
from messages_conformance.catalog.contracts.schema import iter_subschemas
from messages_conformance.catalog.contracts.schema_documents import registry
from messages_conformance.catalog.contracts.schemas import Schemas
from messages_conformance.catalog.expectations import Expectation, load_expectations
from messages_conformance.catalog.features import FEATURES
from messages_conformance.catalog.field import Deviation
from messages_conformance.catalog.harm import Harm
from messages_conformance.catalog.model import Contract, Provider, Scenario
from messages_conformance.catalog.profiles import Profile
from messages_conformance.catalog.providers.adhoc import ADHOC, Endpoint, adhoc_provider
from messages_conformance.catalog.providers.loading import choose_providers, load_providers
from messages_conformance.catalog.scenarios.uses import validate_needs, validate_uses
from messages_conformance.catalog.yaml.strict import refuse, suggest
from messages_conformance.errors import Problem, UserError
from messages_conformance.locate import data

__all__ = [
    "ADHOC",
    "FEATURES",
    "Catalog",
    "Endpoint",
    "adhoc_provider",
    "choose_providers",
    "data",
    "iter_subschemas",
    "load_again",
    "load_catalog",
    "load_contracts",
    "load_here",
    "load_providers",
    "registry",
    "validate_uses",
]

KEYED = "keyed"
"""A need beside features and traits: the provider asks for a key at all."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that was read, generated scenarios included. `schemas` has those of the contracts, ready to be
    applied. `deviations` lists what was seen in the field, `profiles` what each kind of client depends on, `causes`
    which failure explains which, `harms` what each defect does to real clients."""

    contracts: Mapping[str, Contract]
    providers: Mapping[str, Provider]
    scenarios: tuple[Scenario, ...]
    schemas: Schemas
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
    known = _bundled(
        Sources(
            data("specs"),
            data("scenarios"),
            builtin,
            data("profiles.yaml"),
            data("field"),
            data("causes.yaml"),
            data("defects.json"),
        )
    )
    known = _with_own(known, more_scenarios) if more_scenarios else known
    if user_providers is None or user_providers.samefile(builtin):
        providers = known.providers
    else:
        providers = load_providers((builtin, user_providers), known.contracts)
    refuse(validate_needs(known.scenarios, _claimable(known.contracts, providers)))
    expected = load_expectations(expectations) if expectations else ()
    refuse(
        Problem(f"there is no provider `{e.provider}`", e.where, suggest(e.provider, providers))
        for e in expected
        if e.provider not in providers
    )
    return replace(known, providers=providers, expectations=expected)


@cache
def _bundled(sources: Sources) -> Catalog:
    """The catalogue as it is bundled, without expectations. Reading it takes half a second, so it is kept."""
    found = bundled(sources)
    return Catalog(
        found.contracts,
        found.providers,
        found.scenarios,
        Schemas(found.contracts),
        found.profiles,
        found.deviations,
        causes=found.causes,
        harms=found.harms,
    )


def _with_own(known: Catalog, folders: Sequence[Path]) -> Catalog:
    """The catalogue with the scenarios in a user's folders. An id that stands at two places is refused, and so is a
    folder without any scenario: a typo must not look like a run of one's own scenarios."""
    for folder in folders:
        if not any(folder.rglob("*.yaml")):
            raise UserError(Problem(f"no scenario is in {folder}", hint="it needs files *.yaml (docs/own-traffic.md)"))
    from messages_conformance.catalog.bundled.reading import beside  # few runs have scenarios of their own

    own = beside(known.scenarios, folders, known.schemas.requests)
    return replace(known, scenarios=(*known.scenarios, *own))


def _claimable(contracts: Mapping[str, Contract], providers: Mapping[str, Provider]) -> frozenset[str]:
    classes = [found for contract in contracts.values() for found in contract.model_classes.values()]
    models = [model for provider in providers.values() for model in provider.models.values()]
    return FEATURES | {KEYED} | {trait for holder in (*classes, *models) for trait in holder.traits}
