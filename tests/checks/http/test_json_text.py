"""JSON as bytes."""

from __future__ import annotations

import json

import pytest
from exchanges import evidence, exchange, outcome, streamed, verdict
from messages import message
from messages_conformance.checks.base import Outcome

BODY = json.dumps(message()).encode()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_json_in_another_encoding_is_seen_although_it_can_be_parsed(encoding: str) -> None:
    sent = exchange(BODY.decode().encode(encoding))
    assert outcome("answer.is-json-message", evidence(sent)) is Outcome.PASS
    assert outcome("http.json-utf8", evidence(sent)) is Outcome.FAIL


def test_json_in_utf_8_passes_and_what_is_no_json_is_not_judged() -> None:
    assert outcome("http.json-utf8", evidence(exchange(BODY))) is Outcome.PASS
    assert outcome("http.json-utf8", evidence(exchange(b"\xef\xbb\xbf<html>"))) is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("body", "name"),
    [(b'{"a": 1, "b": {"c": [{"d": 1, "d": 1}]}}', '"d"'), (b'{"a": 1, "b": 2, "\\u0061": 3}', '"a"')],
)
def test_a_name_that_stands_twice_in_one_object_is_found_wherever_it_is(body: bytes, name: str) -> None:
    assert name in (verdict("http.json-names-unique", evidence(exchange(body))).actual or "")


def test_the_same_name_in_two_objects_is_lawful() -> None:
    assert outcome("http.json-names-unique", evidence(exchange(b'{"a": {"a": 1}, "b": {"a": 1}}'))) is Outcome.PASS


def test_a_name_that_stands_twice_in_an_event_is_found_with_its_number() -> None:
    stream = streamed(message()).replace(b'{"type": "message_stop"}', b'{"type": "message_stop", "type": "x"}')
    found = verdict("http.json-names-unique", evidence(exchange(stream), "stream"))
    assert found.outcome is Outcome.FAIL
    assert found.event is not None
