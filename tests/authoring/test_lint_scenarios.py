"""The rules for scenarios: a refusal proves something, no request is sent twice, and what is used is claimed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from making import HERE, scenario, step, use
from messages_conformance.authoring.lint_scenarios import (
    idle_scenarios,
    repeated_requests,
    unmet_needs,
    unnamed_acceptances,
    unproven_refusals,
)
from messages_conformance.catalog.model import Scenario, Step
from messages_conformance.catalog.scenarios.loading import Generator
from messages_conformance.errors import Problem, Where

BODY: dict[str, Any] = {"max_tokens": 16, "messages": [{"role": "user", "content": "Hello."}]}
THERE = Where(Path("scenarios/made.yaml"), 20)


def told(problems: list[Problem]) -> list[str]:
    return [problem.message for problem in problems]


def refusing(*checks: str, **changes: Any) -> Step:
    return step(expect="error", checks=tuple(use(name) for name in checks), **changes)


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_a_refusal_has_a_twin_and_a_check() -> None:
    assert unproven_refusals([scenario("a", refusing("error.refused", "x"), twin="b")]) == []


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (scenario("a", refusing("error.refused")), "`a` expects a refusal and has no twin"),
        (scenario("a", refusing("x"), twin="b"), "`a` expects a refusal, and nothing judges it"),
        (scenario("a", refusing(), twin="b"), "`a` expects a refusal, and nothing judges it"),
        (
            scenario("a", step("one"), refusing("x", name="two"), twin="b"),
            "`a/two` expects a refusal, and nothing judges it",
        ),
    ],
)
def test_a_refusal_that_means_nothing_is_found(made: Scenario, said: str) -> None:
    (problem,) = unproven_refusals([made])
    assert (problem.message, problem.where) == (said, HERE)


# --- what a refusal breaks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"body": {**BODY, "temperature": 0}},
        {"body": {**BODY, "messages": [*BODY["messages"], {"role": "assistant", "content": "Hi"}]}},
        {"body": {**BODY, "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello."}]}]}},
        {"body": BODY, "headers": {"anthropic-beta": "x"}},
        {"body": BODY, "route": "count_tokens", "expect": "tokens"},
        {"body": None, "route": "models", "expect": "models"},
    ],
)
def test_a_valid_request_that_is_not_plain_says_what_its_refusal_breaks(changes: dict[str, Any]) -> None:
    (message,) = told(unnamed_acceptances([scenario("a", step(**changes))]))
    assert message == "`a` does not say which clause its refusal breaks"
    named = step(**changes, accepts=("anthropic:x",))
    demanded = step(**changes, checks=(use("answer.accepted", clauses=("anthropic:x",)),))
    refused = step(**{**changes, "expect": "error"})
    assert unnamed_acceptances([scenario("a", each) for each in (named, demanded, refused, step(body=BODY))]) == []


# --- requests that were sent already ----------------------------------------------------------------------------------


def test_the_same_request_is_found_wherever_it_is_sent() -> None:
    first, second = (
        scenario("a", step(body=BODY)),
        scenario("b", step(body=dict(sorted(BODY.items(), reverse=True)), where=THERE)),
    )
    (problem,) = repeated_requests([first, second])
    assert (problem.message, problem.where) == ("`b` sends the same request as `a`", THERE)
    assert problem.hint
    assert problem.hint.startswith(str(HERE))


@pytest.mark.parametrize(
    "changes",
    [
        {"body": {**BODY, "max_tokens": 17}},
        {"headers": {"anthropic-version": "banana"}},
        {"route": "count_tokens"},
        {"method": "GET"},
        {"auth": "none"},
        {"auth_style": "bearer"},
        {"role": "thinking"},
        {"body": {**BODY, "messages": "${before}"}},
    ],
)
def test_requests_differ_in_anything_that_is_sent(changes: dict[str, Any]) -> None:
    given: dict[str, Any] = {"body": BODY}
    other = step(**(given | changes))
    assert repeated_requests([scenario("a", step(body=BODY)), scenario("b", other)]) == []


def test_headers_are_the_same_in_any_case_and_order() -> None:
    one, other = {"A": "1", "b": "2"}, {"B": "2", "a": "1"}
    made = [scenario("a", step(body=BODY, headers=one)), scenario("b", step(body=BODY, headers=other))]
    assert told(repeated_requests(made)) == ["`b` sends the same request as `a`"]


def test_a_step_may_repeat_what_it_is_compared_with() -> None:
    compared = step("second", body=BODY, checks=(use("same", params={"step": "first"}),))
    plain = step("second", body=BODY)
    assert repeated_requests([scenario("a", step("first", body=BODY), compared)]) == []
    found = repeated_requests([scenario("a", step("first", body=BODY), plain)])
    assert told(found) == ["`a/second` sends the same request as `a/first`"]
    assert len(repeated_requests([scenario("b", step("first", body=BODY)), scenario("a", compared)])) == 1


def test_a_scenario_that_demands_nothing_needs_a_shape_of_its_own() -> None:
    longer = {"max_tokens": 64, "messages": [{"role": "user", "content": "Good evening."}]}
    judged = scenario("judged", step(body=longer, checks=(use("x"),)))
    idle = scenario("idle", step(body=BODY))
    shaped = scenario("shaped", step(body={**BODY, "stream": False}))
    assert told(idle_scenarios([judged, idle, shaped])) == [
        "`idle` demands no check, and the wire checks judge `judged` as well"
    ]


def test_a_shape_is_also_what_is_expected() -> None:
    made = [scenario("a", step(body=BODY, checks=(use("x"),))), scenario("b", step(body=BODY, expect="any"))]
    assert idle_scenarios(made) == []


# --- needs ------------------------------------------------------------------------------------------------------------

WARM = {**BODY, "temperature": 0.5}
STREAMED = {**BODY, "stream": True}


def generator(base: Mapping[str, Any], **changes: Any) -> Generator:
    return Generator("family", "made", {"base": base, **changes}, HERE)


def test_a_request_needs_what_it_uses() -> None:
    (problem,) = unmet_needs([scenario("a", step(body=WARM))], [])
    assert (problem.message, problem.where) == ("`a` sends `temperature` but does not list `sampling` in `needs`", HERE)
    assert unmet_needs([scenario("a", step(body=WARM), needs=("sampling",))], []) == []


def test_the_mistake_of_a_refusal_is_no_use() -> None:
    twin = scenario("twin", step(body=STREAMED), needs=("streaming",))
    refused = scenario("a", step(body={**STREAMED, "temperature": "hot"}, expect="error"), twin="twin")
    assert told(unmet_needs([twin, refused], [])) == [
        "`a` sends `stream: true` but does not list `streaming` in `needs`"
    ]


@pytest.mark.parametrize(
    "made",
    [
        scenario("a", step(body=WARM, expect="any")),
        scenario("a", step(body=WARM, checks=(use("answer.accepted", contract="naga"),))),
        scenario("a", step(body=WARM), needs=("every-parameter",)),
        scenario("a", step(body=WARM, expect="error"), twin="b", tags=frozenset({"generated"})),
    ],
    ids=["any answer will do", "another contract says so", "whoever takes everything", "a generated mistake"],
)
def test_who_is_not_blamed_needs_not_be_named(made: Scenario) -> None:
    assert unmet_needs([made], []) == []


def test_a_generated_request_that_must_be_accepted_needs_what_it_uses_and_is_told_once() -> None:
    accepted = step(body=WARM, expect="any", checks=(use("answer.accepted", contract="anthropic"),))
    made = [scenario(name, accepted, tags=frozenset({"generated"})) for name in ("a", "b")]
    assert told(unmet_needs(made, [])) == ["`a` sends `temperature` but does not list `sampling` in `needs`"]


def test_the_base_of_a_family_needs_what_it_uses() -> None:
    said = ["the base of `family` sends `temperature` but does not list `sampling` in `needs`"]
    assert told(unmet_needs([], [generator(WARM)])) == said
    assert told(unmet_needs([], [generator(WARM, route="count_tokens")])) == [
        "the base of `family` sends the route count_tokens but does not list `count_tokens` in `needs`",
        *said,
    ]
    assert unmet_needs([], [generator(WARM, needs=["sampling"])]) == []
    assert unmet_needs([], [generator(WARM, needs_for={"temperature": ["sampling"]})]) == []
    assert unmet_needs([], [generator(WARM, contracts=["bifrost"])]) == []
