"""One sentence and one exit for whatever is there instead of the Messages API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from making import provider
from messages import message
from messages_conformance.catalog.model import Auth
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.base import Cause
from messages_conformance.run.judging.diagnosis import Diagnosis, Kind, Seen, diagnose
from messages_conformance.run.judging.elsewhere import Place
from messages_conformance.wire.exchange import Chunk, Exchange, Failure, FailureReason, Request, Response

ASKED = Request("POST", "http://host.example:8080/v1/messages", (), b'{"model": "m-1"}')
CHAT = {"object": "chat.completion", "choices": [{"message": {"role": "assistant", "content": "pong"}}]}


def answer(status: int, body: Any = b"", **headers: str) -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Answer(Exchange(ASKED, Response(status, told, (Chunk(1.0, data),)), None, "2026-11-20T10:00:00Z", 1.0, 2.0))


def error(status: int, kind: str, message: str = "No.", **headers: str) -> Answer:
    return answer(status, {"type": "error", "error": {"type": kind, "message": message}}, **headers)


def page(status: int, title: str) -> Answer:
    return answer(status, f"<!DOCTYPE html><html><title>{title}</title>".encode(), content_type="text/html")


def failed(kind: Any, detail: str, reason: FailureReason | None = None, status: int | None = None) -> Answer:
    response = Response(status, (), ()) if status else None
    return Answer(Exchange(ASKED, response, Failure(kind, detail, reason), "2026-11-20T10:00:00Z", None, 2.0))


def found(came: Answer, **seen: Any) -> Diagnosis:
    given: dict[str, Any] = {"provider": provider(), "answer": came, "headers_tried": ("x-api-key",)}
    diagnosis = diagnose(Seen(**(given | seen)))
    assert diagnosis is not None
    return diagnosis


NO_ANSWER = {
    "refused": (Kind.NOTHING_LISTENS, 3, "nothing listens at http://host.example:8080; start the server"),
    "unresolved": (Kind.NAME_UNKNOWN, 2, "the name host.example has no address"),
    "unreachable": (Kind.UNREACHABLE, 3, "host.example cannot be reached (why)"),
    "proxy": (Kind.PROXY, 3, "the proxy of the environment leads nowhere (why); check HTTPS_PROXY"),
    "certificate-expired": (Kind.CERTIFICATE, 3, "the certificate of host.example has expired"),
    "certificate-self-signed": (Kind.CERTIFICATE, 3, "is self-signed"),
    "certificate-name": (Kind.CERTIFICATE, 3, "was made for another name than host.example"),
    "certificate-untrusted": (Kind.CERTIFICATE, 3, "who signed the certificate of host.example is not trusted here"),
    "no-tls": (Kind.NO_TLS, 2, "speaks no TLS; begin the base URL with http://"),
    "tls-only": (Kind.TLS_ONLY, 2, "speaks TLS only; begin the base URL with https://"),
    "tls": (Kind.TLS_FAILED, 3, "TLS with host.example fails (why)"),
    "hung-up": (Kind.BROKEN_OFF, 3, "breaks off its answer: why"),
}


@pytest.mark.parametrize("reason", NO_ANSWER)
def test_no_answer_says_why_and_what_to_do(reason: Any) -> None:
    kind, code, told = NO_ANSWER[reason]
    diagnosis = found(failed("connect", "why", reason))
    assert (diagnosis.kind, diagnosis.exit) == (kind, code)
    assert told in diagnosis.sentence


@pytest.mark.parametrize("status", [None, 200])
def test_silence_is_time_that_ran_out_before_or_within_an_answer(status: int | None) -> None:
    diagnosis = found(failed("timeout", "no content for 9 s", status=status))
    assert (diagnosis.kind, diagnosis.exit, diagnosis.verdict.cause) == (Kind.NO_ANSWER, 3, Cause.DEADLINE)
    assert diagnosis.sentence.startswith("hangs: no content for 9 s; ")


def test_what_was_cut_is_broken_off_and_what_answers_over_tls_speaks_nothing_else() -> None:
    assert found(failed("protocol", "cut", status=200)).kind is Kind.BROKEN_OFF
    there = Place("TLS", "https://host.example", "/v1/messages")
    assert found(failed("protocol", "gone", "hung-up"), elsewhere=there).kind is Kind.TLS_ONLY


REFUSED: list[tuple[Answer, Kind, int, str]] = [
    (
        error(401, "authentication_error", "bad key"),
        Kind.KEY_REFUSED,
        2,
        "the key in MAKER_KEY, sent as x-api-key, was",
    ),
    (error(403, "permission_error"), Kind.KEY_REFUSED, 2, "403 (No.)"),
    (page(401, "Who?"), Kind.KEY_REFUSED, 2, "401 (Who?)"),
    (page(403, "Blocked"), Kind.WEB_PAGE, 2, "a web page turns the request away: 403 (Blocked)"),
    (page(404, "Nothing"), Kind.NOT_FOUND, 2, "nothing takes messages at /v1/messages: 404 (Nothing)"),
    (answer(405, {"detail": "Method Not Allowed"}), Kind.NOT_FOUND, 2, "405 (Method Not Allowed)"),
    (answer(308, location="https://b.example/v1"), Kind.REDIRECT, 2, "redirects to https://b.example/v1 (308)"),
    (answer(302), Kind.REDIRECT, 2, "redirects without saying where"),
    (error(404, "not_found_error", "model: m-1 not found"), Kind.MODEL_UNKNOWN, 2, "no model `m-1`"),
    (answer(402, {"msg": "pay"}), Kind.NO_CREDIT, 3, "has no credit for this key: 402 (pay)"),
    (error(400, "invalid_request_error", "Your credit balance is too low"), Kind.NO_CREDIT, 3, "400 (Your credit"),
    (answer(429, {"error": {"code": "insufficient_quota", "message": "quota"}}), Kind.NO_CREDIT, 3, "429 (quota)"),
    (error(429, "rate_limit_error", retry_after="40"), Kind.RATE_LIMIT, 3, "ask again in 40 s"),
    (error(429, "rate_limit_error"), Kind.RATE_LIMIT, 3, "ask again later"),
    (error(500, "api_error", "oops"), Kind.OUTAGE, 3, "is out of order: 500 (oops)"),
    (page(502, "Bad Gateway"), Kind.OUTAGE, 3, "502 (Bad Gateway)"),
    (error(529, "overloaded_error"), Kind.OUTAGE, 3, "529"),
    (error(200, "overloaded_error", "busy"), Kind.OUTAGE, 3, "200 (busy)"),
    (error(200, "authentication_error"), Kind.KEY_REFUSED, 2, "was refused: 200"),
    (page(400, "The plain HTTP request was sent to HTTPS port"), Kind.TLS_ONLY, 2, "https://"),
    (error(400, "invalid_request_error", "never"), Kind.REFUSED, 1, "it refuses the plainest request: 400 (never)"),
    (error(501, "api_error", "never"), Kind.REFUSED, 1, "501 (never)"),
    (
        answer(400, {"error": {"message": "no", "param": "x"}}),
        Kind.OTHER_API,
        1,
        "as OpenAI's Chat Completions API would",
    ),
    (error(200, "invalid_request_error"), Kind.REFUSED, 1, "200 (No.)"),
]


@pytest.mark.parametrize(("came", "kind", "code", "told"), REFUSED)
def test_a_refusal_is_told_by_who_can_mend_it(came: Answer, kind: Kind, code: int, told: str) -> None:
    diagnosis = found(came)
    assert (diagnosis.kind, diagnosis.exit) == (kind, code)
    assert told in diagnosis.sentence


def test_a_refused_key_names_every_header_it_was_sent_in() -> None:
    both = found(error(401, "authentication_error"), headers_tried=("x-api-key", "Authorization: Bearer"))
    assert "sent as x-api-key and as Authorization: Bearer, was refused" in both.sentence
    own = provider(auth=Auth("header", "MAKER_KEY", "api-key"))
    assert "sent as api-key, was" in found(error(401, "x"), provider=own, headers_tried=()).sentence
    assert "wants a key: 401 (No.); name" in found(error(401, "x"), provider=provider(auth=Auth("none"))).sentence


def test_a_model_that_is_not_there_names_those_that_are() -> None:
    missing = error(404, "not_found_error", "The model `m-1` does not exist")
    assert found(missing, offered=("a", "b")).sentence.endswith("; it offers a, b")
    assert found(missing, offered=tuple("abcdefghijk")).sentence.endswith(" g, h and 3 more")
    assert found(missing).sentence.endswith("; give another name")


@pytest.mark.parametrize("message", ["m-10 not found", "xm-1 not found", "m-1 takes no max_tokens"])
def test_a_refusal_that_says_nothing_of_the_very_model_is_another(message: str) -> None:
    assert found(error(400, "invalid_request_error", message)).kind is Kind.REFUSED


@pytest.mark.parametrize(
    ("place", "kind", "told"),
    [
        (("Messages", "http://h/x", "/v1/messages"), Kind.NOT_FOUND, "http://h/x/v1/messages answers: give that"),
        (("Chat Completions", "http://h", "/v1/chat/completions"), Kind.OTHER_API, "OpenAI's Chat Completions API"),
    ],
)
def test_what_answers_elsewhere_is_named(place: Any, kind: Kind, told: str) -> None:
    diagnosis = found(answer(404, {"detail": "Not Found"}), elsewhere=Place(*place))
    assert (diagnosis.kind, diagnosis.exit) == (kind, 2)
    assert told in diagnosis.sentence


ANSWERED: list[tuple[Answer, Kind, int, str]] = [
    (page(200, " It  works "), Kind.WEB_PAGE, 2, "a web page, “It works”, is at /v1/messages"),
    (answer(200, b"<html><body>Hi"), Kind.WEB_PAGE, 2, "a web page is at /v1/messages"),
    (answer(200, b"OK"), Kind.NO_JSON, 2, "/v1/messages gives no JSON object: 200 OK"),
    (answer(204), Kind.EMPTY, 1, "it answers 204 with an empty body"),
    (answer(200, b"\n"), Kind.EMPTY, 1, "it answers 200 with an empty body"),
    (answer(200, CHAT), Kind.OTHER_API, 1, "answers as OpenAI's Chat Completions API"),
    (answer(200, b'data: {"object": "chat.completion.chunk"}\n\n'), Kind.OTHER_API, 1, "Chat Completions API"),
    (answer(200, {"object": "response", "output": []}), Kind.OTHER_API, 1, "Responses API"),
    (answer(200, {"code": 0, "data": message()}), Kind.ENVELOPE, 1, "in an envelope, under `data`"),
    (answer(200, {"result": CHAT}), Kind.ENVELOPE, 1, "under `result`"),
    (answer(200, {"status": "up"}), Kind.OTHER_API, 1, "its answer is no message"),
]


@pytest.mark.parametrize(("came", "kind", "code", "told"), ANSWERED)
def test_an_answer_that_is_no_message_is_told_by_what_it_is(came: Answer, kind: Kind, code: int, told: str) -> None:
    diagnosis = found(came)
    assert (diagnosis.kind, diagnosis.exit) == (kind, code)
    assert told in diagnosis.sentence


@pytest.mark.parametrize(
    "came",
    [
        answer(200, message()),
        answer(200, message(type=None)),
        answer(200, {"type": "message"}),
        answer(200, b'event: message_start\ndata: {"type": "message_start", "message": {"type": "message"}}\n\n'),
    ],
)
def test_what_can_be_taken_for_a_message_is_judged(came: Answer) -> None:
    assert diagnose(Seen(provider(), came)) is None


def test_an_envelope_that_the_providers_own_contract_shows_is_judged() -> None:
    came = answer(200, {"success": True, "data": message()})
    assert diagnose(Seen(provider(), came, envelopes=frozenset({"success", "data"}))) is None
    assert found(came, envelopes=frozenset({"result"})).kind is Kind.ENVELOPE


def test_no_sentence_runs_over_whatever_a_peer_sends() -> None:
    for came in (error(400, "x", "long " * 5000), answer(302, location="l" * 9000), page(403, "t" * 9000)):
        assert len(found(came).sentence) < 400
        assert "\n" not in found(came).sentence
