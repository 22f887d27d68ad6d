"""The contracts of the seed documents as plain data: sound in themselves, and true to the documents' own examples."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from messages_conformance.catalog import iter_subschemas, load_catalog
from messages_conformance.catalog.contracts.reader import SchemaReader
from messages_conformance.catalog.contracts.schema import clause_of

ROOT = Path(__file__).parents[2]
CONTRACTS = ("naga", "bifrost", "envelope-gateway", "aisa")
EXAMPLES: dict[str, dict[str, list[Any]]] = yaml.safe_load((Path(__file__).parent / "seed_examples.yaml").read_text())
LOADED = load_catalog().contracts
REGISTRY = load_catalog().schemas.registry
DIALECT_VALUES = {
    "unlisted": {"dropped", "kept"},
    "response": {"listed-only", "full"},
    "envelope": {"none", "success-code-message-data"},
    "stream": {"anthropic", "chat-completion-chunks"},
    "errors": {"anthropic", "envelope"},
}
JUDGED_BY_CODE = {
    "envelope-gateway:auth.required",
    "envelope-gateway:stream.data-only",
    "envelope-gateway:stream.done-sentinel",
    "envelope-gateway:stream.no-data-member",
}


@cache
def contract(spec: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / "specs" / spec / "contract.yaml").read_text())


@cache
def clauses(spec: str) -> dict[str, dict[str, Any]]:
    files = sorted((ROOT / "specs" / spec / "clauses").glob("*.yaml"))
    listed = [clause for file in files for clause in yaml.safe_load(file.read_text())["clauses"]]
    named = {f"{spec}:{clause['id']}": clause for clause in listed}
    assert len(named) == len(listed), f"{spec} defines a clause twice"
    return named


def schemas(spec: str) -> Mapping[str, Mapping[str, Any]]:
    return LOADED[spec].schemas


@cache
def reader(spec: str, name: str) -> SchemaReader:
    return SchemaReader(schemas(spec)[name], REGISTRY)


def breached(spec: str, name: str, value: Any) -> set[str]:
    """The clauses that `value` breaks."""
    return {breach.clause for breach in reader(spec, name).read(value).breaches}


def request_with(**changes: Any) -> dict[str, Any]:
    base = {"model": "m", "max_tokens": 16, "messages": [{"role": "user", "content": "Hello"}]}
    return {key: value for key, value in {**base, **changes}.items() if value is not ...}


@pytest.mark.parametrize("spec", CONTRACTS)
class TestContract:
    def test_has_sources_that_every_clause_can_name(self, spec: str) -> None:
        assert contract(spec)["id"] == spec
        pages = {source["page"] for source in contract(spec)["sources"]}
        assert {clause["source"] for clause in clauses(spec).values()} == pages

    def test_dialects_are_complete(self, spec: str) -> None:
        pages = {source["page"] for source in contract(spec)["sources"]}
        dialects: dict[str, dict[str, Any]] = contract(spec)["dialects"]
        assert {dialect["page"] for dialect in dialects.values()} == pages
        for dialect in dialects.values():
            assert set(dialect) == {"title", "page", "path", "auth", "routes", *DIALECT_VALUES}
            assert dialect["path"] == contract(spec)["path"]
            assert set(dialect["auth"]) <= {"bearer", "x-api-key"}
            assert dialect["routes"] == ["messages"]
            for key, values in DIALECT_VALUES.items():
                assert dialect[key] in values

    def test_conflicts_are_mutual(self, spec: str) -> None:
        for name, clause in clauses(spec).items():
            for other in clause.get("conflicts_with", ()):
                assert name in clauses(spec)[other].get("conflicts_with", ()), f"{other} does not know of {name}"

    def test_mirrors_a_request_only_where_its_page_names_the_format(self, spec: str) -> None:
        groups = {
            "auth",
            "block",
            "citation",
            "error",
            "event",
            "http",
            "message",
            "stream",
            "thinking",
            "tools",
            "usage",
        }
        meanings = {"request.max_tokens.caps", "request.stop_sequences.cut", "request.stream.default"}
        meanings |= {f"request.messages.{meaning}" for meaning in ("history", "blocks-equal-string", "same-role")}
        meanings |= {"request.system.honoured", "request.system.blocks", "version.*-accepted"}
        formats = (
            "request.tools.",
            "request.tool_choice.",
            "request.thinking.",
            "request.block.",
            "request.cache_control.",
        )
        for clause in clauses(spec).values():
            for pattern in clause.get("mirrors", ()):
                source, _, local = pattern.partition(":")
                assert source == "anthropic"
                assert local in meanings or local.partition(".")[0] in groups or local.startswith(formats), pattern

    def test_every_clause_can_be_judged_or_says_why_not(self, spec: str) -> None:
        named = {clause for schema in schemas(spec) for clause in reader(spec, schema).clauses}
        for name, clause in clauses(spec).items():
            judged = name in named or "mirrors" in clause or name in JUDGED_BY_CODE
            assert judged or clause.get("untestable"), f"{name} is judged by nothing"


@pytest.mark.parametrize("spec", CONTRACTS)
def test_the_list_of_parameters_is_the_schemas(spec: str) -> None:
    listing = clauses(spec)[f"{spec}:request.parameters"]
    properties: dict[str, dict[str, Any]] = schemas(spec)["request"]["properties"]
    on_its_page = {key for key, p in properties.items() if listing["source"] in p.get("x-pages", [listing["source"]])}
    text = listing["text"].partition(";")[0].rstrip(".")
    assert set(text.replace(",", "").split()) & set(properties) == on_its_page


@pytest.mark.parametrize(("spec", "name"), [(spec, name) for spec in CONTRACTS for name in schemas(spec)])
class TestSchema:
    def test_names_a_defined_clause_for_every_constraint(self, spec: str, name: str) -> None:
        assert set(reader(spec, name).clauses) <= clauses(spec).keys()

    def test_closes_no_enum_of_an_answer(self, spec: str, name: str) -> None:
        if name != "request":
            assert not [schema for _, schema in iter_subschemas(schemas(spec)[name]) if "enum" in schema]


@pytest.mark.parametrize("spec", CONTRACTS)
def test_accepts_the_documents_own_examples(spec: str) -> None:
    for kind, name in (("requests", "request"), ("answers", "message"), ("events", "event")):
        for example in EXAMPLES[spec].get(kind, ()):
            assert breached(spec, name, example) == set()


def test_examples_exist_for_every_schema_of_an_answer() -> None:
    for spec in CONTRACTS:
        assert EXAMPLES[spec]["requests"]
        assert ("message" in schemas(spec)) == bool(EXAMPLES[spec]["answers"])
        assert ("event" in schemas(spec)) == bool(EXAMPLES[spec].get("events"))


def test_nagas_placeholder_request_breaks_nagas_own_text() -> None:
    placeholder: dict[str, Any] = {
        "model": "<string>",
        "max_tokens": 123,
        "messages": [{}],
        "system": {},
        "stream": True,
        "temperature": 123,
        "top_p": 123,
        "stop_sequences": ["<string>"],
        "tools": [{}],
        "tool_choice": {},
        "thinking": {},
    }
    assert breached("naga", "request", placeholder) == {
        "naga:request.system.type",
        "naga:request.temperature.range",
        "naga:request.top_p.range",
        "naga:request.messages.role.required",
        "naga:request.messages.content.required",
    }


def test_nagas_output_config_is_on_the_guide_only() -> None:
    properties: dict[str, dict[str, Any]] = schemas("naga")["request"]["properties"]
    only_there = {
        page: [key for key, p in properties.items() if p.get("x-pages") == [page]] for page in ("reference", "guide")
    }
    assert only_there == {
        "reference": ["temperature", "top_p", "stop_sequences", "tool_choice"],
        "guide": ["output_config"],
    }


BOUNDARIES: list[tuple[str, dict[str, Any], str | None]] = [
    ("naga", {"temperature": 0}, None),
    ("naga", {"temperature": 2}, None),
    ("naga", {"temperature": 2.01}, "naga:request.temperature.range"),
    ("naga", {"temperature": -0.01}, "naga:request.temperature.range"),
    ("naga", {"top_p": 1}, None),
    ("naga", {"top_p": 1.01}, "naga:request.top_p.range"),
    ("naga", {"max_tokens": 1}, None),
    ("naga", {"max_tokens": 0}, "naga:request.max_tokens.range"),
    ("naga", {"max_tokens": "16"}, "naga:request.max_tokens.type"),
    ("naga", {"max_tokens": ...}, "naga:request.max_tokens.required"),
    ("naga", {"messages": []}, "naga:request.messages.range"),
    ("naga", {"messages": [{"role": "system", "content": "x"}]}, "naga:request.messages.role.enum"),
    ("naga", {"messages": [{"role": "user", "content": [{}]}]}, "naga:request.messages.content.block-type"),
    ("naga", {"system": [{"type": "text", "text": "x"}]}, None),
    ("naga", {"system": [{"type": "image"}]}, "naga:request.system.block"),
    ("naga", {"output_config": {"effort": "low"}}, None),
    ("bifrost", {"temperature": 1}, None),
    ("bifrost", {"temperature": 2}, "bifrost:request.temperature.range"),
    ("bifrost", {"top_p": 123}, None),
    ("bifrost", {"max_tokens": 0}, None),
    ("bifrost", {"fallbacks": [{"model": "m"}]}, "bifrost:request.fallbacks.type"),
    ("bifrost", {"model": ...}, "bifrost:request.model.required"),
    ("envelope-gateway", {"stream": ...}, None),
    ("envelope-gateway", {"stream": "yes"}, "envelope-gateway:request.stream.type"),
    ("envelope-gateway", {"messages": ...}, "envelope-gateway:request.messages.required"),
    ("aisa", {"temperature": 1}, None),
    ("aisa", {"temperature": 2}, "aisa:request.temperature.range"),
    ("aisa", {"service_tier": "standard_only"}, None),
    ("aisa", {"service_tier": "priority"}, "aisa:request.service_tier.enum"),
    ("aisa", {"system": 5}, "aisa:request.system.type"),
    ("aisa", {"top_k": 1.5}, "aisa:request.top_k.type"),
]
"""What a request changes, and the clause that it then breaks, if any; `...` leaves a parameter out."""


@pytest.mark.parametrize(("spec", "changes", "clause"), BOUNDARIES)
def test_draws_the_line_where_the_document_does(spec: str, changes: dict[str, Any], clause: str | None) -> None:
    assert breached(spec, "request", request_with(**changes)) == ({clause} if clause else set())


def test_naga_takes_conversations_up_to_its_limit() -> None:
    messages = schemas("naga")["request"]["properties"]["messages"]
    assert (messages["maxItems"], clause_of(messages, "maxItems")) == (100_000, "naga:request.messages.range")


@pytest.mark.parametrize(
    ("spec", "without", "clause"),
    [
        ("naga", "stop_reason", "naga:message.stop_reason"),
        ("bifrost", "usage", "bifrost:message.usage"),
        ("envelope-gateway", "data", "envelope-gateway:message.data"),
        ("aisa", "stop_sequence", "aisa:message.stop_sequence"),
    ],
)
def test_misses_what_the_document_lists(spec: str, without: str, clause: str) -> None:
    answer = {key: value for key, value in EXAMPLES[spec]["answers"][0].items() if key != without}
    assert breached(spec, "message", answer) == {clause}


def test_an_unknown_stop_reason_is_no_breach() -> None:
    for spec in ("naga", "bifrost", "aisa"):
        assert breached(spec, "message", {**EXAMPLES[spec]["answers"][0], "stop_reason": "compaction"}) == set()


def test_an_anthropic_message_is_not_the_envelopes_answer_and_the_other_way_round() -> None:
    assert breached("envelope-gateway", "message", EXAMPLES["aisa"]["answers"][0])
    assert breached("aisa", "message", EXAMPLES["envelope-gateway"]["answers"][0]["data"])


class TestProviders:
    PROVIDERS: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "providers.yaml").read_text())["providers"]

    def test_every_dialect_is_played_by_one_provider(self) -> None:
        played = {p["embedded"]: p["contract"] for p in self.PROVIDERS.values() if "embedded" in p}
        dialects = {f"{spec}/{dialect}": spec for spec in CONTRACTS for dialect in contract(spec)["dialects"]}
        assert played == {"reference": "anthropic", **dialects}

    def test_a_play_authenticates_as_its_document_says(self) -> None:
        for provider in self.PROVIDERS.values():
            if "/" in (embedded := provider.get("embedded", "")):
                spec, _, dialect = embedded.partition("/")
                accepted = contract(spec)["dialects"][dialect]["auth"] or ["none"]
                assert provider["auth"]["style"] in accepted
                assert {"bearer", "x-api-key"} & set(provider["features"]) == set(accepted) - {"none"}

    def test_a_live_provider_is_reachable_and_says_where_it_is_known_from(self) -> None:
        for name, provider in self.PROVIDERS.items():
            if "embedded" in provider:
                continue
            local = provider["base_url"].startswith("http://localhost:")
            assert local or provider["base_url"].startswith("https://"), name
            assert not provider["base_url"].endswith(("/", "/v1")), (
                f"{name}: a client's path would double what is there"
            )
            assert {"address", "auth"} <= {what for page in provider["sources"] for what in page["for"]}, name
            assert ("env" in provider["auth"]) == (provider["auth"]["style"] != "none"), name
            assert "cheap" in provider["models"], name

    def test_a_live_provider_asks_at_the_address_its_document_gives(self) -> None:
        documented = {
            "naga": "https://api.naga.ac/v1/messages",
            "bifrost": "http://localhost:8080/anthropic/v1/messages",
            "aisa": "https://api.aisa.one/v1/messages",
        }
        for spec, address in documented.items():
            assert self.PROVIDERS[spec]["base_url"] + contract(spec)["path"] == address
        assert not [p for p in self.PROVIDERS.values() if p.get("contract") == "envelope-gateway" and "base_url" in p]
