"""What the reference sees, reads and cites, and what its server tools do."""

from __future__ import annotations

from typing import Any

import pytest
from asking import WEATHER, Asker, fold
from messages_conformance.reference.model import images

# 64 pixels square, of one colour each.
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAT0lEQVR42u3PQQkAAAgEsEty/UMZxgi+hcEKLNO+FgEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQGBywLPLIEA68ZURwAAAABJRU5ErkJggg=="
)
JPEG = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/"
    "2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCABAAEADASIAAhEBAxEB/8QA"
    "FQABAQAAAAAAAAAAAAAAAAAAAAP/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAAAAX/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oA"
    "DAMBAAIRAxEAPwCACchgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP/Z"
)
GIF = (
    "R0lGODlhQABAAIAAAB483P///ywAAAAAQABAAAACRYSPqcvtD6OctNqLs968+w+G4kiW5omm6sq27gvH8kzX9o3n+s73/g8MCofEovGITCqXzKbzCY1Kp9Sq9Yr"
    "NarfcrhdQAAA7"
)
WEBP = "UklGRhgAAABXRUJQVlA4TAwAAAAvP8APACh34YvS/wA="
PICTURES = {
    "image/png": ("red", PNG),
    "image/jpeg": ("green", JPEG),
    "image/gif": ("blue", GIF),
    "image/webp": ("yellow", WEBP),
}


@pytest.mark.parametrize("media_type", PICTURES)
def test_a_plain_picture_of_each_format_is_seen(media_type: str) -> None:
    colour, data = PICTURES[media_type]
    assert images.media_type(images.decoded(data)) == media_type
    assert images.dominant_colour(data) == colour


@pytest.mark.parametrize("media_type", PICTURES)
@pytest.mark.parametrize("length", [8, 16, 24, 40, 120, 240])
def test_a_picture_that_is_cut_short_is_no_failure(media_type: str, length: int) -> None:
    colour, data = PICTURES[media_type]
    assert images.dominant_colour(data[: length & ~3]) in (colour, None)


def test_other_files_are_no_pictures() -> None:
    assert images.media_type(b"%PDF-1.4") is None
    assert images.media_type(images.decoded("no base64!")) is None


