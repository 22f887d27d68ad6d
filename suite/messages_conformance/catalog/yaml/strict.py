"""Check one of our YAML files against its JSON Schema, and report every mistake as a sentence with its line.

The schemas under `schemas/` also serve editors; their descriptions become the hints here. They use no oneOf or anyOf,
so a mistake is always reported for the branch that was meant. Schemas of check parameters come from elsewhere and may
use them; then the nearest branch is reported.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast

from messages_conformance.catalog.yaml.keys import looks_like_key
from messages_conformance.catalog.yaml.nodes import Document, Pointer
from messages_conformance.errors import Problem, UserError

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

SchemaFile: TypeAlias = Literal[
    "providers", "contract", "clauses", "scenarios", "expectations", "features", "field", "profiles", "causes", "jobs"
]

SCHEMAS: Final = Path(__file__).parents[1] / "schemas"


def _is_integer(_: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: its place inside the value, a sentence, and advice."""

    pointer: Pointer
    message: str
    hint: str | None = None


@cache
def schema(name: SchemaFile) -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads((SCHEMAS / f"{name}.schema.json").read_bytes())
    return document


@cache
def _validator(name: SchemaFile) -> Any:
    return _strict()(schema(name))


@cache
def _strict() -> Any:
    """JSON Schema accepts 8.0 as an integer; the code that gets our counts does not."""
    from jsonschema import Draft202012Validator, validators  # what is kept of the bundled files was checked before

    integers = Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer)
    return cast("Any", validators).extend(Draft202012Validator, type_checker=integers)


def check(document: Document, name: SchemaFile) -> list[tuple[Pointer, Problem]]:
    """Every mistake of the file against the schema: its place in the document, and the problem with its line."""
    return [
        (found.pointer, Problem(found.message, document.where(*found.pointer), found.hint))
        for found in mistakes(document.value, _validator(name))
    ]


def mistakes(value: Any, validator: Any) -> list[Mistake]:
    """The mistakes that a jsonschema validator finds in `value`, each once."""
    errors: Iterable[ValidationError] = validator.iter_errors(value)
    return list(dict.fromkeys(mistake for error in errors for mistake in _worded(error)))


def refuse(problems: Iterable[Problem]) -> None:
    """Raise one UserError with all problems, by file and line, if there are any."""
    found = sorted(dict.fromkeys(problems), key=lambda p: (str(p.where.path), p.where.line) if p.where else ("", 0))
    if found:
        raise UserError(*found)


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Advice for a misspelt word, or None if no known word is near."""
    near = get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else None


def suggest(word: str, known: Iterable[str]) -> str:
    """Advice for an unknown word: the nearest known word, else all of them."""
    words = sorted(known)
    listed = ", ".join(f"`{w}`" for w in words[:_LISTED]) + (", …" if len(words) > _LISTED else "")
    return did_you_mean(word, words) or (f"known: {listed}" if words else "none are known")


_LISTED: Final = 24


def show(value: Any) -> str:
    """A value as people would write it: short, and never a secret key."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if looks_like_key(text):
        return "a value that looks like a key"
    return f"`{text[:57]}…`" if len(text) > 60 else f"`{text}`"


# --- from jsonschema's errors to sentences --------------------------------------------------------------------------

_KINDS: Final = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "empty",
}


def _worded(error: ValidationError) -> Iterator[Mistake]:
    keyword = str(error.validator)
    if keyword in ("oneOf", "anyOf") and error.context:
        for inner in _nearest_branch(error):
            yield from _worded(inner)
        return
    pointer: Pointer = tuple(error.absolute_path)
    if "propertyNames" in error.absolute_schema_path:
        key = str(error.instance)
        yield Mistake((*pointer, key), f"the key {show(key)} is not well formed", _taught(error))
        return
    yield from WORDINGS.get(keyword, _plain)(error, pointer)


def _nearest_branch(error: ValidationError) -> list[ValidationError]:
    """The errors of the branch that fits the value's type and has the fewest mistakes."""

    def branch(inner: ValidationError) -> int:
        return int(inner.schema_path[0])

    def distance(errors: list[ValidationError]) -> tuple[bool, int]:
        wrong_type = any(e.validator == "type" and e.absolute_path == error.absolute_path for e in errors)
        return wrong_type, len(errors)

    branches = groupby(sorted(error.context or (), key=branch), key=branch)
    return min((list(errors) for _, errors in branches), key=distance)


