"""Instructor, as https://python.useinstructor.com/integrations/anthropic/ shows it.

It fills classes: the answer of a job with a schema, and the arguments of a tool that must be called. Everything else
belongs to the SDK below it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import instructor
from classes import class_of
from pydantic import BaseModel
from serving import Call, Seen, Task, Turn, UnsupportedError, serve


def do(task: Task, seen: Seen) -> None:
    job = task.job
    if job.get("route", "messages") != "messages":
        raise UnsupportedError("Instructor sends messages and asks for nothing else")
    if "schema" in job:
        seen.object = _ask(task, class_of("Answer", job["schema"]))
    elif "force" in job:
        tool = next(tool for tool in job["tools"] if tool["name"] == job["force"])
        arguments = _ask(task, class_of(tool["name"], tool["input_schema"]))
        seen.turns.append(Turn(calls=[Call(None, tool["name"], arguments)]))
    elif _plain(job):
        _converse(task, seen)
    else:
        raise UnsupportedError("Instructor fills classes and hands out neither streams, nor calls, nor thinking")


def _ask(task: Task, form: type[BaseModel]) -> dict[str, Any] | None:
    """The form as it was filled; of a stream the last one."""
    client = _client(task)
    messages = [{"role": "user", "content": task.job["turns"][0]}]
    named = {"messages": messages, "response_model": form, "max_tokens": task.job["max_tokens"]}
    filled = [*client.create_partial(**named)] if task.job.get("stream") else [client.create(**named)]
    return filled[-1].model_dump(exclude_unset=True) if filled else None


def _plain(job: Mapping[str, Any]) -> bool:
    return not any(key in job for key in ("stream", "tools", "thinking"))


def _converse(task: Task, seen: Seen) -> None:
    """Without a class Instructor hands over the SDK's message."""
    job = task.job
    client = _client(task)
    named = {"system": [{"type": "text", "text": text} for text in job["system"]]} if "system" in job else {}
    if "stop" in job:
        named["stop_sequences"] = job["stop"]
    history: list[dict[str, Any]] = []
    picture = job.get("picture_png")
    for text in job["turns"]:
        history.append({"role": "user", "content": _content(text, picture)})
        message = client.create(messages=history, response_model=None, max_tokens=job["max_tokens"], **named)
        history.append({"role": "assistant", "content": message.content})
        seen.turns.append(_turn(message))
        picture = None


def _client(task: Task) -> instructor.Instructor:
    os.environ["ANTHROPIC_BASE_URL"] = task.base_url  # from_provider has no parameter for the address
    return instructor.from_provider(f"anthropic/{task.model}", api_key=task.key)


def _content(text: str, picture: str | None) -> Any:
    if picture is None:
        return text
    return [text, instructor.Image.from_base64(f"data:image/png;base64,{picture}")]


def _turn(message: Any) -> Turn:
    """What is no message raises here, as it does in the program of a user who reads it."""
    return Turn(
        text="".join(block.text for block in message.content if block.type == "text"),
        stop=message.stop_reason,
        input=message.usage and message.usage.input_tokens,
        output=message.usage and message.usage.output_tokens,
    )


serve(do)
