"""An impact in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from impacts import IMPACTS
from messages_conformance.catalog.impact import Client, Difference, Impact, Raised, Seen, Trace
from messages_conformance.catalog.impact_words import became, did, told


def said(defect: str) -> str:
    return told(IMPACTS.defects[defect], IMPACTS.jobs)


def test_who_is_hurt_and_how_worst_first() -> None:
    assert said("message-stop-missing") == (
        "the official SDK for Python 2.14 raises APIConnectionError on a streamed answer; "
        "Vercel's AI SDK 5.0 hangs on a streamed answer; "
        "LiteLLM 1.80 silently hands over no answer on a streamed answer; "
        "1 more client is hurt"
    )


def test_a_single_client_that_is_spared_has_its_name_and_several_are_counted() -> None:
    client = Client("c", "Some client", "p", "1.2.3", "PyPI", "Python", ("text",))
    impact = IMPACTS.defects["leading-newlines"]
    one = replace(impact, seen=(*impact.seen, Seen(client, ("text",), ())))
    assert told(one, IMPACTS.jobs).endswith("; Some client 1.2 notices nothing")
    assert said("filler-deltas") == (
        "Vercel's AI SDK 5.0 silently hands over the text in other pieces on a streamed answer; "
        "3 clients notice nothing"
    )


def test_several_jobs_are_counted_and_one_is_named() -> None:
    (seen, _) = IMPACTS.defects["leading-newlines"].seen
    assert did(seen, IMPACTS.jobs) == "silently hands over another text in 2 jobs, such as a plain answer"


def test_whom_nobody_notices_is_said() -> None:
    assert said("message-id-constant") == "no client that we tried notices it"
    assert said("adaptive-refused") == "no job that we tried reaches it"
    assert said("thinking-only") == "no client that we tried can do what it touches"
    assert said("block-index-constant") == "clients did not do the same twice"


@pytest.mark.parametrize(
    ("trace", "words"),
    [
        (Trace("text", "raises", Raised("a.b.Odd", "no")), "raises Odd"),
        (
            Trace("text", "wrong", differs=(Difference("/turns/0/stop", "x", None),)),
            "silently hands over no stop reason",
        ),
        (Trace("text", "wrong", differs=(Difference("/new", 1, 2),)), "silently hands over another answer"),
        (
            Trace("text", "wrong", differs=(Difference("/turns/0/usage/output", 7, 0),)),
            "silently hands over other token counts",
        ),
        (
            Trace("text", "wrong", differs=(Difference("/turns/0/signed", True, False),)),
            "silently hands over thinking without its signature",
        ),
        (Trace("text", "raises", Raised("the process ended", "status 1")), "dies"),
        (Trace("text", "wrong", differs=(Difference("/raised", "a.Odd", None),)), "raises no more"),
        (Trace("text", "wrong", differs=(Difference("/raised/message", "no", "nay"),)), "raises in other words"),
        (Trace("text", "retries", requests=2), "asks twice instead of once"),
        (Trace("text", "retries", requests=5, requests_without=2), "asks 5 times instead of twice"),
    ],
)
def test_what_became_of_one_job(trace: Trace, words: str) -> None:
    assert became(trace) == words


def test_every_field_that_a_driver_tells_has_words() -> None:
    def fields() -> Iterator[str]:
        yield from ("/turns/0/text", "/turns/0/thinking", "/turns/0/signed", "/turns/0/calls/0", "/turns/0/stop")
        yield from ("/turns/0/calls/0/arguments/x", "/turns/0/usage/input", "/turns/0/pieces", "/object", "/count")
        yield from ("/models", "/looked_up", "/turns/0/whole")
        yield from ("/turns/0/ran/0/name", "/turns/0/cited/0", "/turns/0/cleared")

    handed = {became(Trace("text", "wrong", differs=(Difference(pointer, 1, 2),))) for pointer in fields()}
    assert len(handed) == 16


def impacts() -> list[Impact]:
    return list(IMPACTS.defects.values())


def test_no_sentence_is_long() -> None:
    assert max(len(told(impact, IMPACTS.jobs)) for impact in impacts()) < 400
