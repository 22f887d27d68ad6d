"""Pydantic AI: an agent, as https://ai.pydantic.dev/agent/ shows it; where a job ends with the calls, a direct request
(https://ai.pydantic.dev/direct/), because an agent would answer them."""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from collections.abc import AsyncIterable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from pydantic_ai import Agent, BinaryContent, RunContext, StructuredDict, Tool, ToolDefinition, capture_run_messages
from pydantic_ai.direct import model_request, model_request_stream
from pydantic_ai.exceptions import UsageLimitExceeded
from pydantic_ai.messages import (
    AgentStreamEvent,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
)
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.models.anthropic import AnthropicModel, AnthropicModelSettings
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.usage import UsageLimits
from serving import TURN_LIMIT, Call, Seen, Task, Turn, UnsupportedError, result, serve


async def _run_agent(job: Mapping[str, Any], model: AnthropicModel, seen: Seen) -> None:
    named = {"output_type": StructuredDict(job["schema"], name="answer")} if "schema" in job else {}
    agent = Agent(
        model,
        instructions=job.get("system"),
        tools=[_tool(job, tool) for tool in job.get("tools", ())],
        model_settings=_settings(job),
        **named,
    )
    history: list[ModelMessage] = []
    picture = _pictures(job)
    for text in job["turns"]:
        pieces: Counter[int] = Counter()
        with capture_run_messages() as messages:
            try:
                with suppress(UsageLimitExceeded):
                    answer = await agent.run(
                        [text, *picture] if picture else text,
                        message_history=history,
                        usage_limits=UsageLimits(request_limit=TURN_LIMIT),
                        event_stream_handler=partial(_count, pieces) if job.get("stream") else None,
                    )
                    seen.object = answer.output if "schema" in job else None
            finally:
                _see(messages[len(history) :], pieces if job.get("stream") else None, seen)
        history = list(messages)
        picture = []


async def _count(pieces: Counter[int], run: RunContext[None], events: AsyncIterable[AgentStreamEvent]) -> None:
    async for event in events:
        pieces[run.run_step] += _is_text(event)


def _is_text(event: AgentStreamEvent) -> bool:
    match event:
        case PartStartEvent(part=TextPart(content=text)) | PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
            return bool(text)
        case _:
            return False


def _see(messages: Iterable[ModelMessage], pieces: Mapping[int, int] | None, seen: Seen) -> None:
    """An answer that never came to its end is in the history too; nobody was told of it."""
    answers = [message for message in messages if isinstance(message, ModelResponse) and message.state == "complete"]
    for step, answer in enumerate(answers, start=1):
        seen.turns.append(_turn(answer, None if pieces is None else pieces[step]))


async def _ask_once(job: Mapping[str, Any], model: AnthropicModel, seen: Seen) -> None:
    """One request, of which the calls are the end."""
    settings = _settings(job)
    if "force" in job:
        settings["tool_choice"] = [job["force"]]
    ask = {"model_settings": settings, "model_request_parameters": _parameters(job)}
    if not job.get("stream"):
        seen.turns.append(_turn(await model_request(model, _request(job), **ask), None))
        return
    async with model_request_stream(model, _request(job), **ask) as stream:
        pieces = sum([_is_text(event) async for event in stream])
    seen.turns.append(_turn(stream.get(), pieces))


def _request(job: Mapping[str, Any]) -> list[ModelMessage]:
    return [ModelRequest.user_text_prompt(job["turns"][0])]


def _parameters(job: Mapping[str, Any]) -> ModelRequestParameters:
    tools = [
        ToolDefinition(
            name=tool["name"], description=tool["description"], parameters_json_schema=dict(tool["input_schema"])
        )
        for tool in job.get("tools", ())
    ]
    return ModelRequestParameters(function_tools=tools)


def _tool(job: Mapping[str, Any], tool: Mapping[str, Any]) -> Tool[None]:
    def answer(**_: object) -> str:
        return result(job, tool["name"])

    return Tool.from_schema(answer, tool["name"], tool["description"], dict(tool["input_schema"]))


def _pictures(job: Mapping[str, Any]) -> list[BinaryContent]:
    if "picture_png" not in job:
        return []
    return [BinaryContent(base64.b64decode(job["picture_png"]), media_type="image/png")]


def _settings(job: Mapping[str, Any]) -> AnthropicModelSettings:
    settings = AnthropicModelSettings()
    if "max_tokens" in job:
        settings["max_tokens"] = job["max_tokens"]
    if "stop" in job:
        settings["stop_sequences"] = job["stop"]
    if "thinking" in job:
        settings["anthropic_thinking"] = {"type": "enabled", "budget_tokens": job["thinking"]}
    return settings


def _turn(answer: ModelResponse, pieces: int | None) -> Turn:
    thoughts = [part for part in answer.parts if isinstance(part, ThinkingPart)]
    return Turn(
        text=answer.text or "",
        thinking=answer.thinking,
        signed=all(part.signature for part in thoughts) if thoughts else None,
        calls=[Call(call.tool_call_id, call.tool_name, call.args_as_dict()) for call in answer.tool_calls],
        stop=answer.finish_reason,
        input=answer.usage.input_tokens,
        output=answer.usage.output_tokens,
        pieces=pieces,
    )


async def _do(task: Task, seen: Seen) -> None:
    job = task.job
    model = AnthropicModel(task.model, provider=AnthropicProvider(api_key=task.key, base_url=task.base_url))
    match job.get("route", "messages"):
        case "models":
            raise UnsupportedError("Pydantic AI has no call that lists the models of an endpoint")
        case "count_tokens":
            seen.count = (await model.count_tokens(_request(job), _settings(job), _parameters(job))).input_tokens
        case _ if "tools" in job and "results" not in job:
            await _ask_once(job, model, seen)
        case _:
            await _run_agent(job, model, seen)


def do(task: Task, seen: Seen) -> None:
    asyncio.run(_do(task, seen))


serve(do)
