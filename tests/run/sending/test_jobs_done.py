"""A driver at a provider: what is done twice, what is not asked, and how the key is given."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, cast

import making
import pytest
from messages_conformance.catalog.jobs import Job, load_jobs
from messages_conformance.catalog.model import Auth, Limits, Price, Provider
from messages_conformance.checks.base import Cause, Outcome, inconclusive
from messages_conformance.locate import data
from messages_conformance.results.records import Record, Tried
from messages_conformance.run.judging.replay import Recording
from messages_conformance.run.planning.budget import UNLIMITED, Allowance, Budget
from messages_conformance.run.planning.jobs import with_jobs
from messages_conformance.run.planning.plan import Plan, Unit
from messages_conformance.run.recorder import Recorder
from messages_conformance.run.sending.jobs import Work, do_all
from messages_conformance.run.sending.sender import Sender
from messages_conformance.sdk import process
from messages_conformance.sdk.official import Sdk
from messages_conformance.wire.client import Client
from messages_conformance.wire.redact import Redactor

KEY = "a-Made-Up-Key-1"
JOBS = load_jobs(data("jobs.yaml"))

Says: TypeAlias = "dict[str, Any] | str"

DRIVER = """\
import json, sys, time
asked_before, heard = {}, open(sys.argv[2], "a")
told = json.loads(sys.argv[1])
for line in sys.stdin:
    asked = json.loads(line)
    print(line.strip(), file=heard, flush=True)
    said = asked["job"]["turns"][0]
    answers = told.get(said, ["done"])
    number = asked_before[said] = asked_before.get(said, -1) + 1
    answer = answers[min(number, len(answers) - 1)]
    if answer == "hang":
        time.sleep(60)
    if answer == "die":
        sys.exit("out of luck with " + asked["key"])
    if answer == "done":
        turn = {"text": "fine", "stop": "end_turn", "calls": [], "usage": {"input": 3, "output": 7}}
        answer = {"seen": {"turns": [turn]}}
    print(json.dumps({"id": asked["id"], **answer}), flush=True)
