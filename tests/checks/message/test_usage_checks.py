from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from exchanges import JSON_HEADERS, evidence, exchange, outcome, sse, streamed, verdict
from messages import call, message, said
from messages_conformance.checks.base import Cause, Evidence, Outcome
from messages_conformance.wire.exchange import Exchange

PARTS = {"ephemeral_5m_input_tokens": 50, "ephemeral_1h_input_tokens": 20}


def _used(**usage: Any) -> Exchange:
    return exchange(message(usage=usage))


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"input_tokens": 3, "output_tokens": 1}, Outcome.PASS),
        ({"input_tokens": 0, "cache_read_input_tokens": 90, "output_tokens": 1}, Outcome.PASS),
        ({"input_tokens": 0, "output_tokens": 1}, Outcome.FAIL),
        ({"input_tokens": 3, "output_tokens": 0}, Outcome.FAIL),
        ({"input_tokens": 3}, Outcome.NOT_APPLICABLE),
        ({"input_tokens": True, "output_tokens": "1"}, Outcome.NOT_APPLICABLE),
    ],
)
def test_counts_are_above_zero(usage: dict[str, Any], expected: Outcome) -> None:
    assert outcome("usage.positive", evidence(_used(**usage))) is expected


def test_an_answer_of_nothing_costs_nothing() -> None:
    nothing = message(usage={"input_tokens": 3, "output_tokens": 0})
    assert outcome("usage.positive", evidence(exchange(nothing, request={"max_tokens": 0}))) is Outcome.PASS
    assert outcome("usage.positive", evidence(exchange(nothing | {"stop_reason": "refusal"}))) is Outcome.PASS


def _called(caller: str | None) -> dict[str, Any]:
    by = {} if caller is None else {"caller": {"type": caller, "tool_id": "srvtoolu_1"}}
    return message(call() | by, stop_reason="tool_use", usage={"input_tokens": 0, "output_tokens": 0})


@pytest.mark.parametrize(
    ("caller", "expected"),
    [("code_execution_20260120", Outcome.NOT_APPLICABLE), ("direct", Outcome.FAIL), (None, Outcome.FAIL)],
)
def test_a_call_by_code_costs_nothing(caller: str | None, expected: Outcome) -> None:
    assert outcome("usage.positive", evidence(exchange(_called(caller)))) is expected


def test_a_compaction_alone_is_not_in_the_totals() -> None:
    nothing = {"input_tokens": 0, "output_tokens": 0}
    paused = message({"type": "compaction", "content": "So far."}, stop_reason="compaction", usage=nothing)
    assert outcome("usage.positive", evidence(exchange(paused))) is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ({}, Outcome.PASS),
        ({"cache_creation_input_tokens": 90}, Outcome.PASS),
        ({"cache_creation_input_tokens": 90, "cache_creation": PARTS}, Outcome.FAIL),
    ],
)
def test_a_total_that_grew_is_not_held_against_the_parts_before(end: dict[str, Any], expected: Outcome) -> None:
    start = {"input_tokens": 3, "cache_creation_input_tokens": 70, "cache_creation": PARTS}
    assert outcome("usage.cache-creation-sum", _told(start, end)) is expected


@pytest.mark.parametrize(
    ("total", "expected"), [(70, Outcome.PASS), (60, Outcome.FAIL), (None, Outcome.NOT_APPLICABLE)]
)
def test_the_parts_of_cache_creation_sum_up(total: int | None, expected: Outcome) -> None:
    used = _used(input_tokens=3, output_tokens=1, cache_creation=PARTS, cache_creation_input_tokens=total)
    assert outcome("usage.cache-creation-sum", evidence(used)) is expected


def test_output_stays_within_its_cap() -> None:
    used = {"input_tokens": 3, "output_tokens": 16}
    assert _capped(16, used) is Outcome.PASS
    assert _capped(15, used) is Outcome.FAIL
    assert _capped(None, used) is Outcome.NOT_APPLICABLE
    assert _capped(15, {"input_tokens": 3}) is Outcome.NOT_APPLICABLE


def test_no_cap_holds_for_several_generations_together() -> None:
    found = message({"type": "web_search_tool_result"}, usage={"input_tokens": 3, "output_tokens": 16})
    assert outcome("usage.output-at-most", evidence(exchange(found, request={"max_tokens": 15}))) is not Outcome.FAIL
    told = exchange(message(usage={"input_tokens": 3, "output_tokens": 16}), request={"max_tokens": 15})
    betas = (("anthropic-beta", "interleaved-thinking-2025-05-14"),)
    interleaved = replace(told, request=replace(told.request, headers=betas))
    assert outcome("usage.output-at-most", evidence(interleaved)) is Outcome.NOT_APPLICABLE


