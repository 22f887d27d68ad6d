"""Whether a defect touches requests is seen on the wire, without any client."""

from __future__ import annotations

import json
from datetime import datetime, tzinfo
from typing import Any

import pytest
from impact.touching import answers, touches
from messages_conformance.reference import pipeline
from messages_conformance.reference.defects import DEFECTS
from messages_conformance.reference.http.endpoint import Asked

HEADERS = {"authorization": "Bearer reference-key", "anthropic-version": "2026-10-21", "accept-encoding": "gzip"}
WEATHER: dict[str, Any] = {"name": "get_weather", "description": "Weather", "input_schema": {"type": "object"}}


def post(prompt: str = "Count from 1 to 9.", *, base: str = "", **more: Any) -> Asked:
    messages = [{"role": "user", "content": prompt}]
    body = {"model": "reference-thinking", "max_tokens": 4096, "messages": messages, **more}
    return Asked("POST", f"{base}/v1/messages", HEADERS, json.dumps(body).encode(), {})


PLAIN = post()
STREAMED = post(stream=True)
CALLING = post("Use the tool for Paris and for London.", tools=[WEATHER], stream=True)
THINKING = post(thinking={"type": "enabled", "budget_tokens": 1024}, stream=True)
MODELS = Asked("GET", "/v1/models", HEADERS, b"", {})


def touched(defect: str, *asked: Asked, base: str = "") -> bool:
    assert defect in DEFECTS
    return touches(defect, asked, base, answers(asked, base))


@pytest.mark.parametrize("asked", [PLAIN, STREAMED, CALLING, THINKING, MODELS])
def test_right_answers_are_alike_however_often_they_are_made(asked: Asked) -> None:
    assert answers([asked, asked]) == answers([asked, asked])


@pytest.mark.parametrize(
    ("defect", "asked"),
    [
        ("usage-missing", PLAIN),
        ("request-id-missing", PLAIN),
        ("stream-text-lost", STREAMED),
        ("crlf-line-ends", STREAMED),
        ("stream-labelled-json", STREAMED),
        ("stream-held-back", STREAMED),
        ("gzip-not-flushed", STREAMED),
        ("tool-id-empty", CALLING),
        ("signature-missing", THINKING),
        ("models-missing", MODELS),
    ],
)
def test_what_differs_on_the_wire_touches(defect: str, asked: Asked) -> None:
    assert touched(defect, asked)


@pytest.mark.parametrize("defect", ["stream-text-lost", "tool-input-as-string", "models-missing", "gzip-not-flushed"])
def test_what_is_not_asked_for_does_not_touch(defect: str) -> None:
    assert not touched(defect, PLAIN)


def test_ids_count_by_where_they_recur() -> None:
    assert touched("stream-id-constant", STREAMED, STREAMED)
    assert touched("answers-replayed-from-cache", PLAIN, PLAIN)


def test_the_time_of_day_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(datetime):
        seconds = iter((0, 0, 8, 9))

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Clock:
            return cls(2026, 11, 29, 10, 0, next(cls.seconds), tzinfo=tz)

    monkeypatch.setattr(pipeline, "datetime", Clock)
    assert answers([PLAIN, PLAIN]) == answers([PLAIN, PLAIN])


def test_a_state_and_a_defect_go_together() -> None:
    base = "/state/overloaded-once"
    again = [post(base=base), post(base=base)]
    assert touched("openai-error-envelope", *again, base=base)
    assert not touched("openai-error-envelope", PLAIN, PLAIN)
