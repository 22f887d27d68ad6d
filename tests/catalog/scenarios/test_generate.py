"""Scenarios that follow from request schemas: by small contracts made for the purpose, and by the real ones."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from messages_conformance.catalog import Catalog, registry
from messages_conformance.catalog.contracts.request_schema import RequestSchema
from messages_conformance.catalog.model import CheckUse, Contract, Level, Scenario
from messages_conformance.catalog.scenarios.generate import generate
from messages_conformance.catalog.scenarios.loading import Generator
from messages_conformance.errors import UserError, Where

Json = dict[str, Any]
HERE = Where(Path("scenarios/made.yaml"), 5)


def clauses(contract: str, name: str, *keywords: str) -> Json:
    return {keyword: f"{contract}:{name}.{keyword}" for keyword in keywords}


def schema(contract: str, **bounds: Any) -> Json:
    """A request with every kind of constraint that a case can follow from."""
    turn = {
        "type": "object",
        "required": ["role"],
        "x-clause": f"{contract}:turn",
        "properties": {
            "role": {
                "type": "string",
                "enum": ["user", "assistant"],
                "x-clause": clauses(contract, "role", "required", "type", "enum"),
            },
        },
    }
    return {
        "type": "object",
        "x-clause": f"{contract}:request",
        "required": ["model", "max_tokens"],
        "properties": {
            "model": {"type": "string", "x-clause": f"{contract}:model"},
            "max_tokens": {
                "type": "integer",
                "minimum": 1,
                "x-clause": clauses(contract, "max_tokens", "required", "type", "minimum"),
            },
            "temperature": {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "x-clause": clauses(contract, "temperature", "type", "minimum", "maximum"),
                **bounds,
            },
            "anything": {"type": ["string", "object"], "x-clause": f"{contract}:anything"},
            "messages": {
                "type": "array",
                "minItems": 1,
                "items": {"$ref": "#/$defs/turn"},
                "x-clause": clauses(contract, "messages", "type", "minItems"),
            },
        },
        "$defs": {"turn": turn},
    }


def requests(**by_contract: Json) -> Mapping[str, RequestSchema]:
    contracts = {
        name: Contract(
            name,
            name,
            "/v1/messages",
            (),
            {},
            {"request": {"$id": f"https://messages-conformance.example/specs/{name}/request.json", **document}},
        )
        for name, document in by_contract.items()
    }
    documents = registry(contracts)
    return {name: RequestSchema(contract, documents) for name, contract in contracts.items()}


ONE = requests(anthropic=schema("anthropic"))
TWO = requests(anthropic=schema("anthropic"), vendor=schema("vendor", maximum=2))

BASE: Json = {"max_tokens": 32, "temperature": 0.5, "messages": [{"role": "user"}]}


def generator(**changes: Any) -> Generator:
    data: Json = {"id": "made", "why": "Because.", "twin": "plain", "vary": [], "objects": [""], "base": BASE}
    return Generator("made", "made area", data | changes, HERE)


def made(*vary: str, schemas: Mapping[str, RequestSchema] = ONE, **changes: Any) -> dict[str, Scenario]:
    found = generate([generator(vary=list(vary), **changes)], schemas)
    return {scenario.id.removeprefix("request."): scenario for scenario in found}


def body(scenario: Scenario) -> Any:
    return scenario.steps[0].body


def uses(scenario: Scenario, contract: str = "anthropic") -> dict[str, CheckUse]:
    return {use.check: use for use in scenario.steps[0].checks if use.contract == contract}


# --- what is varied -------------------------------------------------------------------------------------------------


def test_every_required_field_is_left_out_once() -> None:
    found = made("missing")
    assert list(found) == ["model", "max_tokens"]
    assert body(found["model"]) == {"model": None, **BASE}  # a null leaves out what would be filled in
    assert body(found["max_tokens"]) == {"temperature": 0.5, "messages": [{"role": "user"}]}
    assert found["max_tokens"].title == "max_tokens left out"


def test_every_field_of_the_base_is_given_a_wrong_type() -> None:
    found = made("type")
    assert {name: body(scenario)[name.split(".")[0]] for name, scenario in found.items()} == {
        "model.wrong-type": {"not": "a string"},
        "max_tokens.wrong-type": "many",
        "temperature.wrong-type": "warm",
        "messages.wrong-type": "not a list",
    }


def test_where_every_stand_in_would_be_taken_no_wrong_type_is_made() -> None:
    assert "anything.wrong-type" not in made("type", base={**BASE, "anything": "x"})


def test_a_foreign_member_is_tried_only_where_members_are_listed() -> None:
    found = made("enum", objects=["", "/messages/0"])
    assert list(found) == ["messages.0.role.foreign-member"]
    assert body(found["messages.0.role.foreign-member"])["messages"] == [{"role": "mauve"}]


def test_bounds_are_tried_at_inside_and_outside_by_one_step() -> None:
    found = made("bounds", base={"max_tokens": 32, "messages": [{"role": "user"}]})
    assert list(found) == [
        *("max_tokens.0", "max_tokens.1", "max_tokens.2"),
        "messages.empty",
        *(f"temperature.{value}" for value in ("-0.01", "0.0", "0.01", "0.99", "1.0", "1.01")),
    ]
    assert body(found["temperature.1.01"])["temperature"] == 1.01
    assert body(found["max_tokens.1"])["max_tokens"] == 1
    assert body(found["messages.empty"])["messages"] == []


def test_the_base_is_never_touched() -> None:
    before = json.dumps(BASE)
    made("missing", "type", "enum", "bounds", objects=["", "/messages/0"])
    assert json.dumps(BASE) == before


def test_bounds_of_all_contracts_are_tried() -> None:
    found = made("bounds", schemas=TWO)
    tried = [name.removeprefix("temperature.") for name in found if name.startswith("temperature.")]
    assert tried == ["-0.01", "0.0", "0.01", "0.99", "1.0", "1.01", "1.99", "2.0", "2.01"]


# --- what is expected of it -----------------------------------------------------------------------------------------


def test_what_breaks_the_contract_must_be_refused_for_its_reason() -> None:
    scenario = made("missing")["max_tokens"]
    step = scenario.steps[0]
    assert (step.expect, scenario.twin) == ("error", "plain")
    found = uses(scenario)
    assert list(found) == ["error.refused", "error.status", "error.type", "error.names-field"]
    assert found["error.refused"].clauses == ("anthropic:max_tokens.required",)
    assert found["error.refused"].at_most is None
    assert found["error.status"].params == {"status": 400}
    assert found["error.type"].params == {"type": "invalid_request_error"}
    assert found["error.names-field"].params == {"field": "max_tokens"}


def test_the_field_at_fault_is_named_by_its_path() -> None:
    scenario = made("missing", objects=["/messages/0"])["messages.0.role"]
    assert uses(scenario)["error.names-field"].params == {"field": "messages.0.role"}
    assert uses(scenario)["error.refused"].clauses == ("anthropic:role.required",)


def test_what_the_bounds_allow_must_be_accepted() -> None:
    scenario = made("bounds")["temperature.1.0"]
    assert (scenario.steps[0].expect, scenario.twin) == ("message", None)
    assert list(uses(scenario)) == ["answer.accepted"]
    assert uses(scenario)["answer.accepted"].clauses == (
        "anthropic:temperature.minimum",
        "anthropic:temperature.maximum",
    )


@pytest.mark.parametrize(
    ("value", "expect", "anthropic", "vendor", "twin"),
    [
        ("1.0", "message", ["answer.accepted"], ["answer.accepted"], None),
        ("1.01", "any", "error.refused", ["answer.accepted"], "plain"),
        ("2.01", "error", "error.refused", ["error.refused"], "plain"),
    ],
)
def test_where_contracts_disagree_one_request_carries_both_expectations(
    value: str, expect: str, anthropic: Any, vendor: list[str], twin: str | None
) -> None:
    scenario = made("bounds", schemas=TWO)[f"temperature.{value}"]
    assert (scenario.steps[0].expect, scenario.twin) == (expect, twin)
    found = list(uses(scenario))
    assert found == anthropic if isinstance(anthropic, list) else found[0] == anthropic
    assert list(uses(scenario, "vendor")) == vendor


def test_a_vendors_range_only_implies_that_the_rest_is_refused() -> None:
    assert uses(made("bounds", schemas=TWO)["temperature.2.01"], "vendor")["error.refused"].at_most is Level.SHOULD
    assert uses(made("type", schemas=TWO)["max_tokens.wrong-type"], "vendor")["error.refused"].at_most is Level.SHOULD
    assert uses(made("missing", schemas=TWO)["max_tokens"], "vendor")["error.refused"].at_most is None


def test_a_contract_without_a_bound_promises_nothing_about_it() -> None:
    boundless = {"type": "object", "required": ["max_tokens"], "x-clause": "vendor:request"}
    schemas = requests(anthropic=schema("anthropic"), vendor=boundless)
    scenario = made("bounds", schemas=schemas)["temperature.1.01"]
    assert scenario.steps[0].expect == "error"
    assert uses(scenario, "vendor") == {}


def test_what_the_generator_says_goes_into_every_scenario() -> None:
    found = made("bounds", needs=["thinking"], needs_for={"temperature": ["sampling"]}, role="thinking", tags=["deep"])
    scenario = found["temperature.1.0"]
    assert (scenario.area, scenario.why, scenario.where) == ("made area", "Because.", HERE)
    assert scenario.needs == ("thinking", "sampling")
    assert scenario.tags == {"generated", "deep"}
    assert scenario.steps[0].role == "thinking"
    assert found["max_tokens.1"].needs == ("thinking",)


# --- leaving out, and once only -------------------------------------------------------------------------------------


def test_a_skipped_case_is_not_made_and_the_others_are() -> None:
    assert list(made("missing", skip={"model": "it is filled in"})) == ["max_tokens"]


def test_a_case_is_written_out_and_the_schema_says_what_is_expected() -> None:
    found = made(cases={"many": {"/max_tokens": "many"}, "none": {"/max_tokens": "$absent"}})
    assert body(found["many"])["max_tokens"] == "many"
    assert "max_tokens" not in body(found["none"])
    assert {"error.refused", "error.status"} <= set(uses(found["many"]))


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({"/messages/7/role": "user"}, "case `made`: the base request has no place `/messages/7/role`"),
        ({"/nothing": "$absent"}, "case `made`: the base request has no place `/nothing`"),
        ({"/max_tokens": 31}, "case `made`: no contract refuses it"),
    ],
)
def test_a_case_that_cannot_be_made_or_cannot_fail_is_a_mistake_with_its_line(case: Json, said: str) -> None:
    with pytest.raises(UserError) as caught:
        made(cases={"made": case})
    assert str(caught.value) == f"scenarios/made.yaml:5: {said}"


def test_skipping_what_does_not_exist_is_a_mistake_with_its_line() -> None:
    with pytest.raises(UserError) as caught:
        made("missing", skip={"max_tokns": "misspelt", "model": "known", "another": "gone"})
    assert [str(problem) for problem in caught.value.problems] == [
        "scenarios/made.yaml:5: `skip:` names `another`, which is no case of this generator",
        "scenarios/made.yaml:5: `skip:` names `max_tokns`, which is no case of this generator",
    ]


def test_what_is_not_asked_by_every_run_is_a_variant() -> None:
    found = made("missing", cases={"none": {"/max_tokens": "many"}}, asked=["model"])
    assert {name: scenario.is_variant for name, scenario in found.items()} == {
        "model": False,
        "max_tokens": True,
        "none": True,
    }
    with pytest.raises(UserError, match=r"made\.yaml:5: `asked:` names `modl`, which is no case"):
        made("missing", asked=["modl"])


@pytest.mark.parametrize("place", ["/tools/0", "/messages/1", "/messages", "/max_tokens", "/max_tokens/0"])
def test_a_place_without_an_object_is_a_mistake_with_its_line(place: str) -> None:
    with pytest.raises(UserError, match=rf"made\.yaml:5: the base request has no object at `{place}`"):
        made("missing", objects=[place])


def test_a_request_that_two_generators_vary_is_kept_once_where_it_came_first() -> None:
    first, second = generator(vary=["missing"]), generator(vary=["missing", "enum"], objects=["", "/messages/0"])
    found = generate([first, second], ONE)
    assert [scenario.id for scenario in found] == [
        "request.model",
        "request.max_tokens",
        "request.messages.0.role",
        "request.messages.0.role.foreign-member",
    ]


# --- the real catalogue ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def generated(catalog: Catalog) -> list[Scenario]:
    return [scenario for scenario in catalog.scenarios if "generated" in scenario.tags]


def sent(scenario: Scenario) -> Any:
    """What is sent for certain: the model filled in, as the plan will do it."""
    if isinstance(scenario.steps[0].body, str):
        return json.loads(scenario.steps[0].body)
    given: Json = {"model": "any-model", **body(scenario)}
    return {key: value for key, value in given.items() if value is not None}


def test_nothing_is_asked_twice(catalog: Catalog, generated: list[Scenario]) -> None:
    ids = Counter(scenario.id for scenario in catalog.scenarios)
    assert [name for name, number in ids.items() if number > 1] == []
    asked = Counter(scenario.steps[0].route + json.dumps(sent(scenario), sort_keys=True) for scenario in generated)
    assert [request for request, number in asked.items() if number > 1] == []


def test_every_kind_of_mistake_is_made(generated: list[Scenario]) -> None:
    ends = {scenario.id.rpartition(".")[2] for scenario in generated}
    assert {"wrong-type", "foreign-member", "empty", "max_tokens"} <= ends
    assert {"request.thinking.budget_tokens.1023", "request.temperature.1.01"} <= {s.id for s in generated}


def test_what_must_be_refused_breaks_the_contract_in_exactly_one_place(
    catalog: Catalog, generated: list[Scenario]
) -> None:
    schemas = {"messages": "request", "count_tokens": "tokens-request"}
    validators: dict[str, Any] = {
        route: Draft202012Validator(catalog.contracts["anthropic"].schemas[name], registry=catalog.schemas.registry)
        for route, name in schemas.items()
    }
    # Of a field that does not exist, the fault is with the object that holds it.
    refused = [s for s in generated if "error.names-field" in uses(s) and not s.id.endswith("unknown-field")]
    assert len(refused) > 100
    for scenario in refused:
        places = {_fault(error) for error in validators[scenario.steps[0].route].iter_errors(sent(scenario))}
        assert places == {uses(scenario)["error.names-field"].params["field"]}, scenario.id


def _fault(error: Any) -> str:
    """The dotted path of the value at fault, or of the one that is missing."""
    path = [str(part) for part in error.absolute_path]
    if error.validator == "required":
        (missing,) = (name for name in error.validator_value if name not in error.instance)
        path.append(missing)
    return ".".join(path)


def test_what_must_be_accepted_breaks_nothing(catalog: Catalog, generated: list[Scenario]) -> None:
    accepted = [scenario for scenario in generated if "answer.accepted" in uses(scenario)]
    assert len(accepted) > 3
    for scenario in accepted:
        assert catalog.schemas.requests["anthropic"].breaches(sent(scenario)) == (), scenario.id


def test_every_expected_refusal_has_a_twin_that_is_asked_to_succeed(
    catalog: Catalog, generated: list[Scenario]
) -> None:
    by_id = {scenario.id: scenario for scenario in catalog.scenarios}
    for scenario in generated:
        demands = {use.check for use in scenario.steps[0].checks}
        assert (scenario.twin is not None) == ("error.refused" in demands), scenario.id
        if scenario.twin:
            assert {step.expect for step in by_id[scenario.twin].steps} <= {"message", "stream", "tokens"}
