"""JSON as bytes: which encoding it is in, and whether it says one thing only (RFC 8259)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.answer.events import shown
from messages_conformance.checks.base import Evidence, Verdict, check, failed, not_applicable, passed

_BOM = b"\xef\xbb\xbf"
_WHOLE = ("message", "tokens", "models", "model", "error")


@check(
    "http.json-utf8",
    title="A JSON answer is in UTF-8, without a byte-order mark",
    why="Parsers in most languages stop at the first byte; others guess the encoding, and hide that there is anything.",
    clauses=("anthropic:http.json-utf8",),
    on=_WHOLE,
    answered_only=False,
)
def in_utf8(evidence: Evidence) -> Verdict:
    if evidence.answer.body_json is None:
        return not_applicable("the body is not JSON")
    encoding = json.detect_encoding(evidence.answer.body)
    wanted = "UTF-8 without a byte-order mark"
    if encoding == "utf-8":
        return passed()
    return failed(wanted, "UTF-8 behind a byte-order mark" if encoding == "utf-8-sig" else encoding.upper())


@check(
    "http.json-names-unique",
    title="No name stands twice in one object",
    why="One parser takes the first value, another the last, a third refuses both: clients see different answers.",
    clauses=("anthropic:http.json-names-unique",),
    on=(*_WHOLE, "stream"),
    answered_only=False,
)
def names_unique(evidence: Evidence) -> Verdict:
    twice = evidence.answer.derived(_first_twice)
    if twice is None:
        return passed()
    name, event = twice
    return failed("each name once in an object", f"{shown(name)} more than once", event=event)


def _first_twice(answer: Answer) -> tuple[str, int | None] | None:
    """The first name that stands twice in one object, and the number of its event."""
    if not answer.is_stream:
        found = _twice(answer.body, answer.body_json) if answer.body_json is not None else None
        return None if found is None else (found, None)
    told = [(event.raw, event) for event in answer.events if event.problem is None and event.raw is not None]
    if _colons("".join(raw for raw, _ in told)) == _members([event.data for _, event in told]):
        return None
    for raw, event in told:
        if (found := _twice(raw, event.data)) is not None:
            return found, event.number
    return None


def _twice(text: str | bytes, value: Any) -> str | None:
    """The first name that stands twice in an object of a text; `value` is what it was read as."""
    if _colons(text) == _members(value):
        return None
    found: list[str] = []

    def members(pairs: list[tuple[str, Any]]) -> None:
        if len(dict(pairs)) < len(pairs):
            seen = set[str]()
            found.extend(name for name, _ in pairs if name in seen or seen.add(name))

    json.loads(text, object_pairs_hook=members)
    return found[0] if found else None


def _colons(text: str | bytes) -> int:
    """At least as many as members were written. So where as many members were read, none stands twice."""
    return text.count(":") if isinstance(text, str) else text.count(b":")


def _members(value: Any) -> int:
    """How many members all objects of a value have together."""
    count, holders = 0, [value]
    for holder in holders:  # which grows while it is gone through
        inner: Iterable[Any] = ()
        if holder.__class__ is dict:
            count += len(holder)
            inner = holder.values()
        elif holder.__class__ is list:
            inner = holder
        holders += [each for each in inner if each and each.__class__ in _HOLDERS]
    return count


_HOLDERS = (dict, list)
