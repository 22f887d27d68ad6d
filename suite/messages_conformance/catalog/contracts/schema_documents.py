"""The JSON Schemas of the contracts: how they are read, found by `$id`, and checked.

A contract's schemas are in `specs/<contract>/schemas/`: one `<name>.json` for each kind of body, `parts/*.json` for
what they share. Every document's `$id` follows from its path, so a relative `$ref` means the same file on disk.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

import jsonschema_specifications  # pyright: ignore[reportMissingTypeStubs]: it ships none
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from messages_conformance.catalog.contracts.schema import Edition, Schema, Steps, cited, iter_subschemas
from messages_conformance.catalog.model import Contract
from messages_conformance.catalog.yaml.strict import show, suggest
from messages_conformance.errors import Problem, Where

BASE_URI: Final = "https://messages-conformance.example/specs/"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def registry(contracts: Mapping[str, Contract]) -> Registry[Any]:
    """All schema documents of all contracts, shared parts included, by `$id`."""
    return _registry(
        document
        for contract in contracts.values()
        for document in (*contract.schemas.values(), *contract.parts.values())
    )


def as_of(contract: Contract, edition: Edition) -> Contract:
    """The contract with schemas that hold only what exists in `edition`."""
    schemas, parts = (
        {name: edition.view(document) for name, document in found.items()}
        for found in (contract.schemas, contract.parts)
    )
    return replace(contract, schemas=schemas, parts=parts)


def _registry(documents: Iterable[Mapping[str, Any]]) -> Registry[Any]:
    resources = ((str(document["$id"]), Resource(document, DRAFT202012)) for document in documents)
    empty: Registry[Any] = Registry()
    return empty.with_resources(resources)


# --- reading --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SchemaDocument:
    """One file: its name is its path below `schemas/` without `.json`."""

    path: Path
    name: str
    text: str
    content: Mapping[str, Any]

    @property
    def held(self) -> Mapping[str, Any]:
        """The content without `$schema`, which has been checked. Where jsonschema meets `$schema` behind a `$ref`, it
        switches to its own plain validator, and our keywords (`x-clause` above all) would silently stop working."""
        return {keyword: value for keyword, value in self.content.items() if keyword != "$schema"}

    def where(self, word: str) -> Where:
        """The first line that holds `word` in quotes; line 1 if none does."""
        return Where(self.path, self.text.count("\n", 0, max(self.text.find(json.dumps(word)), 0)) + 1)


def read_schemas(folder: Path, contract: str, problems: list[Problem]) -> list[SchemaDocument]:
    """All documents below `folder`. A file that is not a JSON object with the right `$id` is left out and reported."""
    documents: list[SchemaDocument] = []
    for path in sorted(folder.rglob("*.json")):
        name = path.relative_to(folder).with_suffix("").as_posix()
        try:
            document = _read(path, name)
        except json.JSONDecodeError as error:
            problems.append(Problem(f"not valid JSON: {error.msg}", Where(path, error.lineno)))
            continue
        except (OSError, TypeError, ValueError, RecursionError) as error:
            problems.append(Problem(f"cannot be read: {error}", Where(path, 1)))
            continue
        wanted = {"$id": f"{BASE_URI}{contract}/{name}.json", "$schema": DIALECT}
        wrong = [keyword for keyword, value in wanted.items() if document.content.get(keyword) != value]
        problems += [
            Problem(f"the `{keyword}` of this file must be `{wanted[keyword]}`", document.where(keyword))
            for keyword in wrong
        ]
        if not wrong:
            documents.append(document)
    return documents


def _read(path: Path, name: str) -> SchemaDocument:
    text = path.read_text("utf-8")
    content: Any = json.loads(text, object_pairs_hook=_without_duplicates)
    if not isinstance(content, dict):
        raise TypeError("the file must hold one JSON object")
    return SchemaDocument(path, name, text, cast("dict[str, Any]", content))


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse equal keys: readers of JSON keep only the last, which would silently drop a rule."""
    content = dict(pairs)
    if len(content) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key `{twice}` appears twice in one object")
    return content


# --- cross-checks ---------------------------------------------------------------------------------------------------


def check_schemas(documents: Iterable[SchemaDocument], known_clauses: Container[str]) -> Iterator[Problem]:
    """What is wrong with the schemas of all contracts together: keyword values that JSON Schema 2020-12 forbids, `$ref`
    that lead nowhere, and clauses that no contract defines."""
    documents = tuple(documents)
    found = _registry(document.content for document in documents)
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
