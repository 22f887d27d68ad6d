"""LiteLLM as a client: `completion` with a model `anthropic/…` (https://docs.litellm.ai/docs/providers/anthropic)."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

# Before litellm is imported: it would fetch its table of models.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm
from litellm import ModelResponse
from serving import NOTHING, Call, Seen, Task, Turn, converse, serve

Message = dict[str, Any]


class Talk:
    def __init__(self, task: Task) -> None:
        self._job = task.job
        self._named = {**_where(task), **_named(task.job)}
        self._history: list[Any] = _system(task.job)

    def say(self, text: str, picture: str | None) -> Turn:
        return self._turn([_question(text, picture)])

    def give(self, results: Sequence[tuple[Call, str]]) -> Turn:
        return self._turn([{"role": "tool", "tool_call_id": call.id, "content": text} for call, text in results])

    def _turn(self, news: list[Message]) -> Turn:
        self._history += news
        answer, pieces = self._stream() if self._job.get("stream") else (self._complete(), None)
        if answer is None:
            return NOTHING
        self._history.append(answer.choices[0].message)
        return _turn(answer, pieces)

    def _complete(self) -> ModelResponse:
        return litellm.completion(messages=self._history, **self._named)

    def _stream(self) -> tuple[ModelResponse | None, int]:
        # Without this option a stream tells no usage, and stream_chunk_builder would estimate it.
        options = {"stream": True, "stream_options": {"include_usage": True}}
        chunks = list(litellm.completion(messages=self._history, **self._named, **options))
        pieces = sum(bool(chunk.choices and chunk.choices[0].delta.content) for chunk in chunks)
        return litellm.stream_chunk_builder(chunks, messages=self._history), pieces


def _where(task: Task) -> dict[str, Any]:
    return {"model": f"anthropic/{task.model}", "api_base": task.base_url, "api_key": task.key}


def _named(job: Mapping[str, Any]) -> dict[str, Any]:
    named = {name: job[name] for name in ("max_tokens", "stop") if name in job}
    if "thinking" in job:
        named["thinking"] = {"type": "enabled", "budget_tokens": job["thinking"]}
        named["allowed_openai_params"] = ["thinking"]  # its table of models does not know that ours can think
    if "tools" in job:
        named["tools"] = _tools(job)
    if "force" in job:
        named["tool_choice"] = {"type": "function", "function": {"name": job["force"]}}
    if "schema" in job:
        schema = {"name": "answer", "schema": job["schema"], "strict": True}
        named["response_format"] = {"type": "json_schema", "json_schema": schema}
    return named


def _tools(job: Mapping[str, Any]) -> list[Message]:
    return [
        {
            "type": "function",
            "function": {
                "name": tool["name"],
                "description": tool["description"],
                "parameters": tool["input_schema"],
            },
        }
        for tool in job["tools"]
    ]


def _system(job: Mapping[str, Any]) -> list[Message]:
    blocks = [{"type": "text", "text": text} for text in job.get("system", ())]
    return [{"role": "system", "content": blocks}] if blocks else []


def _question(text: str, picture: str | None) -> Message:
    if picture is None:
        return {"role": "user", "content": text}
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{picture}"}}
    return {"role": "user", "content": [{"type": "text", "text": text}, image]}


def _turn(answer: ModelResponse, pieces: int | None) -> Turn:
    choice = answer.choices[0]
    message = choice.message
    thoughts = getattr(message, "thinking_blocks", None) or []
    usage = getattr(answer, "usage", None)
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
    )


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


serve(do)
