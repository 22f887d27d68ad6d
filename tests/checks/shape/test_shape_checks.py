from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from exchanges import evidence, exchange, sse
from messages_conformance.catalog.contracts.reader import SchemaReader, with_promises
from messages_conformance.catalog.model import Clause, Contract, Expect, Level, Source
from messages_conformance.checks.base import Cause, Check, Outcome, Verdict
from messages_conformance.checks.registry import judge
from messages_conformance.checks.shape.per_clause import shape_checks
from messages_conformance.errors import HarnessError, Where
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

BASE = "https://messages-conformance.example/specs/tiny/"
WHERE = Where(Path("clauses.yaml"), 1)
SOURCE = Source("page", "A page", "https://docs.example/page", "2026-11-20")

USAGE = {
    "$id": f"{BASE}parts/usage.json",
    "type": "object",
    "required": ["output"],
    "properties": {"output": {"type": "integer", "minimum": 0, "x-clause": "tiny:usage.output"}},
    "x-clause": {"required": "tiny:usage.present", "*": "tiny:usage.object"},
}
MESSAGE = {
    "$id": f"{BASE}message.json",
    "type": "object",
    "required": ["id", "kind", "usage"],
    "properties": {
        "id": {
            "type": "string",
            "minLength": 1,
            "x-clause": {"required": "tiny:id.present", "*": "tiny:id"},
        },
        "kind": {"const": "message", "x-clause": "tiny:kind"},
        "reason": {"type": ["string", "null"], "x-known": ["end", "cut"], "x-clause": "tiny:reason"},
        "usage": {"$ref": "parts/usage.json"},
        "content": {"type": "array", "items": {"$ref": "#/$defs/block"}, "x-clause": "tiny:content"},
        "either": {
            "anyOf": [
                {"type": "null", "x-clause": "tiny:either"},
                {"type": "object", "properties": {"n": {"type": "integer", "x-clause": "tiny:either.n"}},
                 "x-clause": "tiny:either"},
            ]
        },
        "closed": {
            "type": "object", "properties": {"a/b": {"type": "string", "x-clause": "tiny:closed.ab"}},
            "additionalProperties": False, "x-clause": "tiny:closed",
        },
    },
    "x-clause": "tiny:object",
    "$defs": {
        "block": {
            "type": "object",
            "allOf": [
                {
                    "if": {"properties": {"type": {"const": "call"}}, "required": ["type"]},
                    "then": {
                        "required": ["input"],
                        "properties": {"input": {"type": "object", "x-clause": "tiny:call.input"}},
                    },
                }
            ],
            "x-clause": "tiny:block",
        }
    },
}  # fmt: skip
EVENT = {
    "$id": f"{BASE}event.json",
    "type": "object",
    "properties": {"usage": {"$ref": "parts/usage.json"}},
    "x-clause": "tiny:event",
}
ERROR = {
    "$id": f"{BASE}error.json",
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {"type": "object", "x-clause": "tiny:error"},
        "usage": {"$ref": "parts/usage.json"},
    },
    "x-clause": "tiny:error.object",
}
LOCALS = {
    *("usage.present", "usage.object", "usage.output", "id", "id.present", "kind", "reason", "content"),
    *("either", "either.n", "closed", "closed.ab", "object", "block", "call.input", "event", "error", "error.object"),
}
GOOD = {"id": "m1", "kind": "message", "usage": {"output": 3}}


def _contract(**schemas: Any) -> Contract:
    clauses = {f"tiny:{n}": Clause(f"tiny:{n}", Level.MUST, f"About {n}.", SOURCE, WHERE) for n in LOCALS}
    return Contract("tiny", "Tiny", "/v1/messages", (SOURCE,), clauses, schemas)


def _documents(*documents: Mapping[str, Any]) -> Registry[Any]:
    empty: Registry[Any] = Registry()
    return empty.with_resources((document["$id"], Resource(document, DRAFT202012)) for document in documents)


def _checks(contract: Contract, documents: Registry[Any]) -> tuple[Check, ...]:
    known = with_promises(contract, documents)
    return shape_checks(known, lambda _, name: SchemaReader(known.schemas[name], documents))


