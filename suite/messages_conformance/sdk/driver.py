"""The driver of the official SDK for Python: does jobs, one JSON line each, and tells what the SDK handed over.

It runs in the environment of the SDK that is asked about, by its path, so it imports the standard library, the SDK and
pydantic, which comes with it. `tools/impact/README.md` has the form of the lines. Each call is the one that Anthropic's
own pages show first for its purpose, with the SDK's defaults.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
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

_BETA = ("betas", "mcp", "keep_results")
"""What the SDK takes in its beta namespace alone."""

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
        case "models" if "page" in job:
            _page_through(client, model, job["page"], seen)
        case "models":
            seen["models"] = [getattr(info, "id", None) for info in client.models.list()]
        case "count_tokens":
            messages = [{"role": "user", "content": _first(said, job)} for said in job["turns"]]
            counted = client.messages.count_tokens(model=model, messages=messages, **_parameters(job, 0))
            seen["count"] = getattr(counted, "input_tokens", None)
        case _:
            _converse(client, model, job, seen)


def _page_through(client: Any, model: str, size: int, seen: Json) -> None:
    """Two pages, and what is told of the model that the job is for."""
    page = client.models.list(limit=size)
    seen["models"] = [info.id for info in page.data]
    if page.has_next_page():
        seen["models"] += [info.id for info in page.get_next_page().data]
    seen["looked_up"] = client.models.retrieve(model).id


# --- the talk ---------------------------------------------------------------------------------------------------------


def _converse(client: Any, model: str, job: Mapping[str, Any], seen: Json) -> None:
    """Every turn of the user, and after each the results of the calls that it led to."""
    history = [_turn_before(turn) for turn in job.get("before", ())]
    turns: list[Json] = seen.setdefault("turns", [])
    for number, said in enumerate(job["turns"]):
        _say(history, said if number else _first(said, job))
        for _ in range(MOST_TURNS):
            turns.append({})
            body = {"model": model, "messages": [*history, *_begun(job)], **_parameters(job, number)}
            message = _ask(client, body, job, turns[-1], leave=job.get("hang_up") if number == 0 else None)
            if message is None:
                history.append({"role": "assistant", "content": turns[-1]["text"]})
                break
            _told(message, turns[-1], job)
            if (parsed := getattr(message, "parsed_output", None)) is not None and "schema" in job:
                seen["object"] = parsed.model_dump()
            history.append({"role": "assistant", "content": getattr(message, "content", None)})
            results = _results(message, job.get("results", {}))
            if not results:
                break
            history.append({"role": "user", "content": results})


def _turn_before(turn: Mapping[str, Any]) -> Json:
    """A turn of a conversation that was held elsewhere."""
    match turn:
        case {"user": texts}:
            return {"role": "user", "content": [{"type": "text", "text": text} for text in texts]}
        case {"results": results}:
            return {"role": "user", "content": [_result_before(result) for result in results]}
        case {"calls": calls}:
            blocks = [{"type": "tool_use", "id": c["id"], "name": c["name"], "input": c["arguments"]} for c in calls]
            return {"role": "assistant", "content": blocks}
        case {"thinking": thinking}:
            thought = {"type": "thinking", "thinking": thinking, "signature": turn["signature"]}
            return {"role": "assistant", "content": [thought, {"type": "text", "text": turn["assistant"]}]}
        case _:
            return {"role": "assistant", "content": turn["assistant"]}


def _say(history: list[Json], content: Any) -> None:
    """The user speaks; after results of tools, in the same turn."""
    last = history[-1]["content"] if history else None
    if isinstance(last, list) and any(_is_result(block) for block in cast("list[Any]", last)):
        history[-1] = {"role": "user", "content": [*cast("list[Any]", last), {"type": "text", "text": content}]}
    else:
        history.append({"role": "user", "content": content})


def _is_result(block: Any) -> bool:
    return isinstance(block, dict) and cast("Json", block).get("type") == "tool_result"


def _begun(job: Mapping[str, Any]) -> list[Json]:
    return [{"role": "assistant", "content": job["prefill"]}] if "prefill" in job else []


def _first(said: str, job: Mapping[str, Any]) -> Any:
    beside = [_document(document, cite="cite" in job) for document in job.get("documents", ())]
    if "picture_png" in job:
        beside.append(_picture(job["picture_png"], job.get("picture_type", "image/png")))
    return [*beside, {"type": "text", "text": said}] if beside else said


def _picture(data: str, media_type: str = "image/png") -> Json:
    return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}


def _document(document: Mapping[str, Any], *, cite: bool) -> Json:
    if "pdf" in document:
        source = {"type": "base64", "media_type": "application/pdf", "data": document["pdf"]}
    else:
        source = {"type": "text", "media_type": "text/plain", "data": document["text"]}
    titled = {"title": document["title"]} if "title" in document else {}
    return {"type": "document", "source": source, **titled, **({"citations": {"enabled": True}} if cite else {})}


def _results(message: Any, results: Mapping[str, str]) -> list[Json]:
    """The results of all calls of tools that have one. A wrong answer may call others."""
    return [
        {"type": "tool_result", "tool_use_id": getattr(block, "id", None), "content": results[block.name]}
        for block in _blocks(message, "tool_use")
        if getattr(block, "name", None) in results
    ]


def _result_before(given: Mapping[str, Any]) -> Json:
    """The result of a call that was made elsewhere."""
    match given:
        case {"picture_png": data}:
            content: Any = [_picture(data)]
        case {"found": text, "title": title, "source": source}:
            said = [{"type": "text", "text": text}]
            content = [{"type": "search_result", "title": title, "source": source, "content": said}]
        case _:
            content = given["text"]
    return {"type": "tool_result", "tool_use_id": given["id"], "content": content}


# --- one request ------------------------------------------------------------------------------------------------------


def _parameters(job: Mapping[str, Any], turn: int) -> Json:
    """What the SDK is given beside model and messages, for a turn of the user."""
    found = {key: job[key] for key in ("max_tokens", "service_tier", "betas") if key in job}
    found |= {name: form(job[key]) for key, (name, form) in _PARAMETERS.items() if key in job}
    if tools := _tools(job):
        found["tools"] = tools
    if "system" in job:
        found["system"] = _system(job["system"], job.get("cache", ()))
    if "thinking" in job:
        found["thinking"] = _thinking(job, turn)
    return found


def _clearing(kept: int) -> Json:
    uses = {"type": "tool_uses", "value": kept}
    return {"edits": [{"type": "clear_tool_uses_20250919", "trigger": uses, "keep": uses}]}


_PARAMETERS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "force": ("tool_choice", lambda name: {"type": "tool", "name": name}),
    "no_calls": ("tool_choice", lambda _: {"type": "none"}),
    "stop": ("stop_sequences", list[str]),
    "temperature": ("extra_body", lambda value: {"temperature": value}),  # the SDK has no name for it any more
    "user": ("metadata", lambda user: {"user_id": user}),
    "mcp": ("mcp_servers", lambda server: [{"type": "url", "name": server["name"], "url": server["url"]}]),
    "keep_results": ("context_management", _clearing),
}
"""By what a job asks: the SDK's name for it, and its form there."""