"""


def raised(kind: str, status: int | None = None, message: str = "Error") -> dict[str, Any]:
    return {"raised": {"type": kind, "message": message, "status": status}}


REFUSED = raised("anthropic.BadRequestError", 400, "no")
LIMITED = raised("anthropic.RateLimitError", 429)
NO_KEY = raised("anthropic.AuthenticationError", 401)


def job(name: str) -> Job:
    return Job(name, f"the job {name}", {"turns": [name], "max_tokens": 10}, JOBS["models"].wants, JOBS["text"].where)


@dataclass
class Bench:
    """Lets a driver that says what it is told to say do jobs of these names; `plain` is the plainest."""

    folder: Path
    told: list[Tried] = field(default_factory=list[Tried])

    def do(
        self,
        says: dict[str, Sequence[Says]],
        *names: str,
        allowed: Allowance = UNLIMITED,
        hindered: str | None = None,
        **changes: Any,
    ) -> dict[str, Tried]:
        limits = Limits(total_timeout=0.3)
        at = making.provider(**{"limits": limits, "auth": Auth("x-api-key", "MAKER_KEY"), **changes})
        (script := self.folder / "driver.py").write_text(DRIVER)
        command = (sys.executable, str(script), json.dumps(says), str(self.folder / "heard"))
        sdk = Sdk("anthropic 2.14.0", command, tuple(map(job, names)), job("plain"))
        asyncio.run(self._do(at, sdk, Budget(allowed), hindered))
        return {tried.job: tried for tried in self.told}

    async def _do(self, at: Provider, sdk: Sdk, budget: Budget, hindered: str | None) -> None:
        recorder = Recorder(self._hear, {at.id: Redactor([KEY])}, {at.id: "MAKER_KEY"})
        sender = Sender(at, KEY, cast("Client", None), recorder, None, Recording(), budget)
        plan = with_jobs(Plan((Unit(at, making.scenario("plain"), ()),), {}), sdk.jobs, None)
        why = inconclusive(Cause.AUTH, hindered) if hindered else None
        await do_all([Work(sender, plan.jobs, why)], sdk, recorder)
        self.tokens = sender.ledger.tokens

    def _hear(self, record: Record) -> None:
        assert isinstance(record, Tried)
        self.told.append(record)

    @property
    def heard(self) -> list[dict[str, Any]]:
        """The lines that the driver was told."""
        path = self.folder / "heard"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    @property
    def asked(self) -> list[str]:
        return [line["job"]["turns"][0] for line in self.heard]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(process, "START_SECONDS", 5)
    return Bench(tmp_path)


def test_each_job_is_done_once_and_counted(bench: Bench) -> None:
    told = bench.do({}, "plain", "a")
    assert told["a"] == Tried("maker", "a", "the job a", "anthropic 2.14.0", Outcome.PASS)
    assert bench.asked == ["plain", "a"]
    assert bench.tokens == {"input": 6, "output": 14}


def test_what_was_raised_is_tried_once_more_with_the_plainest_job_between(bench: Bench) -> None:
    told = bench.do({"a": [REFUSED], "b": [REFUSED, "done"]}, "a", "b")
    assert bench.asked == ["a", "plain", "a", "b", "plain", "b"]
    assert (told["a"].outcome, told["a"].raised, told["a"].status) == (Outcome.FAIL, "anthropic.BadRequestError", 400)
    assert (told["b"].outcome, told["b"].cause) == (Outcome.INCONCLUSIVE, Cause.TRANSPORT)


def test_a_hang_is_red_only_while_the_plainest_job_is_answered(bench: Bench) -> None:
    told = bench.do({"a": ["hang"]}, "plain", "a")
    assert (told["a"].outcome, told["a"].told) == (Outcome.FAIL, "got no answer in time, each of two times")


def test_a_provider_that_answers_nothing_is_not_asked_on(bench: Bench) -> None:
    told = bench.do({"a": ["hang"], "plain": ["hang"]}, "a", "b", "c")
    assert bench.asked == ["a", "plain"]
    assert {each.outcome for each in told.values()} == {Outcome.INCONCLUSIVE}
    assert told["c"].told == "was not asked: nothing was answered before"


def test_a_limit_is_no_reason_to_ask_again(bench: Bench) -> None:
    told = bench.do({"a": [LIMITED]}, "a")
    assert (bench.asked, told["a"].outcome, told["a"].cause) == (["a"], Outcome.INCONCLUSIVE, Cause.RATE_LIMIT)


def test_a_key_that_is_refused_is_given_in_the_header_that_the_provider_takes(bench: Bench) -> None:
    told = bench.do({"a": [NO_KEY, "done"]}, "a", "b", headers=(("x-team", "one"),))
    given = [line["client"] for line in bench.heard]
    plain = {"api_key": KEY, "default_headers": {"x-team": "one"}}
    assert given == [plain, *[{**plain, "default_headers": {"x-team": "one", "x-api-key": KEY}}] * 2]
    assert {each.key_as for each in told.values()} == {"x-api-key"}


def test_where_the_key_travels_as_a_bearer_it_is_the_auth_token(bench: Bench) -> None:
    bench.do({"a": [NO_KEY, "done"]}, "a", auth=Auth("bearer", "MAKER_KEY"))
    assert bench.heard[-1]["client"] == {"auth_token": KEY, "default_headers": {}}


def test_a_key_that_is_taken_in_no_way_leaves_all_open_and_is_tried_once_both_ways(bench: Bench) -> None:
    told = bench.do({"a": [NO_KEY], "b": [NO_KEY]}, "a", "b")
    assert bench.asked == ["a", "a", "b"]
    assert {(each.outcome, each.cause, each.key_as) for each in told.values()} == {
        (Outcome.INCONCLUSIVE, Cause.AUTH, None)
    }


def test_what_hinders_the_first_requests_hinders_the_sdk(bench: Bench) -> None:
    told = bench.do({}, "a", hindered="the key was refused")
    assert (bench.asked, told["a"].told, told["a"].cause) == ([], "was not asked: the key was refused", Cause.AUTH)


def test_it_keeps_to_what_the_run_may_use(bench: Bench) -> None:
    told = bench.do({}, "a", "b", allowed=Allowance(requests=1))
    assert bench.asked == ["a"]
    assert (told["b"].outcome, told["b"].cause) == (Outcome.INCONCLUSIVE, Cause.BUDGET)


def test_it_spends_no_more_than_the_run_may_cost(bench: Bench) -> None:
    models = {"cheap": making.model("cheap", price=Price(0, 100_000))}
    told = bench.do({}, "a", "b", allowed=Allowance(cost=1.2), models=models)
    assert told["a"].outcome is Outcome.PASS, "ten tokens are one dollar at most, and seven were used"
    assert (told["b"].cause, told["b"].told) == (
        Cause.BUDGET,
        "was not asked: this run may cost no more (--max-cost 1.2)",
    )


def test_a_driver_that_dies_is_told_without_the_key(bench: Bench) -> None:
    told = bench.do({"a": ["die"]}, "a", "b")
    assert (told["a"].outcome, told["b"].outcome) == (Outcome.HARNESS_ERROR, Outcome.PASS)
    assert told["a"].told == "ended with its process: out of luck with [redacted]"


def test_what_the_sdk_raises_is_told_without_the_key(bench: Bench) -> None:
    told = bench.do({"a": [raised("anthropic.BadRequestError", 400, f"no {KEY}")]}, "a")
    assert KEY not in str(told)
    assert "no [redacted]" in str(told["a"].told)
