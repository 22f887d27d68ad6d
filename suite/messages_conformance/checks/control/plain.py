"""Requests in their plainest form, or without one of their parts: controls are made from these.

Pure functions over a request body as a scenario declares it; its `${name}` placeholders are filled in on sending.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from messages_conformance.checks.answer.events import as_list, as_object, dig
from messages_conformance.checks.base import Control, Json

_MEDIA = ("image", "document")
_GIVEN = ("tool_result", "search_result", "document")
"""What a user passes on."""
_BLANK = "."
"""The replacement for a text that is taken out: many providers refuse an empty one."""


def flattened(body: Json) -> Json | None:
    """All words of a request, as one string in one user turn. None if the request holds no words, or pictures and
    files, which have no such form."""
    told = [*_texts(body.get("system")), *_texts([dig(turn, "content") for turn in as_list(body.get("messages"))])]
    said = "\n\n".join(text for text in told if text.strip())
    if not said or any(_kinds(body, _MEDIA)):
        return None
    return {"max_tokens": body.get("max_tokens"), "messages": [{"role": "user", "content": said}]}


def unstreamed(body: Json) -> Json | None:
    """The same request without streaming. None if it is not streamed."""
    return {key: value for key, value in body.items() if key != "stream"} if body.get("stream") is True else None


def blanked(body: Json, words: tuple[str, ...]) -> Json | None:
    """The same request without the texts that hold any of `words`; without its pictures and files if no text holds one.
    None if nothing would be left out. The last thing that the user says stays, since it may name what it asks for."""
    question = _question(body)

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
    """The same request without the given beginning of its answer. None if it does not end with an assistant turn."""
    turns = as_list(body.get("messages"))
    return {**body, "messages": turns[:-1]} if turns and dig(turns[-1], "role") == "assistant" else None


def ordered(body: Json) -> Json | None:
    """The same request with tool results in the order of their calls. None if they already are."""
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
    """Whether an answer repeats a sentence of its prompt without being asked to. A model that echoes its prompt has
    every word of it, so its answer shows nothing."""
    told = "\n".join(_texts([dig(turn, "content") for turn in as_list(body.get("messages"))]))
    sentences = [_folded(sentence) for sentence in re.split(r"[.!?:](?:\s|$)|\n", told)]
    return any(
        sentence in _folded(said)
        for sentence in sentences
        if len(sentence.split()) >= _LEAST_WORDS and not any(_folded(word) in sentence for word in sought)
    )


_LEAST_WORDS = 3
"""How many words a sentence needs so that no answer holds it by chance."""


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


WORDS = Control(flattened, blanked)
"""For checks of what reached the model: send the same as one string, then leave it out."""

MODE = Control(unstreamed)
"""For checks of a stream: the same request without streaming."""

ORDER = Control(ordered)
"""For checks of which result belongs to which call: the same results in the order of their calls."""

CITATIONS = Control(without=uncited)
"""For checks of citations: the same request with citations off, whose prompt is shorter."""

PREFILL = Control(without=unbegun)
"""For checks of a continued answer: the same request without the given beginning, whose prompt is shorter."""

# --- walking a body ---------------------------------------------------------------------------------------------------


def _texts(value: Any) -> Iterator[str]:
    """The texts of content, including those in tool results and documents. A placeholder for content of another answer
    has none yet."""
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


def _question(body: Json) -> str | None:
    """The last text of a user's own. What a tool or a file says is no question, even where nothing follows it."""
    turns = [turn for turn in as_list(body.get("messages")) if dig(turn, "role") != "assistant"]
    own = [_without_blocks(dig(turn, "content"), _GIVEN) for turn in turns]
    return next(reversed(list(_texts(own))), None)


def _kinds(value: Any, kinds: tuple[str, ...]) -> Iterator[str]:
    """The types of all blocks inside `value` that are among `kinds` and hold no text."""
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
"""Types of source that hold no text, though their bytes may contain a short word by chance."""


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
