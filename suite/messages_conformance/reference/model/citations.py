"""Answers that say where they come from: passages of the documents and search results that a request lets be cited.

The reference answers in the passages' own words, and takes those that share a word of substance with the question
(contract: citations).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from messages_conformance.reference.model.conversation import Conversation, pdf_text
from messages_conformance.reference.model.tokens import as_blocks
from messages_conformance.reference.narrow import as_object
from messages_conformance.reference.play import Json

_SENTENCE = re.compile(r"[^\s.!?][^.!?]*[.!?]")
_WORD = re.compile(r"\w{4,}")
_EMPTY_TEXT = (
    "according answer documents document does from have many sentence tell that their there these they this what when "
    "where which with your"
)
_EMPTY_WORDS = frozenset(_EMPTY_TEXT.split())
"""Words of four letters and more that a question may share with any passage."""


@dataclass(frozen=True, slots=True)
class _Passage:
    """Something that can be cited: its words, and the citation that says where they are."""

    text: str
    citation: Json


def cited(conversation: Conversation) -> tuple[Json, ...]:
    """The answer to the last user turn as text blocks with their citations; none where nothing can be cited for it."""
    asked = " ".join(block["text"] for block in conversation.last.blocks if block["type"] == "text")
    wanted = _substance(asked)
    found = [passage for passage in _passages(conversation) if wanted & _substance(passage.text)]
    return tuple(
        {"type": "text", "text": f"{' ' if number else ''}{passage.text}", "citations": [passage.citation]}
        for number, passage in enumerate(found)
    )


def _substance(text: str) -> set[str]:
    return set(_WORD.findall(text.lower())) - _EMPTY_WORDS


def _passages(conversation: Conversation) -> Iterator[_Passage]:
    """Those of the whole conversation. Documents are counted apart from search results, cited or not."""
    blocks = [block for turn in conversation.turns if turn.role == "user" for block in turn.blocks]
    readers = {"document": _of_document, "search_result": _of_search_result}
    for kind, read in readers.items():
        for number, block in enumerate(block for block in blocks if block["type"] == kind):
            if as_object(block.get("citations")).get("enabled"):
                yield from read(number, block)


def _of_document(number: int, block: Json) -> Iterator[_Passage]:
    source: Mapping[str, Any] = block["source"]
    document = {"document_index": number, "document_title": block.get("title")}
    match source["type"]:
        case "text":
            for found in _SENTENCE.finditer(source["data"]):
                place = {"start_char_index": found.start(), "end_char_index": found.end()}
                yield _passage("char_location", found[0], {**document, **place})
        case "content":
            for at, part in enumerate(as_blocks(source["content"])):
                if part["type"] == "text":
                    place = {"start_block_index": at, "end_block_index": at + 1}
                    yield _passage("content_block_location", part["text"], {**document, **place})
        case "base64":
            place = {"start_page_number": 1, "end_page_number": 2}
            for found in _SENTENCE.finditer(pdf_text(source["data"])):
                yield _passage("page_location", found[0], {**document, **place})
        case _:
            return


def _of_search_result(number: int, block: Json) -> Iterator[_Passage]:
    where = {"source": block["source"], "title": block["title"], "search_result_index": number}
    for at, part in enumerate(block["content"]):
        place = {"start_block_index": at, "end_block_index": at + 1}
        yield _passage("search_result_location", part["text"], {**where, **place})


def _passage(kind: str, text: str, where: Json) -> _Passage:
    return _Passage(text, {"type": kind, "cited_text": text, **where})
