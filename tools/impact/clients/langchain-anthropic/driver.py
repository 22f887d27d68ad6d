"""LangChain's chat model, as https://docs.langchain.com/oss/python/integrations/chat/anthropic shows it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

os.environ["LANGSMITH_TRACING"] = "false"  # before langchain_core is imported: it would send each run to LangSmith

from langchain_anthropic import ChatAnthropic
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage, ToolMessage
from serving import Call, Seen, Task, Turn, UnsupportedError, converse, serve


class Talk:
    def __init__(self, task: Task) -> None:
        job = task.job
        model = _model(task)
        tools = job.get("tools")
        self._model = model.bind_tools(tools, tool_choice=job.get("force")) if tools else model
        self._ask = self._stream if job.get("stream") else self._invoke
        self._history = _system(job)

    def say(self, text: str, picture: str | None) -> Turn:
        return self._turn([_question(text, picture)])

    def give(self, results: Sequence[tuple[Call, str]]) -> Turn:
        return self._turn([ToolMessage(content=text, tool_call_id=call.id) for call, text in results])

    def _turn(self, news: list[AnyMessage]) -> Turn:
        self._history += news
        message, pieces = self._ask()
        self._history.append(message)
        return _turn(message, pieces)

    def _invoke(self) -> tuple[AIMessage, None]:
        return self._model.invoke(self._history), None

    def _stream(self) -> tuple[AIMessage, int]:
        full = None
        pieces = 0
        for chunk in self._model.stream(self._history):
            full = chunk if full is None else full + chunk
            pieces += bool(chunk.text)
        return full, pieces


def _model(task: Task) -> ChatAnthropic:
    job = task.job
    named: dict[str, Any] = {}
    if "thinking" in job:
        named["thinking"] = {"type": "enabled", "budget_tokens": job["thinking"]}
    if "stop" in job:
        named["stop"] = job["stop"]
    if "max_tokens" in job:
        named["max_tokens"] = job["max_tokens"]
    return ChatAnthropic(model=task.model, base_url=task.base_url, api_key=task.key, **named)


def _system(job: Mapping[str, Any]) -> list[AnyMessage]:
    blocks = [{"type": "text", "text": text} for text in job.get("system", ())]
    return [SystemMessage(content=blocks)] if blocks else []


def _question(text: str, picture: str | None) -> HumanMessage:
    if picture is None:
        return HumanMessage(content=text)
    image = {"type": "image", "base64": picture, "mime_type": "image/png"}
    return HumanMessage(content=[{"type": "text", "text": text}, image])


def _turn(message: AIMessage, pieces: int | None) -> Turn:
    thoughts = [block for block in message.content_blocks if block["type"] == "reasoning"]
    usage = message.usage_metadata or {}
    return Turn(
        text=message.text,
        thinking="".join(block.get("reasoning", "") for block in thoughts) if thoughts else None,
        signed=all(block.get("extras", {}).get("signature") for block in thoughts) if thoughts else None,
        calls=[Call(call["id"], call["name"], call["args"]) for call in message.tool_calls],
        stop=message.response_metadata.get("stop_reason"),
        input=usage.get("input_tokens"),
        output=usage.get("output_tokens"),
        pieces=pieces,
    )


def do(task: Task, seen: Seen) -> None:
    job = task.job
    match job.get("route", "messages"):
        case "models":
            raise UnsupportedError("LangChain has no call that lists the models of an endpoint")
        case "count_tokens":
            messages = [*_system(job), *(_question(text, None) for text in job["turns"])]
            seen.count = _model(task).get_num_tokens_from_messages(messages, tools=job.get("tools"))
        case _ if "schema" in job:
            schema = {"title": "answer", "description": "The answer.", **job["schema"]}
            seen.object = _model(task).with_structured_output(schema).invoke(job["turns"][0])
        case _:
            converse(job, Talk(task), seen)


serve(do)
