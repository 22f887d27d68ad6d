"""The one reader of schemas: where subschemas stand, what applies to one value, which clause is behind a keyword, and
what exists in an edition of the contract.

Only `reference/` reads the same documents with its own code, so that a mistake here cannot hide in both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, cast

if TYPE_CHECKING:
    from referencing import Registry

Schema: TypeAlias = Mapping[str, Any]
Steps: TypeAlias = tuple[str | int, ...]

DEFAULT_VERSION: Final = "2023-06-01"
"""The `anthropic-version` of a request that names none."""
BETA_HEADER: Final = "anthropic-beta"

_BY_NAME: Final = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs"})
_IN_LIST: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_ALONE: Final = frozenset(
    {"items", "contains", "additionalProperties", "propertyNames", "unevaluatedItems", "unevaluatedProperties"}
    | {"if", "then", "else", "not"}
)
_NO_PROMISE: Final = frozenset({"if", "not", "$defs"})
"""Subschemas here are conditions or definitions: by themselves they promise nothing."""

# --- where subschemas stand -----------------------------------------------------------------------------------------


def iter_subschemas(document: Schema) -> Iterator[tuple[Steps, Schema]]:
    """Every subschema of a document that is a mapping, with its pointer, outer before inner. Follows no `$ref`."""
    pending: list[tuple[Steps, Schema]] = [((), document)]
    while pending:
        pointer, schema = pending.pop()
        yield pointer, schema
        pending.extend(reversed([((*pointer, *steps), inner) for steps, inner in _inner(schema)]))


def _inner(schema: Schema) -> Iterator[tuple[Steps, Schema]]:
    """The subschemas directly inside one. True and false are schemas too, but have nothing in them."""
    for keyword, value in schema.items():
        found: list[tuple[Steps, Any]] = []
        if keyword in _ALONE:
            found = [((keyword,), value)]
        elif keyword in _BY_NAME and isinstance(value, dict):
            found = [((keyword, name), inner) for name, inner in cast("dict[str, Any]", value).items()]
        elif keyword in _IN_LIST and isinstance(value, list):
            found = [((keyword, index), inner) for index, inner in enumerate(cast("list[Any]", value))]
        yield from ((steps, inner) for steps, inner in found if isinstance(inner, dict))


class Part(NamedTuple):
    """A subschema, with the resolver for its references."""

    schema: Schema
    resolver: Any

    def at(self, schema: Any) -> Part:
        """A subschema of the same document. True and false are read as an empty schema."""
        return Part(cast("Schema", schema) if isinstance(schema, dict) else {}, self.resolver)

    def joined(self) -> Iterator[Part]:
        """What also applies to the same value, always: the target of `$ref` and the members of `allOf`."""
        if "$ref" in self.schema:
            target = self.resolver.lookup(self.schema["$ref"])
            yield Part({}, target.resolver).at(target.contents)
        yield from map(self.at, self.schema.get("allOf", ()))

    def applied(self, holds: Callable[[Schema], bool]) -> Iterator[Part]:
        """Itself and all that applies to the same value, under those conditions (`if`) for which `holds` is true."""
        yield self
        for part in self.joined():
            yield from part.applied(holds)
        if "then" in self.schema and holds(self.schema.get("if", {})):
            yield from self.at(self.schema["then"]).applied(holds)

    def promises(self, seen: set[int] | None = None) -> Iterator[Part]:
        """Every subschema that can apply to some part of a value, each once, references followed."""
        seen = set() if seen is None else seen
        if id(self.schema) in seen:
            return
        seen.add(id(self.schema))
        yield self
        inner = (self.at(inner) for steps, inner in _inner(self.schema) if steps[0] not in _NO_PROMISE)
        for part in (*self.joined(), *inner):
            yield from part.promises(seen)

    def clause_of_missing(self, name: str) -> str | None:
        """The clause that is broken when the required property `name` is missing: the property's own if it names one,
        else the object's."""
        own = self.at(self.schema.get("properties", {}).get(name)).applied(lambda _: False)
        clauses = (clause_of(part.schema, "required") for part in (*own, self))
        return next((clause for clause in clauses if clause), None)


def root(schema: Schema, registry: Registry[Any]) -> Part:
    """A whole document, whose references lead into itself and into `registry`."""
    from referencing.jsonschema import DRAFT202012  # whoever has a registry has loaded it

    return Part(schema, registry.resolver_with_root(DRAFT202012.create_resource(schema)))


# --- clauses --------------------------------------------------------------------------------------------------------


def cited(schema: Schema) -> Mapping[str, str]:
    """The clauses that `x-clause` of one subschema names, by keyword; `*` means the other keywords."""
    clauses = schema.get("x-clause")
    if isinstance(clauses, str):
        return {"*": clauses}
    return cast("dict[str, str]", clauses) if isinstance(clauses, dict) else {}


def clause_of(schema: Schema, keyword: str) -> str | None:
    """The clause behind one keyword of a subschema."""
    clauses = cited(schema)
    return clauses.get(keyword, clauses.get("*"))


# --- editions -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Edition:
    """A contract as one request sees it: with the version and the betas that its headers name."""

    version: str | None = DEFAULT_VERSION
    betas: frozenset[str] = frozenset()

    @classmethod
    def of(cls, headers: Mapping[str, str | None], version: str = DEFAULT_VERSION) -> Edition:
        """The edition of a request sent with `headers`; `version` applies if they name none."""
        own = {name.lower(): value for name, value in headers.items()}
        return cls(own.get("anthropic-version", version), betas_of(headers))

    def has(self, schema: Any) -> bool:
        """Whether what a subschema describes exists here (`x-versions`, `x-betas`)."""
        limits: Schema = cast("Schema", schema) if isinstance(schema, dict) else {}
        is_known = self.version in limits.get("x-versions", (self.version,))
        return is_known and ("x-betas" not in limits or not self.betas.isdisjoint(limits["x-betas"]))

    def view(self, schema: Any) -> Any:
        """`schema` in this edition: properties that do not exist are left out, and a branch of a union (`then`) that
        does not exist accepts no value."""
        if not isinstance(schema, dict):
            return schema
        whole, seen = cast("dict[str, Any]", schema), dict[str, Any]()
        for keyword, value in whole.items():
            if keyword in _BY_NAME:
                seen[keyword] = {name: self.view(inner) for name, inner in value.items() if self.has(inner)}
            elif keyword in _IN_LIST:
                seen[keyword] = [self.view(inner) for inner in value]
            elif keyword in _ALONE:
                seen[keyword] = self.view(value) if self.has(value) else {"not": {}, "x-clause": cited(value)}
            else:
                seen[keyword] = value
        if "required" in seen and "properties" in seen:
            gone = whole["properties"].keys() - seen["properties"].keys()
            seen["required"] = [name for name in seen["required"] if name not in gone]
        return seen


PLAIN: Final = Edition()
"""The edition of a request that names neither version nor betas."""


def betas_of(headers: Mapping[str, str | None]) -> frozenset[str]:
    """The betas that a step's own headers name."""
    named = [value or "" for name, value in headers.items() if name.lower() == BETA_HEADER]
    return frozenset(part.strip() for value in named for part in value.split(",")) - {""}
