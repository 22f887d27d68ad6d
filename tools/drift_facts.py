"""What a JSON Schema says, as a set of small facts that can be compared with those of another schema.

Two descriptions of the same JSON never have the same text: pydantic writes a union as `anyOf`, our contracts write it
as `if`/`then` beside an open list of names. So both are read as *alternatives* (each is one way for a value to be
valid), and only what the alternatives allow becomes facts.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, Final, Literal, NamedTuple, TypeAlias, cast

from messages_conformance.catalog.contracts.schema import Part, Schema

Kind: TypeAlias = Literal["property", "required", "nullable", "value", "variant", "type", "item"]

_TAGS: Final = ("type", "role")
"""The properties that tell the members of a union apart, the stronger first."""


class Fact(NamedTuple):
    """One thing that is so at `path`: that an object has (or requires, or takes null for) the property `value`, that a
    string may be `value`, that a union has the member `value`, or that the JSON type (of the elements: `item`) is
    `value`. Members of unions are steps of a path, elements of arrays are not: `message.content.text`."""

    path: str
    kind: Kind
    value: str

    def __str__(self) -> str:
        return f"{self.path} {self.kind} {self.value}"

    @property
    def below(self) -> str | None:
        """The path of what this fact introduces; None if that is no path of its own."""
        if self.kind == "property":
            return f"{self.path}.{self.value}"
        stepped = _step(self.path, self.value)
        return stepped if self.kind == "variant" and stepped != self.path else None


@dataclass(frozen=True, slots=True)
class Place:
    """A subschema, and those that it lies inside."""

    part: Part
    within: tuple[Schema, ...] = ()

    @property
    def schema(self) -> Schema:
        return self.part.schema

    def at(self, schema: Any) -> Place:
        return replace(self, part=self.part.at(schema))

    def joined(self) -> Iterator[Place | None]:
        """What always applies to the same value; None for what it lies inside, where every fact is known already."""
        for part in self.part.joined():
            is_known = any(part.schema is outer for outer in self.within)
            yield None if is_known else Place(part, (*self.within, part.schema))


@dataclass(frozen=True, slots=True)
class Branch:
    """`then` for objects whose `tag` is one of `values`."""

    tag: str
    values: frozenset[str]
    then: Place


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to be valid. `types` and `values` are None where anything goes; all places of one property apply."""

    types: frozenset[str] | None = None
    values: frozenset[str] | None = None
    properties: Mapping[str, tuple[Place, ...]] = field(default_factory=dict[str, tuple[Place, ...]])
    required: frozenset[str] = frozenset()
    items: tuple[Place, ...] = ()
    branches: tuple[Branch, ...] = ()

    def __and__(self, other: Alternative) -> Alternative:
        names = dict.fromkeys((*self.properties, *other.properties))
        return Alternative(
            _meet(self.types, other.types),
            _meet(self.values, other.values),
            {name: self.properties.get(name, ()) + other.properties.get(name, ()) for name in names},
            self.required | other.required,
            self.items + other.items,
            self.branches + other.branches,
        )

    @property
    def nullable(self) -> bool:
        return self.types is not None and "null" in self.types


def facts_of(name: str, place: Place) -> frozenset[Fact]:
    """Every fact of the schema at `place`, on paths that begin with `name`.

    Raises ValueError for an `if` that asks for anything but a type or a tag.
    """
    return frozenset(_facts(name, _alternatives(place), "type"))


def topmost(facts: Set[Fact]) -> frozenset[Fact]:
    """The facts that follow from no other: where a property is new, nothing is said of what is in it."""
    introduced = {fact.below for fact in facts} - {None}
    return frozenset(fact for fact in facts if not _follows(fact, facts, introduced))


def of_betas(added: Set[Fact]) -> frozenset[Fact]:
    """What betas add, on paths below `beta.`, so that nobody takes it for stable."""
    return frozenset(fact._replace(path=f"beta.{fact.path}") for fact in topmost(added))


def _follows(fact: Fact, facts: Set[Fact], introduced: Container[str]) -> bool:
    if fact.kind in ("required", "nullable") and Fact(fact.path, "property", fact.value) in facts:
        return True
    steps = fact.path.split(".")
    return any(".".join(steps[:end]) in introduced for end in range(1, len(steps) + 1))


# --- schema → alternatives ------------------------------------------------------------------------------------------


def _alternatives(place: Place) -> list[Alternative]:
    found = [_plain(place)]
    for also in place.joined():
        found = _cross(found, _alternatives(also) if also else [])
    for keyword in ("anyOf", "oneOf"):
        if keyword in place.schema:
            members = (_alternatives(place.at(member)) for member in place.schema[keyword])
            found = _cross(found, list(chain.from_iterable(members)))
    if "if" in place.schema:
        found = _cross(found, _conditional(place))
    return found


