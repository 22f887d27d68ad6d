"""What is wrong with the JSON Schemas of the contracts, each alone and all together."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, cast

import jsonschema_specifications  # pyright: ignore[reportMissingTypeStubs]: it ships none
from jsonschema import Draft202012Validator
from referencing.exceptions import Unresolvable

from messages_conformance.catalog.contracts.schema import Schema, Steps, cited, iter_subschemas
from messages_conformance.catalog.contracts.schema_documents import SchemaDocument, registry_of
from messages_conformance.catalog.yaml.strict import show, suggest
from messages_conformance.errors import Problem


def check_schemas(documents: Iterable[SchemaDocument], known_clauses: Container[str]) -> Iterator[Problem]:
    """What is wrong with the schemas of all contracts together: keyword values that JSON Schema 2020-12 forbids, `$ref`
    that lead nowhere, and clauses that no contract defines."""
    documents = tuple(documents)
    found = registry_of(document.content for document in documents)
    for document in documents:
        resolver = found.resolver(str(document.content["$id"]))
        refs: set[str] = set()
        for pointer, subschema in iter_subschemas(document.content):
            yield from _invalid_keywords(document, pointer, subschema)
            for clause in map(str, cited(subschema).values()):
                if clause not in known_clauses:
                    yield _unknown_clause(document, clause, known_clauses)
            if isinstance(ref := subschema.get("$ref"), str):
                refs.add(ref)
        for ref in sorted(refs):
            try:
                resolver.lookup(ref)
            except (Unresolvable, ValueError):
                yield Problem(f"the `$ref` {show(ref)} leads nowhere", document.where(ref))


def _unknown_clause(document: SchemaDocument, clause: str, known: Container[str]) -> Problem:
    hint = suggest(clause, known) if isinstance(known, Iterable) else None
    return Problem(f"no contract defines the clause {show(clause)}", document.where(clause), hint)


def _invalid_keywords(document: SchemaDocument, pointer: Steps, subschema: Schema) -> Iterator[Problem]:
    for keyword, value in subschema.items():
        validator = _keyword_validators().get(keyword)
        if validator is not None and not validator.is_valid(value):
            place = "/".join(("#", *(str(part) for part in pointer)))
            message = f"not a valid JSON Schema: {place}: `{keyword}` cannot be {show(value)}"
            yield Problem(message, document.where(keyword))


@cache
def _keyword_validators() -> Mapping[str, Any]:
    """One Draft202012Validator for the value of each keyword, taken from the vocabularies of 2020-12.

    `Draft202012Validator.check_schema` would find the same, but takes a fifth of a millisecond per subschema, most of
    it in dynamic references back to the metaschema. Every subschema is visited here anyway, so such a reference need
    only ask for something that can be a schema.
    """
    validators: dict[str, Any] = {}
    for vocabulary in Draft202012Validator.META_SCHEMA["allOf"]:
        uri = f"https://json-schema.org/draft/2020-12/{vocabulary['$ref']}"
        content = _shallow(jsonschema_specifications.REGISTRY.contents(uri))
        for keyword, rule in content["properties"].items():
            if rule is not True:  # `const`, `default` and the like take anything
                alone = {**rule, "$defs": content.get("$defs", {})}
                validators[keyword] = Draft202012Validator(alone, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return validators


def _shallow(rule: Any) -> Any:
    if isinstance(rule, list):
        return [_shallow(item) for item in cast("list[Any]", rule)]
    if not isinstance(rule, dict):
        return rule
    if rule == {"$dynamicRef": "#meta"}:
        return {"type": ["object", "boolean"]}
    return {key: _shallow(value) for key, value in cast("dict[str, Any]", rule).items()}
