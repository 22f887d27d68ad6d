"""Recorded requests become scenarios of the same shape, and nothing of their senders is in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from members import over
from messages_conformance.catalog import Catalog, load_catalog
from messages_conformance.reference.narrow import as_list, as_object
from messages_conformance.traffic.importing import FILE, Imported, gather
from messages_conformance.traffic.recordings import OTHER, REFUSED, Recorded, read
from rich_requests import CHAT, RICH

Write = Callable[[str, str], Path]

CANARY = "canary7Q"
REQUESTS = [CHAT, *(body for body, _ in RICH.values())]
PLAIN = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]}


def imported(*bodies: Any, keep_texts: bool = False, keep_names: bool = False, **more: Any) -> Imported:
    found = [Recorded(f"place {number}", body, **more) for number, body in enumerate(bodies, 1)]
    return gather(load_catalog(), found, keep_texts=keep_texts, keep_names=keep_names)


def the_body(*bodies: Any, **how: Any) -> Any:
    done = imported(*bodies, **how)
    assert done.problems == []
    (shape,) = done.shapes.values()
    return shape.entry["steps"][0]["body"]


def turn(*blocks: Any, role: str = "user") -> dict[str, Any]:
    return {"role": role, "content": list(blocks)}


# --- nothing leaves ---------------------------------------------------------------------------------------------------


def _items(value: Any) -> list[tuple[Any, Any]]:
    return list(as_object(value).items()) or list(enumerate(as_list(value)))


def _places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    return [at, *(place for key, inner in _items(value) for place in _places(inner, (*at, key)))]


def _with(value: Any, place: tuple[Any, ...], canary: Any) -> Any:
    """The value with a canary at a place: in the place of a text, and beside what else stands there."""
    if not place:
        return {CANARY: canary, **as_object(value)} if isinstance(value, dict) else canary
    changed = {key: _with(inner, place[1:], canary) if key == place[0] else inner for key, inner in _items(value)}
    return changed if isinstance(value, dict) else list(changed.values())


_ANYWHERE = st.sampled_from([(body, place) for body in REQUESTS for place in _places(body)])


@given(_ANYWHERE, st.sampled_from([CANARY, f"sk-ant-{CANARY}", {"x": [CANARY]}]))
def test_no_text_key_or_name_of_a_request_is_in_its_scenario(spot: Any, canary: Any) -> None:
    headers = {"x-api-key": CANARY, "authorization": CANARY, "anthropic-beta": CANARY, "anthropic-version": CANARY}
    body, place = spot
    done = imported(_with(body, place, canary), headers=headers)
    assert CANARY not in done.text
    assert not [problem for problem in done.problems if CANARY in str(problem)]


def test_every_text_at_once_is_masked() -> None:
    def marked(value: Any, key: Any = "") -> Any:
        if isinstance(value, dict):
            return {name: marked(inner, name) for name, inner in _items(value)}
        if isinstance(value, list):
            return [marked(inner, key) for inner in as_list(value)]
        return f"{value} {CANARY}" if isinstance(value, str) and key in {"text", "content", "description"} else value

    done = imported(*(marked(body) for body in REQUESTS))
    assert done.shapes
    assert CANARY not in done.text


# --- what stays -------------------------------------------------------------------------------------------------------

TOOL = {
    "name": "find_flat",
    "description": "Finds a flat",
    "input_schema": {
        "type": "object",
        "properties": {"town": {"type": "string", "enum": ["Rome", "Oslo"]}, "rooms": {"$ref": "#/$defs/count"}},
        "required": ["town"],
        "$defs": {"count": {"type": "integer", "minimum": 1}},
        "x-internal": "word",
    },
}
CALL = {"type": "tool_use", "id": "toolu_9", "name": "find_flat", "input": {"town": "Oslo", "rooms": 4417}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_9", "content": "none"}
THOUGHT = {"type": "thinking", "thinking": "hm", "signature": "c2ln"}


def test_the_structure_stays_and_the_same_name_is_masked_alike() -> None:
    body = the_body({**PLAIN, "tools": [TOOL], "messages": [turn(CALL, role="assistant"), turn(RESULT)]})
    assert body["tools"][0]["name"] == "tool_1"
    assert body["tools"][0]["input_schema"] == {
        "type": "object",
        "properties": {
            "field_1": {"type": "string", "enum": ["value_1", "value_2"]},
            "field_2": {"$ref": "#/$defs/field_3"},
        },
        "required": ["field_1"],
        "$defs": {"field_3": {"type": "integer", "minimum": 1}},
    }
    call = {"type": "tool_use", "id": "toolu_1", "name": "tool_1", "input": {"field_1": "value_2", "field_2": 1}}
    assert body["messages"][0]["content"] == [call]
    assert body["messages"][1]["content"][0]["tool_use_id"] == "toolu_1"


def test_texts_and_names_stay_if_they_are_to() -> None:
    asked = {**PLAIN, "tools": [TOOL], "messages": [turn({"type": "text", "text": "cost in ${CUR}?"})]}
    body = the_body(asked, keep_texts=True, keep_names=True)
    assert body["tools"][0]["name"] == "find_flat"
    assert body["messages"][0]["content"][0]["text"] == "cost in $ {CUR}?"


@over("tokens", [3, 40, 700, 9000])
def test_a_text_keeps_its_class_of_length(tokens: int) -> None:
    text = the_body({**PLAIN, "messages": [{"role": "user", "content": "abc " * tokens}]})["messages"][0]["content"]
    assert tokens * 4 / 2 <= len(text) <= tokens * 4 * 2


def test_signed_thinking_is_left_out_and_said() -> None:
    history = [turn(THOUGHT, CALL, role="assistant"), turn(RESULT)]
    asked = {**PLAIN, "max_tokens": 4096, "tools": [TOOL], "messages": history}
    adaptive = imported({**asked, "thinking": {"type": "adaptive"}})
    assert "# The thinking in earlier answers is left out" in adaptive.text
    assert "role: thinking" in adaptive.text
    manual = imported({**asked, "thinking": {"type": "enabled", "budget_tokens": 2048}})
    assert "# Thinking is switched off" in manual.text
    assert "budget_tokens" not in manual.text


def test_requests_of_one_shape_are_one_scenario_the_shortest() -> None:
    long = {**PLAIN, "messages": [{"role": "user", "content": "word " * 500}]}
    done = imported(long, PLAIN, {**PLAIN, "stream": True}, long)
    assert [(shape.times, shape.place) for shape in done.shapes.values()] == [(3, "place 2"), (1, "place 3")]


@over(
    "why_and_change",
    [
        ("messages/0/role: a value that the contract does not list", {"messages": [{"role": "tool", "content": "x"}]}),
        ("mcp_servers: ", {"mcp_servers": [{"type": "url", "url": "https://x.example"}]}),
        (
            "source: a file that only its provider has",
            {"messages": [turn({"type": "image", "source": {"type": "file"}})]},
        ),
        ("is no valid request by Anthropic's contract: anthropic:request.max_tokens.type", {"max_tokens": True}),
        ("cannot be written as YAML: ", {"messages": [{"role": "user", "content": "\ud800"}]}),
    ],
)
def test_what_cannot_be_sent_elsewhere_is_told_and_stops_nothing_else(why_and_change: tuple[str, Any]) -> None:
    why, change = why_and_change
    done = imported({**PLAIN, **change}, PLAIN, keep_texts=True)
    (problem,) = done.problems
    assert str(problem).startswith("place 1: ")
    assert why in str(problem)
    assert done.requests == 1


def test_betas_and_version_are_headers_of_the_step() -> None:
    done = imported(
        {**PLAIN, "betas": ["interleaved-thinking-2025-05-14"]},
        headers={"anthropic-version": "2023-06-01", "x-api-key": "sk-1", "user-agent": "mine"},
    )
    (shape,) = done.shapes.values()
    assert shape.entry["steps"][0]["headers"] == {
        "anthropic-version": "2023-06-01",
        "anthropic-beta": "interleaved-thinking-2025-05-14",
    }
    assert shape.entry["needs"] == ["beta.interleaved-thinking"]


def test_what_is_written_is_what_the_catalogue_reads(tmp_path: Path, catalog: Catalog) -> None:
    done = imported(*REQUESTS, PLAIN)
    (tmp_path / FILE).write_text(done.text)
    more = load_catalog(more_scenarios=[tmp_path]).scenarios[len(catalog.scenarios) :]
    assert [scenario.id for scenario in more] == list(done.shapes)
    assert {tuple(scenario.tags) for scenario in more} == {("traffic",)}


# --- recordings -------------------------------------------------------------------------------------------------------

URL = "https://api.example/v1/messages?beta=true"


def _har(url: str = URL, status: int = 200, **request: Any) -> Any:
    headers = [{"name": "Anthropic-Version", "value": "2023-06-01"}]
    sent = {"method": "POST", "url": url, "headers": headers, "postData": {"text": json.dumps(PLAIN)}, **request}
    return {"request": sent, "response": {"status": status}}


def test_every_format_is_told_by_its_content(write: Write) -> None:
    exchange = {"kind": "exchange", "request": {"url": URL, "method": "POST", "headers": [["a", "b"]]}}
    exchange["request"]["body"] = json.dumps(PLAIN)  # type: ignore[index]
    files = {
        "har": json.dumps({"log": {"entries": [_har()]}}),
        "body": json.dumps(PLAIN, indent=1),
        "lines": json.dumps(PLAIN) + "\n" + json.dumps({"request": PLAIN}),
        "spend": json.dumps([{"call_type": "anthropic_messages", "proxy_server_request": json.dumps(PLAIN)}]),
        "payload": json.dumps({"call_type": "anthropic_messages", "model_parameters": {"max_tokens": 9}, **PLAIN}),
        "results": json.dumps({"kind": "header"}) + "\n" + json.dumps(exchange),
    }
    found = {name: list(read(write(name, text))) for name, text in files.items()}
    for name, entries in found.items():
        told = [entry for entry in entries if isinstance(entry, Recorded)]
        assert told, name
        assert all(entry.body["messages"] == PLAIN["messages"] for entry in told), name
    assert found["results"][0] is OTHER
    (har,) = found["har"]
    assert isinstance(har, Recorded)
    assert har.headers == {"anthropic-version": "2023-06-01"}


def test_only_accepted_requests_to_the_two_routes_are_taken(write: Write) -> None:
    entries = [
        _har("https://api.example/v1/messages/count_tokens"),
        _har("https://api.example/v1/chat/completions"),
        _har(method="GET"),
        _har(status=400),
    ]
    counting, *rest = read(write("a.har", json.dumps({"log": {"entries": entries}})))
    assert isinstance(counting, Recorded)
    assert counting.counting
    assert rest == [OTHER, OTHER, REFUSED]


def test_mistakes_name_their_place(write: Write) -> None:
    def told(text: str) -> list[str]:
        return [
            str(found).partition("/file")[2] for found in read(write("file", text)) if not isinstance(found, Recorded)
        ]

    assert told(json.dumps(PLAIN) + "\n{oops\n") == [
        ":2: the line is not JSON: Expecting property name enclosed in double quotes"
    ]
    assert "is neither JSON nor JSON Lines" in told("{\n  oops\n")[0]
    assert ": entry 2: is neither a Messages request" in told(json.dumps([PLAIN, {"x": 1}]))[0]
    assert "store_prompts_in_spend_logs" in told('{"call_type": "anthropic_messages", "messages": {}}')[0]
    assert "the body of the request is missing" in told(json.dumps({"request": {"url": URL}}))[0]
    assert told('{"a": NaN}') == [":1: is neither JSON nor JSON Lines: NaN and Infinity are no JSON\n" + HINT]


HINT = "    a recording is a HAR file, or has one JSON object a line"
