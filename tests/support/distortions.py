"""Real answers with something wrong in them: any part of them replaced, removed, repeated, moved, wrapped, or cut."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, TypeVar, cast, get_args

from hypothesis import strategies as st
from messages_conformance.wire.exchange import Chunk, Exchange, Failure, FailureKind, Headers, Response
from messages_conformance.wire.sse import read_events

_RAW = {"@deep@": "[" * 900 + "]" * 900, "@deeper@": '{"a":' * 100_000 + "1" + "}" * 100_000, "@long@": "1" * 5000}
"""Strings that stand for JSON which Python would not write: nested too deeply, or a number of too many digits."""

_WORDS = (
    *("message", "error", "text", "thinking", "redacted_thinking", "tool_use", "server_tool_use", "mcp_tool_use"),
    *("web_search_tool_result", "tool_reference", "refusal", "max_tokens", "end_turn", "stop_sequence"),
    *("text_delta", "input_json_delta", "signature_delta", "citations_delta", "char_location", "overloaded_error"),
    *("message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta"),
    *("message_stop", "ping", "[DONE]", "data: {}", "{}", "[", "application/json", "text/event-stream", "gzip"),
)
_NUMBERS = (0, -1, 1, 3, 2**63, 10**400, int("9" * 4300), 1.5, -0.0, 1e308, float("inf"), float("-inf"), float("nan"))
_TEXTS = ("", " ", "\n", "\0", "\ud800", "\udc00\ud800", "é\u2028\ufffd", "٣", "1" * 5000, "x" * 5000, "../%2e%2e?#[")
_OF_ANOTHER_TYPE: tuple[Any, ...] = (None, True, [], ["x"], {}, {"type": "x"}, 7, 10**400, "\ud800")
_AWKWARD: tuple[Any, ...] = (
    *(False, [[]], [{}], [None], {"": None}, {"type": []}, {"type": {}}),
    *(*_NUMBERS, *_TEXTS, *_WORDS, *_RAW),
)
_VALUES = (
    st.sampled_from(_OF_ANOTHER_TYPE)
    | st.sampled_from(_AWKWARD)
    | st.recursive(
        st.sampled_from(_AWKWARD),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_WORDS + _TEXTS), inner, max_size=3)
        ),
        max_leaves=5,
    )
)
"""Values that code which expects another one may trip over: of every type, empty, huge, not hashable, not writable."""


@dataclass(frozen=True)
class Edit:
    """One change to the `place`-th part of a JSON value, counted round and round."""

    place: int
    way: str
    value: Any


@dataclass(frozen=True)
class Distortion:
    """What is done to one exchange. None and () leave it as it was; `cut` is the share of the body that is kept."""

    edits: tuple[Edit, ...] = ()
    status: int | None = None
    headers: Headers = ()
    failure: FailureKind | None = None
    cut: float | None = None
    junk: bytes = b""
    lost: bool = False


_WAYS = ("replace", "replace", "replace", "remove", "repeat", "move", "wrap", "borrow")
_EDITS = st.builds(Edit, st.integers(0, 2000), st.sampled_from(_WAYS), _VALUES)
_HEADER_NAMES = (
    *("content-type", "content-encoding", "request-id", "retry-after", "date", "anthropic-ratelimit-tokens-reset"),
    *("anthropic-ratelimit-requests-limit", "content-length", "x-any", ""),
)
_HEADER_VALUES = (
    *("", " ", "gzip", "br, gzip;q=0", "text/event-stream", "application/json; charset=latin1", ";", "é", "1e999"),
    *("nan", "-1", "٣", "Thu, 99 Nov 9999 99:99:99 +9999", "9999-99-99T99:99:99Z", "1" * 5000),
)
_HEADERS = st.lists(st.tuples(st.sampled_from(_HEADER_NAMES), st.sampled_from(_HEADER_VALUES)), max_size=2)
_STATUSES = st.sampled_from([400, 401, 404, 500, 529]) | st.integers(100, 599)
T = TypeVar("T")


def _seldom(what: st.SearchStrategy[T], otherwise: T) -> st.SearchStrategy[T]:
    """Most checks look no further once the status or the connection is wrong."""
    return st.integers(0, 11).flatmap(lambda number: what if number == 11 else st.just(otherwise))


DISTORTIONS = st.builds(
    Distortion,
    edits=st.lists(_EDITS, max_size=4).map(tuple),
    status=_seldom(_STATUSES, None),
    headers=_HEADERS.map(tuple),
    failure=_seldom(st.sampled_from(get_args(FailureKind)), None),
    cut=_seldom(st.floats(0, 1), None),
    junk=_seldom(st.binary(max_size=8), b""),
    lost=_seldom(st.just(True), False),
)


def distorted(exchange: Exchange, how: Distortion) -> Exchange:
    """`exchange` as it might have been."""
    response = None if how.lost or exchange.response is None else _response(exchange.response, how)
    kind = how.failure or ("protocol" if response is None else None)
    return replace(exchange, response=response, failure=kind and Failure(kind, "as a test has it"))


def _response(response: Response, how: Distortion) -> Response:
    body = _body(response, how.edits)
    if how.cut is not None:
        body = body[: int(len(body) * how.cut)]
    middle = len(body) // 2
    body = body[:middle] + how.junk + body[middle:]
    named = {name.lower() for name, _ in how.headers}
    headers = (*how.headers, *((name, value) for name, value in response.headers if name.lower() not in named))
    end = response.chunks[-1].at_ms if response.chunks else 0.0
    chunks = (Chunk(end / 2, body[:middle]), Chunk(end, body[middle:]))
    return Response(how.status or response.status, headers, chunks)


def _body(response: Response, edits: Sequence[Edit]) -> bytes:
    if not edits:
        return response.body
    if response.body.startswith((b"event:", b"data:")):
        events = [{"name": event.name, "data": _parsed(event.data)} for event in read_events(response.chunks)]
        return b"".join(map(_frame, as_list(edited(events, edits))))
    return _written(edited(_parsed(response.body), edits))


def as_list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def _parsed(text: str | bytes | None) -> Any:
    try:
        return json.loads(text or "")
    except ValueError:
        return text.decode(errors="replace") if isinstance(text, bytes) else text


def _frame(event: Any) -> bytes:
    named = cast("dict[str, Any]", event) if isinstance(event, dict) else {"data": event}
    lines = [f"{field}: ".encode() + _field(named[key]) for key, field in _FIELDS if key in named]
    return b"\n".join(lines) + b"\n\n"


_FIELDS = (("name", "event"), ("data", "data"))


def _field(value: Any) -> bytes:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else _written(value)


def _written(value: Any) -> bytes:
    """As JSON. What is infinite is written as a number that is too large for anybody who reads it."""
    text = json.dumps(value).replace("Infinity", "1e999")
    for mark, raw in _RAW.items():
        text = text.replace(f'"{mark}"', raw)
    return text.encode()


Holder: TypeAlias = "list[Any] | dict[Any, Any]"
Part: TypeAlias = tuple[Holder, Any]
"""Part of a JSON value: what holds it, and its key or index there."""


def edited(value: Any, edits: Sequence[Edit]) -> Any:
    """A JSON value after all edits, one after the other."""
    root: list[Any] = [copy.deepcopy(value)]
    for edit in edits:
        kinds = [*_kinds(root).values()]
        if not kinds:  # everything was removed
            break
        parts = kinds[edit.place % len(kinds)]
        others = kinds[(edit.place * 7 + 3) % len(kinds)]
        _apply(edit, *parts[edit.place // len(kinds) % len(parts)], others[-1])
    return root[0] if root else None


def _kinds(root: list[Any]) -> dict[tuple[str, ...], list[Part]]:
    """Every part of a value, by the way to it: one of a hundred deltas is not to be met a hundred times as often as the
    one reason to stop."""
    found: dict[tuple[str, ...], list[Part]] = {}
    ahead: list[tuple[tuple[str, ...], Any]] = [((), root)]
    while ahead:
        way, holder = ahead.pop()
        for key, part in _members(holder):
            there = (*way, str(key) if isinstance(holder, dict) else "*")
            found.setdefault(there, []).append(cast("Part", (holder, key)))
            ahead.append(((*there, _type(part)), part))
    return found


def _members(holder: Any) -> list[tuple[Any, Any]]:
    if isinstance(holder, dict):
        return list(cast("dict[Any, Any]", holder).items())
    return list(enumerate(cast("list[Any]", holder))) if isinstance(holder, list) else []


def _type(part: Any) -> str:
    return str(cast("dict[str, Any]", part).get("type")) if isinstance(part, dict) else ""


def _apply(edit: Edit, holder: Any, key: Any, other: Part) -> None:
    elsewhere, there = other
    match edit.way:
        case "replace":
            holder[key] = copy.deepcopy(edit.value)
        case "remove":
            del holder[key]
        case "repeat" if isinstance(holder, list):
            cast("list[Any]", holder).insert(key, copy.deepcopy(cast("list[Any]", holder)[key]))
        case "repeat":
            holder[f"{key}_"] = copy.deepcopy(holder[key])
        case "wrap":
            holder[key] = [holder[key]] if edit.place % 2 else {"type": holder[key]}
        case "borrow":
            holder[key] = copy.deepcopy(elsewhere[there])
        case _:
            holder[key], elsewhere[there] = copy.deepcopy(elsewhere[there]), copy.deepcopy(holder[key])
