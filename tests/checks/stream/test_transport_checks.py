"""Bytes and their times: each check on what is right, on what is wrong, and where nothing can be told."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.base import Cause, Evidence, Outcome, Verdict
from messages_conformance.checks.registry import WRITTEN, judge
from messages_conformance.wire.exchange import Chunk, Exchange, Failure, Headers
from streams import SSE_HEADERS, body, end, evidence, start, text, thinking, tool

PLAIN = body(start(), *text(0, "Hello", " world"), *end())


def verdict(check: str, judged: Evidence) -> Verdict:
    return judge(next(c for c in WRITTEN if c.id == check), judged)


def outcome(check: str, judged: Evidence) -> Outcome:
    return verdict(check, judged).outcome


def asked(judged: Evidence, *, content: bytes | None = None, headers: Headers = ()) -> Evidence:
    """The same answer to another request."""
    exchange = judged.answer.exchange
    request = replace(exchange.request, headers=headers, body=content or exchange.request.body)
    return replace(judged, answer=Answer(replace(exchange, request=request)))


def arriving(*pieces: tuple[float, bytes], total_ms: float | None = None) -> Evidence:
    """A stream whose pieces arrive at these milliseconds."""
    judged = evidence(b"")
    was = judged.answer.exchange
    assert was.response is not None
    response = replace(was.response, chunks=tuple(Chunk(at, data) for at, data in pieces))
    exchange = Exchange(was.request, response, None, was.started, pieces[0][0], total_ms or pieces[-1][0])
    return replace(judged, answer=Answer(exchange))


# --- encoding -------------------------------------------------------------------------------------------------------


def test_a_body_that_could_be_decoded_is_encoded_as_it_says() -> None:
    assert outcome("http.content-encoding", evidence(PLAIN)) is Outcome.PASS
    assert outcome("http.content-encoding", evidence(PLAIN, headers=(("content-encoding", "gzip"),))) is Outcome.PASS


def test_a_body_that_is_not_what_its_header_says_fails_one_check_and_leaves_the_others_open() -> None:
    failure = Failure("decode", "the body is not what its Content-Encoding says")
    judged = evidence(b"", headers=(*SSE_HEADERS, ("content-encoding", "gzip")), failure=failure)
    assert outcome("http.content-encoding", judged) is Outcome.FAIL
    assert verdict("stream.is-sse", judged).cause is Cause.TRANSPORT


def test_a_body_that_nobody_here_can_decode_was_not_asked_for() -> None:
    failure = Failure("decode", "cannot decode Content-Encoding 'br'")
    judged = evidence(b"", headers=(*SSE_HEADERS, ("content-encoding", "br")), failure=failure)
    judged = asked(judged, headers=(("accept-encoding", "gzip, deflate"),))
    assert outcome("http.accept-encoding", judged) is Outcome.FAIL
    assert outcome("http.content-encoding", judged) is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("check", ["http.content-encoding", "http.accept-encoding"])
def test_the_encoding_of_a_refusal_counts_too(check: str) -> None:
    judged = evidence(b"{}", expect="error", status=401, headers=(("content-encoding", "gzip"),))
    wanted = Outcome.PASS if check == "http.content-encoding" else Outcome.FAIL
    assert outcome(check, asked(judged, headers=(("accept-encoding", "identity"),))) is wanted


def test_a_connection_that_breaks_says_nothing_of_the_encoding() -> None:
    judged = evidence(b"", failure=Failure("protocol", "the peer closed the connection"))
    assert verdict("http.content-encoding", judged).cause is Cause.TRANSPORT


def test_gzip_that_does_not_say_so_fails() -> None:
    assert outcome("http.content-encoding", evidence(b"\x1f\x8b\x08\x00")) is Outcome.FAIL


@pytest.mark.parametrize(
    ("accepted", "coding", "wanted"),
    [
        ("gzip, deflate", "gzip", Outcome.PASS),
        ("gzip;q=0.5, *;q=0", "GZIP", Outcome.PASS),
        ("*", "gzip", Outcome.PASS),
        ("identity", None, Outcome.PASS),
        ("identity", "identity", Outcome.PASS),
        ("identity", "gzip", Outcome.FAIL),
        ("gzip;q=0", "gzip", Outcome.FAIL),
        ("deflate", "gzip", Outcome.FAIL),
        (None, "gzip", Outcome.NOT_APPLICABLE),
    ],
)
def test_only_an_encoding_that_was_asked_for_is_welcome(
    accepted: str | None, coding: str | None, wanted: Outcome
) -> None:
    judged = evidence(PLAIN, headers=(*SSE_HEADERS, *((("content-encoding", coding),) if coding else ())))
    headers = (("accept-encoding", accepted),) if accepted else ()
    assert outcome("http.accept-encoding", asked(judged, headers=headers)) is wanted


# --- framing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [PLAIN, b": keep-alive\n\n" + PLAIN, b"\xef\xbb\xbf" + PLAIN])
def test_plain_frames_pass(stream: bytes) -> None:
    assert outcome("stream.plain-framing", evidence(stream)) is Outcome.PASS


@pytest.mark.parametrize(
    ("stream", "actual"),
    [
        (PLAIN.replace(b"\n", b"\r\n"), "a CR"),
        (PLAIN.replace(b"data: ", b"data:"), "none, at byte 21"),
        (PLAIN.replace(b"event: ", b"event:"), "none, at byte 0"),
        (PLAIN.replace(b', "', b',\ndata: "'), "several data: lines"),
        (PLAIN[:-1], "none after the last"),
    ],
)
def test_legal_frames_of_another_form_are_told(stream: bytes, actual: str) -> None:
    judged = evidence(stream)
    assert outcome("stream.plain-framing", judged) is Outcome.FAIL
    assert (verdict("stream.plain-framing", judged).actual or "").startswith(actual)
    assert outcome("stream.message-stop-last", judged) is Outcome.PASS


def test_a_stream_that_was_cut_is_not_blamed_for_its_framing() -> None:
    assert outcome("stream.plain-framing", evidence(PLAIN[:-20])) is Outcome.PASS


# --- characters -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stream", "wanted"),
    [
        (body(start(), *text(0, "Zürich", " 東京"), *end()), Outcome.PASS),
        (body(start(), *text(0, "Z\ufffdrich", " 東京"), *end()), Outcome.FAIL),
        (body(start(), *text(0, "smile \ud83d", "\ude00!"), *end()), Outcome.FAIL),
        (body(start(), *tool(0, '{"city": "Z\ufffd', 'rich"}'), *end("tool_use")), Outcome.FAIL),
        (body(start(), *thinking(0, "\ufffd", "so"), *text(1, "é"), *end()), Outcome.FAIL),
        (body(start(), *text(0, "Zürich 東\ufffd"), *end("max_tokens")), Outcome.PASS),
        (PLAIN, Outcome.NOT_APPLICABLE),
    ],
)
def test_characters_are_whole_except_where_a_limit_cut_the_last(stream: bytes, wanted: Outcome) -> None:
    assert outcome("stream.characters-whole", evidence(stream)) is wanted


@pytest.mark.parametrize("mark", ["\ufffd".encode(), rb"\ufffd", rb"\ud83d"])
def test_marks_that_the_request_brought_are_not_the_streams_fault(mark: bytes) -> None:
    judged = asked(evidence(body(start(), *text(0, "You wrote \ufffd."), *end())), content=b'"' + mark + b'"')
    assert outcome("stream.characters-whole", judged) is Outcome.NOT_APPLICABLE


def test_bytes_that_are_not_utf8_are_told_once() -> None:
    judged = evidence(body(start(), *text(0, "Zurich"), *end()).replace(b"Zu", b"Z\xc3"))
    assert outcome("stream.valid-utf8", judged) is Outcome.FAIL
    assert outcome("stream.characters-whole", judged) is Outcome.NOT_APPLICABLE


def test_an_empty_text_delta_is_told_with_its_event() -> None:
    found = verdict("stream.text-delta-not-empty", evidence(body(start(), *text(0, "Hi", ""), *end())))
    assert (found.outcome, found.event) == (Outcome.FAIL, 4)
    assert outcome("stream.text-delta-not-empty", evidence(PLAIN)) is Outcome.PASS
    only_call = evidence(body(start(), *tool(0, ""), *end("tool_use")))
    assert outcome("stream.text-delta-not-empty", only_call) is Outcome.NOT_APPLICABLE


# --- time -----------------------------------------------------------------------------------------------------------

_BLOCK = text(0, *["one two three four five six seven "] * 30)
LONG = (body(start(), _BLOCK[0]), *map(body, _BLOCK[1:-1]), body(_BLOCK[-1], *end(output_tokens=300)))


def told(first_ms: float, every_ms: float) -> Evidence:
    """A thousand characters in thirty deltas, the first event at once."""
    return arriving((100, LONG[0]), *((first_ms + every_ms * n, piece) for n, piece in enumerate(LONG[1:])))


@pytest.mark.parametrize(("first", "every"), [(500, 20), (8_000, 20), (8_000, 1), (50_000, 5)])
def test_text_that_comes_bit_by_bit_flows(first: float, every: float) -> None:
    found = verdict("stream.flows", told(first, every))
    assert found.outcome is Outcome.PASS
    assert found.note == f"text from {first / 1000:.1f} s on; longest silence {(first - 100) / 1000:.1f} s"


def test_text_that_comes_at_once_after_a_wait_was_held_back() -> None:
    found = verdict("stream.flows", told(4_000, 0.1))
    assert found.outcome is Outcome.FAIL
    assert found.actual == "nothing for 4.0 s, then 1020 characters within 3 ms"


def test_everything_in_one_piece_after_a_wait_was_held_back() -> None:
    assert outcome("stream.flows", arriving((3_000, b"".join(LONG)))) is Outcome.FAIL


@pytest.mark.parametrize("judged", [arriving((1_500, b"".join(LONG))), arriving((9_000, PLAIN)), told(1_900, 0.1)])
def test_what_was_fast_or_short_is_not_judged(judged: Evidence) -> None:
    assert outcome("stream.flows", judged) is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("pieces", [((61_000, PLAIN),), ((100, PLAIN[:200]), (60_200, PLAIN[200:]))])
def test_a_minute_without_a_byte_is_too_long(pieces: tuple[tuple[float, bytes], ...]) -> None:
    found = verdict("stream.flows", arriving(*pieces))
    assert found.outcome is Outcome.FAIL
    assert (found.actual or "").startswith("none for 6")


def test_pings_break_the_silence() -> None:
    ping = b'event: ping\ndata: {"type": "ping"}\n\n'
    judged = arriving(
        (100, LONG[0]), (40_000, ping), (80_000, ping), *((90_000 + 30 * n, p) for n, p in enumerate(LONG[1:]))
    )
    assert outcome("stream.flows", judged) is Outcome.PASS


def _dripping(**request: Any) -> Evidence:
    """An answer that begins, and then tells nothing for more than a minute, though the connection is kept alive."""
    ping = b'event: ping\ndata: {"type": "ping"}\n\n'
    later = ((95_000 + 30 * n, piece) for n, piece in enumerate(LONG[4:]))
    early = ((100 + 10 * n, piece) for n, piece in enumerate(LONG[:4]))
    judged = arriving(*early, (40_000, ping), (80_000, ping), *later)
    asked = replace(judged.answer.request, body=json.dumps(request).encode())
    return replace(judged, answer=Answer(replace(judged.answer.exchange, request=asked)))


def test_pings_do_not_stand_for_an_answer_that_has_begun() -> None:
    found = verdict("stream.flows", _dripping())
    assert found.outcome is Outcome.FAIL
    assert found.actual == "nothing but pings for 95 s"


@pytest.mark.parametrize("request_", [{"thinking": {"type": "adaptive"}}, {"tools": [{"name": "web_search"}]}])
def test_who_thinks_or_waits_for_a_tool_has_nothing_to_tell(request_: dict[str, Any]) -> None:
    assert outcome("stream.flows", _dripping(**request_)) is Outcome.PASS
