"""The driver of the official SDK for Python: does jobs, one JSON line each, and tells what the SDK handed over.

It runs in the environment of the SDK that is asked about, by its path, so it imports the standard library, the SDK and
pydantic, which comes with it. `tools/impact/README.md` has the form of the lines. Each call is the one that Anthropic's
own pages show first for its purpose, with the SDK's defaults.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias, cast

import anthropic
from pydantic import create_model

Json: TypeAlias = dict[str, Any]

MOST_TURNS = 4
"""Answers in one tool loop."""

_MESSAGE = 300
"""Characters of an exception's message that are told."""

_TYPES: Mapping[str, Any] = {"string": str, "integer": int, "number": float, "boolean": bool}


def main() -> None:
    """Answer every line of standard input on standard output, which nothing else may write to."""
    lines = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin:
        lines.write(json.dumps(answered(json.loads(line)), default=str) + "\n")
        lines.flush()


def answered(asked: Mapping[str, Any]) -> Json:
    """What became of one job. Whatever the SDK raises is part of it, with what had been seen before."""
    seen: Json = {}
    try:
        _do(asked, seen)
    except Exception as error:  # noqa: BLE001
        return {"id": asked["id"], "raised": _raised(error), "seen": seen}
    return {"id": asked["id"], "seen": seen}


def _raised(error: Exception) -> Json:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return {"type": name, "message": str(error)[:_MESSAGE], "status": getattr(error, "status_code", None)}


def _do(asked: Mapping[str, Any], seen: Json) -> None:
    client: Any = anthropic.Anthropic(base_url=asked["base_url"], api_key=asked["key"])
    job, model = asked["job"], asked["model"]
    match job.get("route", "messages"):
        case "models":
            seen["models"] = [info.id for info in client.models.list()]
        case "count_tokens":
            messages = [{"role": "user", "content": said} for said in job["turns"]]
            given = {"tools": job["tools"]} if "tools" in job else {}
            seen["count"] = client.messages.count_tokens(model=model, messages=messages, **given).input_tokens
        case _:
            _converse(client, model, job, seen)


def _converse(client: Any, model: str, job: Mapping[str, Any], seen: Json) -> None:
    """Every turn of the user, and after each the results of the calls that it led to."""
    history: list[Json] = []
    turns: list[Json] = seen.setdefault("turns", [])
    for said in job["turns"]:
        history.append({"role": "user", "content": said if history else _first(said, job)})
        for _ in range(MOST_TURNS):
            turns.append({})
            message = _ask(client, {"model": model, "messages": history, **_parameters(job)}, job, turns[-1])
            _told(message, turns[-1])
            if "schema" in job:
                seen["object"] = message.parsed_output.model_dump()
            history.append({"role": "assistant", "content": message.content})
            results = _results(message, job)
            if not results:
                break
            history.append({"role": "user", "content": results})


def _first(said: str, job: Mapping[str, Any]) -> Any:
    if "picture_png" not in job:
        return said
    source = {"type": "base64", "media_type": "image/png", "data": job["picture_png"]}
    return [{"type": "image", "source": source}, {"type": "text", "text": said}]


def _parameters(job: Mapping[str, Any]) -> Json:
    return dict(_parameter(key, value) for key, value in job.items() if key in _PARAMETERS)


_PARAMETERS = ("max_tokens", "system", "tools", "force", "thinking", "stop")


def _parameter(key: str, value: Any) -> tuple[str, Any]:
    match key:
        case "system":
            return "system", [{"type": "text", "text": text} for text in value]
        case "force":
            return "tool_choice", {"type": "tool", "name": value}
        case "thinking":
            return "thinking", {"type": "enabled", "budget_tokens": value}
        case "stop":
            return "stop_sequences", value
        case _:
            return key, value


def _ask(client: Any, body: Json, job: Mapping[str, Any], turn: Json) -> Any:
    """The whole message. What a stream shows its reader is put into `turn` as it comes."""
    if "schema" in job:
        return client.messages.parse(**body, output_format=_model(job["schema"]))
    if not job.get("stream"):
        return client.messages.create(**body)
    turn["text"], turn["pieces"] = "", 0
    with client.messages.stream(**body) as stream:
        for text in stream.text_stream:
            turn["text"] += text
            turn["pieces"] += 1
        return stream.get_final_message()


def _model(schema: Mapping[str, Any]) -> Any:
    """A flat JSON Schema as the class that the SDK asks for."""
    fields = {name: (_TYPES[inner["type"]], ...) for name, inner in schema["properties"].items()}
    return cast("Any", create_model)("Answer", **fields)


def _told(message: Any, turn: Json) -> None:
    """Fill in what the message holds. A block without what its type promises fails here, as in a user's own code; what
    many never read is left out where it is missing."""
    blocks = list(message.content)
    text = "".join(block.text for block in blocks if block.type == "text")
    if turn.setdefault("text", text) != text:
        turn["whole"] = text
    thoughts = [block for block in blocks if block.type == "thinking"]
    if thoughts:
        turn["thinking"] = "".join(block.thinking for block in thoughts)
        turn["signed"] = all(block.signature for block in thoughts)
    calls = [block for block in blocks if block.type == "tool_use"]
    turn["calls"] = [{"name": call.name, "arguments": call.input, "id": bool(call.id)} for call in calls]
    turn["stop"] = message.stop_reason
    usage = getattr(message, "usage", None)
    counts = {"input": getattr(usage, "input_tokens", None), "output": getattr(usage, "output_tokens", None)}
    turn["usage"] = {name: count for name, count in counts.items() if count is not None}


def _results(message: Any, job: Mapping[str, Any]) -> list[Json]:
    return list(_each_result(message, job.get("results", {})))


def _each_result(message: Any, results: Mapping[str, str]) -> Iterator[Json]:
    for block in message.content:
        if block.type == "tool_use" and block.name in results:
            yield {"type": "tool_result", "tool_use_id": block.id, "content": results[block.name]}


if __name__ == "__main__":
    main()
