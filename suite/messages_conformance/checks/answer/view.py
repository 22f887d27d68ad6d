"""What several checks derive from one exchange, derived once and kept in `Evidence.view`.

Nothing here raises on what a peer sent: wrong types, broken JSON and cut streams yield None or less, never an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from messages_conformance.checks.answer.events import StreamEvent, as_list, as_object, parse_json, shown, stream_events
from messages_conformance.checks.answer.fold import fold
from messages_conformance.checks.base import Evidence
from messages_conformance.wire.exchange import Exchange, Response

__all__ = [
    "StreamEvent",
    "answer_json",
    "beginning",
    "blocks",
    "cached",
    "came_to_an_end",
    "content",
    "events",
    "exchange_message",
    "is_sse",
    "media_type",
    "message",
    "shown",
    "text",
]

T = TypeVar("T")


def cached(evidence: Evidence, key: str, compute: Callable[[], T]) -> T:
    """The value of `compute` for this exchange, computed once. The key must not depend on the check's parameters
    unless it names them: all checks of one exchange share the cache."""
    if key not in evidence.view:
        evidence.view[key] = compute()
    return cast("T", evidence.view[key])


def media_type(response: Response) -> str | None:
    """The content type without its parameters, in lower case."""
    value = response.header("content-type")
    return value.partition(";")[0].strip().lower() if value is not None else None


def is_sse(response: Response) -> bool:
    """Whether the body is a stream of server-sent events: by what it holds, whatever the content type claims."""
    start = response.body[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith((b"event:", b"data:", b":", b"id:", b"retry:"))


def events(evidence: Evidence) -> tuple[StreamEvent, ...]:
    """The events of the judged response; none where there is no response or its body is not a stream."""
    return cached(evidence, "events", lambda: _events(evidence.exchange))


def answer_json(evidence: Evidence) -> Any:
    """The whole body as strict JSON, or None where it is not."""
    return cached(evidence, "answer_json", lambda: _body_json(evidence.exchange))


def message(evidence: Evidence) -> dict[str, Any] | None:
    """The answer as one JSON object: folded from the events for a step that expects a stream, else the body.

    A step that expects anything is read by what came. None where a stream opened no message, or the body is not an
    object.
    """
    return cached(evidence, "message", lambda: _message(evidence))


def content(evidence: Evidence) -> list[dict[str, Any]]:
    """The message's content blocks, leaving out whatever is not an object."""
    found = [as_object(block) for block in as_list((message(evidence) or {}).get("content"))]
    return [block for block in found if block is not None]


def blocks(evidence: Evidence, type: str) -> list[dict[str, Any]]:  # noqa: A002 - the word of the API
    """The message's content blocks of one type."""
    return [block for block in content(evidence) if block.get("type") == type]


def text(evidence: Evidence) -> str:
    """All text of the answer: its text blocks joined without a separator."""
    return text_of(message(evidence) or {})


def text_of(answer: Mapping[str, Any]) -> str:
    """All text of a message."""
    found = (as_object(block) or {} for block in as_list(answer.get("content")))
    said = (block.get("text") for block in found if block.get("type") == "text")
    return "".join(part for part in said if isinstance(part, str))


def exchange_message(exchange: Exchange, streaming: bool) -> dict[str, Any] | None:
    """The answer of an earlier step, or one to capture from, as one JSON object; folded if it was streamed."""
    return fold(_events(exchange)) if streaming else as_object(_body_json(exchange))


def came_to_an_end(exchange: Exchange) -> bool:
    """Whether a stream was closed by its `message_stop`, and not by an error, or by nothing."""
    last = [event.kind for event in _events(exchange) if event.kind in ("message_stop", "error")]
    return last[:1] == ["message_stop"]


def beginning(exchange: Exchange, limit: int = 200) -> str:
    """What came, in a line: the status and the beginning of the body, as it stands there."""
    response = exchange.response
    if response is None:
        return "no answer"
    body = " ".join(response.body[: 8 * limit].decode("utf-8", "replace").split())
    cut = body if len(body) <= limit else body[: limit - 1] + "…"
    return f"{response.status} {cut}" if cut else f"{response.status} with an empty body"


def _events(exchange: Exchange) -> tuple[StreamEvent, ...]:
    response = exchange.response
    return stream_events(response) if response is not None and is_sse(response) else ()


def _body_json(exchange: Exchange) -> Any:
    if exchange.response is None:
        return None
    try:
        return parse_json(exchange.response.body)
    except ValueError:
        return None


def _message(evidence: Evidence) -> dict[str, Any] | None:
    response = evidence.exchange.response
    match evidence.step.expect:
        case "stream":
            return fold(events(evidence))
        case "any" if response is not None and is_sse(response):
            return fold(events(evidence))
        case _:
            return as_object(answer_json(evidence))
