"""The shape of answers: status, form, order of events, and the JSON types of every field; no values, texts or ids.

A field is written as its path: `usage.input_tokens`. What a model may choose is told apart in the path itself, so that
answers of any mood have one shape: the items of a list and the parts of a stream are named by their type
(`content[tool_use].id`, `event[content_block_delta].delta[text_delta].text`), all of one type have one entry, and
`drift` compares them only where both sides have them. In the order of events, blocks that were opened, filled and
closed as they should be are one word, however many there are, and pings are left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from messages_conformance.catalog.contracts.schema import iter_subschemas
from messages_conformance.catalog.model import Contract
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.answer.events import StreamEvent
from messages_conformance.checks.guard import from_a_middlebox, outage
from messages_conformance.results.reading import Cell

CHOSEN: Final = frozenset({"stop_sequence", "stop_details", "citations", "server_tool_use", "container"})
"""Fields that say what the model did: null or missing where it did not."""

_FREE: Final = frozenset({"input"})
"""Fields whose content the user's own schema describes."""
_TELLING: Final = frozenset({"type", "role", "object", "stop_reason"})
"""Fields whose values are words of the protocol."""
_TYPED: Final = frozenset({"content_block", "delta"})
_WORD: Final = re.compile(r"[a-z][a-z0-9_.-]{0,59}")
_KEY: Final = re.compile(r"(?!(?:.*\d){5})[A-Za-z_][A-Za-z0-9_-]{0,59}")
_UNPAID: Final = 402
_TYPES: Final[Mapping[type, str]] = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}

BLOCKS: Final = "(blocks)"
"""Any number of whole blocks, in an order of events."""
_WHOLE: Final = re.compile(r"(?<!\S)content_block_start (?:content_block_delta )?content_block_stop(?!\S)")
_RUNS: Final = frozenset({"content_block_delta", "message_delta"})


@dataclass(frozen=True, slots=True)
class Field:
    """What was seen of one field: its JSON types, a word of the protocol as `<word>`; and whether every holder of it
    had it."""

    types: frozenset[str]
    always: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of all answers to one step. `forms` are media types; `events` the orders of streams. `foreign` are
    words that Anthropic's contract does not know, where the model may choose: types of blocks, of events, reasons."""

    statuses: frozenset[int]
    forms: frozenset[str]
    events: frozenset[str]
    fields: Mapping[str, Field]
    foreign: frozenset[str]


def known_words(canonical: Contract) -> frozenset[str]:
    """Every word of the protocol that a contract's answers may hold: constants and the members of enumerations."""
    documents = (*canonical.schemas.values(), *canonical.parts.values())
    found = (schema for document in documents for _, schema in iter_subschemas(document))
    told = ([s.get("const"), *s.get("enum", ()), *s.get("x-known", ())] for s in found)
    return frozenset(word for words in told for word in words if isinstance(word, str))


def shapes(cell: Cell, known: frozenset[str]) -> Mapping[str, Shape]:
    """The shape of each planned step of a cell that was answered, by the step's id. An outage, a limit, a web page of
    a firewall, and an answer that was cut, by either side or by an error, have none."""
    answered: dict[str, list[Answer]] = {step: [] for step, _, _ in cell.planned}
    for exchange in cell.exchanges:
        if exchange.step in answered and _is_whole(answer := Answer(exchange)):
            answered[exchange.step].append(answer)
    return {step: shape(answers, known) for step, answers in answered.items() if answers}


def _is_whole(answer: Answer) -> bool:
    exchange = answer.exchange
    if answer.response is None or answer.failure or answer.request.hang_up_after:
        return False
    if outage(exchange) or answer.status == _UNPAID or from_a_middlebox(exchange):
        return False
    return answer.error is not None or answer.last_read is None or answer.last_read.kind != "error"


