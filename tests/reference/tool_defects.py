"""What the defects of tools and their results change, for test_reference_defects.py."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Callable
from typing import Any

import httpx
from asking import WEATHER, events_of, fold

Json = dict[str, Any]
See = Callable[[httpx.Response], Any]


def _schema(**properties: Any) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _tool(name: str, **more: Any) -> Json:
    return {"name": name, "input_schema": _schema(), **more}


def _asked(*tools: Json, **more: Any) -> Json:
    return {"prompt": "Hello.", "tools": list(tools), **more}


def _forced(tool: Json, **more: Any) -> Json:
    return _asked(tool, tool_choice={"type": "tool", "name": tool["name"]}, **more)


def _png(red: int, green: int, blue: int) -> str:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(bytes([0, red, green, blue]))
    whole = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")
    return base64.b64encode(whole).decode()


def _results(*contents: Any, ask: str = "", reverse: bool = False, **more: Any) -> Json:
    """A history of calls about Oslo, Bern and so on, and their results; None is a result without content."""
    cities = ["Oslo", "Bern", "Rome"][: len(contents)]
    calls = [{"type": "tool_use", "id": f"toolu_{c}", "name": "get_weather", "input": {"city": c}} for c in cities]
    results: list[Json] = [
        {
            "type": "tool_result",
            "tool_use_id": f"toolu_{city}",
            **({} if content is None else {"content": content}),
            **more,
        }
        for city, content in zip(cities, contents, strict=True)
    ]
    turn = [*(results[::-1] if reverse else results), *([{"type": "text", "text": ask}] if ask else [])]
    prompt = [
        {"role": "user", "content": "Look it up."},
        {"role": "assistant", "content": calls},
        {"role": "user", "content": turn},
    ]
    return {"prompt": prompt, "tools": [WEATHER]}


def _again(first: Json, last: Json) -> Json:
    """Two rounds of calls, one after the other."""
    renamed: list[Json] = [
        {
            **turn,
            "content": [
                {key: f"{value}_2" if key in ("id", "tool_use_id") else value for key, value in block.items()}
                for block in turn["content"]
            ],
        }
        for turn in last["prompt"][1:]
    ]
    return {**first, "prompt": [*first["prompt"], *renamed]}


TWO = _asked(
    {"name": "get_weather", "input_schema": _schema(city={"type": "string"})},
    {"name": "get_time", "input_schema": _schema(zone={"type": "string"})},
    stream=True,
) | {"prompt": "Use the get_weather tool for Oslo and the get_time tool with zone: UTC."}
FOUND = {"type": "search_result", "title": "t", "source": "s", "content": [{"type": "text", "text": "the fjord"}]}
RED = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": _png(220, 20, 20)}}
LONG = _forced({"name": "save", "input_schema": _schema(note={"type": "string", "minLength": 900})}, max_tokens=40)
EITHER = _schema(by={"anyOf": [{"const": "train"}, {"const": "car"}]})
SECOND = {"type": "tool", "name": "x" * 60 + "_two"}
MIXED_NAME = _forced(_tool("Get-It"))
TOOL = {"prompt": "What is the weather in Oslo?", "tools": [WEATHER]}
SHAPED = {"output_config": {"format": {"type": "json_schema", "schema": _schema(ok={"type": "boolean"})}}}


def status(response: httpx.Response) -> int:
    return response.status_code


def words(response: httpx.Response) -> str:
    return "".join(block.get("text", "") for block in response.json()["content"])


def says(word: str) -> See:
    return lambda response: word in words(response)


def last(key: str) -> See:
    return lambda response: response.json()["content"][-1].get(key)


def inputs_hold(mark: str) -> See:
    return lambda response: mark in response.json()["content"][-1]["input"]["note"]


def _said(note: str) -> Json:
    """A call whose only argument can be nothing else."""
    return _forced({"name": "save", "input_schema": _schema(note={"enum": [note]})})


def reason(response: httpx.Response) -> str:
    return response.json()["stop_reason"]


def told(response: httpx.Response) -> list[Json]:
    """The inputs of the calls of a stream."""
    return [block["input"] for block in fold(events_of(response.text))["content"] if block["type"] == "tool_use"]


WIRE: dict[str, tuple[Json, See, Any, Any]] = {
    "tool-names-cut": (
        _asked(_tool("x" * 60 + "_one"), _tool("x" * 60 + "_two"), tool_choice=SECOND),
        lambda response: last("name")(response)[60:],
        "_two",
        "_one",
    ),
    "joiners-lost-in-arguments": (_said("\U0001f469\u200d\U0001f467"), inputs_hold("\u200d"), True, False),
    "arguments-unescaped-twice": (_said("C:\\new"), inputs_hold("\n"), False, True),
    "picture-alone-refused": (_results([RED]), status, 200, 400),
    "tool-without-description-refused": (_asked(_tool("plain")), status, 200, 400),
    "tool-history-without-tools-refused": ({"prompt": _results("sunny")["prompt"]}, status, 200, 400),
    "tools-injected": ({"prompt": "Use any tool that you have to look up London."}, reason, "end_turn", "tool_use"),
    "tool-call-as-text": (TOOL, lambda r: (last("type")(r), reason(r)), ("tool_use", "tool_use"), ("text", "end_turn")),
    "tool-ids-restart": (TOOL, lambda r: last("id")(r) == "call_0", False, True),
    "tool-id-empty": (TOOL, lambda r: last("id")(r) == "", False, True),
    "tool-name-altered": (MIXED_NAME, last("name"), "Get-It", "get_it"),
    "tool-schema-keywords-refused": (
        _asked(
            _tool("x", input_schema={"type": "object", "$defs": {"a": {}}, "properties": {"a": {"$ref": "#/$defs/a"}}})
        ),
        status,
        200,
        400,
    ),
    "tool-schema-simplified": (
        _forced({"name": "x", "input_schema": EITHER}),
        lambda r: r.json()["content"][-1]["input"] == {"by": "train"},
        True,
        False,
    ),
    "client-tools-refused": (_asked({"type": "bash_20250124", "name": "bash"}), status, 200, 400),
    "defer-loading-refused": (_asked(WEATHER, _tool("x", defer_loading=True)), status, 200, 400),
    "eager-input-streaming-refused": (_asked(_tool("x", eager_input_streaming=True)), status, 200, 400),
    "strict-refused": (_asked(_tool("x", strict=True)), status, 200, 400),
    "tools-refused-by-one-model": (_asked(WEATHER, model="reference-thinking"), status, 200, 400),
    "many-tools-refused": (_asked(*(_tool(f"tool_{n}") for n in range(65))), status, 200, 400),
    "tool-choice-none-refused": (_asked(WEATHER, tool_choice={"type": "none"}), status, 200, 400),
    "tool-choice-any-is-auto": (_asked(WEATHER, tool_choice={"type": "any"}), reason, "tool_use", "end_turn"),
    "cut-call-as-whole": (LONG, reason, "max_tokens", "tool_use"),
    "second-call-dropped": (TWO, told, [{"city": "Oslo"}, {"zone": "UTC"}], [{"city": "Oslo"}]),
    "parallel-arguments-crossed": (
        TWO,
        told,
        [{"city": "Oslo"}, {"zone": "UTC"}],
        [{"zone": "UTC"}, {"city": "Oslo"}],
    ),
    "structured-output-dropped": (SHAPED, lambda r: words(r).startswith('{"ok"'), True, False),
    "search-result-in-result-refused": (_results([FOUND]), status, 200, 400),
    "search-result-in-result-dropped": (_results([FOUND]), says("fjord"), True, False),
    "image-in-result-dropped": (_results([RED], ask="Which colour is it?"), says("red"), True, False),
    "result-error-dropped": (_results("X17", is_error=True), says("error"), True, False),
    "text-beside-result-dropped": (_results("Rain", ask="Say kiwi"), says("kiwi"), True, False),
    "empty-result-refused": (_results(None, "", []), status, 200, 400),
    "own-tool-id-forgotten": (_again(_results("Rain"), _results("Hail")), status, 200, 400),
    "chosen-tool-id-refused": (_results("Rain"), status, 200, 400),
    "several-results-refused": (_results("Rain", "Hail"), status, 200, 400),
    "last-result-only": (_results("Rain", "Hail"), says("Rain"), True, False),
    "results-by-place": (_results("Rain", "Hail", reverse=True), says("for Oslo: Rain"), True, False),
}
"""Defect: request, what is seen, without the defect, with it."""

CALLS = {"tool", "stream of blocks"}

REACH: dict[str, set[str]] = {
    **{name: set[str]() for name in WIRE},
    "tools-injected": {"text", "thinking", "stream", "stop", "limit", "system", "history", "tokens"},
    "tool-call-as-text": CALLS,
    "tool-ids-restart": CALLS,
    "tool-id-empty": CALLS,
    "tool-choice-none-refused": {"forbidden tool"},
}
"""Defect: the probes that it changes."""
