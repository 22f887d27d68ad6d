"""LlamaIndex's `Anthropic`, as https://developers.llamaindex.ai/python/examples/llm/anthropic/ shows it; tools as
https://developers.llamaindex.ai/python/framework/understanding/agent/ has them without an agent."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from classes import class_of
from llama_index.core.base.llms.types import ThinkingBlock
from llama_index.core.llms import ChatMessage, ChatResponse, ImageBlock, LLMMetadata, TextBlock
from llama_index.core.program import FunctionCallingProgram
from llama_index.core.tools import FunctionTool
from llama_index.llms.anthropic import Anthropic
from serving import NOTHING, Call, Seen, Task, Turn, UnsupportedError, converse, result, serve


class Model(Anthropic):
    """For a name that its table does not hold, LlamaIndex refuses to say what the model can do."""

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(
            context_window=200_000,
            num_output=self.max_tokens,
            is_chat_model=True,
            model_name=self.model,
            is_function_calling_model=True,
        )


class Talk:
    def __init__(self, task: Task) -> None:
        self._job = task.job
        self._model = _model(task)
        self._tools = [_tool(task.job, tool) for tool in task.job.get("tools", ())]
        system = _blocks(task.job.get("system", ()))
        self._history = [ChatMessage(role="system", blocks=system)] if system else []

    def say(self, text: str, picture: str | None) -> Turn:
        blocks = _blocks([text])
        if picture:
            blocks.append(ImageBlock(image=base64.b64decode(picture), image_mimetype="image/png"))
        return self._turn([ChatMessage(role="user", blocks=blocks)])

    def give(self, results: Sequence[tuple[Call, str]]) -> Turn:
        return self._turn(
            [ChatMessage(role="tool", content=text, additional_kwargs={"tool_call_id": c.id}) for c, text in results]
        )

    def _turn(self, news: list[ChatMessage]) -> Turn:
        self._history += news
        answer, pieces = self._stream() if self._job.get("stream") else (self._chat(), None)
        if answer is None:
            return NOTHING
        self._history.append(answer.message)
        selected = self._model.get_tool_calls_from_response(answer, error_on_no_tool_call=False)
        calls = [Call(call.tool_id, call.tool_name, call.tool_kwargs) for call in selected]
        return _turn(answer, calls, pieces)

    def _chat(self) -> ChatResponse:
        if self._tools:
            return self._model.chat_with_tools(self._tools, chat_history=list(self._history), **self._choice())
        return self._model.chat(self._history)

    def _stream(self) -> tuple[ChatResponse | None, int]:
        if self._tools:
            stream = self._model.stream_chat_with_tools(self._tools, chat_history=list(self._history), **self._choice())
        else:
            stream = self._model.stream_chat(self._history)
        answers = list(stream)
        return answers[-1] if answers else None, sum(bool(answer.delta) for answer in answers)

    def _choice(self) -> dict[str, Any]:
        # Without the first a second call is thrown away. The second takes no name; jobs that force have one tool.
        return {"allow_parallel_tool_calls": True, "tool_required": "force" in self._job}


def _model(task: Task) -> Model:
    job = task.job
    named: dict[str, Any] = {}
    if "max_tokens" in job:
        named["max_tokens"] = job["max_tokens"]
    if "thinking" in job:
        named["thinking_dict"] = {"type": "enabled", "budget_tokens": job["thinking"]}
    if "stop" in job:
        named["additional_kwargs"] = {"stop_sequences": job["stop"]}
    return Model(model=task.model, base_url=task.base_url, api_key=task.key, **named)


def _blocks(texts: Sequence[str]) -> list[Any]:
    return [TextBlock(text=text) for text in texts]


def _tool(job: Mapping[str, Any], tool: Mapping[str, Any]) -> FunctionTool:
    def answer(**_: object) -> str:
        return result(job, tool["name"])

    schema = class_of(tool["name"], tool["input_schema"])
    return FunctionTool.from_defaults(answer, name=tool["name"], description=tool["description"], fn_schema=schema)


def _turn(answer: ChatResponse, calls: list[Call], pieces: int | None) -> Turn:
    message = answer.message
    thoughts = [block for block in message.blocks if isinstance(block, ThinkingBlock)]
    stop, usage = _end(answer)
    return Turn(
        text=message.content or "",
        thinking="".join(block.content or "" for block in thoughts) if thoughts else None,
        signed=all(block.additional_information.get("signature") for block in thoughts) if thoughts else None,
        calls=calls,
        stop=stop,
        input=usage.get("input_tokens"),
        output=usage.get("output_tokens"),
        pieces=pieces,
    )


def _end(answer: ChatResponse) -> tuple[str | None, Mapping[str, int]]:
    """A streamed answer tells its end beside the message, a whole one in `raw`."""
    told = answer.message.additional_kwargs
    if "stop_reason" in told:
        return told["stop_reason"], told["usage"] or {}
    usage = answer.raw["usage"]
    return answer.raw["stop_reason"], usage.model_dump() if usage else {}


def do(task: Task, seen: Seen) -> None:
    job = task.job
    match job.get("route", "messages"):
        case "models":
            raise UnsupportedError("LlamaIndex has no call that lists the models of an endpoint")
        case "count_tokens":
            # Its tokenizer asks the endpoint, about a text alone: there is no place for tools.
            seen.count = len(_model(task).tokenizer.encode(job["turns"][0]))
        case _ if "schema" in job:
            program = FunctionCallingProgram.from_defaults(
                class_of("Answer", job["schema"]),
                prompt_template_str="{text}",
                llm=_model(task),
                tool_choice={"type": "any"},  # left out, it is sent as null
            )
            seen.object = program(text=job["turns"][0]).model_dump()
        case _:
            converse(job, Talk(task), seen)


serve(do)
