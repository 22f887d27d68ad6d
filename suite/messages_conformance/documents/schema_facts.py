"""Read a contract's schema as facts about places: about `temperature`, the items of `content`, a block of type `text`.

References and `allOf` are followed, so what several subschemas say about one value is one set of facts. The branches of
a union stay separate cases, and `Place.given` chooses one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple, cast

from referencing import Registry

from messages_conformance.catalog.contracts.schema import Part, Schema, clause_of, root
from messages_conformance.catalog.model import Contract
from messages_conformance.errors import HarnessError

_LOWER: Final = frozenset({"minimum", "minLength", "minItems"})
_READ: Final = frozenset(
    {"type", "const", "enum", "pattern", "maximum", "maxLength", "maxItems", "properties", "required", "items"}
    | {"additionalProperties", "allOf", "$ref", "if", "then"}
    | _LOWER
)
_IGNORED: Final = frozenset({"$id", "$defs", "title", "description", "default", "examples", "format"})


class Case(NamedTuple):
    """A branch of a union: what else applies if the member `name` has one of `values` (None: it is null or left
    out)."""

    name: str
    values: tuple[str | None, ...]
    then: tuple[Part, ...]


@dataclass(frozen=True)
class Place:
    """What a document says about one value; nothing if it has no parts. `required` says whether the object around it
    must have it, and `required_clauses` by which clauses."""

    parts: tuple[Part, ...] = ()
    cases: tuple[Case, ...] = ()
    required: bool = False
    required_clauses: tuple[str, ...] = ()

    @property
    def types(self) -> frozenset[str] | None:
        """JSON types, including `null`; None if any type is allowed."""
        found = [types for part in self.parts if (types := _types(part.schema)) is not None]
        return frozenset[str].intersection(*found) if found else None

    @property
    def values(self) -> tuple[Any, ...] | None:
        """The members of a closed set; None if the set is open."""
        found = [values for part in self.parts if (values := _values(part.schema)) is not None]
        return tuple(value for value in found[0] if all(value in other for other in found)) if found else None

    @property
    def known(self) -> tuple[str, ...] | None:
        """The members of an open set that the document lists."""
        return next((tuple(part.schema["x-known"]) for part in self.parts if "x-known" in part.schema), None)

    @property
    def pattern(self) -> str | None:
        return next((part.schema["pattern"] for part in self.parts if "pattern" in part.schema), None)

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions of the contract in which the place exists; empty if in all."""
        return next((tuple(part.schema["x-versions"]) for part in self.parts if "x-versions" in part.schema), ())

    @property
    def betas(self) -> tuple[str, ...]:
        """The betas of which a request must name one for the place to exist; empty if none is needed."""
        return next((tuple(part.schema["x-betas"]) for part in self.parts if "x-betas" in part.schema), ())

    @property
    def pages(self) -> tuple[str, ...]:
        """The pages that list the place; empty if all do."""
        return next((tuple(part.schema["x-pages"]) for part in self.parts if "x-pages" in part.schema), ())

    @property
    def closed(self) -> bool:
        """Whether members that are not listed are refused."""
        return any(part.schema.get("additionalProperties") is False for part in self.parts)

    @property
    def leaves_kinds_open(self) -> bool:
        """Whether it is a union that allows other kinds than those it describes."""
        members = self.members
        return any(case.name in members and members[case.name].values is None for case in self.cases)

    @cached_property
    def members(self) -> dict[str, Place]:
        """The members of an object by name, in the order of the document."""
        names = dict.fromkeys(name for part in self.parts for name in part.schema.get("properties", {}))
        return {name: self._member(name) for name in names}

    @property
    def items(self) -> Place | None:
        """What is said about every item of an array; None if nothing is."""
        found = [part.at(part.schema["items"]) for part in self.parts if "items" in part.schema]
        return _place(found) if found else None

    @cached_property
    def branches(self) -> tuple[Place, ...]:
        """What each case adds."""
        return tuple(_place(case.then) for case in self.cases)

    def bound(self, keyword: str) -> float | None:
        """The tightest value of `minimum`, `maxLength` and the like."""
        found = [part.schema[keyword] for part in self.parts if keyword in part.schema]
        return (max if keyword in _LOWER else min)(found) if found else None

    def given(self, name: str, value: str | None) -> Place:
        """The same place where its member `name` has this value."""
        chosen = [part for case in self.cases if case.name == name and value in case.values for part in case.then]
        more = _place(chosen)
        others = tuple(case for case in self.cases if case.name != name)
        return Place(self.parts + more.parts, others + more.cases, self.required, self.required_clauses)

    def clauses(self, *keywords: str) -> tuple[str, ...]:
        """The clauses behind those of `keywords` that some subschema has; if none has any, or without keywords, all
        clauses about the place."""
        if "required" in keywords and self.required_clauses:
            return self.required_clauses
        found = self._cited(keywords) or self._cited(_READ | {"x-known"}) or self._cited({"*"})
        named = found if keywords else [*self.required_clauses, *found]
        return tuple(dict.fromkeys(named))

    def _cited(self, keywords: Iterable[str]) -> list[str]:
        cited = (
            clause_of(part.schema, keyword)
            for part in self.parts
            for keyword in keywords
            if keyword in part.schema or keyword == "*"
        )
        return sorted(filter(None, cited))

    def _member(self, name: str) -> Place:
        place = _place(
            part.at(part.schema["properties"][name]) for part in self.parts if name in part.schema.get("properties", {})
        )
        holders = [part for part in self.parts if name in part.schema.get("required", ())]
        clauses = dict.fromkeys(clause for part in holders if (clause := part.clause_of_missing(name)))
        return Place(place.parts, place.cases, bool(holders), tuple(clauses))


