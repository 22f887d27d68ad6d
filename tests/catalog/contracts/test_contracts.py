from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from messages_conformance.catalog import load_contracts, registry
from messages_conformance.catalog.contracts.schema_checking import check_schemas
from messages_conformance.catalog.contracts.schema_documents import BASE_URI, DIALECT, SchemaDocument
from messages_conformance.catalog.model import Level
from messages_conformance.errors import UserError

Write = Callable[[str, str], Path]


def contract(id_: str) -> str:
    return f"""
        id: {id_}
        title: The {id_} contract
        path: /v1/messages
        versions: [2023-06-01]
        sources:
          - {{page: api/main, title: Main page, url: "https://docs.example/main", retrieved: 2026-11-01}}
        dialects:
          api-page: {{title: API page, page: api/main, anything: [goes]}}
        model_classes:
          generic: {{title: Any model, traits: [sampling, thinking.enabled]}}
    """


CLAUSES = """
    clauses:
      - id: message.id
        level: MUST
        source: api/main
        text: >-
          An answer has
          an id.
      - {id: message.type, level: SHOULD, source: api/main, text: An answer has a type., untestable: Because.}
"""


def document(contract: str, name: str, **content: Any) -> str:
    return json.dumps({"$schema": DIALECT, "$id": f"{BASE_URI}{contract}/{name}.json", **content}, indent=1)


@pytest.fixture
def root(write: Write, tmp_path: Path) -> Path:
    """Two contracts: `anthropic` with a schema and a part, and `vendor`, which mirrors it."""
    write("anthropic/contract.yaml", contract("anthropic"))
    write("anthropic/clauses/message.yaml", CLAUSES)
    parts = {"id": {"$ref": "parts/id.json", "x-clause": {"required": "anthropic:message.id"}}}
    write("anthropic/schemas/message.json", document("anthropic", "message", type="object", properties=parts))
    write(
        "anthropic/schemas/parts/id.json",
        document("anthropic", "parts/id", type="string", **{"x-clause": "anthropic:message.id"}),
    )
    write("vendor/contract.yaml", contract("vendor"))
    write(
        "vendor/clauses/mirror.yaml",
        """
        clauses:
          - id: mirror
            level: MUST
            source: api/main
            text: It mirrors the other one.
            mirrors: ["anthropic:message.*"]
            conflicts_with: [own]
          - {id: own, level: MAY, source: api/main, text: And has its own.}
        """,
    )
    return tmp_path


def complaints(root: Path) -> list[str]:
    with pytest.raises(UserError) as caught:
        load_contracts(root)
    return [str(problem).replace(f"{root}/", "") for problem in caught.value.problems]


def test_a_contract_is_read_whole(root: Path) -> None:
    contracts = load_contracts(root)

    assert list(contracts) == ["anthropic", "vendor"]
    found = contracts["anthropic"]
    assert list(found.clauses) == ["anthropic:message.id", "anthropic:message.type"]
    clause = found.clauses["anthropic:message.id"]
    assert (clause.level, clause.text, clause.local) == (Level.MUST, "An answer has an id.", "message.id")
    assert clause.source.retrieved == "2026-11-01"
    assert (clause.where.path, clause.where.line) == (root / "anthropic/clauses/message.yaml", 2)
    assert found.clauses["anthropic:message.type"].untestable == "Because."
    assert found.dialects["api-page"]["anything"] == ["goes"]
    assert found.model_classes["generic"].traits == {"sampling", "thinking.enabled"}
    assert list(found.schemas) == ["message"]
    assert list(found.parts) == ["parts/id"]


def test_patterns_are_stored_with_their_contract(root: Path) -> None:
    clause = load_contracts(root)["vendor"].clauses["vendor:mirror"]

    assert clause.mirrors == ("anthropic:message.*",)
    assert clause.conflicts_with == ("vendor:own",)


def test_the_registry_resolves_across_files(root: Path) -> None:
    contracts = load_contracts(root)
    validator = Draft202012Validator(contracts["anthropic"].schemas["message"], registry=registry(contracts))

    assert [error.validator for error in validator.iter_errors({"id": 5})] == ["type"]  # pyright: ignore[reportUnknownMemberType]


def test_problems_between_files_are_found_together(root: Path, write: Write) -> None:
    write(
        "vendor/clauses/more.yaml",
        """
        clauses:
          - {id: own, level: MAY, source: api/main, text: Again.}
          - {id: lost, level: MAY, source: api/mian, text: From nowhere.}
          - id: patterns
            level: MAY
            source: api/main
            text: Some match nothing.
            mirrors:
              - anthropic:message.id
              - anthropic:mesage
            conflicts_with: ["vendor:x.*"]
        """,
    )
    write("vendor/schemas/message.json", document("vendor", "message", properties={"a": {"x-clause": "vendor:onw"}}))

    assert complaints(root) == [
        "vendor/clauses/more.yaml:2: the clause `own` is here twice\n    first: vendor/clauses/mirror.yaml:8",
        "vendor/clauses/more.yaml:3: `sources` in contract.yaml has no page `api/mian`\n    did you mean `api/main`?",
        "vendor/clauses/more.yaml:10: no clause matches `anthropic:mesage`\n    did you mean `anthropic:message.id`?",
        "vendor/clauses/more.yaml:11: no clause matches `vendor:x.*`",
        "vendor/schemas/message.json:6: no contract defines the clause `vendor:onw`\n    did you mean `vendor:own`?",
    ]