def shape(answers: Iterable[Answer], known: frozenset[str]) -> Shape:
    """What these answers have in common; `known` are the words of the protocol that are no news."""
    seen = _Seen()
    statuses, forms, orders = set[int](), set[str](), set[str]()
    for answer in answers:
        statuses.add(answer.status)
        forms.add(answer.media_type or "none")
        if not answer.is_stream:
            seen.read("", answer.body_json)
            continue
        orders.add(_order(answer.events))
        for event in answer.events:
            seen.read(f"event[{_word(event.kind)}]", event.data)
    events = {word for order in orders for word in order.replace("/", " ").split()}
    foreign = (seen.kinds | events) - known - {"-", BLOCKS}
    return Shape(frozenset(statuses), frozenset(forms), frozenset(orders), seen.fields(), frozenset(foreign))


# --- fields -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Seen:
    """Fields as they are met. `times` counts how often a place was met, `holders` names what each field is a field of;
    what is in a list, or of one type among others, has no holder."""

    types: dict[str, set[str]] = field(default_factory=lambda: defaultdict[str, set[str]](set))
    times: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    holders: dict[str, str] = field(default_factory=dict[str, str])
    kinds: set[str] = field(default_factory=set[str])

    def read(self, place: str, value: Any, key: str = "") -> None:
        self._meet(place, value, key)
        if key == "stop_reason" and isinstance(value, str):
            self.kinds.add(_word(value))
        if isinstance(value, dict) and key not in _FREE:
            for name, inner in cast("dict[str, Any]", value).items():
                self._field(place, _key(name), inner)
        elif isinstance(value, list):
            for item in cast("list[Any]", value):
                self.read(f"{place}[{self._kind(item)}]", item)

    def _field(self, holder: str, key: str, value: Any) -> None:
        place = f"{holder}.{key}".removeprefix(".")
        self.holders[place] = holder
        if key in _TYPED and (kind := self._kind(value)):
            self._meet(place, value, key)
            self.read(f"{place}[{kind}]", value)
        else:
            self.read(place, value, key)

    def _meet(self, place: str, value: Any, key: str) -> None:
        self.times[place] += 1
        self.types[place].add(_type(value, key))

    def _kind(self, value: Any) -> str:
        """The type by which an item of a list, or a part of a stream, is told from others."""
        kind = cast("dict[str, Any]", value).get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str):
            return ""
        self.kinds.add(_word(kind))
        return _word(kind)

    def fields(self) -> dict[str, Field]:
        return {place or "(body)": Field(frozenset(seen), self._always(place)) for place, seen in self.types.items()}

    def _always(self, place: str) -> bool:
        holder = self.holders.get(place)
        return holder is None or self.times[place] >= self.times[holder]


def _type(value: Any, key: str) -> str:
    if isinstance(value, str) and key in _TELLING:
        return f"<{_word(value)}>"
    return _TYPES[type(value)]


def _word(value: str | None) -> str:
    """A word of the protocol; what does not look like one may be a secret or an id."""
    return value if value is not None and _WORD.fullmatch(value) else "?"


def _key(name: str) -> str:
    """A name of a field; what does not look like one is the key of a table, and a value."""
    return name if _KEY.fullmatch(name) else "*"


# --- order of events --------------------------------------------------------------------------------------------------


def _order(events: Iterable[StreamEvent]) -> str:
    """`message_start (blocks) message_delta message_stop`: runs of what may come often are told once."""
    words = [word for word in map(_event, events) if word != "ping"]
    text = " ".join(_once(words, lambda word: word.rpartition("/")[2] in _RUNS))
    return " ".join(_once(_WHOLE.sub(BLOCKS, text).split(), lambda word: word == BLOCKS))


def _event(event: StreamEvent) -> str:
    """An event's type, and its name where that is another one."""
    name = "-" if event.name is None else _word(event.name)
    kind = "-" if event.type is None else _word(event.type)
    return kind if name == kind else f"{name}/{kind}"


def _once(words: Iterable[str], may_repeat: Callable[[str], bool]) -> Iterator[str]:
    before = None
    for word in words:
        if word != before or not may_repeat(word):
            yield word
        before = word
