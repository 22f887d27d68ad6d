"""The contract `anthropic` as data: its parts fit together, and it judges real shapes the way it says it does."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from members import over
from messages_conformance.catalog import iter_subschemas, load_catalog, registry
from messages_conformance.catalog.contracts.reader import Breach, SchemaReader
from messages_conformance.catalog.contracts.schema import root
from messages_conformance.checks.shape.promises import pointer_to

SPEC = Path(__file__).parents[2] / "specs" / "anthropic"
BASE = "https://messages-conformance.example/specs/anthropic/"
SCHEMAS = {"request", "message", "event", "error", "tokens-request", "tokens", "models", "model"}
JsonObject = dict[str, Any]


# --- reading ----------------------------------------------------------------------------------------------------------


CONTRACT = load_catalog().contracts["anthropic"]
DOCUMENTS = {**CONTRACT.schemas, **CONTRACT.parts}
REGISTRY = registry({"anthropic": CONTRACT})


@cache
def reader(name: str) -> SchemaReader:
    return SchemaReader(CONTRACT.schemas[name], REGISTRY)


@cache
def contract() -> JsonObject:
    return yaml.safe_load((SPEC / "contract.yaml").read_text(encoding="utf-8"))


@cache
def clauses() -> tuple[JsonObject, ...]:
    files = sorted((SPEC / "clauses").glob("*.yaml"))
    return tuple(c for f in files for c in yaml.safe_load(f.read_text(encoding="utf-8"))["clauses"])


def known_ids() -> set[str]:
    return {f"anthropic:{clause['id']}" for clause in clauses()}


def breaches(name: str, instance: Any) -> list[tuple[str, str]]:
    """(local clause id, JSON pointer) of every breach; a missing property counts against its own subschema."""
    found = {(breach.clause, pointer_to(breach.path)) for breach in reader(name).read(instance).breaches}
    return sorted((clause.removeprefix("anthropic:"), pointer) for clause, pointer in found)


# --- the data fits together -------------------------------------------------------------------------------------------


def test_every_prescribed_schema_is_there() -> None:
    assert {name for name in DOCUMENTS if "/" not in name} == SCHEMAS


@over("name", sorted(DOCUMENTS))
def test_references_are_relative(name: str) -> None:
    assert DOCUMENTS[name]["title"]
    assert not [ref for _, schema in iter_subschemas(DOCUMENTS[name]) if ":" in (ref := schema.get("$ref", ""))]


def test_every_part_is_used() -> None:
    text = "\n".join(json.dumps(document) for document in DOCUMENTS.values())
    parts = {name.removeprefix("parts/") for name in DOCUMENTS if name.startswith("parts/")}
    assert {part for part in parts if f'{part}.json"' not in text.replace(f'{BASE}parts/{part}.json"', "")} == set()


@over("name", sorted(SCHEMAS))
def test_every_constraint_cites_a_known_clause(name: str) -> None:
    assert set(reader(name).clauses) <= known_ids()


@over("name", sorted(DOCUMENTS))
def test_no_union_hides_which_branch_was_meant(name: str) -> None:
    text = json.dumps(DOCUMENTS[name])
    assert not re.search(r'"(oneOf|anyOf|not|else)":', text)


@over("name", sorted(SCHEMAS - {"request", "tokens-request"}))
def test_enums_of_answers_are_open(name: str) -> None:
    assert all("enum" not in schema for schema in reached(name))


def reached(name: str) -> list[Mapping[str, Any]]:
    """The subschemas that make promises of `name`, those behind references included."""
    return [part.schema for part in root(CONTRACT.schemas[name], REGISTRY).promises()]


def test_events_and_messages_are_judged_by_clauses_of_their_own() -> None:
    of_events, of_messages = (json.dumps(reached(name)) for name in ("event", "message"))
    assert "anthropic:message." not in of_events
    assert "anthropic:event." not in of_messages


def test_clauses_are_complete() -> None:
    pages = {source["page"] for source in contract()["sources"]}
    for clause in clauses():
        assert clause.keys() <= {"id", "level", "source", "text", "note", "untestable", "conflicts_with"}
        assert re.fullmatch(r"[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+", clause["id"])
        assert clause["level"] in {"MUST", "SHOULD", "MAY"}, clause["id"]
        assert clause["source"] in pages, clause["id"]
        assert clause["text"].endswith("."), clause["id"]
        assert len(clause["text"]) <= 300, clause["id"]


def test_clause_ids_are_unique() -> None:
    ids = [clause["id"] for clause in clauses()]
    assert sorted(ids) == sorted(set(ids))


def test_refusing_bad_values_is_never_a_must() -> None:
    """A server that takes more than it should breaks no correct client."""
    lenient = re.compile(r"request\..*\.(type|range|enum|pattern|shape)|.*unknown-field")
    assert [c["id"] for c in clauses() if lenient.fullmatch(c["id"]) and c["level"] == "MUST"] == []


def test_sources_are_public_and_dated() -> None:
    pages = [source["page"] for source in contract()["sources"]]
    assert sorted(pages) == sorted(set(pages))
    for source in contract()["sources"]:
        assert source.keys() == {"page", "title", "url", "retrieved"}
        assert source["url"].startswith("https://")
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", source["retrieved"])


def test_model_classes_speak_one_vocabulary() -> None:
    classes = contract()["model_classes"]
    every = set(classes["reference"]["traits"])
    # What is a provider's feature too must not come with a class that every vendor's model has.
    assert not {"sampling", "vision", "structured-output", "prefill"} & set(classes["generic"]["traits"])
    assert all(c["title"] and set(c["traits"]) <= every for c in classes.values())
    # A model cannot be told both ways at once: these pairs are refused by the API.
    assert all("thinking.disabled" not in classes[c]["traits"] for c in ("always-thinking", "sonnet-5.5", "fable-5"))
    assert all("sampling" not in c["traits"] for n, c in classes.items() if n.startswith(("opus-5", "claude-4.7")))


# --- the data judges real shapes --------------------------------------------------------------------------------------


@cache
def examples() -> JsonObject:
    """`good`: bodies by schema and title. `bad`: bodies that break one clause at one place."""
    path = Path(__file__).with_name("specs_anthropic_examples.yaml")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_good_body_breaks_nothing() -> None:
    bodies = [(name, title, body) for name, given in examples()["good"].items() for title, body in given.items()]
    assert bodies
    assert {(name, title): found for name, title, body in bodies if (found := breaches(name, body))} == {}


@over("case", [(name, case) for name, cases in examples()["bad"].items() for case in cases])
def test_bad_body_breaks_only_the_clause_that_was_meant(case: tuple[str, JsonObject]) -> None:
    name, given = case
    assert breaches(name, given["body"]) == [(given["breaks"], given["at"])]


@pytest.mark.parametrize("key", ["id", "type", "role", "model", "content", "stop_reason", "usage"])
def test_missing_key_of_a_message_breaks_its_own_clause(key: str) -> None:
    body = without(examples()["good"]["message"]["text"], key)
    assert breaches("message", body) == [(f"message.{key}", f"/{key}")]


@pytest.mark.parametrize("key", ["model", "messages", "max_tokens"])
def test_missing_parameter_breaks_its_own_clause(key: str) -> None:
    body = without(examples()["good"]["request"]["least"], key)
    assert breaches("request", body) == [(f"request.{key}.required", f"/{key}")]


def test_missing_stop_sequence_is_weaker_than_a_wrong_one() -> None:
    body = without(examples()["good"]["message"]["text"], "stop_sequence")
    assert breaches("message", body) == [("message.stop_sequence.present", "/stop_sequence")]
    levels = {c["id"]: c["level"] for c in clauses()}
    assert (levels["message.stop_sequence.present"], levels["message.stop_sequence"]) == ("SHOULD", "MUST")


def without(body: JsonObject, key: str) -> JsonObject:
    return {k: v for k, v in body.items() if k != key}


def test_a_violation_speaks_of_the_branch_that_was_meant() -> None:
    """A wrong tool call is reported as such, not as valid under none of a dozen schemas."""
    call = {"type": "tool_use", "id": "toolu_01", "name": "f", "input": "{}"}
    body = {**examples()["good"]["message"]["text"], "content": [call]}
    (found,) = reader("message").read(body).breaches
    assert found == Breach("anthropic:block.tool_use.input", ("content", 0, "input"), found.schema, "type", "{}")


def test_sampling_parameters_exist_in_the_old_version_only() -> None:
    limited = {k: v["x-versions"] for k, v in DOCUMENTS["request"]["properties"].items() if "x-versions" in v}
    assert limited == {name: ["2023-06-01"] for name in ("temperature", "top_p", "top_k")}
    assert set(contract()["versions"]) > {"2023-06-01"}


def test_both_requests_judge_the_prompt_alike() -> None:
    """They share every property of the prompt, up to the clause that a missing one breaks."""
    create, count = (copy.deepcopy(DOCUMENTS[name]["properties"]) for name in ("request", "tokens-request"))
    for member in ("model", "messages"):
        create[member]["x-clause"].pop("required")
        count[member]["x-clause"].pop("required")
    assert {name: create[name] for name in count} == count
    assert {"max_tokens", "stream", "stop_sequences", "temperature"} <= create.keys() - count.keys()