def test_problems_of_single_files_come_first_and_from_all_files(root: Path, write: Write) -> None:
    write("anthropic/clauses/message.yaml", "clauses:\n  - {id: a, level: MUTS, source: api/main, text: t}\n")
    write("vendor/clauses/mirror.yaml", "clauses: [\n")
    write("vendor/schemas/a.json", '{"$id": 1,\n')
    write("vendor/schemas/b.json", "[]")
    write("vendor/schemas/c.json", '{"a": 1,\n "a": 2}')
    write("vendor/schemas/d.json", f'{{\n "$id": "https://elsewhere.example/d.json",\n "$schema": "{DIALECT}"}}')
    write(
        "vendor/schemas/e.json",
        f'{{"$id": "{BASE_URI}vendor/e.json",\n "$schema": "http://json-schema.org/draft-07/schema#"}}',
    )

    assert complaints(root) == [
        "anthropic/clauses/message.yaml:2: `level` cannot be `MUTS`\n    did you mean `MUST`?",
        "vendor/clauses/mirror.yaml:2: not valid YAML: did not find expected node content",
        "vendor/schemas/a.json:2: not valid JSON: Expecting property name enclosed in double quotes",
        "vendor/schemas/b.json:1: cannot be read: the file must hold one JSON object",
        "vendor/schemas/c.json:1: cannot be read: the key `a` appears twice in one object",
        f"vendor/schemas/d.json:2: the `$id` of this file must be `{BASE_URI}vendor/d.json`",
        f"vendor/schemas/e.json:2: the `$schema` of this file must be `{DIALECT}`",
    ]


def test_names_must_agree(root: Path, write: Write) -> None:
    write("vendor/contract.yaml", contract("vender"))
    assert complaints(root) == ["vendor/contract.yaml:1: `id` must be the folder's name, `vendor`"]

    write("vendor/contract.yaml", contract("vendor").replace("page: api/main, anything", "page: main, anything"))
    assert complaints(root) == [
        "vendor/contract.yaml:8: `sources` in contract.yaml has no page `main`\n    did you mean `api/main`?"
    ]


def test_a_page_is_listed_once(root: Path, write: Write) -> None:
    again = "  - {page: api/main, title: Again, url: urn:unknown, retrieved: 2026-11-02}\n        dialects:"
    write("vendor/contract.yaml", contract("vendor").replace("dialects:", again))

    assert complaints(root) == ["vendor/contract.yaml:7: the page `api/main` is here twice"]


def test_a_ref_that_leads_nowhere_is_found(root: Path, write: Write) -> None:
    refs = {"a": {"$ref": "parts/none.json"}, "b": {"$ref": "../anthropic/parts/id.json"}, "c": {"$ref": "#/$defs/no"}}
    write("vendor/schemas/message.json", document("vendor", "message", properties=refs))

    assert complaints(root) == [
        "vendor/schemas/message.json:6: the `$ref` `parts/none.json` leads nowhere",
        "vendor/schemas/message.json:12: the `$ref` `#/$defs/no` leads nowhere",
    ]


def test_a_folder_without_contracts_is_no_catalogue(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no contract below"):
        load_contracts(tmp_path)


SCHEMAS: list[dict[str, Any]] = [
    {"type": "object", "properties": {"a": {"type": ["string", "null"]}}, "required": ["a"]},
    {"allOf": [{"if": {"const": None}, "then": True}], "items": {"minimum": 1}, "x-known": ["a"]},
    {"$defs": {"a": {"enum": [1]}}, "$ref": "#/$defs/a", "additionalProperties": False},
    {"type": "strnig"},
    {"properties": {"a": {"type": "text"}}},
    {"properties": {"a": 5}},
    {"properties": []},
    {"items": [{}]},
    {"allOf": []},
    {"allOf": [{"minLength": -1}]},
    {"required": "a"},
    {"required": ["a", "a"]},
    {"pattern": "("},
    {"$ref": 5},
    {"$defs": {"a": {"not": "b"}}},
    {"if": {"uniqueItems": "yes"}},
    {"dependentSchemas": {"a": {"maximum": "1"}}},
    {"prefixItems": [{"format": 1}]},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=json.dumps)
def test_a_schema_is_judged_as_the_metaschema_judges_it(schema: dict[str, Any]) -> None:
    content = {"$id": f"{BASE_URI}vendor/x.json", **schema}
    problems = [
        p for p in check_schemas([SchemaDocument(Path("x.json"), "x", "", content)], ()) if "valid" in p.message
    ]

    metaschema: Any = Draft202012Validator(
        Draft202012Validator.META_SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    assert bool(problems) is not metaschema.is_valid(content)
