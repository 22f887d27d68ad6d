"""What a request may hold only together with a beta header, by the schemas of the contract `anthropic`."""

from __future__ import annotations

from typing import Any

import pytest
from messages_conformance.catalog import Catalog, load_catalog
from messages_conformance.catalog.contracts.request_schema import RequestSchema, betas_of

MCP = frozenset({"mcp-client-2025-11-20"})
OLD_MCP = frozenset({"mcp-client-2025-04-04"})
SERVER = {"type": "url", "name": "docs", "url": "https://mcp.example.com"}
TOOLSET = {"type": "mcp_toolset", "mcp_server_name": "docs"}
CALL: dict[str, Any] = {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "find", "server_name": "docs", "input": {}}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="module")
def schema(catalog: Catalog) -> RequestSchema:
    return catalog.requests["anthropic"]


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
    assert schema.breaches(request(**more), betas=frozenset({beta, "another-beta"})) == ()
    assert schema.breaches(request(**more)) == ("anthropic:request.unknown-field",)
    assert schema.breaches(request(**more), betas=frozenset({"another-beta"})) == ("anthropic:request.unknown-field",)


def test_a_branch_of_a_beta_is_an_unknown_type_without_it(schema: RequestSchema) -> None:
    tools = request(mcp_servers=[SERVER], tools=[TOOLSET])
    assert schema.breaches(tools, betas=MCP) == ()
    assert schema.breaches(tools, betas=OLD_MCP) == ("anthropic:request.tools.type.enum",)
    turn = request(messages=[{"role": "assistant", "content": [CALL]}])
    assert schema.breaches(turn, betas=MCP) == schema.breaches(turn, betas=OLD_MCP) == ()
    assert schema.breaches(turn) == ("anthropic:request.block.type.enum",)


def test_what_a_beta_adds_is_held_to_its_shape(schema: RequestSchema) -> None:
    shape = ("anthropic:beta.mcp-servers.shape",)
    nameless = {key: value for key, value in CALL.items() if key != "server_name"}
    assert schema.breaches(request(mcp_servers=[{**SERVER, "url": 7}]), betas=MCP) == shape
    assert schema.breaches(request(tools=[{"type": "mcp_toolset"}]), betas=MCP) == shape
    assert schema.breaches(request(messages=[{"role": "assistant", "content": [nameless]}]), betas=MCP) == shape


def test_a_step_names_betas_in_its_headers() -> None:
    assert betas_of({"Anthropic-Beta": "a-1, b-2,"}) == {"a-1", "b-2"}
    assert betas_of({"anthropic-beta": None, "x-other": "a-1"}) == frozenset()


def test_a_generated_case_is_judged_and_sent_with_its_headers(catalog: Catalog) -> None:
    case = next(s for s in catalog.scenarios if s.id == "request.beta.mcp-servers.without-url")
    (step,) = case.steps
    assert step.headers == {"anthropic-beta": "mcp-client-2025-11-20"}
    refused = next(use for use in step.checks if use.check == "error.refused")
    assert refused.clauses == ("anthropic:beta.mcp-servers.shape",)
