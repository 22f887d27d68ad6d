from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest
from exchanges import HERE, SSE_HEADERS, evidence, exchange, sse
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from messages import error, message
from messages_conformance.catalog import load_catalog
from messages_conformance.catalog.model import CheckUse, Expect
from messages_conformance.checks import registry as module
from messages_conformance.checks.base import Check, Outcome, Verdict, failed, passed
from messages_conformance.checks.registry import WRITTEN, cited, judge, registry
from messages_conformance.errors import HarnessError, UserError
from parameters import PARAMS

EXPECTS: tuple[Expect, ...] = get_args(Expect)
CATALOG = load_catalog()
CONTRACTS = CATALOG.contracts
READERS = CATALOG.schemas.reader
CHECKS = registry(CONTRACTS, READERS)
BY_ID = {check.id: check for check in WRITTEN}

# Parameters that every behaviour check accepts, so that each can be called on anything.


def test_real_contracts_give_a_registry_with_shape_checks() -> None:
    assert {check.id for check in WRITTEN} < set(CHECKS)
    assert "shape.anthropic.message.stop_reason" in CHECKS
    assert len([name for name in CHECKS if name.startswith("shape.anthropic.")]) > 50


def test_every_check_explains_itself() -> None:
    for check in CHECKS.values():
        assert check.title, check.id
        assert check.why.endswith("."), check.id
        if check.on:
            assert check.clauses, check.id


def test_parameters_are_described_by_closed_schemas() -> None:
    for check in CHECKS.values():
        Draft202012Validator.check_schema(check.params)
        validator: Any = Draft202012Validator(check.params)
        assert validator.is_valid(PARAMS.get(check.id, {})), check.id
        assert not validator.is_valid({**PARAMS.get(check.id, {}), "no such parameter": 1}), check.id


def test_one_id_for_two_checks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WRITTEN", (*WRITTEN, WRITTEN[0]))
    with pytest.raises(HarnessError, match=f"two checks have one id: {WRITTEN[0].id}"):
        registry({}, READERS)


def test_a_clause_that_nobody_wrote_is_refused() -> None:
    canonical = CONTRACTS["anthropic"]
    clauses = {name: clause for name, clause in canonical.clauses.items() if name != "anthropic:usage.positive"}
    with pytest.raises(HarnessError, match=r"does not have: anthropic:usage\.positive"):
        registry({"anthropic": replace(canonical, clauses=clauses, promised={})}, READERS)


def _use(check: str, *clauses: str, **params: Any) -> CheckUse:
    return CheckUse(check, params, HERE, clauses)


def test_a_use_cites_what_the_scenario_names_or_its_parameters_decide() -> None:
    stop = BY_ID["stop-reason"]
    assert cited(stop, _use(stop.id, **{"is": "end_turn"})) == ("anthropic:message.stop-reason.end-turn",)
    assert cited(stop, _use(stop.id, "anthropic:tools.choice.any", **{"is": "tool_use"})) == (
        "anthropic:tools.choice.any",
    )
    status = BY_ID["error.status"]
    assert cited(status, _use(status.id)) == ("anthropic:error.invalid-request",)
    assert cited(status, _use(status.id, status=404)) == ("anthropic:error.not-found",)
    positive = BY_ID["usage.positive"]
    assert cited(positive, None) == cited(positive, _use(positive.id)) == positive.clauses


@pytest.mark.parametrize(("check", "params"), [("text.contains", {"all": ["x"]}), ("error.status", {"status": 413})])
def test_a_use_that_would_judge_nothing_is_the_authors_mistake(check: str, params: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=f"{HERE}: this use of the check {check} judges no clause"):
        cited(BY_ID[check], _use(check, **params))


def test_a_phrase_is_cut_where_naming_everything_helps_nobody() -> None:
    def talks(_evidence: Any) -> Verdict:
        return failed("x" * 5000, "y" * 1000, pointer="/" + "z" * 1000)

    verdict = judge(Check(talks, "talks", "Talks", "Nothing."), evidence(exchange()))
    assert (verdict.expected, verdict.actual) == (f"{'x' * 1000}…", "y" * 1000)
    assert verdict.pointer == f"/{'z' * 999}…"


def test_a_check_that_raises_is_a_fault_of_the_program_told_in_a_line() -> None:
    def broken(_evidence: Any) -> Verdict:
        raise ValueError("first line\nsecond line")

    verdict = judge(Check(broken, "broken", "Broken", "Nothing."), evidence(exchange()))
    assert (verdict.outcome, verdict.note) == (Outcome.HARNESS_ERROR, "ValueError: first line second line")


