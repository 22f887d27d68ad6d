"""LangChain's chat model, as https://docs.langchain.com/oss/python/integrations/chat/anthropic shows it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

os.environ["LANGSMITH_TRACING"] = "false"  # before langchain_core is imported: it would send each run to LangSmith

from langchain_anthropic import ChatAnthropic
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage, ToolMessage
from serving import Call, Seen, Task, Turn, UnsupportedError, converse, serve

ALSO = (
    *("before", "documents", "cite", "cache", "search", "mcp", "betas", "keep_results", "hide_thinking", "no_calls"),
    *("temperature", "service_tier", "user", "prefill", "hang_up", "picture_type", "page"),
    *("thinking of another kind", "tools of another kind", "a streamed schema", "a count of more"),
)


class Talk:
    def __init__(self, task: Task) -> None:
        self._task = task
        self._job = task.job
        self._history = [*_system(task.job), *_before(task.job)]
        self._said = 0

    def say(self, text: str, picture: str | None) -> Turn:  # noqa: ARG002  it is in the job as well
        self._said += 1
        return self._turn([_question(text, self._job) if self._said == 1 else HumanMessage(content=text)])

    def give(self, results: Sequence[tuple[Call, str]]) -> Turn:
        return self._turn([ToolMessage(content=text, tool_call_id=call.id) for call, text in results])

    def _turn(self, news: list[AnyMessage]) -> Turn:
        self._history += news
        ask = self._stream if self._job.get("stream") else self._invoke
        message, pieces = ask([*self._history, *_begun(self._job)])
        self._history.append(message)
        return _turn(message, pieces, self._job)

    @property
    def _bound(self) -> Any:
        model, tools = _model(self._task, self._said - 1), [*_tools(self._job)]
        choice = {"type": "none"} if "no_calls" in self._job else self._job.get("force")
        bound = model.bind_tools(tools, tool_choice=choice) if tools else model
        return bound.bind(**_further(self._job))

    def _invoke(self, messages: list[AnyMessage]) -> tuple[AIMessage, None]:
        return self._bound.invoke(messages), None

    def _stream(self, messages: list[AnyMessage]) -> tuple[AIMessage, int]:
        leave = self._job.get("hang_up") if self._said == 1 else None
        full = None
        pieces = 0
        for chunk in self._bound.stream(messages):
            full = chunk if full is None else full + chunk
            pieces += bool(chunk.text)
            if pieces == leave:
                return AIMessage(content=full.text), pieces
        return full, pieces


def _model(task: Task, turn: int = 0) -> ChatAnthropic:
    job = task.job
    named = {name: job[name] for name in ("max_tokens", "stop", "temperature", "betas") if name in job}
    if "thinking" in job:
        named["thinking"] = _thinking(job, turn)
    if "mcp" in job:
        named["mcp_servers"] = [{"type": "url", "name": job["mcp"]["name"], "url": job["mcp"]["url"]}]
    if "keep_results" in job:
        uses = {"type": "tool_uses", "value": job["keep_results"]}
        edit = {"type": "clear_tool_uses_20250919", "trigger": uses, "keep": uses}
        named["context_management"] = {"edits": [edit]}
    return ChatAnthropic(model=task.model, base_url=task.base_url, api_key=task.key, **named)


def _further(job: Mapping[str, Any]) -> dict[str, Any]:
    """What the API takes and LangChain has no name for."""
    tier = {"service_tier": job["service_tier"]} if "service_tier" in job else {}
    return {**tier, "metadata": {"user_id": job["user"]}} if "user" in job else tier


def _thinking(job: Mapping[str, Any], turn: int) -> dict[str, Any]:
    given = job["thinking"]
    hidden = {"display": "omitted"} if "hide_thinking" in job else {}
    match given[turn] if isinstance(given, list) else given:
        case 0:
            return {"type": "disabled"}
        case "adaptive":
            return {"type": "adaptive", **hidden}
        case budget:
            return {"type": "enabled", "budget_tokens": budget, **hidden}


def _tools(job: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from job.get("tools", ())
    if "search" in job:
        yield {"type": "web_search_20250305", "name": "web_search", "max_uses": job["search"]}
    if "mcp" in job:
        enabled = {name: {"enabled": True} for name in job["mcp"]["tools"]}
        toolset = {"type": "mcp_toolset", "mcp_server_name": job["mcp"]["name"], "configs": enabled}
        yield {**toolset, "default_config": {"enabled": False}}


def _system(job: Mapping[str, Any]) -> list[AnyMessage]:
    """One message of all texts; the last ones are marked for the cache."""
    blocks: list[dict[str, Any]] = [{"type": "text", "text": text} for text in job.get("system", ())]
    for block, ttl in zip(reversed(blocks), reversed(job.get("cache", ())), strict=False):
        block["cache_control"] = {"type": "ephemeral", "ttl": ttl}
    return [SystemMessage(content=blocks)] if blocks else []


def _before(job: Mapping[str, Any]) -> Iterator[AnyMessage]:
    """The messages of a conversation that was held elsewhere."""
    for turn in job.get("before", ()):
        match turn:
            case {"user": texts}:
                yield HumanMessage(content=[{"type": "text", "text": text} for text in texts])
            case {"calls": calls}:
                made = [{"id": call["id"], "name": call["name"], "args": call["arguments"]} for call in calls]
                yield AIMessage(content="", tool_calls=made)
            case {"results": results}:
                yield from (ToolMessage(content=_given(each), tool_call_id=each["id"]) for each in results)
            case {"thinking": thinking, "signature": signature, "assistant": text}:
                thought = {"type": "thinking", "thinking": thinking, "signature": signature}
                yield AIMessage(content=[thought, {"type": "text", "text": text}])
            case _:
                yield AIMessage(content=turn["assistant"])


def _given(result: Mapping[str, Any]) -> Any:
    match result:
        case {"picture_png": data}:
            return [{"type": "image", "base64": data, "mime_type": "image/png"}]
        case {"found": text, "title": title, "source": source}:
            said = [{"type": "text", "text": text}]
            return [{"type": "search_result", "title": title, "source": source, "content": said}]
        case _:
            return result["text"]


def _begun(job: Mapping[str, Any]) -> list[AnyMessage]:
    return [AIMessage(content=job["prefill"])] if "prefill" in job else []


def _question(text: str, job: Mapping[str, Any]) -> HumanMessage:
    said = {"type": "text", "text": text}
    files = [_document(document, cite="cite" in job) for document in job.get("documents", ())]
    if "picture_png" in job:
        media_type = job.get("picture_type", "image/png")
        return HumanMessage(content=[said, {"type": "image", "base64": job["picture_png"], "mime_type": media_type}])
    return HumanMessage(content=[*files, said] if files else text)


def _document(document: Mapping[str, Any], *, cite: bool) -> dict[str, Any]:
    if "pdf" in document:
        return {"type": "file", "base64": document["pdf"], "mime_type": "application/pdf"}
    source = {"type": "text", "media_type": "text/plain", "data": document["text"]}
    return {"type": "document", "source": source, "title": document["title"], "citations": {"enabled": cite}}


def _turn(message: AIMessage, pieces: int | None, job: Mapping[str, Any]) -> Turn:
    blocks = message.content_blocks
    thoughts = [block for block in blocks if block["type"] == "reasoning"]
    usage: Mapping[str, Any] = message.usage_metadata or {}
    cached = usage.get("input_token_details", {}) if "cache" in job else {}
    return Turn(
        text=message.text,
        thinking="".join(block.get("reasoning", "") for block in thoughts) if thoughts else None,
        signed=all(block.get("extras", {}).get("signature") for block in thoughts) if thoughts else None,
        calls=[Call(call["id"], call["name"], call["args"]) for call in message.tool_calls],
        stop=message.response_metadata.get("stop_reason"),
        input=usage.get("input_tokens"),
        output=usage.get("output_tokens"),
        pieces=pieces,
        written=_written(cached),
        read=cached.get("cache_read"),
        ran=[*_ran(blocks)],
        cited=[*_cited(blocks)],
        cleared=[*_cleared(message)],
    )


def _written(cached: Mapping[str, Any]) -> int | None:
    """LangChain counts what is kept for five minutes and for an hour apart from what it is not told of."""
    counts = [cached.get(name) for name in ("cache_creation", "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")]
    return sum(count or 0 for count in counts) if cached else None


def _ran(blocks: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The tools that the server ran, each with what its result says. A tool of an MCP server is named apart."""
    results = {block.get("tool_call_id"): block for block in blocks if block["type"] == "server_tool_result"}
    for block in blocks:
        if block["type"] == "server_tool_call":
            extras, result = block.get("extras", {}), results.get(block.get("id"), {})
            call = {"name": extras.get("tool_name", block.get("name")), "arguments": block.get("args")}
            yield {
                **call,
                "answered": bool(result),
                "status": result.get("status"),
                "server": extras.get("server_name"),
            }


