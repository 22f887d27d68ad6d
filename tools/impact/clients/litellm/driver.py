"""LiteLLM as a client: `completion` with a model `anthropic/…` (https://docs.litellm.ai/docs/providers/anthropic)."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# Before litellm is imported: it would fetch its table of models.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm
from litellm import ModelResponse
from serving import NOTHING, Call, Seen, Task, Turn, UnsupportedError, converse, serve

Message = dict[str, Any]

ALSO = (
    *("before", "documents", "cite", "cache", "search", "no_calls", "temperature", "service_tier", "user", "prefill"),
    *("hang_up", "picture_type", "thinking of another kind", "tools of another kind", "a streamed schema"),
)


class Talk:
    def __init__(self, task: Task) -> None:
        self._job = task.job
        self._where = _where(task)
        self._history: list[Any] = [*_system(task.job), *_before(task.job)]
        self._said = 0

    def say(self, text: str, picture: str | None) -> Turn:
        self._said += 1
        files = _files(self._job) if self._said == 1 else []
        return self._turn([_question(text, picture, files, self._job.get("picture_type", "image/png"))])

    def give(self, results: Sequence[tuple[Call, str]]) -> Turn:
        return self._turn([{"role": "tool", "tool_call_id": call.id, "content": text} for call, text in results])

    def _turn(self, news: list[Message]) -> Turn:
        self._history += news
        answer, pieces = self._stream() if self._job.get("stream") else (self._complete(), None)
        if answer is None:
            return NOTHING
        self._history.append(answer.choices[0].message)
        return _turn(answer, pieces, self._job)

    @property
    def _named(self) -> dict[str, Any]:
        begun = [{"role": "assistant", "content": self._job["prefill"]}] if "prefill" in self._job else []
        return {"messages": [*self._history, *begun], **self._where, **_named(self._job, self._said - 1)}

    def _complete(self) -> ModelResponse:
        return litellm.completion(**self._named)

    def _stream(self) -> tuple[ModelResponse | None, int]:
        # Without this option a stream tells no usage, and stream_chunk_builder would estimate it.
        options = {"stream": True, "stream_options": {"include_usage": True}}
        leave = self._job.get("hang_up") if self._said == 1 else None
        chunks: list[Any] = []
        pieces = 0
        for chunk in litellm.completion(**self._named, **options):
            chunks.append(chunk)
            pieces += bool(chunk.choices and chunk.choices[0].delta.content)
            if pieces == leave:
                break
        return litellm.stream_chunk_builder(chunks, messages=self._history), pieces


def _where(task: Task) -> dict[str, Any]:
    return {"model": f"anthropic/{task.model}", "api_base": task.base_url, "api_key": task.key}


def _named(job: Mapping[str, Any], turn: int) -> dict[str, Any]:
    named = {name: job[name] for name in ("max_tokens", "stop", "temperature", "service_tier", "user") if name in job}
    if "thinking" in job:
        named["thinking"] = _thinking(job["thinking"][turn] if isinstance(job["thinking"], list) else job["thinking"])
        named["allowed_openai_params"] = ["thinking"]  # its table of models does not know that ours can think
    if "tools" in job:
        named["tools"] = _tools(job)
    if "force" in job:
        named["tool_choice"] = {"type": "function", "function": {"name": job["force"]}}
    if "no_calls" in job:
        named["tool_choice"] = "none"
    if "search" in job:
        named["tools"] = [{"type": "web_search_20250305", "name": "web_search", "max_uses": job["search"]}]
    if "schema" in job:
        schema = {"name": "answer", "schema": job["schema"], "strict": True}
        named["response_format"] = {"type": "json_schema", "json_schema": schema}
    return named


def _thinking(budget: int | str) -> dict[str, Any]:
    if budget == "adaptive":
        return {"type": "adaptive"}
    return {"type": "enabled", "budget_tokens": budget} if budget else {"type": "disabled"}


def _tools(job: Mapping[str, Any]) -> list[Message]:
    return [tool if "type" in tool else _tool(tool) for tool in job["tools"]]


def _tool(tool: Mapping[str, Any]) -> Message:
    strict = {"strict": True} if "strict" in tool else {}
    named = {"name": tool["name"], "description": tool["description"], "parameters": tool["input_schema"], **strict}
    return {"type": "function", "function": named}


def _system(job: Mapping[str, Any]) -> list[Message]:
    """One message of all texts; the last ones are marked for the cache."""
    blocks: list[Message] = [{"type": "text", "text": text} for text in job.get("system", ())]
    for block, ttl in zip(reversed(blocks), reversed(job.get("cache", ())), strict=False):
        block["cache_control"] = {"type": "ephemeral", "ttl": ttl}
    return [{"role": "system", "content": blocks}] if blocks else []


def _before(job: Mapping[str, Any]) -> Iterator[Message]:
    """The messages of a conversation that was held elsewhere."""
    for turn in job.get("before", ()):
        match turn:
            case {"user": texts}:
                yield {"role": "user", "content": [{"type": "text", "text": text} for text in texts]}
            case {"calls": calls}:
                yield {"role": "assistant", "content": None, "tool_calls": [_call(call) for call in calls]}
            case {"results": results}:
                yield from (
                    {"role": "tool", "tool_call_id": given["id"], "content": _given(given)} for given in results
                )
            case {"thinking": thinking, "signature": signature, "assistant": text}:
                thought = {"type": "thinking", "thinking": thinking, "signature": signature}
                yield {"role": "assistant", "content": text, "thinking_blocks": [thought]}
            case _:
                yield {"role": "assistant", "content": turn["assistant"]}


def _call(call: Mapping[str, Any]) -> Message:
    function = {"name": call["name"], "arguments": json.dumps(call["arguments"])}
    return {"id": call["id"], "type": "function", "function": function}


def _given(result: Mapping[str, Any]) -> Any:
    if "found" in result:
        raise UnsupportedError("LiteLLM has no search results for the results of tools")
    return [_picture(result["picture_png"])] if "picture_png" in result else result["text"]


def _picture(data: str, media_type: str = "image/png") -> Message:
    return {"type": "image_url", "image_url": {"url": f"data:{media_type};base64,{data}"}}


def _files(job: Mapping[str, Any]) -> list[Message]:
    return [_document(document, cite="cite" in job) for document in job.get("documents", ())]


def _document(document: Mapping[str, Any], *, cite: bool) -> Message:
    if "pdf" in document:
        return {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{document['pdf']}"}}
    source = {"type": "text", "media_type": "text/plain", "data": document["text"]}
    return {"type": "document", "source": source, "title": document["title"], "citations": {"enabled": cite}}


def _question(text: str, picture: str | None, files: Sequence[Message] = (), media_type: str = "image/png") -> Message:
    beside = [*files, *([_picture(picture, media_type)] if picture else [])]
    return {"role": "user", "content": [{"type": "text", "text": text}, *beside] if beside else text}


def _turn(answer: ModelResponse, pieces: int | None, job: Mapping[str, Any]) -> Turn:
    choice = answer.choices[0]
    message = choice.message
    thoughts = getattr(message, "thinking_blocks", None) or []
    usage = getattr(answer, "usage", None)
    cached = usage if "cache" in job else None
    return Turn(
        text=message.content or "",
        thinking=getattr(message, "reasoning_content", None),
        signed=all(thought.get("signature") for thought in thoughts) if thoughts else None,
        calls=[
            Call(call.id, call.function.name, _parsed(call.function.arguments)) for call in message.tool_calls or ()
        ],
        stop=choice.finish_reason,
        input=usage and usage.prompt_tokens,
        output=usage and usage.completion_tokens,
        pieces=pieces,
        written=getattr(cached, "cache_creation_input_tokens", None),
        read=getattr(cached, "cache_read_input_tokens", None),
        cited=[*_cited(message)],
    )


def _cited(message: Any) -> Iterator[dict[str, Any]]:
    """LiteLLM hands the API's citations over as they came, in a field of its own."""
    fields = getattr(message, "provider_specific_fields", None) or {}
    for citation in (each for block in fields.get("citations") or () for each in block or ()):
        told = {name: citation.get(name) for name in ("start_char_index", "url")}
        yield {"text": citation.get("cited_text"), **{name: value for name, value in told.items() if value is not None}}


def _parsed(arguments: str) -> object:
    """Arguments come as text; what is no JSON is told as it came."""
    try:
        return json.loads(arguments)
    except ValueError:
        return arguments


def do(task: Task, seen: Seen) -> None:
    job = task.job
    match job.get("route", "messages"):
        case "models":
            where = {"api_key": task.key, "api_base": task.base_url}
            seen.models = litellm.get_valid_models(True, custom_llm_provider="anthropic", **where)
        case "count_tokens":
            messages = [*_system(job), *(_question(text, None) for text in job["turns"])]
            counted = asyncio.run(litellm.acount_tokens(messages=messages, tools=_tools(job), **_where(task)))
            seen.count = counted.total_tokens
        case _:
            converse(job, Talk(task), seen)
            if "schema" in job:
                seen.object = json.loads(seen.turns[-1].text or "")


serve(do, ALSO)