def test_phrases_stay_short() -> None:
    def broken(_evidence: Any) -> Verdict:
        return Verdict(Outcome.FAIL, "e" * 2000, "actual", "/p" * 2000, 7)

    verdict = judge(Check(broken, "long", "Long", "Nothing."), evidence(exchange()))
    assert (verdict.outcome, verdict.actual, verdict.event) == (Outcome.FAIL, "actual", 7)
    assert verdict.expected == "e" * 1000 + "…"
    assert len(verdict.pointer or "") == 1001


def test_the_guard_is_asked_first() -> None:
    check = Check(lambda _evidence: passed(), "any", "Any", "Nothing.")
    assert judge(check, evidence(exchange(error(), status=503))).outcome is Outcome.INCONCLUSIVE
    assert judge(check, evidence(exchange())).outcome is Outcome.PASS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_KEYS = [*message(), "error", "data", "has_more", "input_tokens", "index", "delta", "content_block", "message"]
_BLOCKS = st.lists(
    JSON
    | st.fixed_dictionaries(
        {"type": st.sampled_from(["text", "thinking", "redacted_thinking", "tool_use"])},
        optional=dict.fromkeys(("text", "thinking", "signature", "data", "id", "name", "input"), JSON),
    ),
    max_size=3,
)
_TYPES = st.sampled_from(
    ["message", "error", "message_start", "content_block_start", "content_block_delta", "message_delta", "ping"]
)
HOSTILE = st.dictionaries(st.sampled_from(_KEYS), JSON, max_size=8) | st.fixed_dictionaries(
    {},
    optional={
        "type": _TYPES,
        "content": _BLOCKS,
        "usage": st.dictionaries(st.sampled_from(["input_tokens", "output_tokens", "cache_creation"]), JSON),
        "error": JSON | st.dictionaries(st.sampled_from(["type", "message"]), JSON),
        "stop_reason": JSON | st.sampled_from(["end_turn", "stop_sequence", "tool_use"]),
        "message": JSON,
        "delta": JSON,
        "content_block": JSON,
    },
)


def _judge_all(told: Any) -> dict[str, Verdict]:
    return {name: judge(check, replace(told, params=PARAMS.get(name, {}))) for name, check in CHECKS.items()}


def _faults(verdicts: dict[str, Verdict]) -> list[str]:
    return [f"{name}: {verdict.note}" for name, verdict in verdicts.items() if verdict.outcome is Outcome.HARNESS_ERROR]


@given(body=JSON | HOSTILE, expect=st.sampled_from(EXPECTS), status=st.sampled_from([200, 201, 302, 400, 401, 500]))
def test_no_body_makes_a_check_raise(body: Any, expect: Expect, status: int) -> None:
    told = evidence(exchange(body, status=status), expect, earlier={"other": exchange(body)})
    assert _faults(_judge_all(told)) == []


@given(events=st.lists(HOSTILE, max_size=5))
def test_no_stream_makes_a_check_raise(events: list[Any]) -> None:
    stream = exchange(sse(*events), request={"stream": True, "tools": [{"name": "x", "input_schema": {}}]})
    assert _faults(_judge_all(evidence(stream, "stream", earlier={"other": stream}))) == []


@given(body=st.binary(max_size=200))
def test_no_bytes_make_a_check_raise(body: bytes) -> None:
    for expect in EXPECTS:
        assert _faults(_judge_all(evidence(exchange(body, headers=SSE_HEADERS), expect))) == []


@pytest.mark.parametrize("depth", [120, 900, 100_000])
@pytest.mark.parametrize("expect", EXPECTS)
def test_no_nesting_makes_a_check_raise(depth: int, expect: Expect) -> None:
    nested = b"[" * depth + b"]" * depth
    block = b'{"type": "tool_use", "name": "x", "id": %b, "input": %b}' % (nested, nested)
    body = b'{"type": "message", "content": [%b], "usage": %b, "id": %b, "stop_reason": %b}' % ((block, *(nested,) * 3))
    for raw in (body, b'data: {"type": "message_start", "message": ' + body + b"}\n\n"):
        told = evidence(exchange(raw, request={"tools": [{"name": "x", "input_schema": {"type": "object"}}]}), expect)
        assert _faults(_judge_all(told)) == []
