"""Citations: whether the cited words are where the answer says, in what the request itself sent.

The text of a PDF is not read: for a citation by pages, only its document and the order of its pages are judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from messages_conformance.checks.answer.content import Content
from messages_conformance.checks.answer.events import as_integer, as_list, as_object, dig, shown
from messages_conformance.checks.base import MESSAGES, Evidence, Verdict, check, failed, not_applicable, passed
from messages_conformance.checks.control.plain import CITATIONS
from messages_conformance.checks.control.preconditions import Message, on_message, on_willing_message
from messages_conformance.checks.control.said import Said, honoured, missed, undecided
from messages_conformance.checks.params import NAMES, closed

_Json: TypeAlias = dict[str, Any]

_INDEX_OF = {
    "char_location": ("document", "document_index"),
    "page_location": ("document", "document_index"),
    "content_block_location": ("document", "document_index"),
    "search_result_location": ("search_result", "search_result_index"),
}
"""For each type of citation that points into the request: the kind of block, and the key that holds its number."""

_PAGE = "web_fetch_tool_result"


def _citations(content: Content) -> Iterator[tuple[str, _Json]]:
    """Every citation of the answer, with its pointer."""
    for number, block in content.placed:
        for place, citation in enumerate(as_list(block.get("citations"))):
            if (found := as_object(citation)) is not None:
                yield f"/content/{number}/citations/{place}", found


def _sources(evidence: Evidence, kind: str) -> list[_Json]:
    """The documents or search results of the request's user turns, in order, including those in tool results."""
    found: list[_Json] = []

    def gather(content: Any) -> None:
        for block in as_list(content):
            known = as_object(block) or {}
            if known.get("type") == kind:
                found.append(known)
            elif known.get("type") == "tool_result":
                gather(known.get("content"))

    for message in as_list(dig(evidence.answer.request_json, "messages")):
        if dig(message, "role") == "user":
            gather(dig(message, "content"))
    return found


def _fetched(evidence: Evidence) -> bool:
    """Whether a page was fetched, here or earlier. Such a page is a document too, and its number among the request's
    documents is not documented."""
    turns = as_list(dig(evidence.answer.request_json, "messages"))
    blocks = (block for turn in turns for block in as_list(dig(turn, "content")))
    return _PAGE in evidence.content.types or any(dig(block, "type") == _PAGE for block in blocks)


@check(
    "citations.true",
    title="The cited words are where the citation says",
    why="A reader who follows the citation finds other words, or none: the citation proves nothing.",
    clauses=("anthropic:citations.true",),
    on=MESSAGES,
)
@on_message
def true(_message: Message, evidence: Evidence) -> Verdict:
    if _fetched(evidence):
        return not_applicable("pages were fetched, and their place among the documents is not documented")
    judged = 0
    for pointer, citation in _citations(evidence.content):
        kind = citation.get("type")
        if not isinstance(kind, str) or kind not in _INDEX_OF:
            continue
        judged += 1
        block, key = _INDEX_OF[kind]
        sources, index = _sources(evidence, block), as_integer(citation.get(key))
        if index is None or not 0 <= index < len(sources):
            came = shown(citation.get(key))
            return failed(f"the number of one of {len(sources)} {block} blocks", came, pointer=f"{pointer}/{key}")
        if (wrong := _wrong(citation, sources[index])) is not None:
            expected, came = wrong
            return failed(expected, came, pointer=pointer)
    return passed() if judged else not_applicable("the answer cites nothing of the request")


def _wrong(citation: _Json, source: _Json) -> tuple[str, str] | None:
    """What the citation should hold and what it holds, or None if both agree. Whitespace is not compared: it may be
    folded, and how blocks are joined is not documented."""
    start, end = _range(citation)
    if start is None or end is None or end <= start:
        return "an end after its start", f"{start} to {end}"
    there = _text_at(citation, source, start, end)
    told = citation.get("cited_text")
    if not isinstance(told, str) or not told.strip():
        return "the words that are cited", shown(told)
    if there is None or "".join(told.split()) in "".join(there.split()):
        return None
    return f"words of {shown(there)}", shown(told)


def _range(citation: _Json) -> tuple[int | None, int | None]:
    for what in ("char_index", "page_number", "block_index"):
        if f"start_{what}" in citation:
            return as_integer(citation[f"start_{what}"]), as_integer(citation.get(f"end_{what}"))
    return None, None


def _text_at(citation: _Json, source: _Json, start: int, end: int) -> str | None:
    """The words at those positions; None if the request does not show them, as in a PDF."""
    match citation["type"]:
        case "char_location":
            data = dig(source, "source", "data") if dig(source, "source", "type") == "text" else None
            return data[start:end] if isinstance(data, str) else None
        case "content_block_location":
            parts = dig(source, "source", "content")
        case "search_result_location":
            parts = source.get("content")
        case _:
            return None
    if isinstance(parts, str):
        return parts
    texts = [dig(part, "text") for part in as_list(parts)]
    return " ".join(text for text in texts[start:end] if isinstance(text, str)) if texts else None


@check(
    "citations.unasked",
    title="Nothing is cited where citations are not enabled",
    why="Code that shows the text, or sends it back, meets blocks that it never asked for.",
    clauses=("anthropic:citations.off-by-default",),
    on=MESSAGES,
)
@on_message
def unasked(_message: Message, evidence: Evidence) -> Verdict:
    sources = [block for kind in ("document", "search_result") for block in _sources(evidence, kind)]
    if not sources or any(dig(block, "citations", "enabled") is True for block in sources):
        return not_applicable("the request has no source, or allows citations")
    if _fetched(evidence):
        return not_applicable("pages were fetched, and the tool may allow citing them")
    found = next(((at, c) for at, c in _citations(evidence.content) if str(c.get("type")) in _INDEX_OF), None)
    return passed() if found is None else failed("no citations", shown(found[1]), pointer=found[0])


@check(
    "citations.present",
    title="The answer cites its sources",
    why="If citations are dropped on the way, the answer has no proof.",
    clauses=("anthropic:citations.enabled",),
    params=closed(("types",), types=NAMES),
    control=CITATIONS,
)
@on_willing_message
def present(_message: Message, evidence: Evidence) -> Said:
    """A model need not cite; the control counts the prompt with citations off."""
    came = {str(citation.get("type")) for _, citation in _citations(evidence.content)}
    missing = [kind for kind in evidence.params["types"] if kind not in came]
    if not missing:
        return honoured()
    if came:
        return undecided(f"the answer has no {' and no '.join(missing)}")
    if not (said := evidence.text):
        return undecided("the answer has no text")
    return missed("citations", f"none in {shown(said)}", pointer="/content")