def _capped(bound: int | None, usage: dict[str, Any]) -> Outcome:
    told = exchange(message(usage=usage), request={"max_tokens": bound})
    return outcome("usage.output-at-most", evidence(told))


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"input_tokens": 3, "output_tokens": 1}, Outcome.PASS),
        ({"input_tokens": 3.0, "output_tokens": 1}, Outcome.FAIL),
        ({"input_tokens": 3, "cache_creation": {"ephemeral_5m_input_tokens": 0.0}}, Outcome.FAIL),
        ({"input_tokens": "3"}, Outcome.PASS),
        (None, Outcome.NOT_APPLICABLE),
    ],
)
def test_counts_have_no_decimal_point(usage: Any, expected: Outcome) -> None:
    assert outcome("usage.integers", evidence(exchange(message(usage=usage)))) is expected


def _told(start: dict[str, Any], end: dict[str, Any], *content: Any) -> Evidence:
    """A stream whose two counts of the prompt differ."""
    text = streamed(message(*content, usage={"output_tokens": 5, **end})).decode()
    first, rest = text.split("\n\n", 1)
    opening = json.loads(first.partition("data: ")[2])
    opening["message"]["usage"] = {"output_tokens": 1, **start}
    return evidence(exchange(sse(opening) + rest.encode()), "stream")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ({"input_tokens": 100}, {"input_tokens": 100}, Outcome.PASS),
        ({"input_tokens": 100}, {"input_tokens": 103}, Outcome.PASS),
        ({"input_tokens": 100}, {}, Outcome.PASS),
        ({"input_tokens": 30}, {"input_tokens": 100}, Outcome.FAIL),
        ({"input_tokens": 100}, {"input_tokens": 0}, Outcome.FAIL),
        ({"input_tokens": 100}, {"input_tokens": 10, "cache_read_input_tokens": 90}, Outcome.FAIL),
        ({"input_tokens": 10}, {"input_tokens": 10, "cache_read_input_tokens": 90}, Outcome.FAIL),
        ({"input_tokens": 0}, {"input_tokens": 100}, Outcome.NOT_APPLICABLE),
        ({}, {"input_tokens": 100}, Outcome.NOT_APPLICABLE),
    ],
)
def test_a_stream_counts_one_prompt(start: dict[str, Any], end: dict[str, Any], expected: Outcome) -> None:
    assert outcome("usage.start-agrees", _told(start, end)) is expected


SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "so"}}
SEARCHED = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [{"type": "web_search_result"}]}
FAILED = {**SEARCHED, "content": {"type": "web_search_tool_result_error", "error_code": "unavailable"}}


@pytest.mark.parametrize(
    ("content", "end", "expected"),
    [
        ([SEARCH, SEARCHED, said("So.")], 900, Outcome.PASS),
        ([SEARCH, SEARCHED, said("So.")], 100, Outcome.FAIL),
        ([SEARCH, FAILED, said("Sorry.")], 100, Outcome.NOT_APPLICABLE),
        ([SEARCH, SEARCHED], 100, Outcome.NOT_APPLICABLE),
        ([SEARCHED, said("So.")], 100, Outcome.NOT_APPLICABLE),
        ([said("So.")], 100, Outcome.NOT_APPLICABLE),
    ],
)
def test_what_a_search_brought_in_is_counted(content: list[Any], end: int, expected: Outcome) -> None:
    told = _told({"input_tokens": 100}, {"input_tokens": end}, *content)
    assert outcome("usage.search-results-counted", told) is expected
    assert outcome("usage.start-agrees", told) is Outcome.PASS


def test_counts_of_several_generations_are_not_compared() -> None:
    end = {"input_tokens": 20, "iterations": [{"type": "compaction", "input_tokens": 100, "output_tokens": 9}]}
    told = _told({"input_tokens": 100}, end, SEARCH, SEARCHED, said("So."))
    for check in ("usage.start-agrees", "usage.search-results-counted"):
        assert outcome(check, told) is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("status", "expected"),
    [(200, Outcome.PASS), (400, Outcome.PASS), (401, Outcome.FAIL), (404, Outcome.FAIL), (503, Outcome.INCONCLUSIVE)],
)
def test_tokens_are_counted_where_messages_are_answered(status: int, expected: Outcome) -> None:
    counted = exchange({"input_tokens": 9}, status=status)
    told = evidence(counted, "tokens", params={"step": "message"}, earlier={"message": exchange()})
    assert outcome("tokens.served-alike", told) is expected


