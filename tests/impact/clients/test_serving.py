"""What the drivers in Python share: one line for each line, whatever a client does, and the talk of a job."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from serving import TURN_LIMIT, Call, Seen, Turn, beyond, converse

CLIENTS = Path(__file__).parents[3] / "tools" / "impact" / "clients"

DRIVER = """
import os
from serving import Turn, UnsupportedError, serve

class RefusedError(Exception):
    status_code = 404

def do(task, seen):
    print("a client may print")
    os.system("echo and start what prints")
    seen.turns.append(Turn(text=f"{task.model} at {task.base_url} for {task.key}"))
    match task.job["turns"][0]:
        case "refused":
            raise RefusedError("no such model\\nTraceback (most recent call last):\\n  File /home/someone")
        case "broken":
            raise KeyError("usage")
        case "strange":
            raise UnsupportedError("it has no such call")

serve(do)
"""


def answers(*jobs: str) -> list[dict[str, Any]]:
    """What a driver prints when it is asked for these jobs."""
    asked = [
        {"id": at, "base_url": "http://127.0.0.1:1/", "key": "k", "model": "m", "job": {"turns": [job]}}
        for at, job in enumerate(jobs)
    ]
    ended = subprocess.run(
        [sys.executable, "-c", DRIVER],
        input="".join(json.dumps(line) + "\n" for line in asked),
        env={**os.environ, "PYTHONPATH": str(CLIENTS)},
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_a_line_for_each_line_and_nothing_else() -> None:
    seen = {"turns": [{"text": "m at http://127.0.0.1:1 for k"}]}
    refused = {"type": "__main__.RefusedError", "message": "no such model", "status": 404}
    broken = {"type": "KeyError", "message": "'usage'", "status": None}

    assert answers("fine", "refused", "broken", "strange", "fine") == [
        {"id": 0, "seen": seen},
        {"id": 1, "raised": refused, "seen": seen},
        {"id": 2, "raised": broken, "seen": seen},
        {"id": 3, "unsupported": "it has no such call"},
        {"id": 4, "seen": seen},
    ]


def test_what_not_every_driver_knows_is_named() -> None:
    strict: dict[str, Any] = {"name": "look", "description": "Looks.", "input_schema": {}, "strict": True}
    known = {"turns": ["look"], "thinking": 1024, "stop": ["x"], "max_tokens": 9}

    assert [*beyond(known)] == []
    assert [*beyond({**known, "cache": ["1h"], "thinking": [0, 1024], "tools": [strict]})] == [
        "cache",
        "thinking of another kind",
        "tools of another kind",
    ]
    assert [*beyond({"turns": ["look"], "schema": {}, "stream": True})] == ["a streamed schema"]
    assert [*beyond({"route": "count_tokens", "turns": ["look"], "system": ["x"]})] == ["a count of more"]


def test_what_a_client_does_not_tell_is_left_out() -> None:
    assert Turn(text="", calls=(), pieces=0, output=0).told() == {
        "text": "",
        "calls": [],
        "usage": {"output": 0},
        "pieces": 0,
    }
    assert Seen(count=0).told() == {"count": 0}


def test_of_an_id_is_told_only_whether_there_is_one() -> None:
    turn = Turn(calls=[Call("toolu_1", "look", {"at": 1}), Call("", "look", "{")])

    assert turn.told()["calls"] == [
        {"name": "look", "arguments": {"at": 1}, "id": True},
        {"name": "look", "arguments": "{", "id": False},
    ]


class Recorded:
    """A talk in which the first `calling` answers call a tool."""

    def __init__(self, calling: int) -> None:
        self.heard: list[object] = []
        self._calling = calling

    def say(self, text: str, picture: str | None) -> Turn:
        return self._answer((text, picture))

    def give(self, results: Sequence[tuple[Call, str]]) -> Turn:
        return self._answer([(call.name, text) for call, text in results])

    def _answer(self, heard: object) -> Turn:
        self.heard.append(heard)
        calls = [Call("1", "look", {}), Call("2", "foreign", {})]
        return Turn(calls=calls if len(self.heard) <= self._calling else ())


def test_the_picture_goes_with_the_first_turn_alone() -> None:
    talk = Recorded(calling=0)
    converse({"turns": ["one", "two"], "picture_png": "cGl4"}, talk, Seen())

    assert talk.heard == [("one", "cGl4"), ("two", None)]


def test_all_calls_get_results_until_there_are_none() -> None:
    talk, seen = Recorded(calling=2), Seen()
    converse({"turns": ["look"], "results": {"look": "fog"}}, talk, seen)

    given = [("look", "fog"), ("foreign", "There is no such tool.")]
    assert talk.heard == [("look", None), given, given]
    assert len(seen.turns) == 3


def test_a_loop_that_does_not_end_is_left() -> None:
    seen = Seen()
    converse({"turns": ["look"], "results": {"look": "fog"}}, Recorded(calling=99), seen)

    assert len(seen.turns) == TURN_LIMIT


def test_without_results_a_job_ends_with_the_calls() -> None:
    seen = Seen()
    converse({"turns": ["look"]}, Recorded(calling=99), seen)

    assert len(seen.turns) == 1
