"""An OpenAI-style upstream that answers with the same model, for gateways to translate to.

Any key is taken: what a gateway sends upstream is its own affair. Shapes follow OpenAI's chat completions reference
(https://platform.openai.com/docs/api-reference/chat).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from messages_conformance.reference.contract import models
from messages_conformance.reference.events import json_fragments, text_fragments
from messages_conformance.reference.http.errors import dump
from messages_conformance.reference.http.frames import data_only
from messages_conformance.reference.model import tokens
from messages_conformance.reference.model.turn import respond
from messages_conformance.reference.narrow import as_list, as_object
from messages_conformance.reference.play import Frame, Json, Reply, Turn

DEFAULT_MAX_TOKENS = 4096
CREATED = 1_792_540_800
_SCHEMA = Path(__file__).with_name("chat-completions.schema.json")
_JSON = (("content-type", "application/json"),)
_STREAM = (("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache"))

_FINISH = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "tool_use": "tool_calls"}


def answer(method: str, path: str, raw: bytes) -> Reply:
    """The reply to a request below `/upstream`."""
    match method, path:
        case "GET", "/v1/models":
            ids = [*models.MODELS, *models.ALIASES]
            data = [{"id": name, "object": "model", "created": CREATED, "owned_by": "reference"} for name in ids]
            return Reply(200, _JSON, dump({"object": "list", "data": data}))
        case "POST", "/v1/chat/completions":
            return _complete(raw)
        case _:
            return _error(404, "invalid_request_error", f"There is nothing at {method} {path}")


def _complete(raw: bytes) -> Reply:
    try:
        chat: Any = json.loads(raw)
    except ValueError:
        return _error(400, "invalid_request_error", "The body is not JSON")
    # As strict as servers of this kind are: what a gateway passes on unchecked is refused here, not swallowed.
    if refusal := next(_validator().iter_errors(chat), None):
        return _error(400, "invalid_request_error", f"{refusal.json_path.removeprefix('$.')}: {refusal.message}")
    try:
        body = to_messages(chat)
        turn = respond(body)
    except (ValueError, KeyError) as error:
        return _error(400, "invalid_request_error", f"The request cannot be answered: {error}")
    head = {"id": f"chatcmpl-{secrets.token_hex(12)}", "created": CREATED, "model": chat["model"]}
    usage = _usage(body, turn)
    if chat.get("stream") is not True:
        choice = {"index": 0, "message": _message(turn), "logprobs": None, "finish_reason": _finish(turn)}
        return Reply(200, _JSON, dump({**head, "object": "chat.completion", "choices": [choice], "usage": usage}))
    chunks: list[Json] = [{"choices": [{"index": 0, "finish_reason": None, **part}]} for part in _parts(turn)]
    if as_object(chat.get("stream_options")).get("include_usage"):
        chunks.append({"choices": [], "usage": usage})
    sent = (data_only(dump({**head, "object": "chat.completion.chunk", **chunk})) for chunk in chunks)
    return Reply(200, _STREAM, (*sent, Frame(0, b"data: [DONE]\n\n")))


@cache
def _validator() -> Any:
    return Draft202012Validator(json.loads(_SCHEMA.read_text(encoding="utf-8")))


# --- from chat completions to the Messages API ------------------------------------------------------------------------


def to_messages(chat: Mapping[str, Any]) -> Json:
    """A chat completion request as a Messages request that the model understands."""
    messages: list[Json] = []
    system: list[Json] = []
    for said in chat["messages"]:
        blocks = _blocks(said.get("content"))
        match said["role"]:
            case "system" | "developer":
                system += blocks
            case "tool":
                result = {"type": "tool_result", "tool_use_id": said["tool_call_id"], "content": blocks}
                messages.append({"role": "user", "content": [result]})
            case role:
                calls = [_tool_use(call) for call in as_list(said.get("tool_calls"))]
                messages.append({"role": role, "content": [*blocks, *calls]})
    limit = chat.get("max_completion_tokens") or chat.get("max_tokens") or DEFAULT_MAX_TOKENS
    stop: Any = chat.get("stop") or []
    body: Json = {
        "model": chat["model"],
        "max_tokens": limit,
        "messages": messages,
        "system": system,
        "stop_sequences": [stop] if isinstance(stop, str) else stop,
        "tools": [_tool(tool["function"]) for tool in as_list(chat.get("tools"))],
        "tool_choice": _tool_choice(chat),
    }
    if "think" in chat["model"] and chat.get("reasoning_effort") != "none":
        body["thinking"] = {"type": "adaptive"}
    return body


def _blocks(content: Any) -> list[Json]:
    blocks: list[Json] = []
    for part in tokens.as_blocks(content):
        match part:
            case {"type": "text", "text": ""}:
                continue
            case {"type": "text"}:
                blocks.append({"type": "text", "text": part["text"]})
            case {"type": "image_url", "image_url": {"url": str(url)}} if url.startswith("data:"):
                media_type, _, data = url.removeprefix("data:").partition(";base64,")
                source = {"type": "base64", "media_type": media_type, "data": data}
                blocks.append({"type": "image", "source": source})
            case _:
                pass
    return blocks


def _tool_use(call: Mapping[str, Any]) -> Json:
    function = call["function"]
    return {
        "type": "tool_use",
        "id": call["id"],
        "name": function["name"],
        "input": json.loads(function["arguments"] or "{}"),
    }


def _tool(function: Mapping[str, Any]) -> Json:
    schema = function.get("parameters") or {"type": "object"}
    return {"name": function["name"], "description": function.get("description", ""), "input_schema": schema}


def _tool_choice(chat: Mapping[str, Any]) -> Json:
    choice = chat.get("tool_choice") or "auto"
    if isinstance(choice, str):
        made: Json = {"type": {"required": "any"}.get(choice, choice)}
    else:
        made = {"type": "tool", "name": choice["function"]["name"]}
    return {**made, "disable_parallel_tool_use": chat.get("parallel_tool_calls") is False}


# --- and back ---------------------------------------------------------------------------------------------------------


def _message(turn: Turn) -> Json:
    text = "".join(block["text"] for block in turn.blocks if block["type"] == "text")
    calls = [_call(block, json.dumps(block["input"])) for block in turn.blocks if block["type"] == "tool_use"]
    thought = "".join(block["thinking"] for block in turn.blocks if block["type"] == "thinking")
    message: Json = {"role": "assistant", "content": text or None, "refusal": None}
    if calls:
        message["tool_calls"] = calls
    if thought:
        message["reasoning_content"] = thought
    return message


def _parts(turn: Turn) -> Iterator[Json]:
    """The deltas of a streamed choice, the last one with its finish reason."""
    yield {"delta": {"role": "assistant", "content": ""}}
    number = 0
    for block in turn.blocks:
        match block["type"]:
            case "text":
                yield from ({"delta": {"content": part}} for part in text_fragments(block["text"]))
            case "thinking":
                yield from ({"delta": {"reasoning_content": part}} for part in text_fragments(block["thinking"]))
            case _:
                yield {"delta": {"tool_calls": [{"index": number, **_call(block, "")}]}}
                for part in json_fragments(json.dumps(block["input"]))[1:]:
                    yield {"delta": {"tool_calls": [{"index": number, "function": {"arguments": part}}]}}
                number += 1
    yield {"delta": {}, "finish_reason": _finish(turn)}


def _call(block: Json, arguments: str) -> Json:
    return {"id": block["id"], "type": "function", "function": {"name": block["name"], "arguments": arguments}}


def _finish(turn: Turn) -> str:
    return _FINISH.get(turn.stop_reason, "content_filter")


def _usage(body: Json, turn: Turn) -> Json:
    prompt = tokens.count_input(body)
    said = sum(tokens.count_block(block) for block in turn.blocks if block["type"] in ("text", "tool_use"))
    completion = max(1, said + turn.thinking_tokens)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": turn.thinking_tokens},
    }


def _error(status: int, kind: str, message: str) -> Reply:
    error = {"message": message, "type": kind, "param": None, "code": None}
    return Reply(status, _JSON, dump({"error": error}))
