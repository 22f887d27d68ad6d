"""One exchange, read once: capture, ledger, judge and later steps look at the same `Answer`.

Nothing here raises on what a peer sent: wrong types, broken JSON and cut streams yield None or less, never an error.
All readers share the same values, so no reader may change one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from messages_conformance.checks.answer.content import Content
from messages_conformance.checks.answer.events import StreamEvent, as_list, as_object, dig, parse_json, stream_events
from messages_conformance.checks.answer.fold import Block, fold, stream_blocks, until_end
from messages_conformance.wire.exchange import Exchange, Failure, Request, Response
from messages_conformance.wire.packing import packed

T = TypeVar("T")


class Gist(NamedTuple):
    """What is kept of an answer when the rest is let go of: what checks of a whole run look at. `model_asked` and
    `asked_for_stream` are of the request; `id` and `model` of the message, if the answer is one."""

    is_stream: bool
    model_asked: str | None
    asked_for_stream: bool
    is_message: bool
    id: str | None
    model: str | None


@dataclass(frozen=True)
class Answer:
    """What came back for one request. Each part is read when it is first asked for, and kept."""

    exchange: Exchange
    _derived: dict[Callable[[Answer], Any], Any] = field(
        default_factory=dict[Callable[["Answer"], Any], Any], init=False, repr=False, compare=False
    )

    @property
    def request(self) -> Request:
        return self.exchange.request

    @property
    def response(self) -> Response | None:
        return self.exchange.response

    @property
    def failure(self) -> Failure | None:
        return self.exchange.failure

    @property
    def status(self) -> int:
        """The HTTP status; 0 where no status line came."""
        response = self.exchange.response
        return response.status if response is not None else 0

    @property
    def media_type(self) -> str | None:
        """The content type without its parameters, in lower case."""
        value = self.response.header("content-type") if self.response is not None else None
        return value.partition(";")[0].strip().lower() if value is not None else None

    @cached_property
    def request_json(self) -> Any:
        """The request's body as JSON, or None if it has no JSON body."""
        return _json(self.request.body)

    @property
    def asked_for_stream(self) -> bool:
        return dig(self.request_json, "stream") is True

    @cached_property
    def body(self) -> bytes:
        return self.response.body if self.response is not None else b""

    @cached_property
    def body_json(self) -> Any:
        """The whole body as strict JSON, or None if it is not JSON."""
        return _json(self.body)

    @cached_property
    def is_stream(self) -> bool:
        """Whether the body is a stream of server-sent events, judged by its content, whatever the content type
        claims."""
        start = self.body[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
        return start.startswith((b"event:", b"data:", b":", b"id:", b"retry:"))

    @cached_property
    def events(self) -> tuple[StreamEvent, ...]:
        """The events of the stream; empty if the body is no stream."""
        return stream_events(self.response) if self.response is not None and self.is_stream else ()

    @cached_property
    def _events_by_kind(self) -> dict[str | None, list[StreamEvent]]:
        found: dict[str | None, list[StreamEvent]] = {}
        for event in self.events:
            found.setdefault(event.kind, []).append(event)
        return found

    def events_of(self, *kinds: str) -> Sequence[StreamEvent]:
        """The events of these kinds, in order of arrival."""
        found = [self._events_by_kind[kind] for kind in kinds if kind in self._events_by_kind]
        return found[0] if len(found) == 1 else sorted(chain(*found), key=attrgetter("number"))

    def last_of(self, kind: str) -> StreamEvent | None:
        return next(reversed(self.events_of(kind)), None)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The stream's content blocks with the events that belong to each."""
        return stream_blocks(self.events)

    @cached_property
    def _folded(self) -> dict[str, Any] | None:
        return fold(self.events, self.blocks)

    def message(self, *, streaming: bool) -> dict[str, Any] | None:
        """The answer as one JSON object: folded from the events, or the body. None if a stream opened no message, or
        the body is no object."""
        return self._folded if streaming else as_object(self.body_json)

    @cached_property
    def _content_of_stream(self) -> Content:
        return content_of(self._folded or {})

    @cached_property
    def _content_of_body(self) -> Content:
        return content_of(as_object(self.body_json) or {})

    def content(self, *, streaming: bool) -> Content:
        """The content of that message; nothing if there is none."""
        return self._content_of_stream if streaming else self._content_of_body

    @cached_property
    def last_read(self) -> StreamEvent | None:
        """The last event of the stream that a client reads: its `message_stop`, an error, or the last that came."""
        return next(reversed(until_end(self.events)), None)

    @property
    def came_to_an_end(self) -> bool:
        """Whether a stream ended with its `message_stop`: not with an error, and not without an end."""
        return self.last_read is not None and self.last_read.kind == "message_stop"

    @cached_property
    def error(self) -> dict[str, Any] | None:
        """The error, if the answer is one, whatever its status: the body (also in a gateway's envelope) or the first
        event of a stream. An error that cuts a stream later does not count: the request was accepted."""
        first = next((event for event in self.events if event.kind != "ping"), None)
        told = as_object(first.data if first is not None else self.body_json) or {}
        error = told.get("error")
        if told.get("type") == "error" or told.get("success") is False or (error and "content" not in told):
            return as_object(error) or {"message": error or told.get("message")}
        return None

    @property
    def is_refused(self) -> bool:
        return self.status >= 400 or self.error is not None

    def beginning(self, limit: int = 200) -> str:
        """What came, in a line: the status and the beginning of the body, unchanged."""
        if self.response is None:
            return "no answer"
        body = " ".join(self.body[: 8 * limit].decode("utf-8", "replace").split())
        cut = body if len(body) <= limit else body[: limit - 1] + "…"
        return f"{self.status} {cut}" if cut else f"{self.status} with an empty body"

    @cached_property
    def gist(self) -> Gist:
        message = self.message(streaming=self.is_stream) if self.status == 200 else None
        told = (dig(self.request_json, "model"), dig(message, "id"), dig(message, "model"))
        asked, name, model = (each if isinstance(each, str) else None for each in told)
        is_message = message is not None and "content" in message
        return Gist(self.is_stream, asked, self.asked_for_stream, is_message, name, model)

    def forget(self) -> None:
        """Let go of all that was read but the gist, when there is little left to look at: it takes ten times the room
        of its bytes, and all answers of a run are kept to its end. It is read anew if someone asks. A large body is
        packed."""
        _ = self.gist
        self._derived.clear()
        self.__dict__["exchange"] = packed(self.exchange)
        for part in _READ & self.__dict__.keys():
            del self.__dict__[part]

    def derived(self, make: Callable[[Answer], T]) -> T:
        """The result of `make` for this answer, computed once: for what many checks share but only their room
        understands."""
        try:
            return self._derived[make]
        except KeyError:  # once; a lookup that says whether it is there would cost each time
            self._derived[make] = made = make(self)
            return made


_READ = frozenset(name for name, part in vars(Answer).items() if isinstance(part, cached_property)) - {"gist"}
"""The parts of an answer that are kept once they are read, until it is forgotten."""


def _json(body: bytes | None) -> Any:
    try:
        return None if body is None else parse_json(body)
    except ValueError:
        return None


def content_of(message: Mapping[str, Any]) -> Content:
    return Content(as_list(message.get("content")))


def text_of(message: Mapping[str, Any]) -> str:
    """All text of a message."""
    return content_of(message).text
