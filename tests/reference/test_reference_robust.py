"""Whatever comes in, the reference answers or refuses; it never fails."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from asking import Asker
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from messages_conformance.reference import upstream
from messages_conformance.reference.http import endpoint
from rich_requests import CHAT, RICH, paths
from searching import EXAMPLES

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3000) | st.floats(-2, 2) | st.sampled_from(["", " ", "x", "text"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["type", "text", "x"]), inner, max_size=2)
    ),
    max_leaves=3,
)


PLACES = [(name, path) for name, (body, _) in RICH.items() for path in paths(body)]
CHAT_PLACES = paths(CHAT)


def changed(valid: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    body = copy.deepcopy(valid)
    holder: Any = body
    for key in path[:-1]:
        holder = holder[key]
    if value is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return body


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
    body, headers = RICH[name]
    sent = {**headers, "authorization": "Bearer reference-key"}
    response = ask.send("POST", f"{base}/v1/messages", json=changed(body, path, value), headers=sent)
    assert response.status_code in (200, 400, 404)


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
