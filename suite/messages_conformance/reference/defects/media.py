"""Defects of pictures, documents and citations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from messages_conformance.reference import mutations as m
from messages_conformance.reference.defects.base import defect
from messages_conformance.reference.http.errors import Refusal
from messages_conformance.reference.play import Context, Json, Play


def _without(kind: str) -> Callable[[list[Json]], list[Json]]:
    return lambda blocks: [block for block in blocks if block["type"] != kind]


def _holds_document(body: Mapping[str, Any]) -> bool:
    return any(block.get("type") == "document" for block in m.history(body, "user"))


def _holds_cited_text(body: Mapping[str, Any]) -> bool:
    return any(block.get("type") == "text" and "citations" in block for block in m.history(body))


def _of_another_type(refusal: Refusal) -> bool:
    return refusal.source == "rule" and refusal.path[-1:] == ("source",)


def _cited_unasked(message: Json, context: Context) -> Json:
    """Cites the first page of the first document that may not be cited."""
    documents = [block for block in m.history(context.body, "user") if block.get("type") == "document"]
    if not documents or any("citations" in document for document in documents):
        return message
    where = {"document_index": 0, "document_title": None, "start_page_number": 1, "end_page_number": 2}
    citation = {"type": "page_location", "cited_text": "A page", **where}
    content = [{**block, "citations": [citation]} if block["type"] == "text" else block for block in message["content"]]
    return {**message, "content": content}


def _uncited(block: Json) -> Json:
    return {key: value for key, value in block.items() if key != "citations"}


def _cited_elsewhere(block: Json) -> Json:
    """Moves every citation by characters four characters on."""
    moved = ("start_char_index", "end_char_index")
    citations = [
        {key: value + 4 if key in moved else value for key, value in citation.items()}
        for citation in block.get("citations", ())
    ]
    return {**block, "citations": citations} if citations else block


DEFECTS = (
    defect(
        "pictures-dropped",
        "Pictures do not reach the model",
        Play(prompt=m.in_history(_without("image"), "user")),
        "vision.seen",
    ),
    defect(
        "media-type-unchecked",
        "A picture under the wrong media type is accepted",
        m.accept(_of_another_type),
        "vision.media-type-matches",
    ),
    defect(
        "documents-dropped",
        "Documents do not reach the model",
        Play(prompt=m.in_history(_without("document"), "user")),
        "documents.read",
        "documents.pdf",
    ),
    defect(
        "documents-refused",
        "A document is refused like a block that does not exist",
        m.refuse(_holds_document, "Input should be text, image, tool_use or tool_result", "messages"),
        "documents.read",
        "documents.pdf",
    ),
    defect(
        "cited-text-refused",
        "Text that is sent back with its citations is refused",
        m.refuse(_holds_cited_text, "Extra inputs are not permitted", "messages", "citations"),
        "citations.round-trip",
    ),
    defect(
        "citations-unasked",
        "Documents are cited although citations are off",
        Play(message=_cited_unasked),
        "citations.off-by-default",
    ),
    defect(
        "citations-dropped",
        "Citations do not come back",
        Play(message=m.each_block("text", _uncited)),
        "citations.enabled",
    ),
    defect(
        "citations-misplaced",
        "Citations point at other words",
        Play(message=m.each_block("text", _cited_elsewhere)),
        "citations.true",
    ),
)
