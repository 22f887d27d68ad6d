"""What a job wants of a right answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from messages_conformance.catalog.jobs import Job, Wants
from messages_conformance.errors import Where
from messages_conformance.sdk.told import Told, unmet

SCHEMA = {"type": "object", "properties": {"millions": {"type": "integer"}}, "required": ["millions"]}
REFUSED = {"type": "anthropic.NotFoundError", "message": "no such model", "status": 404}


def job(wants: Wants, **asks: Any) -> Job:
    return Job("job", "a job", asks, wants, Where(Path("jobs.yaml"), 1))


def turns(*turns: dict[str, Any]) -> dict[str, Any]:
    return {"turns": list(turns)}


CALL: dict[str, Any] = {"calls": [{"name": "get_weather", "arguments": {}, "id": True}], "text": ""}
IN_PARIS = {"name": "get_weather", "arguments": {"city": "Paris"}, "id": True}
BASH = {"calls": [{"name": "bash", "arguments": {"command": "ls"}, "id": True}]}
TOOL = {"name": "get_weather", "input_schema": {"type": "object", "required": ["city"]}}


@pytest.mark.parametrize(
    ("wants", "asks", "told"),
    [
        (Wants(text=("amara",)), {}, Told(seen=turns({"text": "Hello"}, {"text": "You are Amara."}))),
        (Wants(lacks=("eight",), stop="stop_sequence"), {}, Told(seen=turns({"text": "one", "stop": "stop_sequence"}))),
        (Wants(stop="max_tokens"), {}, Told(seen=turns({"text": "a client that tells no reason"}))),
        (Wants(stop="max_tokens"), {}, Told(seen=turns({"stop": "length"}))),
        (Wants(text=("done",)), {}, Told(seen=turns({**CALL, "text": "Done by a tool of the client's own."}))),
        (Wants(calls=("get_weather",), text=("done",)), {}, Told(seen=turns(CALL, {"text": "Done."}))),
        (Wants(calls=("get_weather",)), {"tools": [TOOL]}, Told(seen=turns({"calls": [IN_PARIS]}))),
        (Wants(thinking=True), {}, Told(seen=turns({"thinking": "hm"}, {"text": ""}))),
        (Wants(calls=("bash",)), {"tools": [{"type": "bash_20250124", "name": "bash"}]}, Told(seen=turns(BASH))),
        (Wants(ran=("web_search",)), {}, Told(seen=turns({"ran": [{"name": "web_search"}]}, {"text": "done"}))),
        (Wants(cites=("grass",)), {}, Told(seen=turns({"cited": [{"text": "The Grass is green."}]}))),
        (Wants(clears=True), {}, Told(seen=turns({"cleared": [{"uses": 3}]}))),
        (Wants(fits=True), {"schema": SCHEMA}, Told(seen={**turns({"text": ""}), "object": {"millions": 3}})),
        (Wants(raises=True, status=404), {}, Told(raised=REFUSED)),
        (Wants(raises=True, status=404), {}, Told(raised={**REFUSED, "status": None})),
        (Wants(raises=True), {}, Told(raised=REFUSED)),
        (Wants(), {"route": "count_tokens"}, Told(seen={"count": 12})),
        (Wants(), {"route": "models"}, Told(seen={"models": ["reference"]})),
    ],
)
def test_what_is_right_wants_nothing(wants: Wants, asks: dict[str, Any], told: Told) -> None:
    assert unmet(told, job(wants, **asks)) == []


@pytest.mark.parametrize(
    ("wants", "asks", "told", "said"),
    [
        (
            Wants(calls=("get_weather",)),
            {"tools": [TOOL]},
            Told(seen=turns(CALL)),
            "the arguments of get_weather do not fit its schema: it lacks the key `city`",
        ),
        (Wants(text=("Amara",)), {}, Told(seen=turns({"text": "Amara"}, {"text": "Hello"})), "the text lacks `Amara`"),
        (Wants(lacks=("eight",)), {}, Told(seen=turns({"text": "seven, eight"})), "the text holds `eight`"),
        (Wants(stop="max_tokens"), {}, Told(seen=turns({"stop": "end_turn"})), "end_turn, not max_tokens"),
        (Wants(calls=("get_weather",)), {}, Told(seen=turns({"text": "It rains."})), "called are no tools, not get_"),
        (Wants(thinking=True), {}, Told(seen=turns({"text": "ready"})), "no answer holds thinking"),
        (Wants(ran=("web_search",)), {}, Told(seen=turns({"text": ""})), "the server ran no tools, not web_search"),
        (Wants(cites=("grass",)), {}, Told(seen=turns({"cited": [{"text": None}]})), "no citation holds `grass`"),
        (Wants(clears=True), {}, Told(seen=turns({"text": "done"})), "no answer says that results were cleared"),
        (Wants(fits=True), {"schema": SCHEMA}, Told(seen=turns({})), "does not fit its schema"),
        (Wants(raises=True), {}, Told(seen=turns({"text": "one"})), "nothing was raised"),
        (Wants(raises=True, status=401), {}, Told(raised=REFUSED), "tells the status 404, not 401"),
        (Wants(), {}, Told(raised=REFUSED), "anthropic.NotFoundError was raised: no such model"),
        (Wants(), {"route": "count_tokens"}, Told(seen={"count": 0}), "the count is 0"),
        (Wants(), {"route": "models"}, Told(seen={"models": []}), "the list of models is empty"),
        (Wants(), {}, Told("hung"), "nothing came in time"),
        (Wants(), {}, Told("died", reason="Killed"), "the driver ended: Killed"),
        (Wants(), {}, Told("unsupported", reason="no models here"), "no models here"),
    ],
)
def test_what_is_wrong_is_said(wants: Wants, asks: dict[str, Any], told: Told, said: str) -> None:
    (only,) = unmet(told, job(wants, **asks))
    assert said in only


def test_a_line_of_a_driver_is_read() -> None:
    assert Told.of({"id": 1, "seen": {"count": 3}}) == Told(seen={"count": 3})
    assert Told.of({"id": 1, "raised": REFUSED}) == Told(raised=REFUSED)
    assert Told.of({"id": 1, "unsupported": "no lists"}) == Told("unsupported", reason="no lists")
