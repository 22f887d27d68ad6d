from __future__ import annotations

from typing import Any

import pytest
from exchanges import evidence, exchange, left_open, missed, outcome, sse, verdict
from messages import Json, call, message, said
from messages_conformance.checks.base import Evidence, Outcome

MEADOW = "The cows are brown. The grass is green."
ON = {"enabled": True}
DOCUMENTS: list[Json] = [
    {"type": "document", "citations": ON, "source": {"type": "text", "media_type": "text/plain", "data": MEADOW}},
    {
        "type": "document",
        "citations": ON,
        "source": {"type": "content", "content": [said("The bridge is old."), said("The tower is tall.")]},
    },
    {
        "type": "document",
        "citations": ON,
        "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"},
    },
]
FOUND: Json = {
    "type": "search_result",
    "source": "https://example.com",
    "title": "On heavens",
    "citations": ON,
    "content": [said("The moon is full."), said("The stars are bright.")],
}
GRASS: Json = {
    "type": "char_location",
    "cited_text": "The grass is green.",
    "document_index": 0,
    "document_title": None,
    "start_char_index": 20,
    "end_char_index": 39,
}
TOWER: Json = {
    "type": "content_block_location",
    "cited_text": "The tower is tall.",
    "document_index": 1,
    "document_title": None,
    "start_block_index": 1,
    "end_block_index": 2,
}
PAGE: Json = {
    "type": "page_location",
    "cited_text": "The ferry leaves.",
    "document_index": 2,
    "document_title": None,
    "start_page_number": 1,
    "end_page_number": 2,
}
STARS: Json = {
    "type": "search_result_location",
    "cited_text": "The stars are bright.",
    "source": "https://example.com",
    "title": "On heavens",
    "search_result_index": 0,
    "start_block_index": 1,
    "end_block_index": 2,
}


def _cites(*citations: Any, of: Any = (*DOCUMENTS, FOUND), **params: Any) -> Evidence:
    answer = message({**said("So it is."), "citations": list(citations)})
    asked = {"messages": [{"role": "user", "content": [*of, said("What is it like?")]}]}
    return evidence(exchange(answer, request=asked), params=params)


@pytest.mark.parametrize("citation", [GRASS, TOWER, PAGE, STARS])
def test_words_that_stand_where_the_citation_says_pass(citation: Json) -> None:
    assert outcome("citations.true", _cites(citation)) is Outcome.PASS


@pytest.mark.parametrize(
    ("citation", "change", "pointer"),
    [
        (GRASS, {"start_char_index": 24, "end_char_index": 43}, ""),
        (GRASS, {"end_char_index": 20}, ""),
        (GRASS, {"cited_text": ""}, ""),
        (GRASS, {"cited_text": "The grass is red."}, ""),
        (GRASS, {"document_index": 3}, "/document_index"),
        (GRASS, {"document_index": "0"}, "/document_index"),
        (TOWER, {"start_block_index": 0, "end_block_index": 1}, ""),
        (PAGE, {"end_page_number": 1}, ""),
        (PAGE, {"cited_text": None}, ""),
        (STARS, {"search_result_index": 1}, "/search_result_index"),
        (STARS, {"start_block_index": 0, "end_block_index": 1}, ""),
    ],
)
def test_words_that_stand_elsewhere_fail(citation: Json, change: Json, pointer: str) -> None:
    found = verdict("citations.true", _cites(TOWER, {**citation, **change}))
    assert (found.outcome, found.pointer) == (Outcome.FAIL, f"/content/0/citations/1{pointer}")


def test_folded_whitespace_is_no_fault() -> None:
    document = {
        **DOCUMENTS[0],
        "source": {"type": "text", "media_type": "text/plain", "data": "The grass\n  is green."},
    }
    citation = {**GRASS, "cited_text": "The grass is green.", "start_char_index": 0, "end_char_index": 21}
    assert outcome("citations.true", _cites(citation, of=(document,))) is Outcome.PASS