def _tools(job: Mapping[str, Any]) -> list[Json]:
    tools: list[Json] = list(job.get("tools", ()))
    if "search" in job:
        tools.append({"type": "web_search_20250305", "name": "web_search", "max_uses": job["search"]})
    if "mcp" in job:
        enabled = {name: {"enabled": True} for name in job["mcp"]["tools"]}
        toolset = {"type": "mcp_toolset", "mcp_server_name": job["mcp"]["name"], "configs": enabled}
        tools.append({**toolset, "default_config": {"enabled": False}})
    return tools


def _system(texts: Sequence[str], kept: Sequence[str]) -> list[Json]:
    """A block for each text; the last ones are marked for the cache."""
    blocks: list[Json] = [{"type": "text", "text": text} for text in texts]
    for block, ttl in zip(reversed(blocks), reversed(kept), strict=False):
        block["cache_control"] = {"type": "ephemeral", "ttl": ttl}
    return blocks


def _thinking(job: Mapping[str, Any], turn: int) -> Json:
    given = job["thinking"]
    hidden = {"display": "omitted"} if "hide_thinking" in job else {}
    match cast("list[Any]", given)[turn] if isinstance(given, list) else given:
        case 0:
            return {"type": "disabled"}
        case "adaptive":
            return {"type": "adaptive", **hidden}
        case budget:
            return {"type": "enabled", "budget_tokens": budget, **hidden}


def _ask(client: Any, body: Json, job: Mapping[str, Any], turn: Json, leave: int | None) -> Any:
    """The whole message; None for a stream that was left after so many pieces. What a stream shows its reader is put
    into `turn` as it comes."""
    messages = client.beta.messages if any(key in job for key in _BETA) else client.messages
    shaped = {"output_format": _model(job["schema"])} if "schema" in job else {}
    if not job.get("stream"):
        return messages.parse(**body, **shaped) if shaped else messages.create(**body)
    turn["text"], turn["pieces"] = "", 0
    with messages.stream(**body, **shaped) as stream:
        for text in stream.text_stream:
            turn["text"] += text
            turn["pieces"] += 1
            if turn["pieces"] == leave:
                return None
        return stream.get_final_message()


