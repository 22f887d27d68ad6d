"""Defects of tool results: refused, or lost on the way to the model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from messages_conformance.reference import mutations as m
from messages_conformance.reference.defects.base import defect
from messages_conformance.reference.model.tokens import as_blocks
from messages_conformance.reference.narrow import as_list, as_object
from messages_conformance.reference.play import Context, Hook, Json, Play

# --- what is refused --------------------------------------------------------------------------------------------------


def _turns(body: Mapping[str, Any]) -> list[list[Json]]:
    """The blocks of each turn, as far as the body has any."""
    contents = (as_object(turn).get("content") for turn in as_list(body.get("messages")))
    return [[as_object(block) for block in as_list(content)] for content in contents]


def _results(blocks: list[Json]) -> list[Json]:
    return [block for block in blocks if block.get("type") == "tool_result"]


def _any_result(test: Callable[[Json], bool]) -> Callable[[Mapping[str, Any]], bool]:
    return lambda body: any(test(result) for blocks in _turns(body) for result in _results(blocks))


def _holds_search_result(result: Json) -> bool:
    return any(as_object(block).get("type") == "search_result" for block in as_list(result.get("content")))


def _several_results(body: Mapping[str, Any]) -> bool:
    return any(len(_results(blocks)) > 1 for blocks in _turns(body))


def _two_rounds(body: Mapping[str, Any]) -> bool:
    """Whether a call of an earlier round is in the history, which a server that keeps its own has trimmed."""
    return len([blocks for blocks in _turns(body) if _results(blocks)]) > 1


_GIVEN = re.compile(r"toolu_[0-9a-f]{24}")
"""The form of the ids that this server gives."""


def _chosen_by_the_client(body: Mapping[str, Any]) -> bool:
    """Whether a call in the history has an id that only the client can have given it."""
    calls = (block for blocks in _turns(body) for block in blocks if block.get("type") == "tool_use")
    return any(not _GIVEN.fullmatch(str(call.get("id"))) for call in calls)


def _pictures_alone(result: Json) -> bool:
    content = as_list(result.get("content"))
    return bool(content) and all(as_object(block).get("type") == "image" for block in content)


def _without_tools(body: Mapping[str, Any]) -> bool:
    return not body.get("tools") and any(_results(blocks) for blocks in _turns(body))


# --- what does not reach the model ------------------------------------------------------------------------------------


def _each_turn(change: Callable[[list[Json]], list[Json]]) -> Hook[Json]:
    """Changes the turns with tool results before the model reads them."""

    def changed(body: Json, _: Context) -> Json:
        turns = [
            {**turn, "content": change(blocks)} if _results(blocks := as_blocks(turn["content"])) else turn
            for turn in body["messages"]
        ]
        return {**body, "messages": turns}

    return changed


def _each_result(change: Callable[[Json], Json]) -> Hook[Json]:
    return _each_turn(lambda blocks: [change(b) if b["type"] == "tool_result" else b for b in blocks])


def _without(kind: str) -> Hook[Json]:
    """Takes the blocks of one type out of tool results."""

    def change(result: Json) -> Json:
        content = result.get("content")
        if not isinstance(content, list):
            return result
        return {**result, "content": [block for block in as_list(content) if block["type"] != kind]}

    return _each_result(change)


def _never_failed(result: Json) -> Json:
    return {key: value for key, value in result.items() if key != "is_error"}


def _last_only(blocks: list[Json]) -> list[Json]:
    results = _results(blocks)
    return [*results[-1:], *(block for block in blocks if block not in results)]


def _by_place(body: Json, _: Context) -> Json:
    """Gives the results of a turn to the calls before it in order, whatever ids they name."""
    return {**body, "messages": list(_placed(body["messages"]))}


def _placed(turns: list[Json]) -> Iterator[Json]:
    called: list[str] = []
    for turn in turns:
        blocks = as_blocks(turn["content"])
        if len(_results(blocks)) == len(called):
            ids = iter(called)
            placed = [{**b, "tool_use_id": next(ids)} if b["type"] == "tool_result" else b for b in blocks]
            yield {**turn, "content": placed}
        else:
            yield turn
        called = [block["id"] for block in blocks if block["type"] == "tool_use"]


DEFECTS = (
    defect(
        "picture-alone-refused",
        "A tool result that is a picture and nothing else is refused",
        m.refuse(_any_result(_pictures_alone), "text content blocks must be non-empty", "messages"),
        "tools.result-image",
    ),
    defect(
        "tool-history-without-tools-refused",
        "A history with tool results is refused if the request has no tools",
        m.refuse(_without_tools, "Field required where messages hold tool_result blocks", "tools"),
        "tools.history-without-tools",
    ),
    defect(
        "search-result-in-result-refused",
        "Search results in a tool result are refused",
        m.refuse(_any_result(_holds_search_result), "Input should be text or image", "messages"),
        "tools.result-rich",
    ),
    defect(
        "search-result-in-result-dropped",
        "Search results in a tool result do not reach the model",
        Play(prompt=_without("search_result")),
        "tools.result-rich",
    ),
    defect(
        "image-in-result-dropped",
        "Images in a tool result do not reach the model",
        Play(prompt=_without("image")),
        "tools.result-image",
    ),
    defect(
        "result-error-dropped",
        "is_error does not reach the model",
        Play(prompt=_each_result(_never_failed)),
        "tools.result-error",
    ),
    defect(
        "text-beside-result-dropped",
        "Text beside tool results does not reach the model",
        Play(prompt=_each_turn(_results)),
        "tools.result-text-beside",
    ),
    defect(
        "empty-result-refused",
        "A tool result without content is refused",
        m.refuse(_any_result(lambda result: not result.get("content")), "Field required", "messages"),
        "tools.result-empty",
    ),
    defect(
        "own-tool-id-forgotten",
        "A call of an earlier round is not found any more",
        m.refuse(_two_rounds, "tool result's tool id not found", "messages"),
        "http.accepts-valid-request",
    ),
    defect(
        "chosen-tool-id-refused",
        "A call in the history with an id that the server did not give is refused",
        m.refuse(_chosen_by_the_client, "tool call id is not known", "messages"),
        "request.block.tool_use.id.pattern",
    ),
    defect(
        "several-results-refused",
        "Two tool results in one turn are refused",
        m.refuse(
            _several_results, "an assistant message with tool calls must be followed by tool messages", "messages"
        ),
        "tools.results-together",
    ),
    defect(
        "last-result-only",
        "Only the last of several tool results reaches the model",
        Play(prompt=_each_turn(_last_only)),
        "tools.results-together",
    ),
    defect(
        "results-by-place",
        "Tool results are given to calls in their order and not by id",
        Play(prompt=_by_place),
        "tools.results-by-id",
    ),
)
