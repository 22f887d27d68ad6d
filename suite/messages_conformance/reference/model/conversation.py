"""A request as the model hears it: turns of one role merged, system text gathered, files read where that is simple."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from messages_conformance.reference.model.images import dominant_colour
from messages_conformance.reference.model.tokens import as_blocks
from messages_conformance.reference.narrow import as_object
from messages_conformance.reference.play import Json


@dataclass(frozen=True, slots=True)
class Result:
    """A tool result's text. `subject` is what its call was about: the strings among the call's arguments."""

    text: str
    is_error: bool
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """One merged turn. `text` leaves out tool results; `colours` names the dominant colour of each readable image."""

    role: str
    blocks: tuple[Json, ...]
    text: str
    results: tuple[Result, ...]
    colours: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conversation:
    """`turns` without a prefill; `prefill` is the text of a last assistant turn that is to be continued."""

    system: str
    turns: tuple[Said, ...]
    prefill: str | None

    @property
    def last(self) -> Said:
        """The last user turn; an empty one if there is none."""
        if self.turns and self.turns[-1].role == "user":
            return self.turns[-1]
        return Said("user", (), "", (), ())

    @property
    def everything(self) -> list[str]:
        """All text that reached the model, in order of appearance."""
        texts = [self.system]
        for turn in self.turns:
            texts += [*(result.text for result in turn.results), turn.text]
        return texts


def merged(messages: Iterable[Mapping[str, Any]]) -> list[tuple[str, list[Json]]]:
    """Role and blocks of each turn. Consecutive messages of one role are one turn; system messages are not turns."""
    turns: list[tuple[str, list[Json]]] = []
    for message in messages:
        role, blocks = message["role"], as_blocks(message["content"])
        if role == "system":
            continue
        if turns and turns[-1][0] == role:
            turns[-1][1].extend(blocks)
        else:
            turns.append((role, list(blocks)))
    return turns


def read(body: Mapping[str, Any]) -> Conversation:
    """The conversation of a valid request body."""
    turns = _turns(merged(body["messages"]))
    prefill = turns.pop().text if turns and turns[-1].role == "assistant" else None
    system = as_blocks(body.get("system"))
    for message in body["messages"]:
        if message["role"] == "system":
            system += as_blocks(message["content"])
    return Conversation("\n".join(_texts(system)), tuple(turns), prefill)


def _turns(merged_turns: list[tuple[str, list[Json]]]) -> list[Said]:
    subjects: dict[str, str] = {}
    turns: list[Said] = []
    for role, blocks in merged_turns:
        turns.append(_said(role, blocks, subjects))
        subjects |= {
            block["id"]: " ".join(value for value in as_object(block["input"]).values() if isinstance(value, str))
            for block in blocks
            if block["type"] == "tool_use"
        }
    return turns


def _said(role: str, blocks: list[Json], subjects: Mapping[str, str]) -> Said:
    results = tuple(
        Result(
            "\n".join(_texts(as_blocks(block.get("content")))),
            block.get("is_error") is True,
            subjects.get(block["tool_use_id"], ""),
        )
        for block in blocks
        if block["type"] == "tool_result"
    )
    return Said(role, tuple(blocks), "\n".join(_texts(blocks)), results, tuple(_colours(blocks)))


def _texts(blocks: Iterable[Json]) -> list[str]:
    return [text for block in blocks if (text := _text(block))]


def _text(block: Json) -> str:
    match block:
        case {"type": "text", "text": str(text)}:
            return text
        case {"type": "search_result", "content": list()}:
            return "\n".join(_texts(block["content"]))
        case {"type": "document", "source": dict()}:
            return "\n".join(filter(None, (block.get("title"), block.get("context"), _source_text(block["source"]))))
        case _:
            return ""


def _source_text(source: Json) -> str:
    match source:
        case {"type": "text", "data": str(text)}:
            return text
        case {"type": "content"}:
            return "\n".join(_texts(as_blocks(source["content"])))
        case {"type": "base64", "data": str(data)}:
            return pdf_text(data)
        case _:
            return ""


def pdf_text(data: str) -> str:
    """The text of all pages of a base64 PDF; nothing of what is none."""
    from pypdf import PdfReader  # to import it is a fifth of the reference's start, and few requests bring a PDF
    from pypdf.errors import PyPdfError

    try:
        pages = PdfReader(io.BytesIO(base64.b64decode(data))).pages
        return "\n".join(page.extract_text() for page in pages)
    except (ValueError, PyPdfError):  # what is no base64, what is no ASCII, and what is no PDF
        return ""


def _colours(blocks: Iterable[Json]) -> Iterable[str]:
    for block in blocks:
        match block:
            case {"type": "image", "source": {"type": "base64", "data": str(data)}}:
                if colour := dominant_colour(data):
                    yield colour
            case {"type": "tool_result", "content": list()}:
                yield from _colours(block["content"])
            case _:
                pass