def _taught(error: ValidationError) -> str | None:
    """The description beside the broken keyword: what the editor would have shown."""
    return cast("Mapping[str, Any]", error.schema).get("description")


def _subject(pointer: Pointer) -> str:
    key = next((part for part in reversed(pointer) if isinstance(part, str)), None)
    item = f"item {pointer[-1] + 1}" if pointer and isinstance(pointer[-1], int) else ""
    if key is None:
        return item or "it"
    return f"{item} of `{key}`" if item else f"`{key}`"


def _unknown_keys(error: ValidationError, pointer: Pointer) -> Iterator[Mistake]:
    judged = cast("Mapping[str, Any]", error.schema)
    known = judged.get("properties", {})
    patterns = judged.get("patternProperties", {})
    for key in cast("dict[str, Any]", error.instance):
        if key not in known and not any(re.search(pattern, key) for pattern in patterns):
            place = f" of {_subject(pointer)}" if pointer else ""
            yield Mistake((*pointer, key), f"{show(key)} is not a key{place}", suggest(key, known))


def _missing_keys(error: ValidationError, pointer: Pointer) -> Iterator[Mistake]:
    for key in cast("list[str]", error.validator_value):
        if key not in cast("dict[str, Any]", error.instance):
            described = cast("Mapping[str, Any]", error.schema).get("properties", {}).get(key, {})
            yield Mistake(pointer, f"{_subject(pointer)} lacks the key `{key}`", described.get("description"))


def _not_a_member(error: ValidationError, pointer: Pointer) -> Iterator[Mistake]:
    members = [str(member) for member in cast("list[Any]", error.validator_value)]
    message = f"{_subject(pointer)} cannot be {show(error.instance)}"
    hint = did_you_mean(error.instance, members) if isinstance(error.instance, str) else None
    yield Mistake(pointer, message, hint or f"one of {', '.join(f'`{m}`' for m in members)}")


def _wrong_type(error: ValidationError, pointer: Pointer) -> Iterator[Mistake]:
    wanted = cast("str | list[str]", error.validator_value)
    kinds = " or ".join(_KINDS[kind] for kind in ([wanted] if isinstance(wanted, str) else wanted))
    got = "empty" if error.instance is None else f"{_kind(error.instance)} ({show(error.instance)})"
    yield Mistake(pointer, f"{_subject(pointer)} must be {kinds}, but is {got}", _taught(error))


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return _KINDS["boolean"]
    if isinstance(value, int | float):
        return _KINDS["number"]
    return _KINDS[{str: "string", list: "array", dict: "object"}[type(value)]]


def _sentence(template: str) -> Wording:
    """A sentence with these fields filled in: `{subject}`, `{limit}` (the keyword's value), `{value}`."""

    def word(error: ValidationError, pointer: Pointer) -> Iterator[Mistake]:
        values = {
            "subject": _subject(pointer),
            "limit": json.dumps(error.validator_value),
            "value": show(error.instance),
        }
        yield Mistake(pointer, template.format(**values), _taught(error))

    return word


def _plain(error: ValidationError, pointer: Pointer) -> Iterator[Mistake]:
    yield Mistake(pointer, f"{_subject(pointer)} does not satisfy `{error.validator}: {show(error.validator_value)}`")


Wording: TypeAlias = "Callable[[ValidationError, Pointer], Iterator[Mistake]]"

WORDINGS: Final[dict[str, Wording]] = {
    "additionalProperties": _unknown_keys,
    "required": _missing_keys,
    "enum": _not_a_member,
    "type": _wrong_type,
    "const": _sentence("{subject} must be `{limit}`, not {value}"),
    "pattern": _sentence("{subject} is not well formed: {value}"),
    "minimum": _sentence("{subject} must be at least {limit}, but is {value}"),
    "exclusiveMinimum": _sentence("{subject} must be more than {limit}, but is {value}"),
    "maximum": _sentence("{subject} must be at most {limit}, but is {value}"),
    "minLength": _sentence("{subject} must not be empty"),
    "maxLength": _sentence("{subject} must have at most {limit} characters: {value}"),
    "minItems": _sentence("{subject} needs at least {limit} item(s)"),
    "uniqueItems": _sentence("{subject} has an item twice: {value}"),
    "minProperties": _sentence("{subject} needs at least {limit} key(s)"),
    "maxProperties": _sentence("{subject} takes at most {limit} key(s): {value}"),
}
