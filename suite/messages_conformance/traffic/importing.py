"""Recorded requests as a file of scenarios: one for each shape of request, with neutral texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, cast

from messages_conformance.authoring.implied import implied
from messages_conformance.authoring.scaffold import render
from messages_conformance.catalog import FEATURES, Catalog
from messages_conformance.catalog.contracts.loading import CANONICAL
from messages_conformance.catalog.contracts.schema import BETA_HEADER, Edition
from messages_conformance.catalog.yaml import nodes
from messages_conformance.errors import Problem, UserError
from messages_conformance.traffic.masking import Masker, NotPortableError
from messages_conformance.traffic.names import Names
from messages_conformance.traffic.recordings import OTHER, REFUSED, Found, Recorded
from messages_conformance.traffic.vocabulary import Vocabulary, vocabulary

FILE: Final = "traffic.yaml"
_VERSION_HEADER: Final = "anthropic-version"
_VERSION: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_BETA: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*-\d{4}-?\d{2}-?\d{2}")
_HEAD: Final = """\
# Made by `messages-conformance import-traffic` from recorded requests: one scenario for each shape.
area: own traffic
scenarios:
"""


@dataclass(slots=True)
class Shape:
    """Requests of one shape: the shortest of them, where it was found, what was left out of it, and how many."""

    name: str
    entry: Mapping[str, Any]
    place: str
    notes: tuple[str, ...]
    size: int
    times: int = 1


@dataclass(slots=True)
class Imported:
    """What an import found: shapes by their name, problems of single entries, and how many entries were no accepted
    request to the Messages API."""

    shapes: dict[str, Shape] = field(default_factory=dict[str, Shape])
    problems: list[Problem] = field(default_factory=list[Problem])
    others: int = 0
    refused: int = 0

    @property
    def requests(self) -> int:
        return sum(shape.times for shape in self.shapes.values())

    @property
    def text(self) -> str:
        """The file of scenarios."""
        return _HEAD + "\n".join(_block(shape) for shape in self.shapes.values())


def gather(catalog: Catalog, found: Iterable[Found], *, keep_texts: bool, keep_names: bool) -> Imported:
    """Scenarios of all recorded requests. An entry that cannot be one is a problem, and stops no other."""
    imported, words = Imported(), vocabulary(catalog.contracts[CANONICAL])
    for each in found:
        if isinstance(each, Problem):
            imported.problems.append(each)
        elif isinstance(each, Recorded):
            try:
                _add(imported, _shape(catalog, words, each, keep_texts=keep_texts, keep_names=keep_names))
            except (NotPortableError, RecursionError, UserError) as error:
                imported.problems.append(Problem(f"{each.place}: {_told(error)}"))
        else:
            imported.others += each is OTHER
            imported.refused += each is REFUSED
    return imported


def _told(error: Exception) -> str:
    """Why an entry cannot be a scenario, without quoting it."""
    match error:
        case UserError():
            return f"cannot be written as YAML: {error.problems[0].message}"
        case RecursionError():
            return "is nested too deeply"
        case _:
            return str(error)


def _add(imported: Imported, shape: Shape) -> None:
    known = imported.shapes.setdefault(shape.name, shape)
    if known is not shape:
        shape.times = known.times + 1
        known.times += 1
        if shape.size < known.size:
            imported.shapes[shape.name] = shape


def _shape(catalog: Catalog, words: Vocabulary, recorded: Recorded, *, keep_texts: bool, keep_names: bool) -> Shape:
    plain = Masker(words, Names()).request(recorded.body)
    masker = Masker(words, Names(keep_texts, keep_names))
    body = cast("dict[str, Any]", _without_placeholders(masker.request(recorded.body)))
    headers = _headers(recorded)
    broken = catalog.schemas.requests[CANONICAL].breaches(
        {"model": "any", **plain}, Edition.of(headers), counting=recorded.counting
    )
    if broken:
        raise NotPortableError(f"is no valid request by Anthropic's contract: {', '.join(broken)}")
    told = json.dumps([recorded.counting, headers, _outline(plain, words, "")], sort_keys=True)
    kind = "tokens" if recorded.counting else "stream" if body.get("stream") is True else "message"
    parts = [part for part in ("tools", "thinking") if body.get(part)]
    name = ".".join(("traffic", "-".join((kind, *parts, sha256(told.encode()).hexdigest()[:8]))))
    entry = _entry(name, kind, body, headers)
    size = len(render(entry).encode())
    nodes.parse(_HEAD + render(entry), Path(FILE))  # what our own reader refuses must not be written
    return Shape(name, entry, recorded.place, tuple(masker.notes), size)


def _headers(recorded: Recorded) -> dict[str, str | None]:
    """The version and the betas. The official SDKs and Claude Code give betas as a list beside the parameters."""
    version, told = recorded.headers.get(_VERSION_HEADER, ""), recorded.headers.get(BETA_HEADER, "").split(",")
    beside: Any = recorded.body.get("betas")
    given = [*told, *(cast("list[Any]", beside) if isinstance(beside, list) else [])]
    betas = [beta.strip() for beta in given if isinstance(beta, str) and _BETA.fullmatch(beta.strip())]
    return {
        **({_VERSION_HEADER: version} if _VERSION.fullmatch(version) else {}),
        **({BETA_HEADER: ",".join(dict.fromkeys(betas))} if betas else {}),
    }


def _without_placeholders(value: Any) -> Any:
    """A text of a user may hold `${name}`, which a scenario would fill in: a blank keeps it as it is for people."""
    if isinstance(value, str):
        return value.replace("${", "$ {")
    if isinstance(value, list):
        return [_without_placeholders(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {key: _without_placeholders(item) for key, item in cast("dict[str, Any]", value).items()}
    return value


def _outline(value: Any, words: Vocabulary, key: str) -> Any:
    """What two requests of the same shape have in common: fields, words of the contract and types. Lists count by their
    distinct members; of the turns also the last, because it decides how the answer begins."""
    if isinstance(value, str):
        return value if words.is_word(key, value) else "text"
    if isinstance(value, list):
        members = [_outline(item, words, key) for item in cast("list[Any]", value)]
        distinct = sorted({json.dumps(member, sort_keys=True) for member in members})
        return [distinct, members[-1:]] if key == "messages" else distinct
    if not isinstance(value, dict) or key == "input":
        return type(cast("object", value)).__name__
    found = cast("dict[str, Any]", value)
    if key == "properties":
        return _outline(list(found.values()), words, "")
    return {name: _outline(inner, words, name) for name, inner in found.items()}


# --- one scenario -----------------------------------------------------------------------------------------------------


def _entry(name: str, kind: str, body: dict[str, Any], headers: dict[str, str | None]) -> Mapping[str, Any]:
    route = {"route": "count_tokens"} if kind == "tokens" else {}
    needs = set(implied(body, route.get("route", "messages"), headers))
    needs |= {f"version.{headers.get(_VERSION_HEADER)}"} & FEATURES
    mode: Any = body.get("thinking") or {}
    thinks = mode.get("type") in ("enabled", "adaptive")
    step = {
        "id": "ask",
        "expect": kind,
        **route,
        **({"role": "thinking"} if thinks else {}),
        **({"headers": headers} if headers else {}),
        "body": body,
    }
    return {
        "id": name,
        "title": _title(kind, body),
        "why": "Your own clients send requests of this shape.",
        **({"needs": sorted(needs)} if needs else {}),
        "tags": ["traffic"],
        "steps": [step],
    }


def _title(kind: str, body: Mapping[str, Any]) -> str:
    told = {"stream": "Streamed", "message": "Not streamed", "tokens": "Counting tokens"}[kind]
    listed: list[tuple[Any, str]] = [(body.get("messages"), "turn"), (body.get("tools"), "tool")]
    counted = [(len(items or ()), word) for items, word in listed]
    sizes = [f"{number} {word}{'s' * (number > 1)}" for number, word in counted if number]
    with_it = [name for name in ("system", "thinking", "tool_choice", "output_config") if body.get(name)]
    return "Own request: " + ", ".join([told, *sizes, *with_it])


def _block(shape: Shape) -> str:
    times = "once" if shape.times == 1 else f"{shape.times} times"
    remarks = [f"Recorded {times}.", *shape.notes]
    return "".join(f"  # {remark}\n" for remark in remarks) + render(shape.entry)
