"""The driver of the official SDK for Python: does jobs, one JSON line each, and tells what the SDK handed over.

It runs in the environment of the SDK that is asked about, by its path, so it imports the standard library, the SDK and
pydantic, which comes with it. `tools/impact/README.md` has the form of the lines. Each call is the one that Anthropic's
own pages show first for its purpose, with the SDK's defaults.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Any, TypeAlias, cast

import anthropic
from pydantic import create_model

Json: TypeAlias = dict[str, Any]

MOST_TURNS = 4
"""Answers in one tool loop."""

_MESSAGE = 300
"""Characters of an exception's message that are told."""

_OWN = "ANTHROPIC_"
"""What the SDK reads from the environment: keys and headers of the user's own, which are not for every endpoint."""

_TYPES: Mapping[str, Any] = {"string": str, "integer": int, "number": float, "boolean": bool}


def main() -> None:
    """Answer every line of standard input on standard output, which nothing else may write to."""
    for name in [name for name in os.environ if name.startswith(_OWN)]:
        del os.environ[name]
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
    given = asked.get("client", {"api_key": asked["key"]})
    client: Any = anthropic.Anthropic(base_url=asked["base_url"], **given)
    job, model = asked["job"], asked["model"]
    match job.get("route", "messages"):
        case "models":
            seen["models"] = [getattr(info, "id", None) for info in client.models.list()]
        case "count_tokens":
            messages = [{"role": "user", "content": said} for said in job["turns"]]
            given = {"tools": job["tools"]} if "tools" in job else {}
            counted = client.messages.count_tokens(model=model, messages=messages, **given)
            seen["count"] = getattr(counted, "input_tokens", None)
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
            if (parsed := getattr(message, "parsed_output", None)) is not None and "schema" in job:
                seen["object"] = parsed.model_dump()
            history.append({"role": "assistant", "content": getattr(message, "content", None)})
            results = _results(message, job.get("results", {}))
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
    """Fill in what the message holds. The SDK hands over many a wrong answer as if it were right, and users fail
    on it later. What is missing here is left out."""
    blocks = _blocks(message)
    text = _joined("text", blocks)
    if turn.setdefault("text", text) != text:
        turn["whole"] = text
    thoughts = [block for block in blocks if getattr(block, "type", None) == "thinking"]
    if thoughts:
        turn["thinking"] = _joined("thinking", blocks)
        turn["signed"] = all(getattr(block, "signature", None) for block in thoughts)
    turn["calls"] = [_call(block) for block in blocks if getattr(block, "type", None) == "tool_use"]
    turn["stop"] = getattr(message, "stop_reason", None)
    usage = getattr(message, "usage", None)
    counts = {"input": getattr(usage, "input_tokens", None), "output": getattr(usage, "output_tokens", None)}
    turn["usage"] = {name: count for name, count in counts.items() if count is not None}


def _blocks(message: Any) -> list[Any]:
    content = getattr(message, "content", None)
    return cast("list[Any]", content) if isinstance(content, list) else []


def _joined(kind: str, blocks: list[Any]) -> str:
    """What the blocks of a kind say in the field of that name."""
    return "".join(getattr(block, kind, None) or "" for block in blocks if getattr(block, "type", None) == kind)


def _call(block: Any) -> Json:
    return {
        "name": getattr(block, "name", None),
        "arguments": getattr(block, "input", None),
        "id": bool(getattr(block, "id", None)),
    }


def _results(message: Any, results: Mapping[str, str]) -> list[Json]:
    """The results of all calls of tools that have one. A wrong answer may call others."""
    return [
        {"type": "tool_result", "tool_use_id": getattr(block, "id", None), "content": results[block.name]}
        for block in _blocks(message)
        if getattr(block, "type", None) == "tool_use" and getattr(block, "name", None) in results
    ]


if __name__ == "__main__":
    main()
