"""What a run will send and judge, decided before anything is sent.

A unit is one scenario at one provider. Planning is pure: the same catalogue and selection give the same plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias, cast, get_args

from messages_conformance.catalog import KEYED, Catalog
from messages_conformance.catalog.contracts.loading import CANONICAL
from messages_conformance.catalog.contracts.schema import Edition
from messages_conformance.catalog.model import (
    VARIANT,
    CheckUse,
    Contract,
    Expect,
    Level,
    Model,
    Part,
    Provider,
    Scenario,
    Step,
)
from messages_conformance.catalog.scenarios.assembly import fitted
from messages_conformance.checks.base import Check
from messages_conformance.checks.registry import cited
from messages_conformance.errors import HarnessError, UserError, nothing_named
from messages_conformance.results.vocabulary import Question, asked
from messages_conformance.run.planning.grounds import Citations

if TYPE_CHECKING:
    from messages_conformance.catalog.jobs import Job

PREFLIGHT_TAG = "preflight"
ACCEPTED = "answer.accepted"
"""The check that a valid request is accepted; if the request is not a plain one, its clause is the step's own."""

Key: TypeAlias = tuple[str, str, Question]
"""A planned check's place in its unit: step id, check id, question."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One check that will be judged: on which step, for which question, by which clauses of that question's contract.

    `instead` marks a check of another kind of answer than the scenario expects; `step` then expects that kind. It is
    judged only if that kind of answer comes.
    """

    step: Step
    check: Check
    use: CheckUse | None
    question: Question
    clauses: tuple[str, ...]
    level: Level
    instead: bool = False

    @property
    def key(self) -> Key:
        return self.step.id, self.check.id, self.question


@dataclass(frozen=True, slots=True)
class Unit:
    """One scenario at one provider. `not_applicable` says why it is not sent; then `checks` is empty, and `lacks` are
    the features and traits that it needs and the provider does not claim."""

    provider: Provider
    scenario: Scenario
    checks: tuple[Planned, ...]
    not_applicable: str | None = None
    lacks: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        return self.provider.id, self.scenario.id


PROBE = "probe."
"""What the name of a probe's scenario begins with, in exchanges: no scenario of the catalogue has such a name."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One request that shows whether a feature works that the provider does not claim. Its checks are no verdicts."""

    feature: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """One job that the official SDK is to do at a provider. `steps` are the requests that it takes, as far as their
    cost goes; there are none where `not_applicable` says why it is not done there."""

    provider: Provider
    job: Job
    steps: tuple[Step, ...] = ()
    not_applicable: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All units in report order, and every scenario that may be needed as a twin or preflight; what is asked beside the
    verdicts; and what the official SDK is to do."""

    units: tuple[Unit, ...]
    scenarios: Mapping[str, Scenario]
    probes: tuple[Probe, ...] = ()
    jobs: tuple[PlannedJob, ...] = ()

    @property
    def providers(self) -> tuple[Provider, ...]:
        return tuple({unit.provider.id: unit.provider for unit in self.units}.values())

    @property
    def asked(self) -> tuple[Unit, ...]:
        """The units that are sent."""
        return tuple(unit for unit in self.units if unit.not_applicable is None)

    def sent_to(self, provider: Provider) -> tuple[Scenario, ...]:
        """Every scenario that is sent to a provider: the selected ones, their twins, and the preflight."""
        asked = [unit.scenario for unit in self.asked if unit.provider.id == provider.id]
        first = self.preflight()
        drawn_in = [self.scenarios[scenario.twin] for scenario in asked if scenario.twin]
        drawn_in += [first] if first and asked else []
        drawn_in += [probe.unit.scenario for probe in self.probes if probe.unit.provider.id == provider.id]
        sent = (scenario for scenario in (*asked, *drawn_in) if not scenario.looks_back)
        return tuple({scenario.id: scenario for scenario in sent}.values())

    def preflight(self) -> Scenario | None:
        """The scenario that settles address, key and model of a provider before anything else is sent."""
        return next((s for s in self.scenarios.values() if PREFLIGHT_TAG in s.tags), None)


Pair: TypeAlias = tuple[Provider, Scenario]


def make_plan(pairs: Iterable[Pair], catalog: Catalog, checks: Mapping[str, Check]) -> Plan:
    """Plan each scenario at its provider. Twins and the preflight come from the whole catalogue."""
    planner = Planner(catalog, checks)
    units = tuple(planner.unit(provider, scenario) for provider, scenario in pairs)
    return Plan(units, {scenario.id: scenario for scenario in catalog.scenarios})


def every(providers: Iterable[Provider], scenarios: Sequence[Scenario]) -> tuple[Pair, ...]:
    """Every scenario at every provider."""
    return tuple((provider, scenario) for provider in providers for scenario in scenarios)


def select(scenarios: Sequence[Scenario], patterns: Sequence[str], *, variants: bool = False) -> tuple[Scenario, ...]:
    """The scenarios that match any pattern: an id, a glob over ids, an area, or a tag. No pattern selects all.

    Variants are left out unless `variants` asks for them, or a pattern is the id of one or their tag. Raises UserError
    for a pattern that matches nothing: a typo must not look like a clean run.
    """
    empty = [pattern for pattern in patterns if not any(matches(s, pattern) for s in scenarios)]
    if empty:
        known = sorted({word for s in scenarios for word in (s.id, s.area, *s.tags)})
        raise UserError(*(nothing_named("scenario, area or tag", pattern, known) for pattern in empty))
    return tuple(
        s
        for s in scenarios
        if (not patterns or any(matches(s, pattern) for pattern in patterns))
        and (variants or not s.is_variant or s.id in patterns or VARIANT in patterns)
    )


def choose(
    catalog: Catalog, patterns: Sequence[str], profile: str | None, *, variants: bool = False
) -> tuple[Scenario, ...]:
    """The scenarios of a profile, or those that match the patterns.

    Raises UserError for a profile that does not exist, and for both at once.
    """
    if profile is None:
        return select(catalog.scenarios, patterns, variants=variants)
    if patterns:
        raise UserError("a profile chooses the scenarios by itself: leave out either --profile or --scenario")
    if profile not in catalog.profiles:
        raise UserError(nothing_named("profile", profile, catalog.profiles))
    return select(catalog.scenarios, catalog.profiles[profile].scenarios, variants=variants)


def matches(scenario: Scenario, pattern: str) -> bool:
    return pattern in {scenario.area, *scenario.tags} or fnmatchcase(scenario.id, pattern)


def model_for(provider: Provider, role: str) -> Model | None:
    """The provider's model in `role`; a provider with one model uses it in every role."""
    return provider.models.get(role) or (provider.models.get("cheap") if len(provider.models) == 1 else None)


