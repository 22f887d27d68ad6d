"""Tools that run on the server: web search, and the search for tools whose loading is deferred.

The reference searches no web: it makes up one hit for each query (contract: server-tools).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from messages_conformance.reference.model.tokens import as_blocks
from messages_conformance.reference.narrow import as_list, as_object
from messages_conformance.reference.play import Json

_TOKENS_OF_HIT = 800

_MAC_KEY = b"messages-conformance reference search"
_SEARCH_ASKED = re.compile(r"\b(?:search|look up|browse)\b[^.\n]*\b(?:web|internet|online)\b|\bweb[_ ]search\b", re.I)
_QUERY = re.compile(r"[\"“]([^\"“”\n]+)[\"”]")


def is_asked(question: str) -> bool:
    """Whether a question asks for a search of the web."""
    return _SEARCH_ASKED.search(question) is not None


def web_search(body: Mapping[str, Any], question: str, *, wanted: bool) -> tuple[Json, ...]:
    """One search for each quoted phrase of the question, in a turn that searches because the model wants to or has to:
    every call with its result, then what was found. A search beyond `max_uses` fails inside the answer."""
    tool = _offered(body, "web_search_")
    choice: Mapping[str, Any] = as_object(body.get("tool_choice"))
    forced = choice.get("type") == "any" or choice.get("name") == "web_search"
    if tool is None or choice.get("type") == "none" or not (forced or wanted):
        return ()
    queries: list[str] = _QUERY.findall(question) or [question[:100]]
    limit = tool.get("max_uses") or len(queries)
    calls = [block for number, query in enumerate(queries) for block in _search(query, failed=number >= limit)]
    found = [hit for block in calls for hit in as_list(block.get("content"))]
    return (*calls, *map(_report, found))


def tool_search(body: Mapping[str, Any], calls: Iterable[Json]) -> tuple[Json, ...]:
    """The search that finds the tools of `calls` whose loading is deferred; none if no such tool is called, if earlier
    turns have found them all, or if there is nothing to search with."""
    tool = _offered(body, "tool_search_tool_")
    deferred = {other["name"] for other in as_list(body.get("tools")) if other.get("defer_loading") is True}
    wanted = [call["name"] for call in calls if call["name"] in deferred - _found_before(body)]
    if tool is None or not wanted:
        return ()
    key = "pattern" if "regex" in tool["name"] else "query"
    call = _call(tool["name"], {key: "|".join(wanted) if key == "pattern" else " ".join(wanted)})
    references = [{"type": "tool_reference", "tool_name": name} for name in dict.fromkeys(wanted)]
    found = {"type": "tool_search_tool_search_result", "tool_references": references}
    return call, {"type": "tool_search_tool_result", "tool_use_id": call["id"], "content": found}


def usage(blocks: Iterable[Mapping[str, Any]]) -> Json:
    """The part of usage that counts searches; empty for an answer that called no server tool. A search that failed is
    not counted."""
    called = [block for block in blocks if block["type"] in ("server_tool_use", "web_search_tool_result")]
    searches = sum(isinstance(block.get("content"), list) for block in called)
    return {"server_tool_use": {"web_search_requests": searches, "web_fetch_requests": 0}} if called else {}


def tokens_read(blocks: Iterable[Mapping[str, Any]]) -> int:
    """The prompt's tokens that searches brought in while the answer was made."""
    results = (block["content"] for block in blocks if block["type"] == "web_search_tool_result")
    return sum(_TOKENS_OF_HIT * len(as_list(found)) for found in results)


def is_genuine(hit: Any) -> bool:
    """Whether a hit that comes back is one that the reference gave out."""
    match hit:
        case {"encrypted_content": str(sealed), "url": str(address)}:
            try:
                return hmac.compare_digest(base64.b64decode(sealed, validate=True), _mac(address))
            except ValueError:  # what is no base64, and what is no ASCII either
                return False
        case _:
            return False


def _offered(body: Mapping[str, Any], start: str) -> Json | None:
    return next((tool for tool in as_list(body.get("tools")) if str(tool.get("type")).startswith(start)), None)


def _call(name: str, arguments: Json) -> Json:
    return {"type": "server_tool_use", "id": f"srvtoolu_{secrets.token_hex(12)}", "name": name, "input": arguments}


def _search(query: str, *, failed: bool) -> tuple[Json, Json]:
    call = _call("web_search", {"query": query})
    address = f"https://example.com/{re.sub(r'[^a-z0-9]+', '-', query.lower()).strip('-')}"
    hit = {
        "type": "web_search_result",
        "url": address,
        "title": f"All about {query}",
        "encrypted_content": base64.b64encode(_mac(address)).decode(),
        "page_age": None,
    }
    error = {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}
    return call, {"type": "web_search_tool_result", "tool_use_id": call["id"], "content": error if failed else [hit]}


def _report(hit: Mapping[str, Any]) -> Json:
    citation = {
        "type": "web_search_result_location",
        "cited_text": hit["title"],
        "url": hit["url"],
        "title": hit["title"],
        "encrypted_index": hit["encrypted_content"],
    }
    return {"type": "text", "text": f"{hit['title']} can be read at {hit['url']}.", "citations": [citation]}


def _found_before(body: Mapping[str, Any]) -> set[str]:
    """The tools that earlier turns have found, by a search of the server's or by one of the client's own."""
    blocks = [block for message in as_list(body["messages"]) for block in as_blocks(message["content"])]
    contents = [block.get("content") for block in blocks if str(block["type"]).endswith("tool_result")]
    listed = [as_list(as_object(content).get("tool_references")) or as_list(content) for content in contents]
    return {item["tool_name"] for items in listed for item in items if item["type"] == "tool_reference"}


def _mac(address: str) -> bytes:
    return hmac.digest(_MAC_KEY, address.encode(), hashlib.sha256)