def _model(schema: Mapping[str, Any]) -> Any:
    """A flat JSON Schema as the class that the SDK asks for."""
    fields = {name: (_TYPES[inner["type"]], ...) for name, inner in schema["properties"].items()}
    return cast("Any", create_model)("Answer", **fields)


# --- what is told -----------------------------------------------------------------------------------------------------


def _told(message: Any, turn: Json, job: Mapping[str, Any]) -> None:
    """Fill in what the message holds. The SDK hands over many a wrong answer as if it were right, and users fail
    on it later. What is missing here is left out."""
    text = _joined("text", message)
    if turn.setdefault("text", text) != text:
        turn["whole"] = text
    thoughts = _blocks(message, "thinking")
    if thoughts:
        turn["thinking"] = _joined("thinking", message)
        turn["signed"] = all(getattr(block, "signature", None) for block in thoughts)
    turn["calls"] = [_call(block) for block in _blocks(message, "tool_use")]
    turn["stop"] = getattr(message, "stop_reason", None)
    turn["usage"] = {name: count for name, count in _counts(message, job).items() if count is not None}
    beside = {"ran": _ran(message), "cited": _cited(message), "cleared": _cleared(message)}
    turn.update({name: found for name, found in beside.items() if found})


def _counts(message: Any, job: Mapping[str, Any]) -> Json:
    usage = getattr(message, "usage", None)
    counts = {"input": getattr(usage, "input_tokens", None), "output": getattr(usage, "output_tokens", None)}
    if "cache" in job:
        counts["cache_creation_input"] = getattr(usage, "cache_creation_input_tokens", None)
        counts["cache_read_input"] = getattr(usage, "cache_read_input_tokens", None)
        created = getattr(usage, "cache_creation", None)
        counts["ephemeral_1h_input"] = getattr(created, "ephemeral_1h_input_tokens", None)
    if "search" in job:
        counts["searches"] = getattr(getattr(usage, "server_tool_use", None), "web_search_requests", None)
    return counts


def _blocks(message: Any, *kinds: str) -> list[Any]:
    content = getattr(message, "content", None)
    blocks = cast("list[Any]", content) if isinstance(content, list) else []
    return [block for block in blocks if getattr(block, "type", None) in kinds]


def _joined(kind: str, message: Any) -> str:
    """What the blocks of a kind say in the field of that name."""
    return "".join(getattr(block, kind, None) or "" for block in _blocks(message, kind))


def _call(block: Any) -> Json:
    return {
        "name": getattr(block, "name", None),
        "arguments": getattr(block, "input", None),
        "id": bool(getattr(block, "id", None)),
    }


def _ran(message: Any) -> list[Json]:
    """The tools that the server ran, each with what its result says."""
    results = {r.tool_use_id: r for r in _blocks(message, "web_search_tool_result", "mcp_tool_result")}
    told: list[Json] = []
    for call in _blocks(message, "server_tool_use", "mcp_tool_use"):
        result = results.get(call.id)
        found = getattr(result, "content", None)
        told.append({"name": call.name, "arguments": call.input, "answered": result is not None})
        told[-1] |= {"found": len(cast("list[Any]", found))} if isinstance(found, list) else {}
        if call.type == "mcp_tool_use":
            told[-1] |= {"server": getattr(call, "server_name", None), "failed": getattr(result, "is_error", None)}
    return told


def _cited(message: Any) -> list[Json]:
    """What is cited, and where it stands: in characters of a document, or in what a source says."""
    citations = [each for block in _blocks(message, "text") for each in getattr(block, "citations", None) or ()]
    places = ("document_index", "start_char_index", "end_char_index", "start_page_number", "source", "url")
    return [
        {"text": getattr(citation, "cited_text", None)}
        | {place: found for place in places if (found := getattr(citation, place, None)) is not None}
        for citation in citations
    ]


def _cleared(message: Any) -> list[Json]:
    """What was cleared from old turns, edit by edit."""
    edits = getattr(getattr(message, "context_management", None), "applied_edits", None)
    return [
        {
            "uses": getattr(edit, "cleared_tool_uses", None),
            "tokens": getattr(edit, "cleared_input_tokens", None),
        }
        for edit in edits or ()
    ]


if __name__ == "__main__":
    main()
