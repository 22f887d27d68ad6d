"""What the reference does with betas: accepts their fields with the header, and does what they ask."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from asking import HEADERS, Asker, fold
from messages_conformance.locate import data
from messages_conformance.reference.contract.betas import BETAS
from messages_conformance.reference.model.context import edited
from messages_conformance.reference.narrow import as_list, as_object

LEARN = {"type": "url", "name": "learn", "url": "https://mcp.example.com"}
TOOLSET = {
    "type": "mcp_toolset",
    "mcp_server_name": "learn",
    "default_config": {"enabled": False},
    "configs": {"find_page": {"enabled": True}, "drop_page": {}},
}


def named(*betas: str) -> dict[str, str]:
    return {**HEADERS, "anthropic-beta": ",".join(betas)}


MCP = named("mcp-client-2025-11-20")


def x_betas(schema: Any) -> Iterator[str]:
    yield from as_list(as_object(schema).get("x-betas"))
    for part in (*as_object(schema).values(), *as_list(schema)):
        yield from x_betas(part)


def test_every_beta_of_the_schemas_is_known() -> None:
    folder = data("specs") / "anthropic" / "schemas"
    found = {beta for path in folder.rglob("*.json") for beta in x_betas(json.loads(path.read_text("utf-8")))}
    assert found
    assert found <= BETAS


# --- context management -----------------------------------------------------------------------------------------------


def conversation(*results: str, **edit: Any) -> dict[str, Any]:
    """Tool uses t0, t1, … with these results, and one edit that clears tool uses."""
    calls = [{"type": "tool_use", "id": f"t{n}", "name": f"tool{n}", "input": {"n": n}} for n in range(len(results))]
    told = [{"type": "tool_result", "tool_use_id": f"t{n}", "content": result} for n, result in enumerate(results)]
    return {
        "messages": [
            {"role": "user", "content": "Go on."},
            {"role": "assistant", "content": calls},
            {"role": "user", "content": told},
        ],
        "context_management": {"edits": [{"type": "clear_tool_uses_20250919", **edit}]},
    }


LONG = "a result of some length " * 5
AFTER_TWO = {"trigger": {"type": "tool_uses", "value": 2}, "keep": {"type": "tool_uses", "value": 1}}


def left(body: dict[str, Any]) -> list[bool]:
    return [block["content"] == LONG for block in body["messages"][2]["content"]]


def test_old_tool_results_are_cleared_once_the_trigger_is_passed() -> None:
    body, edits = edited(conversation(LONG, LONG, LONG, **AFTER_TWO))
    assert left(body) == [False, False, True]
    assert edits is not None
    (edit,) = edits
    assert (edit["type"], edit["cleared_tool_uses"]) == ("clear_tool_uses_20250919", 2)
    assert edit["cleared_input_tokens"] > 20
    assert [block["input"] for block in body["messages"][1]["content"]] == [{"n": 0}, {"n": 1}, {"n": 2}]


@pytest.mark.parametrize(
    ("edit", "kept"),
    [
        ({"keep": {"type": "tool_uses", "value": 1}}, [True, True, True]),  # 100,000 tokens is the default
        ({**AFTER_TWO, "trigger": {"type": "input_tokens", "value": 20}}, [False, False, True]),
        ({**AFTER_TWO, "exclude_tools": ["tool0"]}, [True, False, True]),
        ({**AFTER_TWO, "clear_at_least": {"type": "input_tokens", "value": 5000}}, [True, True, True]),
        ({"trigger": AFTER_TWO["trigger"]}, [True, True, True]),  # three are kept by default
    ],
)
def test_the_settings_of_an_edit(edit: dict[str, Any], kept: list[bool]) -> None:
    body, edits = edited(conversation(LONG, LONG, LONG, **edit))
    assert left(body) == kept
    assert bool(edits) == (not all(kept))


def test_inputs_are_cleared_where_asked() -> None:
    body, _ = edited(conversation(LONG, LONG, LONG, **AFTER_TWO, clear_tool_inputs=["tool1"]))
    assert [block["input"] for block in body["messages"][1]["content"]] == [{"n": 0}, {}, {"n": 2}]


@pytest.mark.parametrize(("keep", "cleared"), [({}, 1), ({"keep": "all"}, 0)])
def test_old_thinking_is_cleared(keep: dict[str, Any], cleared: int) -> None:
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "x"}
    turns = [{"role": "assistant", "content": [thought, {"type": "text", "text": "Yes."}]}] * 2
    asked = [{"role": "user", "content": "And?"}]
    managed = {"edits": [{"type": "clear_thinking_20251015", **keep}]}
    body, edits = edited({"messages": [*turns[:1], *asked, *turns[1:], *asked], "context_management": managed})
    assert [edit["cleared_thinking_turns"] for edit in edits or ()] == ([cleared] if cleared else [])
    assert [len(message["content"]) for message in body["messages"] if message["role"] == "assistant"] == [
        2 - cleared,
        2,
    ]


def test_an_answer_tells_of_edits_only_where_they_were_asked_for(ask: Asker) -> None:
    header = named("interleaved-thinking-2025-05-14", "context-management-2025-06-27")
    managed = {"context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]}}
    told = ask.events(headers=header, **managed)
    assert "context_management" not in ask.message()
    assert ask.message(headers=header, **managed)["context_management"] == {"applied_edits": []}
    assert [event["type"] for event in told if "context_management" in event] == ["message_delta"]
    assert "context_management" not in told[0]["message"]


def test_without_the_header_the_field_does_not_exist(ask: Asker) -> None:
    status, kind, text = ask.refusal(context_management={"edits": []})
    assert (status, kind) == (400, "invalid_request_error")
    assert text == "context_management: Extra inputs are not permitted"


# --- MCP --------------------------------------------------------------------------------------------------------------


def test_an_mcp_tool_that_the_prompt_names_is_called(ask: Asker) -> None:
    more: dict[str, Any] = {"headers": MCP, "mcp_servers": [LEARN], "tools": [TOOLSET]}
    plain = ask.message("Use the find_page tool, then answer.", **more)
    call, result, text = plain["content"]
    assert (call["type"], call["name"], call["server_name"]) == ("mcp_tool_use", "find_page", "learn")
    assert (result["type"], result["tool_use_id"], result["is_error"]) == ("mcp_tool_result", call["id"], False)
    assert (text["type"], plain["stop_reason"]) == ("text", "end_turn")
    streamed = fold(ask.events("Use the find_page tool, then answer.", **more))
    assert [block["type"] for block in streamed["content"]] == [block["type"] for block in plain["content"]]
    assert streamed["content"][0]["input"] == call["input"]
    switched_off = ask.message("Use the drop_page tool, then answer.", **more)
    assert [block["type"] for block in switched_off["content"]] == ["text"]


def test_the_blocks_of_an_mcp_call_are_taken_back(ask: Asker) -> None:
    more: dict[str, Any] = {"headers": MCP, "mcp_servers": [LEARN], "tools": [TOOLSET]}
    content = ask.message("Use the find_page tool.", **more)["content"]
    turns = [{"role": "user", "content": "Go."}, {"role": "assistant", "content": content}]
    history = [*turns, {"role": "user", "content": "Thanks."}]
    assert ask.message(history, **more)["stop_reason"] == "end_turn"
    assert ask.refusal(history)[0] == 400


@pytest.mark.parametrize(
    ("servers", "tools", "where"),
    [
        ([LEARN], [], "mcp_servers.0.name"),
        ([LEARN], [TOOLSET, TOOLSET], "mcp_servers.0.name"),
        ([], [TOOLSET], "tools.0.mcp_server_name"),
    ],
)
def test_servers_and_toolsets_must_match(ask: Asker, servers: list[Any], tools: list[Any], where: str) -> None:
    status, _, text = ask.refusal(headers=MCP, mcp_servers=servers, tools=tools)
    assert status == 400
    assert text.startswith(f"{where}:")


def test_the_first_beta_lists_the_tools_at_the_server(ask: Asker) -> None:
    server = {**LEARN, "tool_configuration": {"allowed_tools": ["find_page"]}}
    answer = ask.message("Use find_page.", headers=named("mcp-client-2025-04-04"), mcp_servers=[server])
    assert answer["content"][0]["type"] == "mcp_tool_use"


# --- the others -------------------------------------------------------------------------------------------------------


def test_output_format_is_the_older_place_of_the_schema(ask: Asker) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    wanted = {"type": "json_schema", "schema": schema}
    header = named("structured-outputs-2025-11-13")
    assert isinstance(json.loads(ask.text("Give me 7.", headers=header, output_format=wanted))["n"], int)
    status, _, text = ask.refusal(headers=header, output_format={"type": "json_schema", "schema": {"type": "mauve"}})
    assert (status, text.partition(":")[0]) == (400, "output_format.schema")


def test_a_budget_beyond_max_tokens_needs_interleaved_thinking(ask: Asker) -> None:
    thinking = {"type": "enabled", "budget_tokens": 4096}
    assert ask.refusal(thinking=thinking)[0] == 400
    answer = ask.message(headers=named("interleaved-thinking-2025-05-14"), thinking=thinking)
    assert answer["content"][0]["type"] == "thinking"


def test_a_header_that_outlived_its_beta_stays_accepted(ask: Asker) -> None:
    assert ask.message(headers=named("fine-grained-tool-streaming-2025-05-14"))["type"] == "message"


def test_what_claude_code_sends_by_default_is_taken(ask: Asker) -> None:
    thinking = {"type": "adaptive", "display": "updates"}
    headers = named("claude-code-20250219", "effort-2025-11-24", "thinking-display-updates-2026-08-18")
    message = ask.message("Say hi", thinking=thinking, max_tokens=2048, headers=headers)
    assert [block["type"] for block in message["content"]] == ["thinking", "text"]


def test_without_the_beta_display_has_no_updates(ask: Asker) -> None:
    status, kind, text = ask.refusal("Say hi", thinking={"type": "adaptive", "display": "updates"}, max_tokens=2048)
    assert (status, kind) == (400, "invalid_request_error")
    assert "display" in text
