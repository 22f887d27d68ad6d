"""How a stream's bytes come: when, in which encoding and framing, and whether every character survived."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, Final

from messages_conformance.catalog.model import Expect
from messages_conformance.checks.answer.events import StreamEvent, dig, shown
from messages_conformance.checks.base import (
    Cause,
    Evidence,
    Verdict,
    check,
    failed,
    inconclusive,
    not_applicable,
    passed,
)
from messages_conformance.checks.stream.base import on_stream
from messages_conformance.wire.exchange import Exchange, header

_EVERY_ANSWER: Final[tuple[Expect, ...]] = ("message", "stream", "error", "tokens", "models", "model")

# --- encoding -------------------------------------------------------------------------------------------------------

_GZIP = b"\x1f\x8b"
_READ = frozenset({"gzip", "x-gzip", "deflate"})


@check(
    "http.content-encoding",
    title="The body can be decoded as its content-encoding says",
    why="If a gateway packs or unpacks a body and forgets the header, clients get no event at all.",
    clauses=("anthropic:http.content-encoding",),
    on=_EVERY_ANSWER,
    answered_only=False,
    judges_failures=frozenset({"decode"}),
)
def content_encoding(evidence: Evidence) -> Verdict:
    response, failure = evidence.answer.response, evidence.answer.failure
    if response is None:
        return inconclusive(Cause.TRANSPORT, "no answer came")
    if unread := _codings(response.header("content-encoding")) - _READ:
        return not_applicable(f"the suite never requests {', '.join(sorted(unread))}, and cannot read it")
    if failure is not None:  # the guard lets through only what `judges_failures` names
        return failed("a body that can be decoded as its content-encoding says", failure.detail)
    if response.body.startswith(_GZIP):
        return failed("a body that can be read", "gzip without a content-encoding")
    return passed()


@check(
    "http.accept-encoding",
    title="The body is encoded only as the request accepts it",
    why="Clients that cannot unpack a body say so in the request; a compressed body is noise to them.",
    clauses=("anthropic:http.accept-encoding",),
    on=_EVERY_ANSWER,
    answered_only=False,
    judges_failures=frozenset({"decode"}),
)
def accept_encoding(evidence: Evidence) -> Verdict:
    accepted = header(evidence.answer.request.headers, "accept-encoding")
    if accepted is None:
        return not_applicable("the request accepts any encoding")
    unasked = _unasked(evidence.answer.exchange)
    if not unasked:
        return passed()
    return failed(
        f"a body that is not encoded, or encoded as accept-encoding {shown(accepted)} allows",
        ", ".join(sorted(unasked)),
    )


def _unasked(exchange: Exchange) -> frozenset[str]:
    """The codings of the body that the request does not list."""
    accepted = header(exchange.request.headers, "accept-encoding")
    listed = _codings(accepted)
    if exchange.response is None or accepted is None or "*" in listed:
        return frozenset()
    return _codings(exchange.response.header("content-encoding")) - listed


def _codings(value: str | None) -> frozenset[str]:
    """The content codings that a header names, except `identity` and those with weight 0 (RFC 9110, section 12.5.3)."""
    parts = (part.replace(" ", "").lower().partition(";") for part in (value or "").split(","))
    named = {name for name, _, weight in parts if not re.fullmatch(r"q=0(\.0*)?", weight)}
    return frozenset(named - {"", "identity"})


# --- framing --------------------------------------------------------------------------------------------------------

_UNUSUAL = (
    ("lines that end with LF", "a CR", re.compile(rb"(\r)")),
    ("one blank after the colon of a field", "none", re.compile(rb"\n((?:event|data):(?! ))")),
    ("the data of an event on one line", "several data: lines", re.compile(rb"\n(data:[^\n]*\n(?=data:))")),
)
"""Looked for behind a line break: `^` would be tried at every byte."""


@check(
    "stream.plain-framing",
    title="Events are framed as plainly as Anthropic frames them",
    why="Readers written by hand split at LF and look for 'data: ': they silently drop any other legal form.",
    clauses=("anthropic:stream.plain-framing",),
    on=("stream",),
)
@on_stream
def plain_framing(evidence: Evidence) -> Verdict:
    body = b"\n" + evidence.answer.body
    for expected, actual, unusual in _UNUSUAL:
        if (found := unusual.search(body)) is not None:
            line = body[body.rfind(b"\n", 0, found.start(1)) + 1 :][:40]
            place = found.start(1) - 1
            return failed(expected, f"{actual}, at byte {place}: {shown(line.decode('utf-8', 'replace'))}")
    last = next(reversed(evidence.answer.events), None)
    if last is not None and last.unterminated and last.problem is None:
        return failed("a blank line after every event", "none after the last", event=last.number)
    return passed()


# --- characters -----------------------------------------------------------------------------------------------------

_ONE_BYTE_EACH = "every character fits into one byte"
_BROKEN = re.compile("[\ufffd\ud800-\udfff]")
_BROKEN_IN_REQUEST = re.compile(r"\ufffd|\\ufffd|\\ud[89a-f]", re.IGNORECASE)


@check(
    "stream.characters-whole",
    title="No character is cut in two",
    why="Characters of several bytes become replacement marks in chats, paths and files, and cannot be restored.",
    clauses=("anthropic:stream.characters-whole",),
    on=("stream",),
)
@on_stream
def characters_whole(evidence: Evidence) -> Verdict:
    """A replacement mark may end an answer that a limit cut: the model had not finished the character."""
    if _BROKEN_IN_REQUEST.search((evidence.answer.request.body or b"").decode(errors="replace")):
        return not_applicable("the request itself holds such marks")
    if evidence.answer.body.isascii() and b"\\u" not in evidence.answer.body:
        return not_applicable(_ONE_BYTE_EACH)
    told = [(event, piece) for event in evidence.answer.events for piece in _pieces(event)]
    if any(event.invalid_utf8 for event, _ in told):
        return not_applicable("the stream is not UTF-8: see the check stream.valid-utf8")
    if all(piece.isascii() for _, piece in told):
        return not_applicable(_ONE_BYTE_EACH)
    for number, (event, piece) in enumerate(told, 1):
        if (found := _BROKEN.search(piece.rstrip("\ufffd") if number == len(told) else piece)) is not None:
            return failed("characters that are whole", f"{shown(found[0])} in {shown(piece)}", event=event.number)
    return passed()


def _pieces(event: StreamEvent) -> list[str]:
    found: list[Any] = [event.delta.get(key) for key in ("text", "thinking", "partial_json")]
    return [piece for piece in found if isinstance(piece, str)]


@check(
    "stream.text-delta-not-empty",
    title="No text_delta is empty",
    why="Interfaces get empty updates; in a block of another type, empty deltas make agents abort.",
    clauses=("anthropic:stream.text-delta-not-empty",),
    on=("stream",),
)
@on_stream
def text_delta_not_empty(evidence: Evidence) -> Verdict:
    texts = [event for event in evidence.answer.events if event.delta.get("type") == "text_delta"]
    empty = next((event for event in texts if event.delta.get("text") == ""), None)
    if empty is not None:
        return failed("text in a text_delta", '""', pointer="/delta/text", event=empty.number)
    return passed() if texts else not_applicable("the stream has no text_delta")


# --- time -----------------------------------------------------------------------------------------------------------

_LONG_SILENCE_MS = 60_000
"""Load balancers and proxies commonly drop a connection after a minute of silence; clients give up later."""

_NOTICED_MS = 2_000
"""An answer complete within this time is fast enough, whatever its rhythm."""

_LONG_ENOUGH_CHARACTERS = 400
_FASTEST_CHARACTERS_PER_MS = 80
"""About 20,000 tokens per second, more than any model generates: such a text was ready before it was sent."""


@check(
    "stream.flows",
    title="A stream arrives while it is generated, without long silence",
    why="The user sees nothing until the end; watchdogs and proxies take the connection for dead and cut it.",
    clauses=("anthropic:stream.flows",),
    on=("stream",),
)
@on_stream
def flows(evidence: Evidence) -> Verdict:
    silence = _longest_silence(evidence.answer.exchange)
    if silence >= _LONG_SILENCE_MS:
        return failed(f"a byte every {_LONG_SILENCE_MS // 1000} s at least", f"none for {silence / 1000:.0f} s")
    if (stalled := _stalled(evidence)) >= _LONG_SILENCE_MS:
        return failed("more of an answer that has begun", f"nothing but pings for {stalled / 1000:.0f} s")
    texts = [
        (event.at_ms, piece) for event in evidence.answer.events if isinstance(piece := event.delta.get("text"), str)
    ]
    characters = sum(len(piece) for _, piece in texts)
    if characters < _LONG_ENOUGH_CHARACTERS:
        return not_applicable("the text is too short to tell")
    waited, took = texts[0][0], texts[-1][0] - texts[0][0]
    if characters <= took * _FASTEST_CHARACTERS_PER_MS:
        return passed(f"text from {waited / 1000:.1f} s on; longest silence {silence / 1000:.1f} s")
    if waited < _NOTICED_MS:
        return not_applicable(f"the whole answer came within {waited / 1000:.1f} s")
    arrived = f"nothing for {waited / 1000:.1f} s, then {characters} characters within {took:.0f} ms"
    return failed("text while it is generated", arrived)


_TELLING = frozenset({"content_block_delta", "content_block_stop", "message_delta"})


def _stalled(evidence: Evidence) -> float:
    """The longest time, once the answer has begun, in which no part of it came: pings and comments keep the connection
    alive, but are no part of the answer. Before that a model may read for a long time; while it thinks unseen, or waits
    for a server tool, there is nothing to send."""
    if dig(evidence.answer.request_json, "thinking") is not None or dig(evidence.answer.request_json, "tools"):
        return 0.0
    told = [event.at_ms for event in evidence.answer.events_of(*_TELLING)]
    return max((after - before for before, after in pairwise(told)), default=0.0)


def _longest_silence(exchange: Exchange) -> float:
    chunks = exchange.response.chunks if exchange.response is not None else ()
    return max((after - before for before, after in pairwise((0.0, *(chunk.at_ms for chunk in chunks)))), default=0.0)
