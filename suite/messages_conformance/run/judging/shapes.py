"""What an answer is, where it is no message of this API: a web page, another API's answer, or a message in an envelope.

Told by a few names that nothing else has. Pure, and only asked of the first answers of a run.
"""

from __future__ import annotations

import re
from typing import Any, Final, Literal, TypeAlias

from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.answer.events import as_list, as_object, dig

Api: TypeAlias = Literal["Chat Completions", "Responses"]
"""OpenAI's two APIs, which most servers and gateways speak."""

_HTML: Final = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_TITLE: Final = re.compile(rb"<(title|h1)\b[^>]*>(.*?)</\1>", re.IGNORECASE | re.DOTALL)
_LOOKED_AT: Final = 65_536
"""Bytes of a page in which its title is looked for."""

_ENVELOPES: Final = ("data", "result", "response", "body", "output", "payload")
"""Under which names gateways wrap an answer."""


def is_web_page(answer: Answer) -> bool:
    return answer.media_type == "text/html" or _HTML.match(answer.body[:_LOOKED_AT]) is not None


def title_of(answer: Answer) -> str | None:
    """What a web page calls itself."""
    found = _TITLE.search(answer.body[:_LOOKED_AT])
    told = " ".join(found[2].decode("utf-8", "replace").split()) if found else ""
    return told[:80] or None


def is_message(answer: Answer) -> bool:
    """Whether an answer can be taken for a message, however incomplete: then it is judged like any other."""
    told = answer.message(streaming=answer.is_stream) or {}
    return told.get("type") == "message" or isinstance(told.get("content"), list)


def foreign_api(answer: Answer) -> Api | None:
    """The other API whose answer, event or error this is."""
    for value in _values(answer):
        kind, of = str(value.get("object", "")), str(value.get("type", ""))
        if kind.startswith("chat.completion") or kind == "text_completion" or isinstance(value.get("choices"), list):
            return "Chat Completions"
        if kind == "response" or of.startswith("response."):
            return "Responses"
        error = as_object(value.get("error"))
        if error is not None and of != "error" and ("param" in error or "code" in error):
            return "Chat Completions"
    return None


def envelope(answer: Answer) -> str | None:
    """The name under which the answer holds what looks like a message, or like another API's answer."""
    told = as_object(answer.body_json) or {}
    return next((name for name in _ENVELOPES if _looks_like_an_answer(told.get(name))), None)


def models_offered(answer: Answer) -> list[str]:
    """The names in a list of models."""
    entries = map(as_object, as_list((as_object(answer.body_json) or {}).get("data")))
    return [name for entry in entries if entry and isinstance(name := entry.get("id"), str)]


def message_of(answer: Answer, limit: int = 160) -> str:
    """What an answer says of itself, in one line: the message of its error wherever that stands, else its beginning."""
    told: Any = as_object(answer.body_json) or {}
    candidates = (
        (answer.error or {}).get("message"),
        *(dig(told, name) for name in ("error", "message", "msg", "detail")),
        title_of(answer) if is_web_page(answer) else None,
    )
    text = next((each for each in candidates if isinstance(each, str) and each.strip()), None)
    line = " ".join((text if text is not None else answer.body[: 8 * limit].decode("utf-8", "replace")).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _looks_like_an_answer(value: Any) -> bool:
    inner = as_object(value)
    return inner is not None and (inner.get("type") == "message" or "content" in inner or "choices" in inner)


def _values(answer: Answer) -> list[dict[str, Any]]:
    """The body, or the first events of a stream that have data."""
    found = [event.data for event in answer.events[:4]] if answer.is_stream else [answer.body_json]
    return [value for each in found if (value := as_object(each)) is not None]