def document(contract: Contract, name: str, registry: Registry[Any]) -> Place:
    """The root of one of a contract's schemas. Raises HarnessError, here or later, for a keyword or a condition that
    this module cannot read: an unread rule would be an unreported difference."""
    return _place([root(contract.schemas[name], registry)])


def _place(parts: Iterable[Part]) -> Place:
    """Everything that applies together with `parts`, and the cases in which more applies."""
    applied = tuple(found for part in parts for found in part.applied(_is_of_a_kind))
    for part in applied:
        if unread := [k for k in part.schema if k not in _READ and k not in _IGNORED and not k.startswith("x-")]:
            unknown = ", ".join(unread)
            raise HarnessError(f"{part.schema.get('$id', 'a subschema')}: cannot compare schemas with {unknown}")
    return Place(applied, tuple(case for part in applied if (case := _case(part))))


def _is_of_a_kind(condition: Schema) -> bool:
    """Whether a condition only asks for an array, or only for an object. Items mean nothing to an object, and members
    nothing to an array, so both can apply side by side."""
    return condition in ({"type": "array"}, {"type": "object"})


def _case(part: Part) -> Case | None:
    if "then" not in part.schema or _is_of_a_kind(part.schema["if"]):
        return None
    match part.schema["if"]:
        case {"properties": {**tested}, **rest} if len(tested) == 1 and rest.keys() <= {"required"}:
            ((name, test),) = cast("dict[str, Any]", tested).items()
            return Case(name, _values(test) or (), (part.at(part.schema["then"]),))
        case condition:
            raise HarnessError(f"cannot compare schemas with the condition {condition}")


def _values(schema: Schema) -> tuple[Any, ...] | None:
    if "const" in schema:
        return (schema["const"],)
    return tuple(schema["enum"]) if "enum" in schema else None


def _types(schema: Schema) -> frozenset[str] | None:
    if "type" in schema:
        declared = schema["type"]
        return frozenset([declared] if isinstance(declared, str) else declared)
    values = _values(schema)
    return None if values is None else frozenset(_type(value) for value in values)


def _type(value: Any) -> str:
    names = {bool: "boolean", str: "string", int: "integer", float: "number", list: "array", dict: "object"}
    return "null" if value is None else names[type(value)]
