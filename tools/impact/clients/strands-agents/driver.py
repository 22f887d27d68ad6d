"""Strands Agents with its Anthropic model, as https://strandsagents.com/latest/documentation/ shows them. It asks for a
stream in every job; in those that want one, the driver reads it too."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from typing import Any

from classes import class_of
from serving import TURN_LIMIT, Call, Seen, Task, Turn, UnsupportedError, result, serve
from strands import Agent
from strands.hooks import AfterModelCallEvent
from strands.models.anthropic import AnthropicModel
from strands.tools import PythonAgentTool
from strands.types.content import Message
from strands.types.tools import ToolResult, ToolSpec, ToolUse


class Talk:
    """A conversation with an agent, which runs the tools by itself."""

    def __init__(self, job: Mapping[str, Any], model: AnthropicModel, seen: Seen) -> None:
        tools = [PythonAgentTool(spec["name"], spec, _tool(job)) for spec in _specs(job)]
        self._job = job
        self._seen = seen
        self._pieces = 0
        self._agent = Agent(
            model=model,
            tools=tools,
            system_prompt=[{"text": text} for text in job["system"]] if "system" in job else None,
            callback_handler=None,
        )
        self._agent.add_hook(self._see, AfterModelCallEvent)

    async def say(self, prompt: list[Mapping[str, Any]]) -> None:
        ends_with_calls = "tools" in self._job and "results" not in self._job
        limits = {"turns": 1 if ends_with_calls else TURN_LIMIT}
        if self._job.get("stream"):
            async for event in self._agent.stream_async(prompt, limits=limits):
                self._pieces += bool(event.get("data"))
            return
        schema = self._job.get("schema")
        form = class_of("Answer", schema) if schema else None
        answer = await self._agent.invoke_async(prompt, limits=limits, structured_output_model=form)
        if answer.structured_output is not None:
            self._seen.object = answer.structured_output.model_dump()

    def _see(self, event: AfterModelCallEvent) -> None:
        if event.stop_response is not None:
            pieces = self._pieces if self._job.get("stream") else None
            self._seen.turns.append(_turn(event.stop_response.message, event.stop_response.stop_reason, pieces))
        self._pieces = 0


def _model(task: Task) -> AnthropicModel:
    job = task.job
    params: dict[str, Any] = {}
    if "thinking" in job:
        params["thinking"] = {"type": "enabled", "budget_tokens": job["thinking"]}
    if "stop" in job:
        params["stop_sequences"] = job["stop"]
    if "force" in job:
        params["tool_choice"] = {"type": "tool", "name": job["force"]}
    return AnthropicModel(
        client_args={"api_key": task.key, "base_url": task.base_url},
        model_id=task.model,
        max_tokens=job.get("max_tokens", 1024),
        params=params,
        use_native_token_count=job.get("route") == "count_tokens",
    )


def _specs(job: Mapping[str, Any]) -> list[ToolSpec]:
    return [
        {"name": tool["name"], "description": tool["description"], "inputSchema": {"json": tool["input_schema"]}}
        for tool in job.get("tools", ())
    ]


def _tool(job: Mapping[str, Any]) -> Any:
    def answer(use: ToolUse, **_: object) -> ToolResult:
        text = result(job, use["name"]) if "results" in job else "Not asked for."
        return {"toolUseId": use["toolUseId"], "status": "success", "content": [{"text": text}]}

    return answer


def _prompt(text: str, picture: str | None) -> list[Mapping[str, Any]]:
    image = {"image": {"format": "png", "source": {"bytes": base64.b64decode(picture)}}} if picture else None
    return [{"text": text}, image] if image else [{"text": text}]


def _turn(message: Message, stop: str, pieces: int | None) -> Turn:
    blocks = message["content"]
    thoughts = [block["reasoningContent"]["reasoningText"] for block in blocks if "reasoningContent" in block]
    uses = [block["toolUse"] for block in blocks if "toolUse" in block]
    usage = message.get("metadata", {}).get("usage", {})
    return Turn(
        text="".join(block.get("text", "") for block in blocks),
        thinking="".join(thought.get("text", "") for thought in thoughts) if thoughts else None,
        signed=all(thought.get("signature") for thought in thoughts) if thoughts else None,
        calls=[Call(use["toolUseId"], use["name"], use["input"]) for use in uses],
        stop=stop,
        input=usage.get("inputTokens"),
        output=usage.get("outputTokens"),
        pieces=pieces,
    )


async def _do(task: Task, seen: Seen) -> None:
    job = task.job
    model = _model(task)
    async with model.client:
        if job.get("route") == "count_tokens":
            messages: list[Message] = [{"role": "user", "content": [{"text": job["turns"][0]}]}]
            seen.count = await model.count_tokens(messages, _specs(job))
            return
        talk = Talk(job, model, seen)
        picture = job.get("picture_png")
        for text in job["turns"]:
            await talk.say(_prompt(text, picture))
            picture = None


def do(task: Task, seen: Seen) -> None:
    if task.job.get("route") == "models":
        raise UnsupportedError("Strands has no call that lists the models of an endpoint")
    asyncio.run(_do(task, seen))


serve(do)
