"""The JSON Schemas of the contracts: how they are read and found by `$id`.

A contract's schemas are in `specs/<contract>/schemas/`: one `<name>.json` for each kind of body, `parts/*.json` for
what they share. Every document's `$id` follows from its path, so a relative `$ref` means the same file on disk.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from messages_conformance.catalog.contracts.schema import Edition
from messages_conformance.catalog.model import Contract
from messages_conformance.errors import Problem, Where

if TYPE_CHECKING:
    from referencing import Registry

BASE_URI: Final = "https://messages-conformance.example/specs/"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def registry(contracts: Mapping[str, Contract]) -> Registry[Any]:
    """All schema documents of all contracts, shared parts included, by `$id`."""
    return registry_of(
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


def registry_of(documents: Iterable[Mapping[str, Any]]) -> Registry[Any]:
    """These documents by `$id`."""
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

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