def document(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": text}, **more}


ON = {"enabled": True}
MEADOW = "The cows are brown. The grass is green."
SOURCES: list[dict[str, Any]] = [
    document(MEADOW, title="On meadows", citations=ON),
    document("Nobody may cite the grass."),
    {
        "type": "document",
        "citations": ON,
        "source": {"type": "content", "content": [{"type": "text", "text": "The tower is tall."}]},
    },
    {
        "type": "search_result",
        "title": "On heavens",
        "source": "https://example.com",
        "citations": ON,
        "content": [{"type": "text", "text": "The moon is full."}, {"type": "text", "text": "The stars are bright."}],
    },
]


def asked(question: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": [*SOURCES, {"type": "text", "text": question}]}]


def test_an_answer_cites_what_it_takes_from_its_sources(ask: Asker) -> None:
    content = ask.message(asked("What is the grass like, and the tower, and the stars?"))["content"]
    cited = [block["citations"][0] for block in content]
    assert "".join(block["text"] for block in content) == "The grass is green. The tower is tall. The stars are bright."
    assert [c["type"] for c in cited] == ["char_location", "content_block_location", "search_result_location"]
    assert MEADOW[cited[0]["start_char_index"] : cited[0]["end_char_index"]] == cited[0]["cited_text"]
    assert (cited[1]["document_index"], cited[2]["search_result_index"], cited[2]["start_block_index"]) == (2, 0, 1)


def test_a_question_about_something_else_cites_nothing(ask: Asker) -> None:
    content = ask.message(asked("Reply with exactly: ok"))["content"]
    assert content == [{"type": "text", "text": "ok"}]


def test_citations_stream_as_deltas(ask: Asker) -> None:
    events = ask.events(asked("What is the grass like?"))
    assert next(e for e in events if e["type"] == "content_block_start")["content_block"]["citations"] == []
    kinds = [event["delta"]["type"] for event in events if event["type"] == "content_block_delta"]
    assert kinds[-1] == "citations_delta"
    assert set(kinds[:-1]) == {"text_delta"}


def test_the_context_of_a_document_reaches_the_model(ask: Asker) -> None:
    page = document("The code word is MANGO.", context="The other code word is PLUM.")
    assert ask.text([page, {"type": "text", "text": "List the code words."}]) == "PLUM, MANGO"


SEARCH = {"type": "web_search_20250305", "name": "web_search"}
TWICE = 'Search the web for "rain" and then for "snow".'


def test_every_quoted_phrase_is_searched_for(ask: Asker) -> None:
    answer = ask.message(TWICE, tools=[SEARCH])
    kinds = [block["type"] for block in answer["content"]]
    assert kinds == ["server_tool_use", "web_search_tool_result"] * 2 + ["text"] * 2
    assert [b["input"]["query"] for b in answer["content"] if b["type"] == "server_tool_use"] == ["rain", "snow"]
    assert answer["stop_reason"] == "end_turn"
    assert answer["usage"]["server_tool_use"]["web_search_requests"] == 2


def test_a_search_beyond_the_limit_fails_inside_the_answer(ask: Asker) -> None:
    answer = ask.message(TWICE, tools=[{**SEARCH, "max_uses": 1}])
    results = [block["content"] for block in answer["content"] if block["type"] == "web_search_tool_result"]
    assert isinstance(results[0], list)
    assert results[1] == {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}
    assert answer["usage"]["server_tool_use"]["web_search_requests"] == 1


@pytest.mark.parametrize("choice", [None, {"type": "tool", "name": "web_search"}])
def test_a_search_streams_and_is_taken_back(ask: Asker, choice: Any) -> None:
    forced = {} if choice is None else {"tool_choice": choice}
    content = fold(ask.events(TWICE, tools=[SEARCH], **forced))["content"]
    assert content[0]["input"] == {"query": "rain"}
    turns = [{"role": "user", "content": TWICE}, {"role": "assistant", "content": content}]
    assert ask.post([*turns, {"role": "user", "content": "Thanks"}], tools=[SEARCH]).status_code == 200
    content[1]["content"][0]["encrypted_content"] = "AAAA"
    assert ask.post([*turns, {"role": "user", "content": "Thanks"}], tools=[SEARCH]).status_code == 400


@pytest.mark.parametrize("more", [{}, {"tool_choice": {"type": "none"}}])
def test_no_search_is_made_unless_asked_for(ask: Asker, more: Any) -> None:
    prompt = TWICE if more else "Say hi"
    answer = ask.message(prompt, tools=[SEARCH], **more)
    assert {block["type"] for block in answer["content"]} == {"text"}
    assert "server_tool_use" not in answer["usage"]


TOOL_SEARCH = {"type": "tool_search_tool_bm25_20251119", "name": "tool_search_tool_bm25"}


def test_a_deferred_tool_is_searched_for_once(ask: Asker) -> None:
    tools = [TOOL_SEARCH, {**WEATHER, "defer_loading": True}]
    question = {"role": "user", "content": "What is the weather in Oslo?"}
    content = ask.message([question], tools=tools)["content"]
    assert [block["type"] for block in content] == ["text", "server_tool_use", "tool_search_tool_result", "tool_use"]
    result = {"type": "tool_result", "tool_use_id": content[-1]["id"], "content": "sunny"}
    turns = [question, {"role": "assistant", "content": content}, {"role": "user", "content": [result]}]
    again = [
        *turns,
        {"role": "assistant", "content": "Sunny."},
        {"role": "user", "content": "And the weather in Rome?"},
    ]
    assert [block["type"] for block in ask.message(again, tools=tools)["content"]] == ["text", "tool_use"]
