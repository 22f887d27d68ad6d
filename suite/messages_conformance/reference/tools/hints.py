"""Values for tool arguments, found in a prompt: labelled values, quoted strings, names, numbers, words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

_QUOTED = re.compile(r"\"([^\"\n]+)\"|“([^”\n]+)”|`([^`\n]+)`|(?<!\w)'([^'\n]+)'(?!\w)")
_PROPER = r"[A-Z][\w’'-]*(?: [A-Z][\w’'-]*)*(?:, [A-Z]{2}\b)?"
_NAME = re.compile(
    rf"\b(?:in|for|of|at|to|from|about|with|named|called|near)\s+(?:the (?:city|town|user) (?:of )?)?({_PROPER})"
    rf"((?:\s*(?:,|,? and|,? or|&)\s+(?:(?:also\s+)?(?:in|for|of|at|to|from|about|with)\s+)?{_PROPER})*)"
)
_PROPER_ONLY = re.compile(_PROPER)
_VALUE = rf"(?:\"([^\"]+)\"|'([^']+)'|({_PROPER})|([\w@./:+-]*\w))"
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w]|\.\d)")


@dataclass(slots=True)
class Hints:
    """The offers of one prompt. Quoted strings, names and numbers are used up in order; labelled values stay.

    `listed` are the names of the first enumeration ("for Paris and for London"); it is empty if there is none.
    `generous` hints fill optional properties too.
    """

    text: str
    quoted: tuple[str, ...]
    names: tuple[str, ...]
    numbers: tuple[int | float, ...]
    listed: tuple[str, ...] = ()
    generous: bool = True

    @staticmethod
    def none() -> Hints:
        return Hints("", (), (), ())

    @staticmethod
    def of(text: str, leave_out: Sequence[str] = ()) -> Hints:
        """The hints in `text`; the strings in `leave_out` (names of tools) are no values."""
        quoted = ["".join(groups) for groups in _QUOTED.findall(text)]
        unquoted = _QUOTED.sub(" ", text)
        numbers = [float(n) if "." in n else int(n) for n in _NUMBER.findall(text)]
        groups = [tuple(name for name in group if name not in leave_out) for group in _named_together(unquoted)]
        return Hints(
            text,
            quoted=tuple(value for value in quoted if value not in leave_out),
            names=tuple(dict.fromkeys(name for group in groups for name in group)),
            numbers=tuple(numbers),
            listed=next((group for group in groups if len(group) > 1), ()),
        )

    def fresh(self) -> Hints:
        """The same hints, none of them used up."""
        return replace(self)

    def only(self, name: str) -> Hints:
        """These hints with `name` as the only string on offer: one of several parallel calls."""
        return replace(self, quoted=(), names=(name,))

    def spoken(self, change: Callable[[str], str]) -> Hints:
        """These hints with every string on offer changed."""
        return replace(self, quoted=tuple(map(change, self.quoted)), names=tuple(map(change, self.names)))

    def strings_left(self) -> int:
        return len(self.quoted or self.names)

    def labelled(self, name: str, fits: Callable[[str], bool]) -> str | None:
        """The value that the prompt gives to the property by name: `city: Paris`, `city is "Paris"`, `city=Paris`."""
        if not name:
            return None
        label = re.escape(name).replace("_", "[_ ]")
        said = re.search(rf"(?i:\b{label}\b)[\"'`]?\s*(?:is|=|:|to|as|of)\s*{_VALUE}", self.text)
        value = next((group for group in said.groups() if group), None) if said else None
        return value if value is not None and fits(value) else None

    def string(self, name: str, fits: Callable[[str], bool]) -> str | None:
        """A labelled value, or the next quoted string or name that fits; what is taken is used up."""
        value = self.labelled(name, fits)
        for offers in ("quoted", "names"):
            left: tuple[str, ...] = getattr(self, offers)
            value = value if value is not None else next((offer for offer in left if fits(offer)), None)
            if value in left:
                rest = list(left)
                rest.remove(value)
                setattr(self, offers, tuple(rest))
                return value
        return value

    def number(self, name: str, fits: Callable[[float], bool]) -> int | float | None:
        """As `string`, for numbers."""
        said = self.labelled(name, lambda text: _NUMBER.fullmatch(text) is not None)
        labelled = (float(said) if "." in said else int(said)) if said else None
        if labelled is not None and fits(labelled):
            self.numbers = tuple(number for number in self.numbers if number != labelled)
            return labelled
        taken = next((number for number in self.numbers if fits(number)), None)
        if taken is not None:
            rest = list(self.numbers)
            rest.remove(taken)
            self.numbers = tuple(rest)
        return taken

    def member(self, name: str, members: Sequence[Any]) -> Any:
        """The labelled member of an enum, else the first one that the prompt mentions, else the first."""
        label = self.labelled(name, lambda text: text in members)
        if label is not None:
            return label
        spoken = (
            m for m in members if isinstance(m, str) and re.search(rf"\b{re.escape(m)}\b", self.text, re.IGNORECASE)
        )
        return next(spoken, members[0])

    def flag(self, name: str) -> bool:
        said = self.labelled(name, lambda text: text.lower() in ("true", "false", "yes", "no"))
        return said is None or said.lower() in ("true", "yes")


def _named_together(text: str) -> list[tuple[str, ...]]:
    """The names in `text`; those that are enumerated are together."""
    return [(match[1], *_PROPER_ONLY.findall(match[2])) for match in _NAME.finditer(text)]