def inapplicable(provider: Provider, scenario: Scenario) -> tuple[str, tuple[str, ...]] | None:
    """Why a scenario is not sent to a provider, and what it lacks; None if it is sent. Only what was never claimed is
    not applicable."""
    roles = dict.fromkeys(step.role for step in scenario.steps)
    return next(filter(None, (lacking(provider, role, scenario.needs) for role in roles)), None)


def lacking(provider: Provider, role: str, needs: Iterable[str]) -> tuple[str, tuple[str, ...]] | None:
    """Why a provider is not asked for what `needs` these features, and traits of its model in `role`; and what it
    lacks."""
    model = model_for(provider, role)
    if model is None:
        return f"{provider.id} names no model in the role {role}", ()
    missing = tuple(need for need in needs if need not in claims(provider) | model.traits)
    return (f"{provider.id} does not claim {', '.join(missing)}", missing) if missing else None


def _takes(provider: Provider, part: Part, role: str) -> bool:
    """Whether a provider claims what a part of a request needs; the request goes to its model in `role`."""
    model = model_for(provider, role)
    if model is None:
        return part.role != role
    if part.role not in (None, role) and part.role not in model.traits:
        return False
    return set(part.needs) <= claims(provider) | model.traits


def claims(provider: Provider) -> frozenset[str]:
    """What a provider claims: its features; if it asks for a key, also `keyed` and the style of its key."""
    return provider.features if provider.auth.style == "none" else provider.features | {KEYED, provider.auth.style}


Demand: TypeAlias = tuple[Check, CheckUse | None]


def _asks_for_a_stream(step: Step) -> bool:
    body = cast("object", step.body)
    return isinstance(body, dict) and cast("dict[str, Any]", body).get("stream") is True


def _instead_of(step: Step) -> tuple[Expect, ...]:
    """Kinds of answer that may come instead of the expected one, and have promises of their own."""
    match step.expect:
        case _ if step.hang_up_after:
            return ()
        case "message" | "stream" | "tokens" | "models" | "model":
            return ("error",)
        case "error" if _asks_for_a_stream(step):
            return ("stream",)
        case _:
            return ()


def _answers_otherwise(contract: Contract) -> bool:
    """Whether a contract describes a message of another shape than Anthropic's."""
    message = contract.schemas.get("message")
    return message is not None and "content" not in message.get("properties", {})


