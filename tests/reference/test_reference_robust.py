"""Whatever comes in, the reference answers or refuses; it never fails."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from asking import Asker
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from messages_conformance.catalog import load_catalog
from messages_conformance.reference import upstream
from messages_conformance.reference.http import endpoint
from rich_requests import CHAT, RICH, paths
from searching import EXAMPLES

TEXTS = ["", " ", "x", "text", "é", "\ud800", "all", "tool_reference", "clear_thinking_20251015"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3000) | st.sampled_from([0.5, 2.0, 2000.0]) | st.sampled_from(TEXTS),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["type", "text", "value", "name", "content", "x"]), inner, max_size=2)
    ),
    max_leaves=3,
)

CATALOG = load_catalog()
REQUEST = CATALOG.schemas.requests["anthropic"]
COUNTED = CATALOG.contracts["anthropic"].schemas["tokens-request"]["properties"]
CHAT_PLACES = paths(CHAT)


def members(body: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Every place in a request, and every member that its schema knows and that it does not have."""
    yield from paths(body)
    for path in [(), *paths(body)]:
        holder = at(body, path)
        if isinstance(holder, dict):
            known = {name: None for schema in REQUEST.at(body, path) for name in schema.get("properties", ())}
            yield from ((*path, name) for name in known if name not in holder)


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


PLACES = [(name, path) for name, (body, _) in RICH.items() for path in members(body)]


def changed(valid: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    body = copy.deepcopy(valid)
    holder = at(body, path[:-1])
    if value is not ...:
        holder[path[-1]] = value
    elif isinstance(holder, list) or path[-1] in holder:
        del holder[path[-1]]
    return body


def answered(ask: Asker, name: str, body: Any, path: str = "/v1/messages") -> int:
    """The status of the answer to a body that was made of the rich request of this name."""
    headers = {**RICH[name][1], "authorization": "Bearer reference-key"}
    return ask.send("POST", path, content=json.dumps(body), headers=headers).status_code


@pytest.mark.parametrize("name", RICH)
def test_what_is_mutated_is_accepted(ask: Asker, name: str) -> None:
    body, headers = RICH[name]
    assert ask.send("POST", "/v1/messages", json=body, headers=headers).status_code == 200


def test_the_chat_that_is_mutated_is_accepted() -> None:
    assert completed(CHAT) == 200


def test_a_fault_of_the_reference_itself_keeps_the_envelope(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(endpoint, "answer", fail)
    response = ask.post()
    assert response.status_code == 500
    assert response.json()["error"]["type"] == "api_error"


BASES = ["", "/as/naga/reference-page", "/as/aisa/api-page", "/as/naga/guide-page"]


@settings(max_examples=4 * EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(PLACES), value=JSON | st.just(...), base=st.sampled_from(BASES))
def test_one_wrong_value_anywhere(ask: Asker, place: tuple[str, tuple[Any, ...]], value: Any, base: str) -> None:
    name, path = place
    body = changed(RICH[name][0], path, value)
    assert answered(ask, name, body, f"{base}/v1/messages") in (200, 400, 404)


@settings(max_examples=2 * EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from([place for place in PLACES if place[1][0] in COUNTED]), value=JSON | st.just(...))
def test_one_wrong_value_anywhere_in_what_is_counted(ask: Asker, place: Any, value: Any) -> None:
    name, path = place
    body = {key: value for key, value in RICH[name][0].items() if key in COUNTED}
    assert answered(ask, name, changed(body, path, value), "/v1/messages/count_tokens") in (200, 400, 404)


EDITS = ("context_management", "edits")


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("mcp", (*EDITS, 0, "keep"), {}),
        ("mcp", (*EDITS, 0, "keep"), {"type": "thinking_turns"}),
        ("mcp", ("tools", 0, "configs"), {"search": None}),
        ("tools", ("messages", 2, "content", 0, "content", 0), {"type": "tool_reference"}),
        ("tools", ("messages", 2, "content", 2, "source", "data"), "é"),
        ("tools", ("messages", 2, "content", 3, "text"), "\ud800"),
        ("structured", ("model",), "\ud800"),
        ("structured", ("messages", 0, "role"), "system"),
    ],
)
def test_what_once_failed_is_refused(ask: Asker, name: str, path: tuple[Any, ...], value: Any) -> None:
    assert answered(ask, name, changed(RICH[name][0], path, value)) == 400


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("citations", ("max_tokens",), 20.0),
        ("tools", ("thinking", "budget_tokens"), 1024.0),
        ("mcp", (*EDITS, 0, "keep"), {"type": "all"}),
        ("citations", ("messages", 0, "content", 3, "source", "data"), "é"),
    ],
)
def test_what_looks_wrong_and_is_not_is_accepted(ask: Asker, name: str, path: tuple[Any, ...], value: Any) -> None:
    assert answered(ask, name, changed(RICH[name][0], path, value)) == 200


def completed(chat: Any) -> int:
    """The status of the upstream's answer, read to its end."""
    reply = upstream.answer("POST", "/v1/chat/completions", json.dumps(chat).encode())
    assert isinstance(reply.body, bytes) or all(frame.data for frame in reply.body)
    return reply.status


@settings(max_examples=3 * EXAMPLES, deadline=None)
@given(path=st.sampled_from(CHAT_PLACES), value=JSON | st.just(...), stream=st.booleans())
def test_one_wrong_value_anywhere_in_what_a_gateway_sends_upstream(path: Any, value: Any, stream: bool) -> None:
    assert completed({**changed(CHAT, path, value), "stream": stream}) in (200, 400)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("messages", 1, "content", 0, "text"), 42),
        (("messages", 2, "tool_calls", 0, "id"), []),
        (("tools", 0, "function", "parameters", "required"), [1]),
        (("tools", 0, "function", "parameters", "properties", "city", "enum"), 1),
    ],
)
def test_what_once_failed_upstream_is_refused(path: tuple[Any, ...], value: Any) -> None:
    assert completed(changed(CHAT, path, value)) == 400


@pytest.mark.parametrize("hit", [1, {"url": 1, "encrypted_content": "c2ln"}, {"url": "u", "encrypted_content": "é"}])
def test_what_no_search_has_returned_is_refused(ask: Asker, hit: Any) -> None:
    content = [
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "May"}},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [hit]},
    ]
    turns = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": content},
        {"role": "user", "content": "?"},
    ]
    assert ask.post(turns).status_code == 400