def test_what_does_not_point_into_the_request_is_not_judged() -> None:
    of_the_web = {"type": "web_search_result_location", "cited_text": "x", "url": "https://example.com"}
    assert outcome("citations.true", _cites(of_the_web)) is Outcome.NOT_APPLICABLE
    assert outcome("citations.true", _cites({"type": "some_new_location"}, "no object")) is Outcome.NOT_APPLICABLE
    assert outcome("citations.true", _cites()) is Outcome.NOT_APPLICABLE


def test_documents_inside_tool_results_are_counted() -> None:
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": [DOCUMENTS[0]]}
    assert outcome("citations.true", _cites({**TOWER, "document_index": 1}, of=(result, DOCUMENTS[1]))) is Outcome.PASS


def test_streamed_citations_are_those_of_the_folded_message() -> None:
    start: Json = {**message(), "content": [], "stop_reason": None}
    stream = sse(
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": {**said(""), "citations": []}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "citations_delta", "citation": PAGE}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}},
        {"type": "message_stop"},
    )
    asked = {"messages": [{"role": "user", "content": DOCUMENTS}]}
    assert outcome("citations.true", evidence(exchange(stream, request=asked), "stream")) is Outcome.PASS
    assert outcome("citations.true", evidence(exchange(stream), "stream")) is Outcome.FAIL


def test_nothing_is_cited_where_citations_are_off() -> None:
    plain = {key: value for key, value in DOCUMENTS[0].items() if key != "citations"}
    off = {**DOCUMENTS[0], "citations": {"enabled": False}}
    for document in (plain, off):
        assert outcome("citations.unasked", _cites(of=(document,))) is Outcome.PASS
        assert outcome("citations.unasked", _cites(GRASS, of=(document,))) is Outcome.FAIL
    assert outcome("citations.unasked", _cites(GRASS)) is Outcome.NOT_APPLICABLE
    assert outcome("citations.unasked", _cites(of=())) is Outcome.NOT_APPLICABLE


def test_an_answer_without_any_citation_is_missed_and_one_of_another_kind_is_the_models_choice() -> None:
    types = ["char_location", "page_location"]
    assert outcome("citations.present", _cites(GRASS, PAGE, types=types)) is Outcome.PASS
    miss = missed("citations.present", _cites(types=types))
    assert (miss.expected, miss.pointer, miss.beside) == ("citations", "/content", False)
    assert left_open("citations.present", _cites(GRASS, types=types))
    silent = evidence(exchange(message(call())), params={"types": types})
    assert left_open("citations.present", silent)


FETCHED: Json = {"type": "web_fetch_tool_result", "tool_use_id": "srvtoolu_1", "content": {"type": "web_fetch_result"}}


def test_how_a_fetched_page_is_numbered_is_not_judged() -> None:
    cited = said("So.") | {"citations": [GRASS | {"document_index": 7}]}
    told = evidence(exchange(message(FETCHED, cited), request={"messages": [{"role": "user", "content": DOCUMENTS}]}))
    assert outcome("citations.true", told) is Outcome.NOT_APPLICABLE
    uncited = {key: value for key, value in DOCUMENTS[0].items() if key != "citations"}
    turns = [{"role": "user", "content": [uncited]}, {"role": "assistant", "content": [FETCHED]}]
    later = evidence(exchange(message(cited), request={"messages": turns}))
    assert outcome("citations.unasked", later) is Outcome.NOT_APPLICABLE


def test_how_blocks_are_joined_is_not_judged() -> None:
    both = TOWER | {"cited_text": "The bridge is old.The tower is tall.", "start_block_index": 0}
    cited = message(said("So.") | {"citations": [both]})
    told = evidence(exchange(cited, request={"messages": [{"role": "user", "content": DOCUMENTS}]}))
    assert outcome("citations.true", told) is Outcome.PASS