class Planner:
    """Joins scenarios with the checks that judge their answers and the clauses behind those checks."""

    def __init__(self, catalog: Catalog, checks: Mapping[str, Check]) -> None:
        self._citations = Citations(catalog.contracts)
        self._schemas = catalog.schemas
        self._foreign = frozenset(c.id for c in catalog.contracts.values() if _answers_otherwise(c))
        self._checks = checks
        self._shared: dict[tuple[int, ...], tuple[Scenario, tuple[Planned, ...]]] = {}
        """By the identities of a scenario's steps, which it keeps."""
        self._wire = {expect: [c for c in checks.values() if expect in c.on] for expect in get_args(Expect)}

    def unit(self, provider: Provider, whole: Scenario) -> Unit:
        scenario = fitted(whole, lambda part, role: _takes(provider, part, role))
        if (found := inapplicable(provider, scenario)) is not None:
            return Unit(provider, scenario, (), *found)
        parts = [self._once(scenario, *each, provider) for each in asked(provider.contract).items()]
        planned = parts[0] if len(parts) == 1 else tuple(chain.from_iterable(parts))
        if not planned:
            return Unit(provider, scenario, (), f"no contract of {provider.id} promises anything about it")
        return Unit(provider, scenario, planned)

    def _once(self, scenario: Scenario, question: Question, contract: str, provider: Provider) -> tuple[Planned, ...]:
        """`_of_scenario`. Whether a drop-in works is asked of every provider alike: found once, it is shared by all."""
        if question != "drop-in":
            return self._of_scenario(scenario, question, contract, provider)
        steps = tuple(map(id, scenario.steps))
        if steps not in self._shared:
            self._shared[steps] = scenario, self._of_scenario(scenario, question, contract, provider)
        return self._shared[steps][1]

    def _of_scenario(
        self, scenario: Scenario, question: Question, contract: str, provider: Provider
    ) -> tuple[Planned, ...]:
        steps = [step for step in scenario.steps if not self._waits_in_vain(step, scenario, contract)]
        planned = tuple(chain.from_iterable(self.of_step(step, question, contract, provider) for step in steps))
        twice = [key for key, number in Counter(p.key for p in planned).items() if number > 1]
        if twice:
            raise HarnessError(f"{scenario.id} plans the same check twice: {twice}")
        return planned

    def of_step(
        self, step: Step, question: Question, contract: str, provider: Provider | None = None
    ) -> Iterable[Planned]:
        """What one step is judged by. Only as documented does it matter who is asked."""
        own = provider if question == "as-documented" else None
        undocumented = own is not None and self._undocumented(step, contract, own.version)
        page = own.page if own else None
        for kind, demanded in self._by_kind(step, contract, undocumented=undocumented):
            instead = kind != step.expect
            judged = replace(step, expect=kind) if instead else step
            yield from self._grounded(judged, demanded, question, contract, page, instead=instead)

    def cited_by(self, step: Step) -> set[tuple[str, ...]]:
        """What the checks of one step cite where Anthropic's contract is asked about, whoever is asked."""
        kinds = self._by_kind(step, CANONICAL, undocumented=False)
        return {cited(check, use) for _, demanded in kinds for check, use in demanded}

    def _by_kind(self, step: Step, contract: str, *, undocumented: bool) -> Iterator[tuple[Expect, Sequence[Demand]]]:
        """What is demanded of the answer that a step expects, and of those that may come instead."""
        demanded = self._demanded(step, contract, undocumented=undocumented)
        yield step.expect, demanded
        if not demanded or undocumented:
            return
        named = {check.id for check, _ in demanded}
        for kind in _instead_of(step):
            yield kind, [(check, None) for check in self._wire[kind] if check.id not in named]

    def _grounded(  # noqa: PLR0913  what a planned check is made of
        self,
        step: Step,
        demanded: Iterable[Demand],
        question: Question,
        contract: str,
        page: str | None,
        *,
        instead: bool = False,
    ) -> Iterable[Planned]:
        for check, use in demanded:
            grounds = self._citations.grounds(cited(check, use), contract, page)
            if grounds is None:
                continue
            level = Level.weaker(grounds.level, use.at_most) if use and use.at_most else grounds.level
            yield Planned(step, check, use, question, grounds.clauses, level, instead)

    def _demanded(self, step: Step, contract: str, *, undocumented: bool) -> list[Demand]:
        if undocumented:
            return [(self._checks[use.check], use) for use in step.checks if use.contract == contract]
        general = [use for use in step.checks if use.contract is None]
        own = [use for use in step.checks if use.contract == contract]
        told = {use.check for use in own}  # a use for one contract replaces a use for all
        uses = [*(use for use in general if use.check not in told), *own]
        if step.checks and not uses:  # it was generated for other contracts only, and nothing would judge it
            return []
        named = {use.check for use in uses}
        # promises about whole answers do not apply to half an answer
        held = () if step.hang_up_after else self._wire[step.expect]
        about = None
        if step.accepts and contract == CANONICAL:
            about = CheckUse(ACCEPTED, {}, step.where, step.accepts)
        wire: list[Demand] = [(c, about if c.id == ACCEPTED else None) for c in held if c.id not in named]
        return [*wire, *((self._checks[use.check], use) for use in uses)]

    def _waits_in_vain(self, step: Step, scenario: Scenario, contract: str) -> bool:
        """Whether a step needs values captured from a message, and the contract's own answers have another shape: then
        the step is never sent, and the contract is not to blame."""
        if contract not in self._foreign:
            return False
        body = str(cast("object", step.body))
        return any(f"${{{name}}}" in body for other in scenario.steps for name in other.capture)

    def _undocumented(self, step: Step, contract: str, version: str) -> bool:
        """Whether the provider's own document forbids sending this. Then the provider owes no answer, unless a scenario
        says what the document promises about it."""
        body = cast("object", step.body)
        if step.expect not in ("message", "stream") or not isinstance(body, dict):
            return False
        schema = self._schemas.requests.get(contract)
        if schema is None:
            return False
        request = {"model": "any", **cast("dict[str, Any]", body)}
        return bool(schema.breaches(request, Edition.of(step.headers, version)))
