"""What can be wrong with scenarios that their schema accepts: requests that prove nothing, that another scenario sends
already, or that blame a provider for what it never claimed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, cast

from messages_conformance.authoring.implied import implied, implied_by
from messages_conformance.catalog.contracts.loading import CANONICAL
from messages_conformance.catalog.model import Scenario, Step
from messages_conformance.catalog.scenarios.assembly import put_together
from messages_conformance.catalog.scenarios.loading import Generator
from messages_conformance.errors import Problem
from messages_conformance.run.planning.plan import ACCEPTED

GENERATED: Final = "generated"
ANY_PARAMETER: Final = "every-parameter"

_WORDING: Final = frozenset({"content", "text", "system", "data", "max_tokens", "budget_tokens"})
"""Keys whose plain values set only the topic or the length: requests that differ only there have the same shape."""


def unproven_refusals(scenarios: Iterable[Scenario]) -> list[Problem]:
    """Refusals that mean nothing: they have no twin, or no check of errors judges them."""
    problems: list[Problem] = []
    for scenario in scenarios:
        for step in (step for step in scenario.steps if step.expect == "error"):
            if scenario.twin is None:
                hint = "add `twin:` with the id of the scenario that sends the same request without the mistake"
                problems.append(Problem(f"`{scenario.id}` expects a refusal and has no twin", step.where, hint))
            if not any(use.check.startswith("error.") for use in step.checks):
                hint = "demand `error.refused` with the clause that forbids the request"
                problems.append(
                    Problem(f"`{_name(scenario, step)}` expects a refusal, and nothing judges it", step.where, hint)
                )
    return problems


def unnamed_acceptances(scenarios: Iterable[Scenario]) -> list[Problem]:
    """Valid requests without a clause that their refusal breaks: the report would then say "the plainest request is
    refused", which is true of a plain request only."""
    hint = "name the clauses under `accepts:` of the step or the scenario; or demand `answer.accepted` with `clauses`"
    return [
        Problem(f"`{_name(scenario, step)}` does not say which clause its refusal breaks", step.where, hint)
        for scenario, step in _steps(scenarios)
        if step.expect not in ("error", "any", "run") and not step.accepts and not _is_plain(step)
        if not any(use.check == ACCEPTED for use in step.checks)
    ]


def _is_plain(step: Step) -> bool:
    """One question to the messages route, and nothing more: a provider that refuses it refuses everything."""
    if step.route != "messages" or step.headers or step.auth_style is not None:
        return False
    body = cast("object", step.body)
    request = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    turns: list[Any] = request.get("messages") or []
    return set(request) <= {"model", "max_tokens", "messages"} and [
        isinstance(turn.get("content"), str) for turn in cast("list[dict[str, Any]]", turns)
    ] == [True]


def repeated_requests(scenarios: Iterable[Scenario]) -> list[Problem]:
    """Steps that send the same as an earlier step. A step may repeat a step of its own scenario if its checks name that
    step: then the repetition is the point."""
    problems: list[Problem] = []
    first: dict[str, tuple[Scenario, Step]] = {}
    for scenario, step in _steps(scenarios):
        key = _request(step, step.body)
        earlier, sent = first.setdefault(key, (scenario, step))
        if sent is step or (earlier is scenario and _compares(step, sent.id)):
            continue
        hint = f"{sent.where}: demand there what this step demands, or send something else"
        message = f"`{_name(scenario, step)}` sends the same request as `{_name(earlier, sent)}`"
        problems.append(Problem(message, step.where, hint))
    return problems


def idle_scenarios(scenarios: Iterable[Scenario]) -> list[Problem]:
    """Scenarios that demand no check, if wire checks already judge another scenario of the same shape."""
    known = tuple(scenarios)
    shapes: dict[str, list[Scenario]] = {}
    for scenario, step in _steps(known):
        shapes.setdefault(_shape(step), []).append(scenario)
    problems: list[Problem] = []
    for scenario in known:
        if any(step.checks for step in scenario.steps):
            continue
        others = [next((s.id for s in shapes[_shape(step)] if s is not scenario), None) for step in scenario.steps]
        if all(others):
            alike = ", ".join(f"`{other}`" for other in dict.fromkeys(others))
            message = f"`{scenario.id}` demands no check, and the wire checks judge {alike} as well"
            problems.append(Problem(message, scenario.where, "demand a check of it, or leave it out"))
    return problems


