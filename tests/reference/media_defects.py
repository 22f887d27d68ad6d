"""What the defects of pictures, documents, citations and server tools change, for test_reference_defects.py."""

from __future__ import annotations

from typing import Any

import httpx
from asking import WEATHER
from probes import Json, See, Wire

RED = (
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAT0lEQVR42u3PQQkAAAgEsEty/UMZxgi+hcEKLNO+FgEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQGBywLPLIEA68ZURwAAAABJRU5ErkJggg=="
)
PAGE: Json = {
    "type": "document",
    "source": {"type": "text", "media_type": "text/plain", "data": "The code word is MANGO-7. The grass is green."},
}


def _turn(*blocks: Json) -> list[Json]:
    return [{"role": "user", "content": list(blocks)}]


def _text(text: str, **more: Any) -> Json:
    return {"type": "text", "text": text, **more}


def picture(media_type: str) -> Json:
    source = {"type": "base64", "media_type": media_type, "data": RED}
    return {"prompt": _turn({"type": "image", "source": source}, _text("Which colour is it?"))}


READ: Json = {"prompt": _turn(PAGE, _text("Which code word does it give?"))}
CITED: Json = {"prompt": _turn({**PAGE, "citations": {"enabled": True}}, _text("What is the grass like?"))}
SENT_BACK: Json = {
    "prompt": [
        *_turn(_text("Hello")),
        {"role": "assistant", "content": [_text("Hi.", citations=None)]},
        *_turn(_text("Say hi")),
    ]
}
SEARCH: Json = {"type": "web_search_20250305", "name": "web_search", "max_uses": 1}
SEARCHED: Json = {"prompt": 'Search the web for "rain" and for "snow".', "tools": [SEARCH]}
RAN: Json = {
    "prompt": [
        *_turn(_text("Hello")),
        {
            "role": "assistant",
            "content": [
                {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},
                {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
            ],
        },
        *_turn(_text("Say hi")),
    ]
}
DEFERRED: Json = {
    "prompt": "What is the weather in Oslo?",
    "tools": [
        {"type": "tool_search_tool_regex_20251119", "name": "tool_search_tool_regex"},
        {**WEATHER, "defer_loading": True},
    ],
}


def status(response: httpx.Response) -> int:
    return response.status_code


def words(response: httpx.Response) -> str:
    return "".join(block.get("text", "") for block in response.json()["content"])


def says(word: str) -> See:
    return lambda response: word in words(response)


def citations(response: httpx.Response) -> list[tuple[str, Any]]:
    found = [c for block in response.json()["content"] for c in block.get("citations", ())]
    return [(citation["type"], citation.get("start_char_index")) for citation in found]


def kinds(response: httpx.Response) -> list[str]:
    return [block["type"] for block in response.json()["content"]]


def hits(response: httpx.Response) -> int:
    results = [block for block in response.json()["content"] if block["type"] == "web_search_tool_result"]
    return sum(isinstance(result["content"], list) for result in results)


def paired(response: httpx.Response) -> bool:
    blocks = response.json()["content"]
    return {block.get("tool_use_id") for block in blocks} - {None} == {
        block["id"] for block in blocks if block["type"] == "server_tool_use"
    }


WIRE: Wire = {
    "pictures-dropped": (picture("image/png"), says("red"), True, False, set()),
    "media-type-unchecked": (picture("image/jpeg"), status, 400, 200, set()),
    "documents-dropped": (READ, says("MANGO-7"), True, False, set()),
    "documents-refused": (READ, status, 200, 400, set()),
    "cited-text-refused": (SENT_BACK, status, 200, 400, set()),
    "citations-unasked": (READ, citations, [], [("page_location", None)], set()),
    "citations-dropped": (CITED, citations, [("char_location", 26)], [], set()),
    "citations-misplaced": (CITED, citations, [("char_location", 26)], [("char_location", 30)], set()),
    "web-search-swallowed": (SEARCHED, hits, 1, 0, set()),
    "max-uses-ignored": (SEARCHED, hits, 1, 2, set()),
    "searches-uncounted": (SEARCHED, lambda r: "server_tool_use" in r.json()["usage"], True, False, set()),
    "search-results-orphaned": (SEARCHED, paired, True, False, set()),
    "server-history-refused": (RAN, status, 200, 400, set()),
    "deferral-dropped": (
        DEFERRED,
        kinds,
        ["text", "server_tool_use", "tool_search_tool_result", "tool_use"],
        ["text", "tool_use"],
        set(),
    ),
}
