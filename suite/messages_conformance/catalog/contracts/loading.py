"""Reading contracts: `specs/<contract>/contract.yaml`, `clauses/*.yaml` and `schemas/**/*.json`.

This module refuses whatever would spoil a verdict later: every clause cites a page that the contract lists, every
pattern matches a clause, every schema is valid and cites clauses that exist.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from messages_conformance.catalog.contracts.schema_documents import SchemaDocument, read_schemas
from messages_conformance.catalog.model import Clause, Contract, Level, ModelClass, Source
from messages_conformance.catalog.yaml import nodes, strict
from messages_conformance.catalog.yaml.nodes import Document, Pointer
from messages_conformance.errors import Problem, UserError, Where

CANONICAL = "anthropic"
"""The contract that the others mirror, and that a drop-in replacement is judged against."""


@dataclass(frozen=True, slots=True)
class _Folder:
    """The files of one contract, each valid on its own."""

    contract: Document
    topics: tuple[Document, ...]
    schemas: tuple[SchemaDocument, ...]


def load_contracts(root: Path) -> Mapping[str, Contract]:
    """Every contract below `root`, by id.

    Raises UserError with all problems: first those of single files; once every file is valid, those between files (a
    clause defined twice, a pattern that matches nothing, a schema that cites an unknown clause).
    """
    from messages_conformance.catalog.contracts.schema_checking import check_schemas  # what is kept was checked

    problems: list[Problem] = []
    folders = [_read(path.parent, problems) for path in sorted(root.glob("*/contract.yaml"))]
    if not folders:
        problems.append(Problem(f"there is no contract below {root}", hint="each is a folder with a contract.yaml"))
    strict.refuse(problems)
    well_formed = [folder for folder in folders if folder is not None]

    contracts = {folder.contract.value["id"]: _contract(folder, problems) for folder in well_formed}
    known = {clause: None for contract in contracts.values() for clause in contract.clauses}
    for folder in well_formed:
        problems += _pattern_problems(folder, known)
    problems += check_schemas((schema for folder in well_formed for schema in folder.schemas), known)
    strict.refuse(problems)
    return contracts


def full_id(clause: str, contract: str) -> str:
    """A clause id, or a pattern of ids, with the contract that it belongs to."""
    return clause if ":" in clause else f"{contract}:{clause}"


def _read(folder: Path, problems: list[Problem]) -> _Folder | None:
    contract = _document(folder / "contract.yaml", "contract", problems)
    topics = [_document(path, "clauses", problems) for path in sorted((folder / "clauses").glob("*.yaml"))]
    schemas = read_schemas(folder / "schemas", folder.name, problems)
    if contract is None or None in topics:
        return None
    if contract.value["id"] != folder.name:
        problems.append(Problem(f"`id` must be the folder's name, `{folder.name}`", contract.where("id")))
    return _Folder(contract, tuple(topic for topic in topics if topic is not None), tuple(schemas))


def _document(path: Path, schema: strict.SchemaFile, problems: list[Problem]) -> Document | None:
    try:
        document = nodes.read(path)
    except UserError as error:
        problems += error.problems
        return None
    found = [problem for _, problem in strict.check(document, schema)]
    problems += found
    return None if found else document


def _contract(folder: _Folder, problems: list[Problem]) -> Contract:
    data = folder.contract.value
    contract = Contract(
        id=data["id"],
        title=data["title"],
        path=data["path"],
        sources=tuple(Source(**source) for source in data["sources"]),
        clauses={},
        schemas={schema.name: schema.held for schema in folder.schemas if "/" not in schema.name},
        dialects=data.get("dialects", {}),
        model_classes={
            id_: ModelClass(id_, found["title"], frozenset(found["traits"]))
            for id_, found in data.get("model_classes", {}).items()
        },
        parts={schema.name: schema.held for schema in folder.schemas if "/" in schema.name},
    )
    pages = {source.page: source for source in contract.sources}
    problems += _page_problems(folder.contract, pages)
    return replace(contract, clauses=_clauses(contract.id, folder.topics, pages, problems))


def _page_problems(document: Document, pages: Collection[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, source in enumerate(document.value["sources"]):
        if source["page"] in seen:
            yield Problem(f"the page `{source['page']}` is here twice", document.where("sources", index, "page"))
        seen.add(source["page"])
    for id_, dialect in document.value.get("dialects", {}).items():
        if (page := dialect.get("page")) is not None and page not in pages:
            yield _unknown_page(page, pages, document.where("dialects", id_, "page"))


def _clauses(
    contract: str, topics: Iterable[Document], pages: Mapping[str, Source], problems: list[Problem]
) -> dict[str, Clause]:
    clauses: dict[str, Clause] = {}
    for document, pointer, data in _entries(topics):
        where = document.where(*pointer, "id")
        id_ = f"{contract}:{data['id']}"
        source = pages.get(data["source"])
        if source is None:
            problems.append(_unknown_page(data["source"], pages, document.where(*pointer, "source")))
        elif id_ in clauses:
            problems.append(Problem(f"the clause `{data['id']}` is here twice", where, f"first: {clauses[id_].where}"))
        else:
            clauses[id_] = _clause(id_, data, source, where)
    return clauses


def _clause(id_: str, data: Mapping[str, Any], source: Source, where: Where) -> Clause:
    contract = id_.partition(":")[0]
    return Clause(
        id=id_,
        level=Level(data["level"]),
        text=data["text"].strip(),
        source=source,
        where=where,
        note=data.get("note"),
        mirrors=tuple(full_id(pattern, contract) for pattern in data.get("mirrors", ())),
        untestable=data.get("untestable"),
        conflicts_with=tuple(full_id(pattern, contract) for pattern in data.get("conflicts_with", ())),
    )


def _unknown_page(page: str, pages: Iterable[str], where: Where) -> Problem:
    return Problem(f"`sources` in contract.yaml has no page `{page}`", where, strict.suggest(page, pages))


def _pattern_problems(folder: _Folder, known: Collection[str]) -> Iterator[Problem]:
    """`mirrors` and `conflicts_with` that match no clause: such a promise would silently be empty."""
    for document, pointer, data in _entries(folder.topics):
        for key in ("mirrors", "conflicts_with"):
            for index, pattern in enumerate(data.get(key, ())):
                wanted = full_id(pattern, folder.contract.value["id"])
                if wanted not in known and not any(fnmatchcase(clause, wanted) for clause in known):
                    hint = None if set(wanted) & set("*?[") else strict.did_you_mean(wanted, known)
                    yield Problem(f"no clause matches `{wanted}`", document.where(*pointer, key, index), hint)


def _entries(topics: Iterable[Document]) -> Iterator[tuple[Document, Pointer, Mapping[str, Any]]]:
    for document in topics:
        for index, data in enumerate(document.value["clauses"]):
            yield document, ("clauses", index), data