def _plain(place: Place) -> Alternative:
    schema = place.schema
    properties = {name: (place.at(member),) for name, member in schema.get("properties", {}).items()}
    if isinstance(schema.get("additionalProperties"), dict):
        properties["*"] = (place.at(schema["additionalProperties"]),)
    items = (place.at(schema["items"]),) if "items" in schema else ()
    return Alternative(_types(schema), _values(schema), properties, frozenset(schema.get("required", ())), items)


def _types(schema: Schema) -> frozenset[str] | None:
    if "type" in schema:
        return _strings(schema["type"])
    members = _members(schema, "const", "enum")
    return None if members is None else frozenset("null" if member is None else "string" for member in members)


def _values(schema: Schema) -> frozenset[str] | None:
    members = _members(schema, "const", "enum", "x-known")
    return None if members is None else frozenset(member for member in members if isinstance(member, str))


def _members(schema: Schema, *keywords: str) -> list[Any] | None:
    for keyword in keywords:
        if keyword in schema:
            return [schema[keyword]] if keyword == "const" else list(schema[keyword])
    return None


def _conditional(place: Place) -> list[Alternative]:
    """`then`, if it is about one JSON type: what it says of properties and elements cannot apply to another anyway."""
    condition, then = place.schema["if"], place.at(place.schema.get("then", {}))
    if condition.keys() == {"type"}:
        return _alternatives(then)
    properties: Schema = condition.get("properties", {})
    if len(properties) != 1 or not condition.keys() <= {"properties", "required"}:
        raise ValueError(f"this condition is neither about a type nor about a tag: {condition}")
    ((tag, asked),) = properties.items()
    return [Alternative(branches=(Branch(tag, _values(asked) or frozenset(), then),))]


def _cross(left: Sequence[Alternative], right: Sequence[Alternative]) -> list[Alternative]:
    """All that is valid for both; the combinations of types that nothing can have are left out."""
    return [both for one in left for other in right if (both := one & other).types != frozenset()]


def _joined(places: Iterable[Place]) -> list[Alternative]:
    found = [Alternative()]
    for place in places:
        found = _cross(found, _alternatives(place))
    return found


# --- alternatives → facts -------------------------------------------------------------------------------------------


def _facts(path: str, alternatives: Sequence[Alternative], of_type: Literal["type", "item"]) -> Iterator[Fact]:
    for alternative in alternatives:
        yield from (Fact(path, of_type, name) for name in (alternative.types or frozenset()) - {"null"})
        yield from (Fact(path, "value", name) for name in alternative.values or ())
        if alternative.items:
            yield from _facts(path, _joined(alternative.items), "item")
    for tag, name, members in _by_tag(alternatives):
        if name is not None:
            yield Fact(path, "variant", name)
        yield from _object_facts(path if name is None else _step(path, name), tag, members)


def _by_tag(alternatives: Iterable[Alternative]) -> Iterator[tuple[str | None, str | None, list[Alternative]]]:
    """The members of a union: (tag, its value, what may stand there); None and None for what has no tag."""
    groups: dict[tuple[str | None, str | None], list[Alternative]] = {}
    for alternative in alternatives:
        tag, names = _tag(alternative)
        if tag is None:
            groups.setdefault((None, None), []).append(alternative)
        for name in names:
            chosen = [b.then for b in alternative.branches if b.tag == tag and name in b.values]
            if not any("not" in then.schema for then in chosen):  # a branch of another edition takes no value
                members = _cross([replace(alternative, branches=())], _joined(chosen))
                groups.setdefault((tag, name), []).extend(members)
    return ((tag, name, members) for (tag, name), members in groups.items())


def _tag(alternative: Alternative) -> tuple[str | None, frozenset[str]]:
    for tag in _TAGS:
        listed = (one.values or frozenset[str]() for one in _joined(alternative.properties.get(tag, ())))
        asked = (branch.values for branch in alternative.branches if branch.tag == tag)
        if names := frozenset[str]().union(*listed, *asked):
            return tag, names
    return None, frozenset()


def _object_facts(path: str, tag: str | None, members: Sequence[Alternative]) -> Iterator[Fact]:
    objects = [member for member in members if member.properties]
    for name in dict.fromkeys(chain.from_iterable(member.properties for member in objects)):
        inner = [one for member in objects for one in _joined(member.properties.get(name, ()))]
        yield Fact(path, "property", name)
        if all(name in member.required for member in objects):
            yield Fact(path, "required", name)
        if any(one.nullable for one in inner):
            yield Fact(path, "nullable", name)
        if name != tag:
            yield from _facts(f"{path}.{name}", inner, "type")


def _step(path: str, name: str) -> str:
    """`name` below `path`. A member of a union that repeats the name of the union is no step: not `message.message`."""
    return path if path.rpartition(".")[2] == name else f"{path}.{name}"


def _meet(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _strings(value: Any) -> frozenset[str]:
    return frozenset([value] if isinstance(value, str) else cast("list[str]", value))
