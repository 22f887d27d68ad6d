"""Haystack's `AnthropicChatGenerator`, as https://docs.haystack.deepset.ai/docs/anthropicchatgenerator shows it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"  # before haystack is imported

from haystack.dataclasses import ChatMessage, ImageContent, StreamingChunk
from haystack.tools import Tool
from haystack.utils import Secret
from haystack_integrations.components.generators.anthropic import AnthropicChatGenerator
from serving import Call, Seen, Task, Turn, UnsupportedError, converse, result, serve


class Talk:
    def __init__(self, task: Task) -> None:
        job = task.job
        self._stream = job.get("stream")
        self._pieces = 0
        os.environ["ANTHROPIC_BASE_URL"] = task.base_url  # it has no parameter for the address, but its SDK reads this
        self._generator = AnthropicChatGenerator(
            api_key=Secret.from_token(task.key),
            model=task.model,
            streaming_callback=self._count if self._stream else None,
            generation_kwargs=_named(job),
            tools=[_tool(job, tool) for tool in job.get("tools", ())] or None,
        )
        self._history = [ChatMessage.from_system(text) for text in job.get("system", ())]

    def say(self, text: str, picture: str | None) -> Turn:
        parts = [text, ImageContent(base64_image=picture, mime_type="image/png")] if picture else [text]
        return self._turn([ChatMessage.from_user(content_parts=parts)])

    def give(self, results: Sequence[tuple[Call, str]]) -> Turn:
        origins = self._history[-1].tool_calls
        return self._turn(
            [ChatMessage.from_tool(text, origin) for (_, text), origin in zip(results, origins, strict=True)]
        )

    def _turn(self, news: list[ChatMessage]) -> Turn:
        self._history += news
        self._pieces = 0
        reply = self._generator.run(self._history)["replies"][0]
        self._history.append(reply)
        return _turn(reply, self._pieces if self._stream else None)

    def _count(self, chunk: StreamingChunk) -> None:
        self._pieces += bool(chunk.content)


def _named(job: Mapping[str, Any]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    if "max_tokens" in job:
        named["max_tokens"] = job["max_tokens"]
    if "stop" in job:
        named["stop_sequences"] = job["stop"]
    if "thinking" in job:
        named["thinking"] = {"type": "enabled", "budget_tokens": job["thinking"]}
    if "force" in job:
        named["tool_choice"] = {"type": "tool", "name": job["force"]}
    if "schema" in job:
        named["output_config"] = {"format": {"type": "json_schema", "schema": job["schema"]}}
    return named


def _tool(job: Mapping[str, Any], tool: Mapping[str, Any]) -> Tool:
    def answer(**_: object) -> str:
        return result(job, tool["name"])

    return Tool(
        name=tool["name"], description=tool["description"], parameters=dict(tool["input_schema"]), function=answer
    )


def _turn(reply: ChatMessage, pieces: int | None) -> Turn:
    reasoning = reply.reasoning
    thoughts = _thoughts(reasoning.extra if reasoning else {})
    usage = reply.meta.get("usage") or {}
    return Turn(
        text=reply.text or "",
        thinking=(reasoning and reasoning.reasoning_text) or None,
        signed=all(thought.get("signature") for thought in thoughts) if thoughts else None,
        calls=[Call(call.id, call.tool_name, call.arguments) for call in reply.tool_calls],
        stop=reply.meta.get("finish_reason"),
        input=usage.get("prompt_tokens"),
        output=usage.get("completion_tokens"),
        pieces=pieces,
    )


def _thoughts(extra: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    contents = [content["reasoning_content"] for content in extra.get("reasoning_contents", ())]
    return [content["reasoning_text"] for content in contents if "reasoning_text" in content]


def do(task: Task, seen: Seen) -> None:
    job = task.job
    if job.get("route", "messages") != "messages":
        raise UnsupportedError("Haystack sends messages and asks for nothing else")
    converse(job, Talk(task), seen)
    if "schema" in job:
        seen.object = json.loads(seen.turns[-1].text or "")


serve(do)