CHECKS = {
    check.id.removeprefix("shape.tiny."): check
    for check in _checks(_contract(message=MESSAGE, event=EVENT, error=ERROR), _documents(USAGE))
}


def _judge(local: str, body: Any, expect: Expect = "message", status: int = 200) -> Verdict:
    return judge(CHECKS[local], evidence(exchange(body, status=status), expect))


def _failing(body: Any) -> set[str]:
    told = evidence(exchange(body), "message")
    return {local for local, check in CHECKS.items() if judge(check, told).outcome is Outcome.FAIL}


def test_there_is_one_check_per_clause_on_the_answers_that_its_schemas_describe() -> None:
    assert set(CHECKS) == LOCALS
    assert CHECKS["id"].on == ("message",)
    assert CHECKS["event"].on == ("stream",)
    assert CHECKS["usage.output"].on == ("message", "stream", "error")
    assert CHECKS["id"].clauses == ("tiny:id",)


def test_a_good_answer_passes_what_it_reaches_and_nothing_else() -> None:
    outcomes = {local: _judge(local, GOOD).outcome for local in CHECKS if "message" in CHECKS[local].on}
    passing = {local for local, outcome in outcomes.items() if outcome is Outcome.PASS}
    assert passing == {"object", "id", "id.present", "kind", "usage.present", "usage.object", "usage.output"}
    assert set(outcomes.values()) == {Outcome.PASS, Outcome.NOT_APPLICABLE}


@pytest.mark.parametrize(
    ("changes", "local", "pointer", "expected", "actual"),
    [
        ({"id": ""}, "id", "/id", "a non-empty string", '""'),
        ({"id": 7}, "id", "/id", "a string", "7"),
        ({"kind": "msg"}, "kind", "/kind", 'the constant "message"', '"msg"'),
        ({"reason": 1}, "reason", "/reason", "a string or null", "1"),
        ({"usage": {"output": -1}}, "usage.output", "/usage/output", "an integer >= 0", "-1"),
        ({"usage": {}}, "usage.output", "/usage/output", "required", "missing"),
        ({"usage": []}, "usage.object", "/usage", "an object", "[]"),
        ({"content": [{"type": "call"}]}, "call.input", "/content/0/input", "required", "missing"),
        ({"content": [{}, {"type": "call", "input": ""}]}, "call.input", "/content/1/input", "an object", '""'),
        ({"closed": {"a/b": 1}}, "closed.ab", "/closed/a~1b", "a string", "1"),
        ({"closed": {"x": 1}}, "closed", "/closed", "no other properties", '["x"]'),
        ({"either": {"n": "1"}}, "either.n", "/either/n", "an integer", '"1"'),
    ],
)
def test_a_violation_fails_the_check_of_its_clause_alone(
    changes: Any, local: str, pointer: str, expected: str, actual: str
) -> None:
    assert _failing(GOOD | changes) == {local}
    found = _judge(local, GOOD | changes)
    assert (found.pointer, found.expected, found.actual) == (pointer, expected, actual)


def test_a_missing_property_breaks_its_own_clause_also_through_a_reference() -> None:
    assert _failing({"kind": "message"}) == {"id.present", "usage.present"}


def test_a_body_of_another_type_breaks_the_schema_as_a_whole() -> None:
    found = _judge("object", [1])
    assert (found.outcome, found.pointer, found.actual) == (Outcome.FAIL, "", "[1]")
    assert _judge("id", [1]).outcome is Outcome.NOT_APPLICABLE


def test_null_is_one_of_two_alternatives() -> None:
    assert _judge("either", GOOD | {"either": None}).outcome is Outcome.PASS
    assert _failing(GOOD | {"either": 5}) == {"either"}


def test_what_an_if_asks_is_neither_reached_nor_broken() -> None:
    text = GOOD | {"content": [{"type": "text"}]}
    assert _judge("call.input", text).outcome is Outcome.NOT_APPLICABLE
    assert _judge("block", text).outcome is Outcome.PASS


def test_an_unknown_member_of_an_open_set_is_noted() -> None:
    found = _judge("reason", GOOD | {"reason": "paused"})
    assert (found.outcome, found.note) == (Outcome.PASS, 'unknown member "paused" noted')
    assert _judge("reason", GOOD | {"reason": "end"}).note is None


