"""Reading recorded requests: HAR files, JSON Lines, LiteLLM's logs, and this program's own results.

What a recording is, is told by its content, never by its name. `docs/own-traffic.md` has the formats and their sources.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn, TypeAlias, cast
from urllib.parse import urlsplit

from messages_conformance.errors import Problem, Where
from messages_conformance.results.records import KINDS

Json: TypeAlias = Mapping[str, Any]

_ROUTE: Final = re.compile(r"/v1/messages(?P<counting>/count_tokens)?$")
_LITELLM: Final = "anthropic_messages"
"""LiteLLM's `call_type` of a request to its /v1/messages."""
_BY_LITELLM: Final = "litellm_"
"""How the fields begin that LiteLLM adds to a body: they tell of keys, users and addresses, and no client sent them."""
_ANSWERS: Final = frozenset({"message", "error"})
"""The `type` of an answer's body. Claude Code writes answers beside the requests."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request as it was sent: its JSON body, its headers by lower-case name, and whether it only counts tokens.
    `place` says where it was found, for people."""

    place: str
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    counting: bool = False


@dataclass(frozen=True, slots=True)
class Other:
    """An entry that is no accepted request to the Messages API: `other` traffic, or a request that was `refused`."""

    reason: str


OTHER: Final = Other("other")
REFUSED: Final = Other("refused")

Found: TypeAlias = Recorded | Other | Problem


def read(path: Path) -> Iterator[Found]:
    """Every entry of a recording, in its order. A problem has the line, or the number of the entry, and stops no other
    entry. Raises nothing for what a file may hold."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        yield Problem(f"cannot be read: {error.strerror}", Where(path, 1))
        return
    except UnicodeDecodeError as error:
        yield Problem("is not UTF-8 text", Where(path, error.object.count(b"\n", 0, error.start) + 1))
        return
    try:
        whole = _parsed(text)
    except ValueError as error:
        yield from _lines(text, path, error)
        return
    entries = _entries(whole)
    if entries is None:
        yield _entry(whole, str(path))
        return
    for number, entry in enumerate(entries, 1):
        yield _entry(entry, f"{path}: entry {number}")


def _lines(text: str, path: Path, error: ValueError) -> Iterator[Found]:
    """The entries of JSON Lines. If no line is JSON by itself, the file is none, and `error` says what is wrong."""
    told = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    found = [(number, _tried(line)) for number, line in told]
    if not any(isinstance(value, dict) for _, value in found):
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        hint = "a recording is a HAR file, or has one JSON object a line"
        yield Problem(f"is neither JSON nor JSON Lines: {_said(error)}", Where(path, line), hint)
        return
    for number, value in found:
        where = Where(path, number)
        if isinstance(value, ValueError):
            yield Problem(f"the line is not JSON: {_said(value)}", where)
        else:
            yield _entry(value, str(where))


def _said(error: ValueError) -> str:
    """What a parser says, without a place: the line is told beside it. It never quotes what it reads."""
    return error.msg if isinstance(error, json.JSONDecodeError) else str(error)


def _tried(text: str) -> Any:
    try:
        return _parsed(text)
    except ValueError as error:
        return error


def _parsed(text: str) -> Any:
    def refuse(_: str) -> NoReturn:
        raise ValueError("NaN and Infinity are no JSON")

    try:
        return json.loads(text, parse_constant=refuse)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _entries(whole: Any) -> list[Any] | None:
    """The entries of a HAR file or of a list; None if the file is one entry."""
    log = _object(_object(whole).get("log"))
    found: Any = log.get("entries") if log else whole
    return cast("list[Any]", found) if isinstance(found, list) else None


# --- one entry --------------------------------------------------------------------------------------------------------


class _NoRequestError(Exception):
    """An entry that cannot be understood; says why."""


def _entry(value: Any, place: str) -> Found:
    try:
        return _request(_object(value), place)
    except _NoRequestError as error:
        return Problem(f"{place}: {error}")


def _request(entry: Json, place: str) -> Found:
    if not entry:
        raise _NoRequestError("is no JSON object")
    if entry.get("type") in _ANSWERS:
        return OTHER
    if "kind" in entry and entry["kind"] in KINDS and entry["kind"] != "exchange":
        return OTHER
    if 400 <= _status(entry) < 500 and _status(entry) not in (408, 429):
        return REFUSED
    if "call_type" in entry or "proxy_server_request" in entry:
        return _of_litellm(entry, place)
    return _sent(_json(entry.get("request")) or entry, place)


def _status(entry: Json) -> int:
    """The status of the answer; 0 if it is not told. LiteLLM tells it of failures only."""
    status = _object(entry.get("response")).get("status")
    failed = entry.get("error_information") or _json(entry.get("metadata")).get("error_information")
    told = str(_object(failed).get("error_code") if status is None else status)
    return int(told) if told.isdecimal() else 0


def _of_litellm(entry: Json, place: str) -> Found:
    """A row of LiteLLM's spend logs, or its standard payload, which has the parameters beside the messages."""
    if entry.get("call_type", _LITELLM) != _LITELLM:
        return OTHER
    sent = _json(entry.get("proxy_server_request"))
    if sent:
        return _sent(sent, place)
    if not isinstance(entry.get("messages"), list):
        raise _NoRequestError("has no request: LiteLLM keeps it only with `store_prompts_in_spend_logs: true`")
    return Recorded(place, {**_object(entry.get("model_parameters")), "messages": entry["messages"]})


def _sent(request: Json, place: str) -> Found:
    """A request with its address, as most recorders keep it; or its body alone."""
    url = request.get("url")
    if not isinstance(url, str):
        if not isinstance(request.get("messages"), list):
            raise _NoRequestError("is neither a Messages request (it has no `messages`) nor an entry that holds one")
        # What a body is for shows in the one field that only one of the routes demands.
        return _recorded(place, request, {}, counting="max_tokens" not in request)
    route = _ROUTE.search(urlsplit(url).path.rstrip("/"))
    if route is None or request.get("method", "POST") != "POST":
        return OTHER
    body = _json(request.get("body", _object(request.get("postData")).get("text")))
    if not body:
        raise _NoRequestError("the body of the request is missing, or is no JSON object")
    return _recorded(place, body, _headers(request.get("headers")), counting=route["counting"] is not None)


def _recorded(place: str, body: Json, headers: Mapping[str, str], *, counting: bool) -> Recorded:
    """A request without what LiteLLM added to its body, where it also tells the client's headers."""
    added = _headers(_object(body.get(f"{_BY_LITELLM}metadata")).get("headers"))
    sent = {name: value for name, value in body.items() if not name.startswith(_BY_LITELLM)}
    return Recorded(place, sent, headers or added, counting)


def _headers(told: Any) -> dict[str, str]:
    """Headers told as an object, as pairs, or as objects with `name` and `value`."""
    items: list[Any] = cast("list[Any]", told) if isinstance(told, list) else list(_object(told).items())
    return dict(filter(None, map(_header, items)))


def _header(item: Any) -> tuple[str, str] | None:
    if isinstance(item, dict):
        named = _object(item)
        return str(named.get("name")).lower(), str(named.get("value"))
    pair = list(cast("list[Any]", item)) if isinstance(item, list | tuple) else []
    return (str(pair[0]).lower(), str(pair[1])) if len(pair) == 2 else None


def _json(value: Any) -> Json:
    """An object, or a text that is one in JSON; nothing otherwise."""
    return _object(_tried(value) if isinstance(value, str) else value)


def _object(value: Any) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}
