"""Frozen dataclasses to JSON and back, by their fields.

A field that has its default, or is None, is left out. What a reader does not know is ignored, so that a field may be
added. Bytes are text where they are UTF-8 and shorter so, and `{"base64": …}` otherwise.
"""

from __future__ import annotations

import base64
import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_json(value: Any) -> Any:
    """The fields of a record, or of a part of one, that it has to say; bytes as text. What is inside is left to whoever
    encodes it: `json` does the rest with this function as its `default`."""
    if isinstance(value, bytes):
        return _text(value)
    return {
        name: item
        for name, default in _defaults(value.__class__)
        if (item := getattr(value, name)) is not None and item != default
    }


def from_json(kind: type[T], value: Any) -> T:
    """What `to_json` made of an instance of `kind`. Raises LookupError, TypeError or ValueError where it cannot be."""
    return _reader(kind)(value)


def optional(hint: Any) -> Any:
    """The type beside None in `hint`; None where `hint` does not allow None."""
    members = get_args(hint) if get_origin(hint) in (Union, UnionType) else ()
    return next(member for member in members if member is not NoneType) if NoneType in members else None


@cache
def _defaults(kind: type[Any]) -> tuple[tuple[str, Any], ...]:
    return tuple((field.name, field.default) for field in fields(kind))


@cache
def _reader(hint: Any) -> Callable[[Any], Any]:
    """What reads a value of this type."""
    if (inner := optional(hint)) is not None:
        read = _reader(inner)
        return lambda value: None if value is None else read(value)
    if origin := get_origin(hint):
        return _reader_of_many(origin, get_args(hint))
    if is_dataclass(hint):
        return partial(_record, hint, {name: _reader(each) for name, each in get_type_hints(hint).items()}, _gaps(hint))
    if issubclass(hint, Enum):
        return hint
    simple = {bytes: _bytes, float: _number, str: _string}
    return simple.get(hint) or partial(_checked, hint)


def _reader_of_many(origin: Any, inside: tuple[Any, ...]) -> Callable[[Any], Any]:
    if origin is Literal:
        return {word: word for word in inside}.__getitem__
    if origin is tuple and inside[-1] is not Ellipsis:
        items = tuple(map(_reader, inside))
        return lambda value: tuple([read(each) for read, each in zip(items, value, strict=True)])
    if origin is tuple:
        item = _reader(inside[0])
        return lambda value: tuple([item(each) for each in _checked(list, value)])
    item = _reader(inside[1])
    return lambda value: {name: item(each) for name, each in _checked(dict, value).items()}


def _gaps(kind: Any) -> dict[str, None]:
    """The fields that are None where they are left out, and have no default that says so."""
    hints = get_type_hints(kind)
    return {f.name: None for f in fields(kind) if f.default is MISSING and optional(hints[f.name]) is not None}


def _record(kind: Any, readers: Mapping[str, Callable[[Any], Any]], gaps: Mapping[str, None], value: Any) -> Any:
    told = {name: readers[name](item) for name, item in _checked(dict, value).items() if name in readers}
    return kind(**{**gaps, **told})


def _checked(kind: Any, value: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r:.80} is not of the type that a record has here")
    return value


def _string(value: Any) -> str:
    """A text, which a stream says a hundred times and a reader keeps once: ids, names, phrases."""
    return sys.intern(_checked(str, value))


def _number(value: Any) -> Any:
    if not math.isfinite(_checked((int, float), value)):  # JSON has no such numbers, but Python's reader takes them
        raise ValueError(f"{value} is no number that a record may have")
    return value


_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r"))
"""Characters of which JSON writes each with six. An unpacked bomb of zeros would be six times as long."""


def _text(data: bytes) -> Any:
    controls = len(data) - len(data.translate(None, _CONTROLS))
    if 15 * controls <= len(data):  # five more for each, against a third more for all
        try:
            return data.decode()
        except UnicodeDecodeError:
            pass
    return {"base64": base64.b64encode(data).decode()}


def _bytes(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return base64.b64decode(_checked(dict, value)["base64"])