def test_further_violations_of_one_clause_are_counted() -> None:
    found = _judge("block", GOOD | {"content": [1, {}, 2, 3]})
    assert (found.pointer, found.note) == ("/content/0", "and 2 more of the same clause")


def test_a_list_without_end_is_not_judged_without_end() -> None:
    found = _judge("block", GOOD | {"content": [1] * 5000})
    assert (found.outcome, found.note) == (Outcome.FAIL, "and 999 more of the same clause")


def test_each_event_of_a_stream_is_judged_and_named_by_its_number() -> None:
    body = sse({"type": "a"}, {"type": "b", "usage": {"output": 1}}, {"type": "c", "usage": {"output": "1"}})
    found = _judge("usage.output", body + b"data: [DONE]\n\ndata: broken\n\ndata: [1]\n\n", "stream")
    assert (found.outcome, found.event, found.pointer) == (Outcome.FAIL, 3, "/usage/output")
    assert _judge("usage.output", sse({"type": "a"}), "stream").outcome is Outcome.NOT_APPLICABLE


def test_an_error_is_measured_where_one_was_asked_for() -> None:
    assert _judge("error", {"error": {}}, "error", 400).outcome is Outcome.PASS
    assert _judge("error", {"error": "no"}, "error", 401).outcome is Outcome.FAIL
    assert _judge("error", GOOD, "error").outcome is Outcome.NOT_APPLICABLE


def test_a_refusal_is_not_measured_as_the_message_that_was_asked_for() -> None:
    assert _judge("usage.output", {"error": {}, "usage": {}}, "message", 400).outcome is Outcome.NOT_APPLICABLE
    assert _judge("id", {"error": {}}, "message", 400).cause is Cause.PREREQUISITE_FAILED


def test_a_body_that_is_no_json_is_left_to_other_checks() -> None:
    assert _judge("id", b"<html>").outcome is Outcome.NOT_APPLICABLE


def test_deep_nesting_hides_nothing() -> None:
    """Somewhere below the depth that JSON's reader refuses lie depths that are read, but not validated."""
    read = 0
    for depth in range(1000, 850, -1):
        body = b'{"kind": "message", "usage": {"output": 3}, "id": %b%b}' % (b"[" * depth, b"]" * depth)
        told = evidence(exchange(body))
        _ = told.answer.body_json  # read as high up in the stack as it ever is, so that the depth is as great as can be
        verdicts = {local: judge(check, told) for local, check in CHECKS.items()}
        outcomes = {verdict.outcome for verdict in verdicts.values()}
        if outcomes != {Outcome.NOT_APPLICABLE}:
            read += 1
            assert outcomes == {Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE}
            assert verdicts["id"].pointer == "/id"
    assert read > 50


def test_values_are_shown_short() -> None:
    found = _judge("kind", GOOD | {"kind": "x" * 5000})
    assert found.actual is not None
    assert len(found.actual) <= 80


def test_an_answer_is_measured_once_for_all_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Any] = []
    read = SchemaReader.read

    def counting(reader: SchemaReader, value: Any) -> Any:
        reads.append(value)
        return read(reader, value)

    monkeypatch.setattr(SchemaReader, "read", counting)
    _failing(GOOD)
    assert len(reads) == 1


@pytest.mark.parametrize(
    "constraint",
    [{"type": "string"}, {"required": ["x"]}, {"additionalProperties": False}, {"properties": {"x": False}}],
)
def test_a_constraint_without_a_clause_is_a_fault_of_the_schema(constraint: dict[str, Any]) -> None:
    schema = {"$id": f"{BASE}message.json", "properties": {"part": constraint}}
    with pytest.raises(HarnessError, match=r"message\.json: constraints without a clause"):
        with_promises(_contract(message=schema), _documents())


def test_clauses_of_another_contract_are_left_to_it() -> None:
    schema = {
        "$id": f"{BASE}message.json",
        "properties": {"part": {"type": "string", "x-clause": "other:part"}},
        "type": "object",
        "x-clause": "tiny:object",
    }
    checks = _checks(_contract(message=schema), _documents())
    assert [check.id for check in checks] == ["shape.tiny.object"]
