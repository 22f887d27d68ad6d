"""What holds of all answers of a run together."""

from __future__ import annotations

from dataclasses import replace

import pytest
from exchanges import JSON_HEADERS, SSE_HEADERS, evidence, exchange, outcome, streamed, verdict
from messages import error, message
from messages_conformance.checks.base import Evidence, Outcome
from messages_conformance.wire.exchange import Exchange, Headers

STREAM = {"stream": True}
BARE: Headers = (("content-type", "application/json"),)


def _run(*asked: Exchange) -> Evidence:
    return evidence(asked[-1], "run", earlier={f"p/s/{number}/1.1": one for number, one in enumerate(asked[:-1])})


def _plain(name: str = "msg_1", model: str = "m-1", **headers: str) -> Exchange:
    return exchange(message(id=name, model=model), headers=JSON_HEADERS[:1] + tuple(headers.items()))


def _streamed(name: str, model: str = "m-1") -> Exchange:
    return exchange(streamed(message(id=name, model=model)), request=STREAM)


def test_two_messages_of_one_id_fail_wherever_they_came() -> None:
    assert outcome("run.message-ids", _run(_plain("a"), _streamed("b"), _plain("c"))) is Outcome.PASS
    found = verdict("run.message-ids", _run(_plain("a"), _streamed("b"), _plain("c"), _streamed("a")))
    assert found.outcome is Outcome.FAIL
    assert found.actual is not None
    assert '"a"' in found.actual


def test_what_has_no_id_of_a_message_is_not_compared() -> None:
    refused = exchange(error(), status=400)
    assert outcome("run.message-ids", _run(refused, _plain("a"), refused)) is Outcome.NOT_APPLICABLE


def test_two_answers_of_one_request_id_fail() -> None:
    one, two = _plain(**{"request-id": "r1"}), exchange(error(), status=400, headers=(("request-id", "r2"),))
    assert outcome("run.request-ids", _run(one, two)) is Outcome.PASS
    assert outcome("run.request-ids", _run(one, two, one)) is Outcome.FAIL
    assert outcome("run.request-ids", _run(one, exchange(headers=BARE))) is Outcome.NOT_APPLICABLE


def test_request_ids_come_with_every_answer_of_a_kind() -> None:
    named, bare = exchange(), exchange(headers=BARE)
    elsewhere = exchange(headers=BARE, url="http://provider.test/v1/messages/count_tokens")
    turned_away = exchange(error(), status=403, headers=BARE)
    outage = exchange(error(), status=500, headers=BARE)
    assert outcome("run.request-id-always", _run(named, elsewhere, turned_away, outage, named)) is Outcome.PASS
    assert outcome("run.request-id-always", _run(named, bare)) is Outcome.FAIL
    assert outcome("run.request-id-always", _run(bare, bare)) is Outcome.NOT_APPLICABLE
    stream = exchange(streamed(message()), request=STREAM, headers=SSE_HEADERS[:1])
    assert outcome("run.request-id-always", _run(named, stream, named)) is Outcome.PASS


@pytest.mark.parametrize(
    ("plain", "streams", "expected"),
    [
        (["m-1", "m-1"], ["m-1", "m-1"], Outcome.PASS),
        (["m-1", "m-1"], ["m-2", "m-2"], Outcome.FAIL),
        (["m-1", "m-2"], ["m-2", "m-2"], Outcome.PASS),
        (["m-1", "m-1"], ["m-2"], Outcome.NOT_APPLICABLE),
    ],
)
def test_a_model_has_one_name_in_both_modes(plain: list[str], streams: list[str], expected: Outcome) -> None:
    asked = [_plain(f"p{n}", model) for n, model in enumerate(plain)]
    asked += [_streamed(f"s{n}", model) for n, model in enumerate(streams)]
    assert outcome("run.one-model-name", _run(*asked)) is expected


def _limited(kind: str = "rate_limit_error", **headers: str) -> Exchange:
    return exchange(error(kind), status=429, headers=(("content-type", "application/json"), *headers.items()))


def test_a_limit_that_is_met_says_what_it_is_and_when_to_come_again() -> None:
    told = _limited(**{"retry-after": "2"})
    for check in ("run.limit-in-shape", "run.limit-says-when"):
        assert outcome(check, _run(_plain(), told, _plain())) is Outcome.PASS
        assert outcome(check, _run(_plain(), _plain())) is Outcome.NOT_APPLICABLE
    assert outcome("run.limit-says-when", _run(told, _limited())) is Outcome.FAIL
    assert outcome("run.limit-in-shape", _run(told, _limited("api_error"))) is Outcome.FAIL
    text = exchange(b"Too many requests", status=429)
    assert outcome("run.limit-in-shape", _run(told, text)) is Outcome.FAIL


@pytest.mark.parametrize("check", ["run.limit-in-shape", "run.limit-says-when"])
def test_a_limit_told_by_a_page_of_what_stands_before_the_api_is_not_the_apis(check: str) -> None:
    page = exchange(b"<html>Too many requests</html>", status=429, headers=(("content-type", "text/html"),))
    assert outcome(check, _run(_plain(), page)) is Outcome.NOT_APPLICABLE


def test_an_answer_that_holds_the_key_fails_and_is_named() -> None:
    assert outcome("run.key-not-told", _run(_plain(), _plain())) is Outcome.PASS
    told = replace(_plain(), tells_key=True)
    assert (
        verdict("run.key-not-told", _run(_plain(), told, told, _plain())).actual == "it stands in p/s/1/1.1 and 1 more"
    )
