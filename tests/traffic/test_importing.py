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
from messages_conformance.traffic.importing import FILE, Imported, gather
from messages_conformance.traffic.recordings import OTHER, REFUSED, Recorded, read
from rich_requests import REQUESTS

Write = Callable[[str, str], Path]

CANARY = "canary7Q"
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


def _places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, inner in items for place in _places(inner, (*at, key)))]


def _with(value: Any, place: tuple[Any, ...], canary: Any) -> Any:
    """The value with a canary at a place: in the place of a text, and beside what else stands there."""
    if not place:
        return {CANARY: canary, **value} if isinstance(value, dict) else canary
    key, *rest = place
    if isinstance(value, dict):
        return {name: _with(inner, tuple(rest), canary) if name == key else inner for name, inner in value.items()}
    return [_with(inner, tuple(rest), canary) if number == key else inner for number, inner in enumerate(value)]


_ANYWHERE = st.sampled_from([(body, place) for body in REQUESTS for place in _places(body)])


@given(st.lists(_ANYWHERE, min_size=1, max_size=3), st.sampled_from([CANARY, f"sk-ant-{CANARY}", {"x": [CANARY]}]))
def test_no_text_key_or_name_of_a_request_is_in_its_scenario(spots: Any, canary: Any) -> None:
    bodies = [_with(body, place, canary) for body, place in spots]
    headers = {"x-api-key": CANARY, "authorization": CANARY, "anthropic-beta": CANARY, "anthropic-version": CANARY}
    done = imported(*bodies, headers=headers)
    assert CANARY not in done.text
    assert not [problem for problem in done.problems if CANARY in str(problem)]


def test_every_text_at_once_is_masked() -> None:
    def marked(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: marked(inner, name) for name, inner in value.items()}
        if isinstance(value, list):
            return [marked(inner, key) for inner in value]
        return f"{value} {CANARY}" if isinstance(value, str) and key in {"text", "content", "description"} else value

    done = imported(*(marked(body) for body in REQUESTS))
    assert done.shapes
    assert CANARY not in done.text
