"""What the defects of tools and their results change, for test_reference_defects.py."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

import httpx
from asking import WEATHER, events_of, fold
from probes import Json, See, Wire


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


CALLS = {"tool", "stream of blocks"}


WIRE: Wire = {
    "tool-names-cut": (
        _asked(_tool("x" * 60 + "_one"), _tool("x" * 60 + "_two"), tool_choice=SECOND),
        lambda response: last("name")(response)[60:],
        "_two",
        "_one",
        set(),
    ),
    "joiners-lost-in-arguments": (_said("\U0001f469\u200d\U0001f467"), inputs_hold("\u200d"), True, False, set()),
    "arguments-unescaped-twice": (_said("C:\\new"), inputs_hold("\n"), False, True, set()),
    "picture-alone-refused": (_results([RED]), status, 200, 400, set()),
    "tool-without-description-refused": (_asked(_tool("plain")), status, 200, 400, set()),
    "tool-history-without-tools-refused": ({"prompt": _results("sunny")["prompt"]}, status, 200, 400, set()),
    "tools-injected": (
        {"prompt": "Use any tool that you have to look up London."},
        reason,
        "end_turn",
        "tool_use",
        {"text", "thinking", "stream", "stop", "limit", "system", "history", "tokens"},
    ),
    "tool-call-as-text": (
        TOOL,
        lambda r: (last("type")(r), reason(r)),
        ("tool_use", "tool_use"),
        ("text", "end_turn"),
        CALLS,
    ),
    "tool-ids-restart": (TOOL, lambda r: last("id")(r) == "call_0", False, True, CALLS),
    "tool-id-empty": (TOOL, lambda r: last("id")(r) == "", False, True, CALLS),
    "tool-name-altered": (MIXED_NAME, last("name"), "Get-It", "get_it", set()),
    "tool-schema-keywords-refused": (
        _asked(
            _tool("x", input_schema={"type": "object", "$defs": {"a": {}}, "properties": {"a": {"$ref": "#/$defs/a"}}})
        ),
        status,
        200,
        400,
        set(),
    ),
    "tool-schema-simplified": (
        _forced({"name": "x", "input_schema": EITHER}),
        lambda r: r.json()["content"][-1]["input"] == {"by": "train"},
        True,
        False,
        set(),
    ),
    "client-tools-refused": (_asked({"type": "bash_20250124", "name": "bash"}), status, 200, 400, set()),
    "defer-loading-refused": (_asked(WEATHER, _tool("x", defer_loading=True)), status, 200, 400, set()),
    "eager-input-streaming-refused": (_asked(_tool("x", eager_input_streaming=True)), status, 200, 400, set()),
    "strict-refused": (_asked(_tool("x", strict=True)), status, 200, 400, set()),
    "tools-refused-by-one-model": (_asked(WEATHER, model="reference-thinking"), status, 200, 400, set()),
    "many-tools-refused": (_asked(*(_tool(f"tool_{n}") for n in range(65))), status, 200, 400, set()),
    "tool-choice-none-refused": (_asked(WEATHER, tool_choice={"type": "none"}), status, 200, 400, {"forbidden tool"}),
    "tool-choice-any-is-auto": (_asked(WEATHER, tool_choice={"type": "any"}), reason, "tool_use", "end_turn", set()),
    "cut-call-as-whole": (LONG, reason, "max_tokens", "tool_use", set()),
    "second-call-dropped": (TWO, told, [{"city": "Oslo"}, {"zone": "UTC"}], [{"city": "Oslo"}], set()),
    "parallel-arguments-crossed": (
        TWO,
        told,
        [{"city": "Oslo"}, {"zone": "UTC"}],
        [{"zone": "UTC"}, {"city": "Oslo"}],
        set(),
    ),
    "structured-output-dropped": (SHAPED, lambda r: words(r).startswith('{"ok"'), True, False, set()),
    "search-result-in-result-refused": (_results([FOUND]), status, 200, 400, set()),
    "search-result-in-result-dropped": (_results([FOUND]), says("fjord"), True, False, set()),
    "image-in-result-dropped": (_results([RED], ask="Which colour is it?"), says("red"), True, False, set()),
    "result-error-dropped": (_results("X17", is_error=True), says("error"), True, False, set()),
    "text-beside-result-dropped": (_results("Rain", ask="Say kiwi"), says("kiwi"), True, False, set()),
    "empty-result-refused": (_results(None, "", []), status, 200, 400, set()),
    "own-tool-id-forgotten": (_again(_results("Rain"), _results("Hail")), status, 200, 400, set()),
    "chosen-tool-id-refused": (_results("Rain"), status, 200, 400, set()),
    "several-results-refused": (_results("Rain", "Hail"), status, 200, 400, set()),
    "last-result-only": (_results("Rain", "Hail"), says("Rain"), True, False, set()),
    "results-by-place": (_results("Rain", "Hail", reverse=True), says("for Oslo: Rain"), True, False, set()),
}