def unmet_needs(scenarios: Sequence[Scenario], generators: Iterable[Generator]) -> list[Problem]:
    """Requests that use a feature which their scenario does not list under `needs`. A provider that never claimed it
    would fail for refusing it, or pass with a refusal that has another reason."""
    by_id = {scenario.id: scenario for scenario in scenarios}
    problems = [
        _unmet(f"`{scenario.id}`", because, need, scenario)
        for scenario in scenarios
        for need, because in _used(scenario, by_id).items()
        if need not in scenario.needs
    ]
    problems += [problem for scenario in scenarios for problem in _unmet_parts(scenario)]
    problems += [
        _unmet(f"the base of `{generator.id}`", because, need, generator)
        for generator in generators
        if CANONICAL in generator.data.get("contracts", (CANONICAL,))
        for needs in [_needs(generator)]
        if ANY_PARAMETER not in needs
        for need, because in _used_by_base(generator.data).items()
        if need not in needs
    ]
    return _once(problems)


def _unmet_parts(scenario: Scenario) -> Iterator[Problem]:
    """Parts of requests, each alone, and the forms without parts. What a part uses must be in its own `needs` or in
    those of its scenario."""
    assembly = scenario.assembly
    if assembly is None:
        return
    for step in scenario.steps:
        for need, because in implied_by(put_together(assembly, step, ())).items():
            if need not in scenario.needs:
                yield _unmet(f"`{scenario.id}`", because, need, scenario)
    for part in assembly.parts.values():
        alone = put_together(assembly, replace(scenario.steps[0], changes=()), [part.name])
        for need, because in implied_by(alone).items():
            if need not in {*scenario.needs, *part.needs}:
                yield _unmet(f"`{part.name}` of `{scenario.id}`", because, need, scenario)


# --- what a scenario uses -------------------------------------------------------------------------------------------


def _used(scenario: Scenario, by_id: Mapping[str, Scenario]) -> Mapping[str, str]:
    if ANY_PARAMETER in scenario.needs:  # sent only to providers that claim everything
        return {}
    if scenario.assembly is not None:  # each part has its own needs
        return {}
    used = {need: why for step in scenario.steps if _is_owed(scenario, step) for need, why in implied_by(step).items()}
    twin = by_id.get(scenario.twin or "")
    if twin is None or any(step.expect != "error" for step in scenario.steps):
        return used
    # What the twin does not use is the mistake itself: a provider that does not know it refuses it with good reason.
    allowed = {need for step in twin.steps for need in implied_by(step)}
    return {need: why for need, why in used.items() if need in allowed}


def _is_owed(scenario: Scenario, step: Step) -> bool:
    """Whether Anthropic's contract promises this step exactly one kind of answer. For a generated refusal, look at its
    base instead: the mistake itself uses no feature."""
    contracts = {use.contract for use in step.checks}
    if contracts and not contracts & {None, CANONICAL}:
        return False
    accepted = any(use.check == ACCEPTED and use.contract in (None, CANONICAL) for use in step.checks)
    return accepted or (step.expect != "any" and GENERATED not in scenario.tags)


def _needs(generator: Generator) -> frozenset[str]:
    data = generator.data
    return frozenset(data.get("needs", ())).union(*data.get("needs_for", {}).values())


def _used_by_base(data: Mapping[str, Any]) -> Mapping[str, str]:
    return implied(data["base"], data.get("route", "messages"), data.get("headers", {}))


def _unmet(subject: str, because: str, need: str, at: Scenario | Generator) -> Problem:
    hint = f"add `{need}` to `needs`, or leave out {because}"
    return Problem(f"{subject} sends {because} but does not list `{need}` in `needs`", at.where, hint)


def _once(problems: Iterable[Problem]) -> list[Problem]:
    """The first of several problems that differ only in the scenario, as those of one generator do."""
    return list({(problem.where, problem.hint): problem for problem in reversed(tuple(problems))}.values())[::-1]


# --- what makes two requests the same ---------------------------------------------------------------------------------


def _steps(scenarios: Iterable[Scenario]) -> Iterator[tuple[Scenario, Step]]:
    return ((scenario, step) for scenario in scenarios for step in scenario.steps)


def _name(scenario: Scenario, step: Step) -> str:
    return scenario.id if len(scenario.steps) == 1 else f"{scenario.id}/{step.id}"


def _request(step: Step, body: Any) -> str:
    """What a step sends, as one text. Placeholders are not filled."""
    headers = sorted((name.lower(), value) for name, value in step.headers.items())
    return json.dumps([step.method, step.route, headers, step.auth, step.auth_style, step.role, body], sort_keys=True)


def _shape(step: Step) -> str:
    return f"{step.expect} {_request(step, _wordless(step.body))}"


def _wordless(value: Any) -> Any:
    if isinstance(value, list):
        return [_wordless(item) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    return {
        key: None if key in _WORDING and not isinstance(inner, dict | list) else _wordless(inner)
        for key, inner in cast("dict[str, Any]", value).items()
    }


def _compares(step: Step, other: str) -> bool:
    return any(other in use.params.values() for use in step.checks)
