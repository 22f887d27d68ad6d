"""Valid requests that between them hold most of what a request may hold: what is mutated to see whether the reference
answers or refuses whatever comes."""

from __future__ import annotations

from typing import Any

from asking import OLD, WEATHER
from messages_conformance.reference.narrow import as_list, as_object

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGM4IScHAAK2AQU0pnWqAAAAAElFTkSuQmCC"
PDF = (
    "JVBERi0xLjQKMSAwIG9iago8PC9UeXBlL0NhdGFsb2c+PgplbmRvYmoKc3RyZWFtCkJUIChUaGUgYXV0aG9yIG9mIHRoZSByZXBvcnQgaXMgTWF5"
    "LikgVGogRVQKZW5kc3RyZWFtCg=="
)
SEALED = "xfmuhOu0Lq4NOOhKpT6GWpXKmlg8qsWu5sOBRKQeVbM="
"""What the reference gave with the hit at https://example.com."""

CITE = {"citations": {"enabled": True}}
EPHEMERAL = {"cache_control": {"type": "ephemeral", "ttl": "5m"}}


def _user(*blocks: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(blocks)}


def _text(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": text, **more}


def _request(*messages: Any, **more: Any) -> dict[str, Any]:
    return {"model": "reference", "max_tokens": 2048, "messages": list(messages), **more}


def _document(source: dict[str, Any]) -> dict[str, Any]:
    return {"type": "document", "title": "Report", "context": "A note", "source": source, **CITE, **EPHEMERAL}


_SEARCH_RESULT = {
    "type": "search_result",
    "source": "https://example.com/report",
    "title": "Report",
    "content": [_text("The author of the report is May.")],
    **CITE,
}
_HISTORY = (
    _user(_text("What is the weather in Paris?")),
    {
        "role": "assistant",
        "content": [
            {"type": "redacted_thinking", "data": "c2ln"},
            {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Paris"}},
        ],
    },
    _user(
        {
            "type": "tool_result",
            "tool_use_id": "toolu_1",
            "is_error": False,
            "content": [_text("sunny"), _SEARCH_RESULT],
        },
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "A text."}},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
        _text("Use get_weather for Rome."),
    ),
)
_SEARCHED = {
    "role": "assistant",
    "content": [
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "author"}},
        {
            "type": "web_search_tool_result",
            "tool_use_id": "srvtoolu_1",
            "content": [
                {
                    "type": "web_search_result",
                    "url": "https://example.com",
                    "title": "A page",
                    "encrypted_content": SEALED,
                    "page_age": None,
                }
            ],
        },
        _text(
            "May wrote it.",
            citations=[
                {
                    "type": "web_search_result_location",
                    "url": "https://example.com",
                    "title": "A page",
                    "encrypted_index": SEALED,
                    "cited_text": "May",
                }
            ],
        ),
    ],
}

RICH: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "tools": (
        _request(
            *_HISTORY,
            system=[_text("Be brief.", **EPHEMERAL)],
            tools=[WEATHER, {"type": "bash_20250124", "name": "bash"}],
            tool_choice={"type": "auto", "disable_parallel_tool_use": False},
            thinking={"type": "enabled", "budget_tokens": 1024, "display": "summarized"},
            stop_sequences=["STOP"],
            output_config={"effort": "low", "format": {"type": "json_schema", "schema": {"type": "object"}}},
            metadata={"user_id": "u"},
            temperature=1,
            stream=False,
        ),
        OLD,
    ),
    "citations": (
        _request(
            _user(
                _document({"type": "text", "media_type": "text/plain", "data": "The author of the report is May."}),
                _document({"type": "content", "content": [_text("The author of the report is May.")]}),
                _document({"type": "content", "content": "The author of the report is May."}),
                _document({"type": "base64", "media_type": "application/pdf", "data": PDF}),
                _SEARCH_RESULT,
                _text("Who is the author of the report?"),
            )
        ),
        OLD,
    ),
    "structured": (
        _request(
            _user(_text("Describe Paris.")),
            output_config={
                "format": {
                    "type": "json_schema",
                    "schema": {
                        "type": "object",
                        "properties": {
                            "city": {"type": "string", "enum": ["Paris", "Rome"]},
                            "rooms": {"type": "array", "items": {"type": "integer"}},
                            "open": {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
                        },
                        "required": ["city", "rooms"],
                        "additionalProperties": False,
                    },
                }
            },
        ),
        OLD,
    ),
    "forced": (
        _request(
            _user(_text("Book a room in Rome.")),
            tools=[
                {
                    "type": "custom",
                    "name": "book",
                    "strict": True,
                    "description": "Books a room.",
                    "input_examples": [{"city": "Oslo"}],
                    "input_schema": {
                        "type": "object",
                        "properties": {
                            "city": {"type": "string", "description": "Where"},
                            "nights": {"type": "integer", "minimum": 1},
                            "guests": {
                                "type": "array",
                                "items": {"type": "object", "properties": {"name": {"type": "string"}}},
                            },
                        },
                        "required": ["city", "nights", "guests"],
                    },
                    **EPHEMERAL,
                }
            ],
            tool_choice={"type": "tool", "name": "book", "disable_parallel_tool_use": True},
        ),
        OLD,
    ),
    "search": (
        _request(
            _user(_text("Who is the author?")),
            _SEARCHED,
            _user(_text('Search the web for "author May".')),
            tools=[
                {
                    "type": "web_search_20250305",
                    "name": "web_search",
                    "max_uses": 2,
                    "allowed_domains": ["example.com"],
                    "user_location": {"type": "approximate", "city": "Paris", "country": "FR"},
                }
            ],
        ),
        OLD,
    ),
    "mcp": (
        _request(
            _user(_text("Say hi.")),
            mcp_servers=[{"type": "url", "name": "one", "url": "https://example.com/mcp", "authorization_token": "t"}],
            tools=[{"type": "mcp_toolset", "mcp_server_name": "one", "default_config": {"enabled": True}}],
            context_management={
                "edits": [
                    {"type": "clear_thinking_20251015", "keep": {"type": "thinking_turns", "value": 1}},
                    {
                        "type": "clear_tool_uses_20250919",
                        "trigger": {"type": "input_tokens", "value": 1000},
                        "keep": {"type": "tool_uses", "value": 1},
                    },
                ]
            },
        ),
        {**OLD, "anthropic-beta": "mcp-client-2025-11-20,context-management-2025-06-27"},
    ),
}
"""Each request with its headers."""

CHAT: dict[str, Any] = {
    "model": "reference",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Use get_weather for Paris."},
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
            ],
        },
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'}}
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "sunny"},
        {"role": "user", "content": "Use get_weather for Rome."},
    ],
    "max_tokens": 100,
    "max_completion_tokens": None,
    "temperature": 1,
    "stop": ["STOP"],
    "stream": False,
    "stream_options": {"include_usage": True},
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "get_weather",
                "description": "The weather",
                "parameters": {
                    "type": "object",
                    "properties": {"city": {"type": "string", "enum": ["Paris", "Rome"]}},
                    "required": ["city"],
                },
            },
        }
    ],
    "tool_choice": "auto",
    "parallel_tool_calls": True,
    "reasoning_effort": "low",
}
"""What a gateway sends upstream, with most of what it may hold."""


def paths(value: Any) -> list[tuple[Any, ...]]:
    """Every place in a value."""
    members: list[tuple[Any, Any]] = [*as_object(value).items(), *enumerate(as_list(value))]
    return [found for key, inner in members for found in [(key,), *((key, *rest) for rest in paths(inner))]]
