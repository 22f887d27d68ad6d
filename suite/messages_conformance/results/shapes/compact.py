"""Shapes written small, for a file that people read in a review: what many answers have in common stands there once.

Most answers are made of the same parts: a message, a block of text, an event of one kind. `parts` says of each what
most answers with it have; `answers` says which answers are made of which parts, and in what they differ:

    parts:
      (message): {(body): object, id: string, usage: object, usage.input_tokens: integer}
      content[text]: {(self): object, text: string, type: <text>}
    answers:
    - status: '200'
      content type: application/json
      parts: [(message), 'content[text]']
      but: {'content[text].citations': 'null'}
      of: [documents.plain/ask, messages.basic/ask]

An answer in full has the keys `status`, `content type`, `events`, `foreign` and `fields`, as the file once had them for
each scenario and step.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

Entry: TypeAlias = Mapping[str, Any]
"""One answer in full. Its `fields` are texts by path."""

Kept: TypeAlias = Mapping[str, Mapping[str, Entry]]
"""Answers in full, by scenario and step."""

_OWN: Final = "(self)"
_MISSING: Final = "(missing)"
_BODY: Final = "(body)"
_WORD: Final = re.compile(r"<([^ >]+)>")
_PART: Final = re.compile(r"(.*\])\.?(.*)")


def compact(kept: Kept) -> dict[str, Any]:
    """The same answers as a small document. `expanded` undoes it."""
    answers = [(f"{scenario}/{step}", entry) for scenario, steps in kept.items() for step, entry in steps.items()]
    parts = _parts(_split(entry) for _, entry in answers)
    groups: dict[str, list[str]] = defaultdict(list)
    for name, entry in answers:
        groups[json.dumps(_told(entry, parts))].append(name)
    told = [{**json.loads(group), "of": sorted(names)} for group, names in groups.items()]
    return {"parts": parts, "answers": sorted(told, key=lambda answer: answer["of"])}


def expanded(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The answers of a document in full, by scenario and step; one that was written in full is taken as it is."""
    if set(document) != {"parts", "answers"}:
        return {scenario: dict(steps) for scenario, steps in document.items()}
    kept: dict[str, dict[str, Any]] = defaultdict(dict)
    for answer in document["answers"]:
        about = {key: value for key, value in answer.items() if key not in ("parts", "but", "of")}
        fields = dict(_fields(answer, document["parts"]))
        for name in answer["of"]:
            scenario, _, step = name.partition("/")
            kept[scenario][step] = {**about, "fields": dict(sorted(fields.items()))}
    return {scenario: kept[scenario] for scenario in sorted(kept)}


def _parts(answers: Iterable[Mapping[str, Mapping[str, str]]]) -> dict[str, dict[str, str]]:
    """Each part as most answers have it that have it at all, field by field."""
    seen: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    for parts in answers:
        for name, fields in parts.items():
            seen[name].append(fields)
    return {name: dict(_usual(seen[name])) for name in sorted(seen)}


def _usual(found: list[Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    for field in sorted({field for fields in found for field in fields}):
        texts = Counter(fields.get(field, "") for fields in found)
        text = min(texts, key=lambda text: (-texts[text], text))
        if text:
            yield field, text


def _told(entry: Entry, parts: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """An answer by its parts, and what it has otherwise than they say."""
    split = _split(entry)
    but: dict[str, str] = {}
    for name, fields in split.items():
        for field in sorted({*fields, *parts[name]}):
            if fields.get(field) != parts[name].get(field):
                but[_joined(name, field)] = fields.get(field, _MISSING)
    about = {key: value for key, value in entry.items() if key != "fields"}
    return {**about, "parts": list(split), **({"but": but} if but else {})}


def _split(entry: Entry) -> dict[str, dict[str, str]]:
    """The fields of an answer by the part to which they belong, and there by their path in it."""
    fields: Mapping[str, str] = entry["fields"]
    found = _WORD.fullmatch(fields.get("type", ""))
    root = f"({found[1]})" if found else _BODY
    split: dict[str, dict[str, str]] = defaultdict(dict)
    for path, text in fields.items():
        part = _PART.fullmatch(path)
        name, field = (part[1], part[2] or _OWN) if part else (root, path)
        split[name][field] = text
    return {name: split[name] for name in sorted(split)}


def _fields(answer: Mapping[str, Any], parts: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    but: Mapping[str, str] = answer.get("but", {})
    usual = {_joined(name, field): text for name in answer["parts"] for field, text in parts[name].items()}
    return ((path, text) for path, text in {**usual, **but}.items() if text != _MISSING)


def _joined(part: str, field: str) -> str:
    if part.startswith("("):
        return field
    return part if field == _OWN else f"{part}.{field}"
