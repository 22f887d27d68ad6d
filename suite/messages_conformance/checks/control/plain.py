"""Requests in their plainest form, and without one of their parts: what controls are made of.

Pure functions over a request body as a scenario declares it: its `${name}` placeholders are filled in when it is sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from messages_conformance.checks.answer.events import as_list, as_object, dig
from messages_conformance.checks.base import Control, Json

_MEDIA = ("image", "document")
_BLANK = "."
"""What stands in for a text that is taken out: an empty one is refused by many."""


def flattened(body: Json) -> Json | None:
    """Everything that a request tells the model, as one string in one turn of the user. None where it tells nothing in
    words; pictures and files have no such form."""
    told = [*_texts(body.get("system")), *_texts([dig(turn, "content") for turn in as_list(body.get("messages"))])]
    said = "\n\n".join(text for text in told if text.strip())
    if not said or any(_kinds(body, _MEDIA)):
        return None
    return {"max_tokens": body.get("max_tokens"), "messages": [{"role": "user", "content": said}]}


def unstreamed(body: Json) -> Json | None:
    """The same request, answered in one piece. None where it is not streamed."""
    return {key: value for key, value in body.items() if key != "stream"} if body.get("stream") is True else None


def blanked(body: Json, words: tuple[str, ...]) -> Json | None:
    """The same request without the texts that hold any of `words`; without its pictures and files where no text holds
    one. None where nothing would be left out. The question at the end may name what it asks for, and stays."""
    question = _last_text(body)

    def blank(text: str) -> str:
        return _BLANK if text != question and any(word in text for word in words) else text

    told = {key: _each_text(body[key], blank) for key in ("system", "messages") if key in body}
    changed = {**body, **told}
    return changed if changed != body else _without_media(body)


def _without_media(body: Json) -> Json | None:
    changed = _without_blocks(body, _MEDIA)
    return None if changed == body else changed


def uncited(body: Json, _: tuple[str, ...]) -> Json | None:
    """The same request with citations switched off."""
    changed = _walked(body, lambda found: {**found, "citations": {"enabled": False}} if _cites(found) else found)
    return None if changed == body else changed


def unbegun(body: Json, _: tuple[str, ...]) -> Json | None:
    """The same request without the beginning of its answer. None where it ends with another turn."""
    turns = as_list(body.get("messages"))
    return {**body, "messages": turns[:-1]} if turns and dig(turns[-1], "role") == "assistant" else None


def ordered(body: Json) -> Json | None:
    """The same request with the results of tools in the order of their calls. None where they are."""
    turns = as_list(body.get("messages"))
    calls = [dig(block, "id") for turn in turns for block in as_list(dig(turn, "content")) if _is(block, "tool_use")]
    changed = [_with_results_in_order(turn, calls) for turn in turns]
    return None if changed == turns else {**body, "messages": changed}


def _with_results_in_order(turn: Any, calls: list[Any]) -> Any:
    content = as_list(dig(turn, "content"))
    results = [block for block in content if _is(block, "tool_result") and dig(block, "tool_use_id") in calls]
    if not results:
        return turn
    waiting = iter(sorted(results, key=lambda block: calls.index(dig(block, "tool_use_id"))))
    return {**(as_object(turn) or {}), "content": [next(waiting) if b in results else b for b in content]}


def _is(block: Any, kind: str) -> bool:
    return dig(block, "type") == kind


def repeats_the_question(body: Json, said: str, sought: tuple[str, ...]) -> bool:
    """Whether an answer holds a sentence of its prompt that nobody asked for. A model that echoes what it was told has
    every word of it, and shows nothing."""
    told = "\n".join(_texts([dig(turn, "content") for turn in as_list(body.get("messages"))]))
    sentences = [_folded(sentence) for sentence in re.split(r"[.!?:](?:\s|$)|\n", told)]
    return any(
        sentence in _folded(said)
        for sentence in sentences
        if len(sentence.split()) >= _LEAST_WORDS and not any(_folded(word) in sentence for word in sought)
    )


_LEAST_WORDS = 3
"""Words of a sentence that no answer has by chance."""


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


WORDS = Control(flattened, blanked)
"""For checks of what the model was told: it is told the same in one string, and then without it."""

MODE = Control(unstreamed)
"""For checks of a stream: the same request without it."""

ORDER = Control(ordered)
"""For checks of what belongs together: the same results, each where its call would have it."""

CITATIONS = Control(without=uncited)
"""For checks of citations: the same request without leave to cite, whose prompt is shorter."""

PREFILL = Control(without=unbegun)
"""For checks of a continued answer: the same request without its beginning, whose prompt is shorter."""

# --- walking a body ---------------------------------------------------------------------------------------------------


def _texts(value: Any) -> Iterator[str]:
    """The texts of content, those in tool results and documents included. A placeholder that stands for content of
    another answer has none yet."""
    if isinstance(value, str):
        if not re.fullmatch(r"\$\{[^{}]*\}", value):
            yield value
    elif isinstance(value, list):
        for item in as_list(value):
            yield from _texts(item)
    elif (block := as_object(value)) is not None:
        match block.get("type"):
            case "text":
                yield from _texts(block.get("text"))
            case "tool_result" | "search_result":
                yield from _texts(block.get("content"))
            case "document":
                source = block.get("source")
                yield from _texts(
                    [block.get("title"), block.get("context"), dig(source, "data"), dig(source, "content")]
                )
            case _:
                pass


def _last_text(body: Json) -> str | None:
    """The question that the request ends with."""
    turns = as_list(body.get("messages"))
    texts = list(_texts(dig(turns[-1], "content"))) if turns else []
    return texts[-1] if texts else None


def _kinds(value: Any, kinds: tuple[str, ...]) -> Iterator[str]:
    """The types among `kinds` of all blocks inside `value` whose content is no text."""
    if isinstance(value, list):
        for item in as_list(value):
            yield from _kinds(item, kinds)
    elif (found := as_object(value)) is not None:
        kind = found.get("type")
        if isinstance(kind, str) and kind in kinds and dig(found, "source", "type") not in ("text", "content"):
            yield kind
        for item in found.values():
            yield from _kinds(item, kinds)


_WORDLESS = frozenset(
    {"type", "role", "id", "tool_use_id", "name", "media_type", "cache_control", "input", "signature"}
)

_FILES = ("base64", "url", "file")
"""Sources that hold no text, though a short word may stand in their bytes by chance."""


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_each_text(item, change) for item in as_list(value)]
    found = as_object(value)
    if found is None or found.get("type") in _FILES:
        return value
    return {key: item if key in _WORDLESS else _each_text(item, change) for key, item in found.items()}


def _without_blocks(value: Any, kinds: tuple[str, ...]) -> Any:
    if isinstance(value, list):
        return [_without_blocks(item, kinds) for item in as_list(value) if dig(item, "type") not in kinds]
    found = as_object(value)
    return value if found is None else {key: _without_blocks(item, kinds) for key, item in found.items()}


def _walked(value: Any, change: Callable[[Json], Json]) -> Any:
    if isinstance(value, list):
        return [_walked(item, change) for item in as_list(value)]
    found = as_object(value)
    return value if found is None else change({key: _walked(item, change) for key, item in found.items()})


def _cites(block: Json) -> bool:
    return dig(block, "citations", "enabled") is True
