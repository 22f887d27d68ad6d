"""The contract `anthropic` as data: its parts fit together, and it judges real shapes the way it says it does."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource

SPEC = Path(__file__).parents[2] / "specs" / "anthropic"
BASE = "https://messages-conformance.example/specs/anthropic/"
SCHEMAS = {"request", "message", "event", "error", "tokens-request", "tokens", "models", "model"}
CONSTRAINTS = {
    *("type", "const", "enum", "minimum", "maximum", "minLength", "maxLength", "pattern"),
    *("minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties"),
}
JsonObject = dict[str, Any]


# --- reading ----------------------------------------------------------------------------------------------------------


@cache
def documents() -> dict[str, JsonObject]:
    """Every schema by its path without suffix: `message`, `parts/usage`, …"""
    folder = SPEC / "schemas"
    return {
        path.relative_to(folder).with_suffix("").as_posix(): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.json"))
    }


@cache
def registry() -> Registry[Any]:
    resources = (Resource.from_contents(document) for document in documents().values())
    return Registry[Any]().with_resources((str(r.contents["$id"]), r) for r in resources)


@cache
def contract() -> JsonObject:
    return yaml.safe_load((SPEC / "contract.yaml").read_text(encoding="utf-8"))


@cache
def clauses() -> tuple[JsonObject, ...]:
    files = sorted((SPEC / "clauses").glob("*.yaml"))
    return tuple(c for f in files for c in yaml.safe_load(f.read_text(encoding="utf-8"))["clauses"])


def known_ids() -> set[str]:
    return {f"anthropic:{clause['id']}" for clause in clauses()}


def subschemas(schema: JsonObject) -> Iterator[JsonObject]:
    """`schema` and everything below that constrains an instance. `if` only selects, so it is left out."""
    yield schema
    for member in schema.get("properties", {}).values():
        yield from subschemas(member)
    for member in schema.get("allOf", []):
        yield from subschemas(member)
    for keyword in ("items", "then", "else"):
        if keyword in schema:
            yield from subschemas(schema[keyword])


def clause_of(subschema: JsonObject, keyword: str) -> str | None:
    """The clause that a breach of `keyword` of this subschema breaks."""
    carried = subschema.get("x-clause")
    return carried.get(keyword, carried.get("*")) if isinstance(carried, dict) else carried


def breaches(name: str, instance: Any) -> list[tuple[str, str]]:
    """(local clause id, JSON pointer) of every violation; a missing property counts against its own subschema."""
    validator = Draft202012Validator(documents()[name], registry=registry())
    return sorted({breach for error in validator.iter_errors(instance) for breach in breach_of(error)})


def breach_of(error: ValidationError) -> Iterator[tuple[str, str]]:
    schema: Any = error.schema
    keyword = str(error.validator)
    pointer = "".join(f"/{step}" for step in error.absolute_path)
    if keyword == "required":
        missing = re.match(r"'(.+?)' is a required property", error.message)
        assert missing, error.message
        schema = schema["properties"][missing[1]]
        pointer = f"{pointer}/{missing[1]}"
    clause = clause_of(schema, keyword)
    assert clause, f"no clause for {keyword} at {pointer}"
    yield clause.removeprefix("anthropic:"), pointer


# --- the data fits together -------------------------------------------------------------------------------------------


def test_every_prescribed_schema_is_there() -> None:
    assert {name for name in documents() if "/" not in name} == SCHEMAS


@pytest.mark.parametrize("name", sorted(documents()))
def test_schema_is_valid_and_named_by_its_place(name: str) -> None:
    document = documents()[name]
    Draft202012Validator.check_schema(document)
    assert document["$id"] == f"{BASE}{name}.json"
    assert document["title"]


@pytest.mark.parametrize("name", sorted(documents()))
def test_references_are_relative_and_resolve(name: str) -> None:
    resolver = registry().resolver(base_uri=f"{BASE}{name}.json")
    for sub in subschemas(documents()[name]):
        if "$ref" in sub:
            assert ":" not in sub["$ref"]
            assert resolver.lookup(sub["$ref"]).contents


def test_every_part_is_used() -> None:
    text = "\n".join(json.dumps(document) for document in documents().values())
    parts = {name.removeprefix("parts/") for name in documents() if name.startswith("parts/")}
    assert {part for part in parts if f'{part}.json"' not in text.replace(f'{BASE}parts/{part}.json"', "")} == set()


@pytest.mark.parametrize("name", sorted(documents()))
def test_every_constraint_cites_a_known_clause(name: str) -> None:
    for sub in subschemas(documents()[name]):
        keywords = CONSTRAINTS & sub.keys()
        if sub.get("additionalProperties") is False:
            keywords = keywords | {"additionalProperties"}
        for keyword in keywords:
            assert clause_of(sub, keyword) in known_ids(), (keyword, sub)
        for missing in sub.get("required", []):
            assert clause_of(sub["properties"][missing], "required") in known_ids(), (missing, sub)
        carried = sub.get("x-clause", {})
        assert set(carried.values() if isinstance(carried, dict) else [carried]) <= known_ids()


@pytest.mark.parametrize("name", sorted(documents()))
def test_no_union_hides_which_branch_was_meant(name: str) -> None:
    text = json.dumps(documents()[name])
    assert not re.search(r'"(oneOf|anyOf|not)":', text)


@pytest.mark.parametrize("name", sorted(SCHEMAS - {"request", "tokens-request"}))
def test_enums_of_answers_are_open(name: str) -> None:
    for reached in reachable(name):
        assert all("enum" not in sub for sub in subschemas(documents()[reached]))


def reachable(name: str) -> set[str]:
    """The documents that `name` refers to, itself included."""
    seen: set[str] = set()
    pending = [name]
    while pending:
        current = pending.pop()
        if current not in seen:
            seen.add(current)
            resolver = registry().resolver(base_uri=f"{BASE}{current}.json")
            found = (resolver.lookup(s["$ref"]).contents for s in subschemas(documents()[current]) if "$ref" in s)
            pending += [f["$id"].removeprefix(BASE).removesuffix(".json") for f in found]
    return seen


def test_events_and_messages_are_judged_by_clauses_of_their_own() -> None:
    of_events = json.dumps([documents()[name] for name in reachable("event")])
    of_messages = json.dumps([documents()[name] for name in reachable("message")])
    assert "anthropic:message." not in of_events
    assert "anthropic:event." not in of_messages


def test_clauses_are_complete() -> None:
    pages = {source["page"] for source in contract()["sources"]}
    for clause in clauses():
        assert clause.keys() <= {"id", "level", "source", "text", "note", "untestable", "conflicts_with"}
        assert re.fullmatch(r"[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+", clause["id"])
        assert clause["level"] in {"MUST", "SHOULD", "MAY"}, clause["id"]
        assert clause["source"] in pages, clause["id"]
        assert clause["text"].endswith(".") and 20 < len(clause["text"]) <= 300, clause["id"]


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
    assert set(classes["generic"]["traits"]) == every
    assert all(c["title"] and set(c["traits"]) <= every for c in classes.values())
    # A model cannot be told both ways at once: these pairs are refused by the API.
    assert all("thinking.disabled" not in classes[c]["traits"] for c in ("always-thinking", "sonnet-5.5", "fable-5"))
    assert all("sampling" not in c["traits"] for n, c in classes.items() if n.startswith(("opus-5", "claude-4.7")))


# --- answers ----------------------------------------------------------------------------------------------------------

USAGE: JsonObject = {
    "input_tokens": 12,
    "output_tokens": 6,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
    "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
    "output_tokens_details": {"thinking_tokens": 0},
    "service_tier": "standard",
    "inference_geo": "not_available",
}


def message(*content: JsonObject, **changes: Any) -> JsonObject:
    return {
        "id": "msg_01",
        "type": "message",
        "role": "assistant",
        "model": "claude-opus-4-5-20251101",
        "content": list(content),
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": USAGE,
        **changes,
    }


TEXT = {"type": "text", "text": "Hello."}
TOOL_USE = {"type": "tool_use", "id": "toolu_01", "name": "get_weather", "input": {"city": "Paris"}}
THINKING = {"type": "thinking", "thinking": "Let me see.", "signature": "EqQB"}
ERROR_OBJECT = {"type": "overloaded_error", "message": "Overloaded"}
SEARCH = {
    "type": "web_search_tool_result",
    "tool_use_id": "srvtoolu_01",
    "content": [
        {"type": "web_search_result", "url": "https://e.org", "title": "E", "encrypted_content": "x", "page_age": None}
    ],
}
CITED = {
    "type": "text",
    "text": "The grass is green.",
    "citations": [
        {
            "type": "char_location",
            "cited_text": "green",
            "document_index": 0,
            "document_title": None,
            "start_char_index": 0,
            "end_char_index": 5,
        },
        {"type": "web_search_result_location", "cited_text": "g", "url": "https://e.org", "encrypted_index": "E"},
        {"type": "some_future_location", "anything": True},
    ],
}

GOOD_MESSAGES = {
    "text": message(TEXT),
    "tool use": message(
        {"type": "text", "text": ""}, {**TOOL_USE, "caller": {"type": "direct"}}, stop_reason="tool_use"
    ),
    "thinking": message(THINKING, {"type": "thinking", "thinking": "", "signature": "s"}, TEXT),
    "redacted thinking": message({"type": "redacted_thinking", "data": "EmwK"}, TEXT),
    "server tools": message(
        {"type": "server_tool_use", "id": "srvtoolu_01", "name": "web_search", "input": {"query": "e"}},
        SEARCH,
        {**SEARCH, "content": {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}},
        {
            "type": "web_fetch_tool_result",
            "tool_use_id": "srvtoolu_02",
            "content": {
                "type": "web_fetch_result",
                "url": "https://e.org",
                "retrieved_at": None,
                "content": {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "E"}},
            },
        },
        {
            "type": "bash_code_execution_tool_result",
            "tool_use_id": "srvtoolu_03",
            "content": {
                "type": "bash_code_execution_result",
                "stdout": "1",
                "stderr": "",
                "return_code": 0,
                "content": [{"type": "bash_code_execution_output", "file_id": "file_01"}],
            },
        },
        {
            "type": "text_editor_code_execution_tool_result",
            "tool_use_id": "srvtoolu_04",
            "content": {"type": "text_editor_code_execution_create_result", "is_file_update": False},
        },
        {
            "type": "tool_search_tool_result",
            "tool_use_id": "srvtoolu_05",
            "content": {
                "type": "tool_search_tool_search_result",
                "tool_references": [{"type": "tool_reference", "tool_name": "f"}],
            },
        },
        {"type": "container_upload", "file_id": "file_02"},
        container={"id": "container_01", "expires_at": "2026-11-20T00:00:00Z"},
    ),
    "citations": message(CITED, {**TEXT, "citations": None}),
    "refusal without content": message(
        stop_reason="refusal", stop_details={"type": "refusal", "category": "cyber", "explanation": None}
    ),
    "explicit nulls": message(TEXT, stop_details=None, container=None, diagnostics=None),
    "least usage": message(TEXT, usage={"input_tokens": 1, "output_tokens": 0}),
    "null counts": message(TEXT, usage={**USAGE, "cache_creation": None, "cache_read_input_tokens": None}),
    "things of the future": message(
        {"type": "hologram", "beam": 1},
        {**TEXT, "mood": "sunny"},
        stop_reason="new_reason",
        usage={**USAGE, "service_tier": "gold", "iterations": []},
        created=1,
    ),
}


@pytest.mark.parametrize("name", GOOD_MESSAGES)
def test_good_message_breaks_nothing(name: str) -> None:
    assert breaches("message", GOOD_MESSAGES[name]) == []


BAD_MESSAGES: list[tuple[Any, str, str]] = [
    ([], "message.object", ""),
    (message(TEXT, type="completion"), "message.type", "/type"),
    (message(TEXT, id=7), "message.id", "/id"),
    (message(TEXT, stop_reason=None), "message.stop_reason", "/stop_reason"),
    (message(TEXT, stop_sequence=False), "message.stop_sequence", "/stop_sequence"),
    (message(TEXT, content="Hello."), "message.content", "/content"),
    (message(TEXT, usage=None), "message.usage", "/usage"),
    (message(TEXT, usage={"output_tokens": 1}), "message.usage.input_tokens", "/usage/input_tokens"),
    (message(TEXT, usage={**USAGE, "output_tokens": 1.5}), "message.usage.output_tokens", "/usage/output_tokens"),
    (message(TEXT, usage={**USAGE, "input_tokens": -1}), "message.usage.input_tokens", "/usage/input_tokens"),
    (
        message(TEXT, usage={**USAGE, "cache_read_input_tokens": "0"}),
        "usage.cache_read_input_tokens",
        "/usage/cache_read_input_tokens",
    ),
    (message(TEXT, {"text": "no type"}), "block.type", "/content/1/type"),
    (message("Hello."), "block.object", "/content/0"),  # pyright: ignore[reportArgumentType]
    (message({"type": "text"}), "block.text.text", "/content/0/text"),
    (message({"type": "text", "text": None}), "block.text.text", "/content/0/text"),
    (message({**TOOL_USE, "input": '{"city": "Paris"}'}), "block.tool_use.input", "/content/0/input"),
    (message({**TOOL_USE, "id": "call.1:0"}), "block.tool_use.id.pattern", "/content/0/id"),
    (message({"type": "thinking", "thinking": "Hm."}), "block.thinking.signature", "/content/0/signature"),
    (message({**SEARCH, "content": "none"}), "block.web_search_tool_result", "/content/0/content"),
    (
        message({**SEARCH, "content": [{"type": "web_search_result", "url": "u", "title": "t"}]}),
        "block.web_search_tool_result.content",
        "/content/0/content/0/encrypted_content",
    ),
    (
        message({**TEXT, "citations": [{"type": "page_location", "cited_text": "g", "document_index": 0}]}),
        "citation.page_location",
        "/content/0/citations/0/end_page_number",
    ),
]


@pytest.mark.parametrize(("body", "clause", "pointer"), BAD_MESSAGES)
def test_bad_message_breaks_the_clause_that_was_meant(body: Any, clause: str, pointer: str) -> None:
    found = breaches("message", body)
    assert {found_clause for found_clause, _ in found} == {clause}
    assert pointer in {found_pointer for _, found_pointer in found}


@pytest.mark.parametrize("key", ["id", "type", "role", "model", "content", "stop_reason", "usage"])
def test_missing_key_of_a_message_is_a_must(key: str) -> None:
    body = {k: v for k, v in message(TEXT).items() if k != key}
    assert breaches("message", body) == [(f"message.{key}", f"/{key}")]


def test_missing_stop_sequence_is_weaker_than_a_wrong_one() -> None:
    body = {k: v for k, v in message(TEXT).items() if k != "stop_sequence"}
    assert breaches("message", body) == [("message.stop_sequence.present", "/stop_sequence")]
    levels = {c["id"]: c["level"] for c in clauses()}
    assert (levels["message.stop_sequence.present"], levels["message.stop_sequence"]) == ("SHOULD", "MUST")


def test_a_violation_speaks_of_the_branch_that_was_meant() -> None:
    """A wrong tool call is reported as such, not as "not valid under any of the given schemas"."""
    validator = Draft202012Validator(documents()["message"], registry=registry())
    errors = list(validator.iter_errors(message({**TOOL_USE, "input": "{}"})))
    assert [e.message for e in errors] == ["'{}' is not of type 'object'"]
    assert errors[0].schema == {"type": "object", "x-clause": "anthropic:block.tool_use.input"}


# --- events -----------------------------------------------------------------------------------------------------------

START_MESSAGE: JsonObject = {**message(stop_reason=None), "usage": {"input_tokens": 12, "output_tokens": 1}}
START: JsonObject = {"type": "message_start", "message": START_MESSAGE}
END: JsonObject = {
    "type": "message_delta",
    "delta": {"stop_reason": "end_turn", "stop_sequence": None},
    "usage": {"output_tokens": 6},
}


def block_start(block: Any) -> JsonObject:
    return {"type": "content_block_start", "index": 0, "content_block": block}


def block_delta(delta: Any) -> JsonObject:
    return {"type": "content_block_delta", "index": 0, "delta": delta}


GOOD_EVENTS: list[JsonObject] = [
    START,
    {**START, "message": {**START_MESSAGE, "stop_details": None, "usage": USAGE}},
    {"type": "ping"},
    {"type": "ping", "cost": 0.1},
    block_start({"type": "text", "text": ""}),
    block_start({"type": "text", "text": "", "citations": []}),
    block_start({"type": "thinking", "thinking": "", "signature": ""}),
    block_start({"type": "thinking", "thinking": ""}),
    block_start({**TOOL_USE, "input": {}}),
    block_start({"type": "redacted_thinking", "data": "EmwK"}),
    block_start({"type": "server_tool_use", "id": "srvtoolu_01", "name": "web_search", "input": {}}),
    block_start(SEARCH),
    block_start({"type": "compaction", "content": None}),
    block_delta({"type": "text_delta", "text": ""}),
    block_delta({"type": "input_json_delta", "partial_json": ""}),
    block_delta({"type": "thinking_delta", "thinking": "Hm"}),
    block_delta({"type": "signature_delta", "signature": "EqQB"}),
    block_delta({"type": "citations_delta", "citation": CITED["citations"][0]}),  # type: ignore[index]
    block_delta({"type": "some_future_delta"}),
    {"type": "content_block_stop", "index": 0},
    END,
    {**END, "usage": {**USAGE, "input_tokens": None}, "context_management": {}},
    {"type": "message_stop"},
    {"type": "error", "error": ERROR_OBJECT},
    {"type": "error", "error": {**ERROR_OBJECT, "details": None}, "request_id": "req_01"},
    {"type": "some_future_event", "index": "zero"},
]


@pytest.mark.parametrize("event", GOOD_EVENTS)
def test_good_event_breaks_nothing(event: JsonObject) -> None:
    assert breaches("event", event) == []


def start_without(key: str) -> JsonObject:
    return {**START, "message": {k: v for k, v in START_MESSAGE.items() if k != key}}


BAD_EVENTS: list[tuple[Any, str]] = [
    ("[DONE]", "event.object"),
    ({"choices": []}, "event.type"),
    ({"type": "message_start"}, "event.message_start.message"),
    (start_without("usage"), "event.message_start.usage"),
    (start_without("content"), "event.message_start.message.content"),
    (start_without("stop_reason"), "event.message_start.message.stop_reason"),
    ({**START, "message": {**START_MESSAGE, "usage": {}}}, "event.message_start.usage.input_tokens"),
    ({"type": "content_block_start", "content_block": TEXT}, "event.content_block_start.index"),
    ({"type": "content_block_start", "index": 0}, "event.content_block_start.content_block"),
    (block_start({"type": "text"}), "event.content_block_start.text.text"),
    (block_start({"type": "thinking"}), "event.content_block_start.thinking.thinking"),
    (block_start({**TOOL_USE, "input": ""}), "event.content_block_start.tool_use.input"),
    ({"type": "content_block_delta", "index": "0", "delta": {"type": "x"}}, "event.content_block_delta.index"),
    (block_delta({"text": "Hi"}), "event.content_block_delta.delta.type"),
    (block_delta({"type": "text_delta", "text": None}), "event.content_block_delta.text_delta.text"),
    (
        block_delta({"type": "input_json_delta", "partial_json": None}),
        "event.content_block_delta.input_json_delta.partial_json",
    ),
    ({"type": "content_block_stop"}, "event.content_block_stop.index"),
    ({**END, "usage": {}}, "event.message_delta.usage.output_tokens"),
    ({"type": "message_delta", "delta": END["delta"]}, "event.message_delta.usage"),
    ({**END, "delta": {"stop_sequence": None}}, "event.message_delta.stop_reason"),
    ({**END, "delta": {"stop_reason": "end_turn"}}, "event.message_delta.stop_sequence.present"),
    ({"type": "error", "error": "boom"}, "event.error.error"),
    ({"type": "error", "error": {"message": "boom"}}, "event.error.error.type"),
]


@pytest.mark.parametrize(("event", "clause"), BAD_EVENTS)
def test_bad_event_breaks_the_clause_that_was_meant(event: Any, clause: str) -> None:
    assert clause in {found for found, _ in breaches("event", event)}
    assert all(found.startswith(clause.rsplit(".", 1)[0]) for found, _ in breaches("event", event))


# --- other answers ----------------------------------------------------------------------------------------------------

MODEL: JsonObject = {
    "id": "claude-opus-4-5-20251101",
    "type": "model",
    "display_name": "Claude Opus 4.5",
    "created_at": "2025-11-24T00:00:00Z",
}


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("error", {"type": "error", "error": ERROR_OBJECT}),
        ("error", {"type": "error", "error": {"type": "new_error", "message": ""}, "request_id": None}),
        ("tokens", {"input_tokens": 14, "context_management": None}),
        ("models", {"data": [], "has_more": False, "first_id": None, "last_id": None}),
        ("models", {"data": [MODEL], "has_more": True, "first_id": MODEL["id"], "last_id": MODEL["id"]}),
        ("model", {**MODEL, "lifecycle": "active", "line": "opus", "capabilities": None, "max_tokens": 64000}),
    ],
)
def test_good_answer_breaks_nothing(name: str, body: JsonObject) -> None:
    assert breaches(name, body) == []


@pytest.mark.parametrize(
    ("name", "body", "clause"),
    [
        ("error", {"error": ERROR_OBJECT}, "error.type"),
        ("error", {"type": "error", "error": {"message": "no"}}, "error.error.type"),
        ("error", {"type": "error", "error": {"type": "api_error", "message": None}}, "error.error.message"),
        ("tokens", {"input_tokens": "14"}, "tokens.input_tokens"),
        ("tokens", {}, "tokens.input_tokens"),
        ("models", {"data": {}, "has_more": False, "first_id": None, "last_id": None}, "models.data"),
        ("model", {**MODEL, "created_at": 1700000000}, "model.created_at"),
        ("model", {**MODEL, "type": "chat"}, "model.type"),
    ],
)
def test_bad_answer_breaks_the_clause_that_was_meant(name: str, body: JsonObject, clause: str) -> None:
    assert {found for found, _ in breaches(name, body)} == {clause}


# --- requests ---------------------------------------------------------------------------------------------------------

HELLO: JsonObject = {"role": "user", "content": "Hello"}
WEATHER: JsonObject = {
    "name": "get_weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


def request(**changes: Any) -> JsonObject:
    return {"model": "claude-sonnet-5-5", "max_tokens": 64, "messages": [HELLO], **changes}


def turn(*blocks: Any, role: str = "user") -> list[JsonObject]:
    return [HELLO, {"role": role, "content": list(blocks)}]


RESULT = {"type": "tool_result", "tool_use_id": "toolu_01"}
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}

GOOD_REQUESTS: list[JsonObject] = [
    request(),
    request(max_tokens=0),
    request(system="Be brief.", stream=True, stop_sequences=["END"], metadata={"user_id": "u1"}),
    request(system=[{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]),
    request(temperature=0.5, top_p=1, top_k=0),
    request(tools=[WEATHER], tool_choice={"type": "tool", "name": "get_weather", "disable_parallel_tool_use": True}),
    request(tools=[{**WEATHER, "type": "custom", "strict": True, "cache_control": None}], tool_choice={"type": "none"}),
    request(tools=[{"type": "web_search_20250305", "name": "web_search", "max_uses": 1}]),
    request(tools=[{"type": "tool_search_tool_regex", "name": "tool_search_tool_regex"}]),
    request(thinking={"type": "enabled", "budget_tokens": 1024}, max_tokens=2048),
    request(thinking={"type": "adaptive", "display": "summarized"}, output_config={"effort": "low"}),
    request(output_config={"format": {"type": "json_schema", "schema": {"type": "object"}}}),
    request(messages=[HELLO, {"role": "system", "content": "Be brief."}]),
    request(messages=turn(IMAGE, {"type": "image", "source": {"type": "url", "url": "https://e.org/a.png"}})),
    request(messages=turn({"type": "document", "source": {"type": "content", "content": "E"}, "title": None})),
    request(messages=turn(THINKING, {"type": "redacted_thinking", "data": "E"}, TOOL_USE, role="assistant")),
    request(messages=turn(RESULT, {**RESULT, "content": ""}, {**RESULT, "content": [TEXT, IMAGE], "is_error": True})),
    request(messages=turn({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}, SEARCH)),
    request(service_tier="auto", speed=None, inference_geo="us", container={"id": None, "skills": []}),
    request(cache_control={"type": "ephemeral"}, diagnostics={"previous_message_id": None}),
]


@pytest.mark.parametrize("body", GOOD_REQUESTS)
def test_good_request_breaks_nothing(body: JsonObject) -> None:
    assert breaches("request", body) == []


BAD_REQUESTS: list[tuple[Any, str]] = [
    ([], "request.type"),
    (request(frobnicate=1), "request.unknown-field"),
    (request(model=""), "request.model.range"),
    (request(model=3), "request.model.type"),
    (request(messages=[]), "request.messages.range"),
    (request(messages="Hello"), "request.messages.type"),
    (request(messages=[{"content": "Hello"}]), "request.messages.role.required"),
    (request(messages=[{"role": "tool", "content": "Hello"}]), "request.messages.role.enum"),
    (request(messages=[{"role": "user"}]), "request.messages.content.required"),
    (request(messages=[{"role": "user", "content": None}]), "request.messages.content.type"),
    (request(max_tokens=-1), "request.max_tokens.range"),
    (request(max_tokens=1.5), "request.max_tokens.type"),
    (request(max_tokens=None), "request.max_tokens.type"),
    (request(stream="true"), "request.stream.type"),
    (request(system={"type": "text", "text": "x"}), "request.system.type"),
    (request(stop_sequences=[" "]), "request.stop_sequences.items.pattern"),
    (request(temperature=1.1), "request.temperature.range"),
    (request(top_k=-1), "request.top_k.range"),
    (request(metadata={"user_id": "u" * 513}), "request.metadata.user_id.range"),
    (request(service_tier="gold"), "request.service_tier.enum"),
    (request(thinking={"type": "enabled"}), "request.thinking.budget_tokens.required"),
    (request(thinking={"type": "enabled", "budget_tokens": 1023}), "thinking.budget-minimum"),
    (request(thinking={"type": "on"}), "request.thinking.type.enum"),
    (request(tool_choice="auto"), "request.tool_choice.type"),
    (request(tool_choice={"type": "tool"}), "request.tool_choice.name.required"),
    (request(tool_choice={"type": "required"}), "request.tool_choice.type.enum"),
    (request(tools=[{**WEATHER, "name": "get weather"}]), "tools.name-pattern"),
    (request(tools=[{"name": "get_weather"}]), "request.tools.input_schema.required"),
    (request(tools=[{**WEATHER, "input_schema": {"type": "array"}}]), "request.tools.input_schema.type.enum"),
    (request(tools=[{"type": "function", "function": {}}]), "request.tools.type.enum"),
    (request(messages=turn({"text": "x"})), "request.block.type.required"),
    (request(messages=turn({"type": "image_url"})), "request.block.type.enum"),
    (request(messages=turn({"type": "text", "text": ""})), "request.block.text.text.range"),
    (request(messages=turn({"type": "tool_result"})), "request.block.tool_result.tool_use_id.required"),
    (request(messages=turn({**RESULT, "content": [TOOL_USE]})), "request.block.tool_result.content.enum"),
    (request(messages=turn({**TOOL_USE, "input": "{}"})), "request.block.tool_use.input.type"),
    (request(messages=turn({**IMAGE, "source": {**IMAGE["source"], "media_type": "image/bmp"}})),
     "request.block.image.media_type.enum"),
    (request(messages=turn(TOOL_USE, role="system")), "request.block.type.enum"),
    (request(cache_control={"type": "ephemeral", "ttl": "2h"}), "request.cache_control.ttl.enum"),
    (request(output_config={"effort": "extreme"}), "request.output_config.effort.enum"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "clause"), BAD_REQUESTS)
def test_bad_request_breaks_the_clause_that_was_meant(body: Any, clause: str) -> None:
    found = {found for found, _ in breaches("request", body)}
    assert clause in found
    assert len(found) == 1 or body[-1:] == []


@pytest.mark.parametrize("key", ["model", "messages", "max_tokens"])
def test_missing_parameter_breaks_its_own_clause(key: str) -> None:
    body = {k: v for k, v in request().items() if k != key}
    assert breaches("request", body) == [(f"request.{key}.required", f"/{key}")]


def test_sampling_parameters_exist_in_the_old_version_only() -> None:
    limited = {k: v["x-versions"] for k, v in documents()["request"]["properties"].items() if "x-versions" in v}
    assert limited == {name: ["2023-06-01"] for name in ("temperature", "top_p", "top_k")}
    assert set(contract()["versions"]) > {"2023-06-01"}


def test_counting_tokens_takes_the_prompt_and_nothing_of_generation() -> None:
    body = {**request(system="Be brief.", tools=[WEATHER], thinking={"type": "adaptive"})}
    del body["max_tokens"]
    assert breaches("tokens-request", body) == []
    assert breaches("tokens-request", {**body, "stream": True}) == [("tokens.request.unknown-field", "")]
    assert breaches("tokens-request", {"model": "m"}) == [("tokens.request.messages.required", "/messages")]
    generation = documents()["request"]["properties"].keys() - documents()["tokens-request"]["properties"].keys()
    assert {"max_tokens", "stream", "stop_sequences", "temperature"} <= generation


def test_shared_properties_of_both_requests_are_the_same() -> None:
    """The two differ only in the clause that a missing property breaks."""
    ours, theirs = (copy.deepcopy(documents()[name]["properties"]) for name in ("request", "tokens-request"))
    for properties in (ours, theirs):
        for member in ("model", "messages"):
            properties[member]["x-clause"].pop("required")
    assert {name: ours[name] for name in theirs} == theirs
