"""The records: to JSON and back, and the schema that is made from them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import handmade
import pytest
import samples
import schemas
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from members import over
from messages_conformance.checks.base import Cause, Outcome
from messages_conformance.results.codec import from_json, to_json
from messages_conformance.results.records import (
    KINDS,
    Diagnosed,
    Exchange,
    Probed,
    Record,
    Tried,
    Verdict,
    from_parsed,
    to_line,
)
from messages_conformance.wire.exchange import Chunk, Failure, Request, Response

DIAGNOSED = Diagnosed("maker", "nothing-listens", "could not be asked: nothing listens there", 3)
PROBED = Probed("maker", "tools", Outcome.PASS, ("maker/probe.tools/ask/1.1",))
TRIED = Tried(
    "maker", "text", "a plain answer", "anthropic 2.14.0", Outcome.FAIL, None, "raises X", "X", 400, "x-api-key"
)
SAMPLES = [*handmade.stream(samples.header(), samples.told()), DIAGNOSED, PROBED, TRIED]
TEXT = st.text(max_size=8)


def again(record: Record) -> Record:
    read = from_parsed(json.loads(to_line(record)))
    assert read is not None
    return read


# --- to JSON and back -------------------------------------------------------------------------------------------------


def test_every_record_comes_back_as_it_was() -> None:
    assert {type(record) for record in SAMPLES} == set(KINDS.values())
    assert list(map(again, SAMPLES)) == SAMPLES


@given(
    st.builds(
        Exchange,
        request=st.builds(Request, TEXT, TEXT, st.just((("x-note", "→"),)), st.none() | st.binary(max_size=8)),
        response=st.none() | st.builds(Response, st.just(200), st.just(()), st.lists(
            st.builds(Chunk, st.just(1.25), st.binary(max_size=8)), max_size=3).map(tuple)),
        failure=st.none() | st.just(Failure("timeout", "no byte")),
        first_byte_ms=st.none() | st.just(0.5),
        total_ms=st.just(2.25),
    )
)  # fmt: skip
def test_bytes_come_back_to_the_byte(exchange: Exchange) -> None:
    assert again(exchange) == exchange


def test_bytes_take_little_more_room_than_they_have() -> None:
    told = {b"\x1b[0m Hello, world!\r\n": str, bytes(1000): dict, bytes(range(128)) * 8: dict, b"\n" * 1000: str}
    assert {data: type(to_json(data)) for data in told} == told
    assert all(len(json.dumps(to_json(data))) < 2 * len(data) + 20 for data in told)


def test_a_lone_surrogate_that_a_peer_sent_survives() -> None:
    verdict = Verdict("ask", (0,), Outcome.FAIL, expected="", actual="é \ud800")
    assert from_json(Verdict, json.loads(json.dumps(to_json(verdict), default=to_json))) == verdict


def test_what_is_not_said_is_left_out() -> None:
    assert to_json(Verdict("ask", (0, 3), Outcome.INCONCLUSIVE, Cause.BUDGET)) == {
        "step": "ask",
        "criteria": (0, 3),
        "outcome": "inconclusive",
        "cause": "budget",
    }


def test_what_a_reader_does_not_know_is_ignored() -> None:
    told = {"kind": "skipped", "provider": "maker", "reason": "no key", "since": "yesterday"}
    skipped = from_parsed(told)
    assert skipped is not None
    assert to_line(skipped) == '{"kind":"skipped","provider":"maker","reason":"no key"}\n'


CELL: dict[str, Any] = {"kind": "judged", "provider": "a", "scenario": "b"}
WRONG: list[Any] = [
    {"kind": "skipped", "provider": "maker"},
    {"kind": "skipped", "provider": "maker", "reason": 5},
    {"kind": ["skipped"]},
    {"kindred": "skipped"},
    {**CELL, "verdicts": {}},
    {**CELL, "verdicts": [["ask"]]},
    {**CELL, "verdicts": [{"step": "x", "criteria": [], "outcome": "maybe"}]},
    ["kind"],
]


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_record_is_refused(wrong: Any) -> None:
    with pytest.raises((LookupError, TypeError, ValueError)):
        from_parsed(wrong)


def test_a_kind_that_a_later_version_writes_is_left_out() -> None:
    assert from_parsed({"kind": "finale", "of": 1}) is None


@over("number", [float("nan"), float("inf"), -float("inf")])
def test_what_json_does_not_know_is_no_number(number: float) -> None:
    with pytest.raises(ValueError, match="no number"):
        from_json(Chunk, {"at_ms": number, "data": ""})


def test_the_command_of_an_exchange_takes_the_key_from_the_environment() -> None:
    exchange = samples.exchange("naga", "streaming.text")
    assert '"$KEY"' in exchange.curl
    assert "[redacted]" in replace(exchange, key_env=None).curl


# --- the schema -------------------------------------------------------------------------------------------------------


def test_the_schemas_are_made_from_the_classes_behind_them() -> None:
    for place, text in schemas.published().items():
        assert place.read_text("utf-8") == text, "write it again: make schema"


def test_records_are_as_the_schema_says_and_may_say_more() -> None:
    validator: Any = Draft202012Validator(schemas.records_schema())
    Draft202012Validator.check_schema(schemas.records_schema())
    for record in SAMPLES:
        told = json.loads(to_line(record))
        validator.validate(told)
        validator.validate({**told, "more": True})
        told.popitem()
    assert not validator.is_valid({"kind": "skipped", "provider": "maker"})
    assert not validator.is_valid({"kind": "finale"})


def test_what_fields_mean_is_in_the_schema() -> None:
    fields = schemas.records_schema()["$defs"]["Exchange"]["properties"]
    assert fields["trial"]["description"] == "Grows when a model's choice was asked for again."
    assert fields["request"] == {"$ref": "#/$defs/Request"}