def _cited(blocks: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for block in blocks:
        for citation in block.get("annotations") or ():
            extras = citation.get("extras") or {}
            start, url = extras.get("start_char_index"), citation.get("url")
            told = {"text": citation.get("cited_text"), "start_char_index": start, "url": url}
            yield {name: value for name, value in told.items() if value is not None}


def _cleared(message: AIMessage) -> Iterator[dict[str, Any]]:
    managed = message.response_metadata.get("context_management") or {}
    for edit in managed.get("applied_edits", ()):
        yield {"uses": edit.get("cleared_tool_uses"), "tokens": edit.get("cleared_input_tokens")}


def do(task: Task, seen: Seen) -> None:
    job = task.job
    if "keep_results" in job and "betas" not in job:
        raise UnsupportedError("LangChain has no means to manage the context without naming its beta")
    match job.get("route", "messages"):
        case "models":
            raise UnsupportedError("LangChain has no call that lists the models of an endpoint")
        case "count_tokens":
            messages = [*_system(job), *(_question(text, job) for text in job["turns"])]
            seen.count = _model(task).get_num_tokens_from_messages(messages, tools=job.get("tools"))
        case _ if "schema" in job:
            schema = {"title": "answer", "description": "The answer.", **job["schema"]}
            shaped = _model(task).with_structured_output(schema)
            asked = job["turns"][0]
            seen.object = [*shaped.stream(asked)][-1] if job.get("stream") else shaped.invoke(asked)
        case _:
            converse(job, Talk(task), seen)


serve(do, ALSO)
