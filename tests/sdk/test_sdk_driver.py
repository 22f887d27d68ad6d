"""The driver of the official SDK, with the one that is installed here, at the reference as a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from messages_conformance.catalog.jobs import load_jobs
from messages_conformance.checks.base import Outcome
from messages_conformance.locate import data
from messages_conformance.sdk.asking import DRIVER, asked
from messages_conformance.sdk.found import found
from messages_conformance.sdk.process import Driver
from messages_conformance.sdk.told import Told, unmet

JOBS = load_jobs(data("jobs.yaml"))
MODELS = {"cheap": "reference", "vision": "reference", "thinking": "reference-thinking"}
HERE = [sys.executable, DRIVER]


@pytest.fixture(scope="module")
def sdk() -> Iterator[Driver]:
    with Driver(HERE) as running:
        yield running


def done(sdk: Driver, job: str, base_url: str) -> Told:
    return sdk.do(asked(JOBS[job], base_url, "reference-key", MODELS))


def test_it_does_every_job(sdk: Driver, reference_url: str) -> None:
    for job in JOBS.values():
        told = done(sdk, job.id, f"{reference_url}/state/{job.state}" if job.state else reference_url)
        assert unmet(told, job) == [], job.id
        assert found(told, job).outcome is Outcome.PASS, job.id


def test_it_tells_an_exception_by_the_name_that_users_know(sdk: Driver, reference_url: str) -> None:
    told = done(sdk, "refused", reference_url)
    assert told.raised is not None
    assert (told.raised["type"], told.raised["status"]) == ("anthropic.NotFoundError", 404)


def test_it_tells_what_a_stream_showed_before_it_broke(sdk: Driver, reference_url: str) -> None:
    told = done(sdk, "error-in-stream", f"{reference_url}/state/error-in-stream")
    assert told.raised is not None
    (turn,) = told.seen["turns"]
    assert turn["text"].startswith("one, ")
    assert turn["pieces"] > 0


def test_it_tells_what_a_defect_makes_of_an_answer(sdk: Driver, reference_url: str) -> None:
    right, wrong = (done(sdk, "text-streamed", reference_url + path) for path in ("", "/with/stream-text-lost"))
    assert right.seen["turns"][0]["text"] != wrong.seen["turns"][0]["text"]
