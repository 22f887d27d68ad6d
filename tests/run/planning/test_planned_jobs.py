"""What the official SDK is to do at each provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import making
import pytest
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.jobs import Job, load_jobs
from messages_conformance.catalog.model import Auth, Price, Provider
from messages_conformance.locate import data
from messages_conformance.run.planning.cost import estimate
from messages_conformance.run.planning.jobs import address, with_jobs
from messages_conformance.run.planning.plan import Plan, PlannedJob, Unit
from messages_conformance.run.planning.shards import Share

JOBS: Mapping[str, Job] = load_jobs(data("jobs.yaml"))


KEYLESS = making.provider(auth=Auth("none"))


def planned(provider: Provider, **how: Any) -> dict[str, PlannedJob]:
    plan = Plan((Unit(provider, making.scenario("plain"), ()),), {})
    jobs = with_jobs(plan, JOBS.values(), how.get("share"), how.get("done", ())).jobs
    return {each.job.id: each for each in jobs}


def test_the_plainest_provider_is_asked_for_what_everybody_must_do() -> None:
    asked = {name for name, each in planned(KEYLESS).items() if each.steps}
    answered = {"text", "system", "history", "long", "stop-sequence"}
    assert asked - answered == {"refused", "refused-stop", "refused-turn", "refused-limit", "refused-beta"}
    assert answered < asked
    assert planned(KEYLESS)["tool"].not_applicable == "maker does not claim tools, forced-tools"
    assert planned(KEYLESS)["picture"].not_applicable == "maker does not claim vision"


def test_a_job_needs_what_it_uses() -> None:
    """A provider that never claimed it must not be made red for it."""
    for job in JOBS.values():
        uses = {"streaming"} if job.asks.get("stream") else set[str]()
        uses |= {"tools"} if "tools" in job.asks else set()
        uses |= {"forced-tools"} if "force" in job.asks else set()
        kind = "thinking.adaptive" if job.asks.get("thinking") == "adaptive" else "thinking.enabled"
        uses |= {"thinking", kind} if "thinking" in job.asks else set()
        uses |= {"vision"} if "picture" in job.asks else set()
        uses |= {"citations"} if "cite" in job.asks else set()
        uses |= {"caching"} if "cache" in job.asks else set()
        uses |= {"web-search"} if "search" in job.asks else set()
        uses |= {"beta.mcp-servers"} if "mcp" in job.asks else set()
        uses |= {"beta.context-management"} if "keep_results" in job.asks else set()
        uses |= {"prefill"} if "prefill" in job.asks else set()
        uses |= {"structured-output"} if "schema" in job.asks else set()
        uses |= {"keyed"} if job.key else set()
        uses |= {job.route} - {"messages"}
        assert uses <= set(job.needs), job.id


def test_pages_and_a_look_up_are_three_requests(catalog: Catalog) -> None:
    assert len(planned(catalog.providers["reference"])["models-paged"].steps) == 3


def test_only_the_reference_can_be_brought_into_a_state(catalog: Catalog) -> None:
    states = {name for name, job in JOBS.items() if job.state}
    reference = planned(catalog.providers["reference"])
    assert states
    assert reference.keys() == JOBS.keys()
    assert all(each.steps for each in reference.values())
    assert not states & planned(making.provider()).keys()


def test_where_the_sdk_is_sent_to() -> None:
    at = making.provider(base_url="https://maker.example/anthropic")
    assert address(at, JOBS["text"]) == "https://maker.example/anthropic"
    assert address(at, JOBS["overloaded"]) == "https://maker.example/anthropic/state/overloaded-once"
    told = planned(making.provider(path="/messages"))["text"].not_applicable
    assert told == "the SDK sends to /v1/messages below an address, and not to /messages"


def test_the_parts_of_a_run_do_each_job_once() -> None:
    parts = [planned(KEYLESS, share=Share(number, 3)).keys() for number in (1, 2, 3)]
    assert {name for part in parts for name in part} == planned(KEYLESS).keys()
    assert sum(map(len, parts)) == len(planned(KEYLESS))


def test_what_is_done_is_not_done_again() -> None:
    done = planned(KEYLESS, done={("maker", "text"), ("other", "system")})
    assert planned(KEYLESS).keys() - done.keys() == {"text"}


def test_what_it_takes_counts_in_the_estimate() -> None:
    model = making.model("cheap", price=Price(0, 1))
    at = making.provider(auth=Auth("none"), models={"cheap": model})
    unit = Unit(at, making.scenario("plain"), (), "it is not asked")
    plan = with_jobs(Plan((unit,), {}), JOBS.values(), None)
    cost = estimate(plan, at)
    assert cost.requests == 11, "one for each turn"
    assert cost.output_tokens == 5 * 256 + 2048, "a refused request costs nothing"
    assert cost.money == pytest.approx({"USD": (5 * 256 + 2048) / 1_000_000})
