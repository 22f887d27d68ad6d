"""What can be wrong with scenarios that follow every rule of their schema: requests that prove nothing, that were paid
for already, or that blame a provider for what it never claimed."""

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
"""Keys whose plain value says what is talked about, and how long: requests that differ there alone are of one shape."""


def unproven_refusals(scenarios: Iterable[Scenario]) -> list[Problem]:
    """Refusals that mean nothing: without a twin, or judged by no check of errors."""
    problems: list[Problem] = []
    for scenario in scenarios:
        for step in (step for step in scenario.steps if step.expect == "error"):
            if scenario.twin is None:
                hint = "`twin:` names the scenario that sends the same request without the mistake, and is accepted"
                problems.append(Problem(f"`{scenario.id}` expects a refusal and has no twin", step.where, hint))
            if not any(use.check.startswith("error.") for use in step.checks):
                hint = "demand `error.refused` with the clause that forbids the request"
                problems.append(
                    Problem(f"`{_name(scenario, step)}` expects a refusal, and nothing judges it", step.where, hint)
                )
    return problems


def unnamed_acceptances(scenarios: Iterable[Scenario]) -> list[Problem]:
    """Valid requests of which nothing says what their refusal breaks: "the plainest request is refused" would be told
    of them, which is true of a plain one alone."""
    hint = "`accepts:` of the step or the scenario names the clauses; or demand `answer.accepted` with `clauses`"
    return [
        Problem(f"`{_name(scenario, step)}` does not say what its refusal breaks", step.where, hint)
        for scenario, step in _steps(scenarios)
        if step.expect not in ("error", "any", "run") and not step.accepts and not _is_plain(step)
        if not any(use.check == ACCEPTED for use in step.checks)
    ]


def _is_plain(step: Step) -> bool:
    """One question to the messages route, and nothing more: who does not take that takes nothing at all."""
    if step.route != "messages" or step.headers or step.auth_style is not None:
        return False
    body = cast("object", step.body)
    request = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    turns: list[Any] = request.get("messages") or []
    return set(request) <= {"model", "max_tokens", "messages"} and [
        isinstance(turn.get("content"), str) for turn in cast("list[dict[str, Any]]", turns)
    ] == [True]


def repeated_requests(scenarios: Iterable[Scenario]) -> list[Problem]:
    """Steps that send what an earlier one sent. A step may repeat one of its own scenario that its checks name: then
    the repetition is what is judged."""
    problems: list[Problem] = []
    first: dict[str, tuple[Scenario, Step]] = {}
    for scenario, step in _steps(scenarios):
        key = _request(step, step.body)
        earlier, sent = first.setdefault(key, (scenario, step))
        if sent is step or (earlier is scenario and _compares(step, sent.id)):
            continue
        hint = f"{sent.where}: demand there what this one demands, or ask for something else"
        message = f"`{_name(scenario, step)}` sends the same request as `{_name(earlier, sent)}`"
        problems.append(Problem(message, step.where, hint))
    return problems


def idle_scenarios(scenarios: Iterable[Scenario]) -> list[Problem]:
    """Scenarios that demand nothing, where another of the same shape is judged by the same wire checks."""
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
            message = f"`{scenario.id}` demands nothing, and what holds on every answer is judged in {alike} too"
            problems.append(Problem(message, scenario.where, "demand a check of it, or leave it out"))
    return problems


def unmet_needs(scenarios: Sequence[Scenario], generators: Iterable[Generator]) -> list[Problem]:
    """Requests that use a feature which their scenario does not list under `needs`. A provider that never claimed the
    feature would be blamed for refusing it, or praised for a refusal that has another reason."""
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
    """Parts of requests, each alone, and the forms without any. What a part does not need, its scenario must."""
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
    if ANY_PARAMETER in scenario.needs:  # asked only of who takes whatever exists
        return {}
    if scenario.assembly is not None:  # each of its parts has its own needs
        return {}
    used = {need: why for step in scenario.steps if _is_owed(scenario, step) for need, why in implied_by(step).items()}
    twin = by_id.get(scenario.twin or "")
    if twin is None or any(step.expect != "error" for step in scenario.steps):
        return used
    # What the twin does not use is the mistake itself, and is refused with good reason wherever it is not known.
    allowed = {need for step in twin.steps for need in implied_by(step)}
    return {need: why for need, why in used.items() if need in allowed}


def _is_owed(scenario: Scenario, step: Step) -> bool:
    """Whether Anthropic's contract owes this step one answer and no other. For a generated refusal, look at
    its base instead: the mistake itself uses no feature."""
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
    hint = f"add `{need}` to its `needs`, or leave {because} out"
    return Problem(f"{subject} sends {because} and does not need `{need}`", at.where, hint)


def _once(problems: Iterable[Problem]) -> list[Problem]:
    """Of the problems that differ only in the scenario, as those of one generator do, the first."""
    return list({(problem.where, problem.hint): problem for problem in reversed(tuple(problems))}.values())[::-1]


# --- what makes two requests the same ---------------------------------------------------------------------------------


def _steps(scenarios: Iterable[Scenario]) -> Iterator[tuple[Scenario, Step]]:
    return ((scenario, step) for scenario in scenarios for step in scenario.steps)


def _name(scenario: Scenario, step: Step) -> str:
    return scenario.id if len(scenario.steps) == 1 else f"{scenario.id}/{step.id}"


def _request(step: Step, body: Any) -> str:
    """What is sent, as one text. Placeholders stand for themselves."""
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
