"""What a request may hold under one version alone, or only together with a beta header."""

from __future__ import annotations

import json
from typing import Any

import pytest
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.contracts.request_schema import RequestSchema
from messages_conformance.catalog.contracts.schema import Edition
from messages_conformance.reference.contract import schemas as reference

MCP = Edition(betas=frozenset({"mcp-client-2025-11-20"}))
OLD_MCP = Edition(betas=frozenset({"mcp-client-2025-04-04"}))
SERVER = {"type": "url", "name": "docs", "url": "https://mcp.example.com"}
TOOLSET = {"type": "mcp_toolset", "mcp_server_name": "docs"}
CALL: dict[str, Any] = {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "find", "server_name": "docs", "input": {}}


@pytest.fixture(scope="module")
def schema(catalog: Catalog) -> RequestSchema:
    return catalog.schemas.requests["anthropic"]


def request(**more: Any) -> dict[str, Any]:
    return {"model": "any", "max_tokens": 16, "messages": [{"role": "user", "content": "Hello."}], **more}


@pytest.mark.parametrize(
    ("beta", "more"),
    [
        ("context-management-2025-06-27", {"context_management": {"edits": [{"type": "clear_thinking_20251015"}]}}),
        ("mcp-client-2025-04-04", {"mcp_servers": [SERVER]}),
        ("structured-outputs-2025-11-13", {"output_format": {"type": "json_schema", "schema": {}}}),
    ],
)
def test_a_field_of_a_beta_is_unknown_without_it(schema: RequestSchema, beta: str, more: dict[str, Any]) -> None:
    assert schema.breaches(request(**more), Edition(betas=frozenset({beta, "another-beta"}))) == ()
    assert schema.breaches(request(**more)) == ("anthropic:request.unknown-field",)
    assert schema.breaches(request(**more), Edition(betas=frozenset({"another-beta"}))) == (
        "anthropic:request.unknown-field",
    )


def test_a_branch_of_a_beta_is_an_unknown_type_without_it(schema: RequestSchema) -> None:
    tools = request(mcp_servers=[SERVER], tools=[TOOLSET])
    assert schema.breaches(tools, MCP) == ()
    assert schema.breaches(tools, OLD_MCP) == ("anthropic:request.tools.type.enum",)
    turn = request(messages=[{"role": "assistant", "content": [CALL]}])
    assert schema.breaches(turn, MCP) == schema.breaches(turn, OLD_MCP) == ()
    assert schema.breaches(turn) == ("anthropic:request.block.type.enum",)


def test_what_a_beta_adds_is_held_to_its_shape(schema: RequestSchema) -> None:
    shape = ("anthropic:beta.mcp-servers.shape",)
    nameless = {key: value for key, value in CALL.items() if key != "server_name"}
    assert schema.breaches(request(mcp_servers=[{**SERVER, "url": 7}]), MCP) == shape
    assert schema.breaches(request(tools=[{"type": "mcp_toolset"}]), MCP) == shape
    assert schema.breaches(request(messages=[{"role": "assistant", "content": [nameless]}]), MCP) == shape


def test_sampling_is_unknown_under_the_new_version(schema: RequestSchema, catalog: Catalog) -> None:
    (step,) = next(s for s in catalog.scenarios if s.id == "request.sampling-removed").steps
    body = {"model": "any", **step.body}
    assert schema.breaches(body, Edition.of(step.headers)) == ("anthropic:request.unknown-field",)
    assert schema.breaches(body, Edition.of({})) == ()
    assert schema.breaches(body, Edition.of({}, "2026-10-21")) == ("anthropic:request.unknown-field",)


@pytest.mark.gate
@pytest.mark.parametrize("version", reference.VERSIONS)
@pytest.mark.parametrize("betas", [frozenset[str](), MCP.betas])
def test_the_reference_refuses_what_breaks_the_contract(
    schema: RequestSchema, catalog: Catalog, version: str, betas: frozenset[str]
) -> None:
    """Both read the editions of the same schemas, each in its own way."""
    bodies: list[Any] = [s.body for scenario in catalog.scenarios for s in scenario.steps if s.route == "messages"]
    validator = reference.validator("anthropic", "request", reference.Edition(version, betas))
    refused = 0
    for body in bodies:
        if isinstance(body, dict) and "${" not in json.dumps(body):
            sent: dict[str, Any] = {"model": "any", **body}
            breached = bool(schema.breaches(sent, Edition(version, betas)))
            assert breached == bool(reference.breaches(validator, sent)), sent
            refused += breached
    assert refused > 30


def test_a_generated_case_is_judged_and_sent_with_its_headers(catalog: Catalog) -> None:
    case = next(s for s in catalog.scenarios if s.id == "request.beta.mcp-servers.without-url")
    (step,) = case.steps
    assert step.headers == {"anthropic-beta": "mcp-client-2025-11-20"}
    refused = next(use for use in step.checks if use.check == "error.refused")
    assert refused.clauses == ("anthropic:beta.mcp-servers.shape",)