def test_where_no_message_was_answered_no_count_is_expected() -> None:
    nowhere = exchange({"type": "error"}, status=404)
    told = evidence(nowhere, "tokens", params={"step": "message"}, earlier={"message": nowhere})
    assert verdict("tokens.served-alike", told).cause is Cause.PREREQUISITE_FAILED


def _against(there: Any, params: dict[str, Any], here: Exchange | None = None) -> Evidence:
    return evidence(here or _used(input_tokens=100, output_tokens=9), params=params, earlier={"plain": there})


def test_equal_requests_report_equal_counts() -> None:
    stream = streamed(message(usage={"input_tokens": 100, "output_tokens": 12}))
    there = exchange(stream, request={"stream": True})
    assert outcome("usage.agrees", _against(there, {"with": "plain"})) is Outcome.PASS
    field = {"with": "plain", "field": "output_tokens"}
    assert outcome("usage.agrees", _against(there, field)) is Outcome.FAIL
    assert outcome("usage.agrees", _against(there, field | {"tolerance": 0.3})) is Outcome.PASS


def test_a_prompt_from_the_cache_is_the_same_prompt() -> None:
    cached = _used(input_tokens=10, cache_read_input_tokens=90, output_tokens=1)
    assert outcome("usage.agrees", _against(cached, {"with": "plain"})) is Outcome.PASS


@pytest.mark.parametrize("there", [exchange({"x": 1}), exchange({"input_tokens": 100}, status=400)])
def test_without_two_counts_nothing_is_compared(there: Exchange) -> None:
    assert verdict("usage.agrees", _against(there, {"with": "plain"})).cause is Cause.PREREQUISITE_FAILED
    assert verdict("tokens.more-than", _against(there, {"step": "plain"})).cause is Cause.PREREQUISITE_FAILED


@pytest.mark.parametrize(("count", "expected"), [(100, Outcome.PASS), (81, Outcome.PASS), (50, Outcome.FAIL)])
def test_the_count_comes_near_the_usage_in_either_order(count: int, expected: Outcome) -> None:
    tokens, used = exchange({"input_tokens": count}), _used(input_tokens=100, output_tokens=1)
    params = {"step": "other", "tolerance": 0.2}
    assert outcome("tokens.near-usage", evidence(tokens, "tokens", params=params, earlier={"other": used})) is expected
    assert outcome("tokens.near-usage", evidence(used, params=params, earlier={"other": tokens})) is expected


@pytest.mark.parametrize(("count", "expected"), [(101, Outcome.PASS), (100, Outcome.FAIL)])
def test_a_longer_prompt_counts_more(count: int, expected: Outcome) -> None:
    here = exchange({"input_tokens": count})
    assert outcome("tokens.more-than", _against(exchange({"input_tokens": 100}), {"step": "plain"}, here)) is expected


def _lists(*ids: Any, **more: Any) -> Exchange:
    return exchange({"data": [{"id": one} for one in ids], "has_more": False} | more, request={"model": None})


def _after_use(listed: Exchange) -> Evidence:
    return evidence(listed, "models", earlier={"use": exchange(message(model="other-name"))})


@pytest.mark.parametrize("listed", ["some-model", "some-model-20260101", "other-name"])
def test_the_model_in_use_is_listed_under_one_of_its_names(listed: str) -> None:
    assert outcome("models.contains-model", _after_use(_lists("a-model", listed))) is Outcome.PASS


def test_a_list_without_the_model_fails_once_it_is_complete() -> None:
    assert outcome("models.contains-model", _after_use(_lists("a-model", None))) is Outcome.FAIL
    assert outcome("models.contains-model", _after_use(_lists("a", has_more=True))) is Outcome.INCONCLUSIVE


def test_a_model_that_was_looked_up_is_the_one_that_was_asked_for() -> None:
    url = "http://provider.test/v1/models/vendor%2Fsmall"
    found = exchange({"id": "vendor/small"}, url=url, request={"model": None})
    assert outcome("models.contains-model", evidence(found, "model")) is Outcome.PASS
    other = exchange({"id": "vendor/large"}, url=url, request={"model": None})
    assert outcome("models.contains-model", evidence(other, "model")) is Outcome.FAIL


@pytest.mark.parametrize(("literal", "expected"), [("12", Outcome.PASS), ("12.0", Outcome.FAIL), ("1e2", Outcome.FAIL)])
def test_a_token_count_is_written_as_an_integer(literal: str, expected: Outcome) -> None:
    told = exchange(f'{{"input_tokens": {literal}}}'.encode(), headers=JSON_HEADERS)
    assert outcome("usage.integers", evidence(told, "tokens")) is expected
