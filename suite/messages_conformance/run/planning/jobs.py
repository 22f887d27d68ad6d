"""What the official SDK is to do at each provider, and what that takes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from messages_conformance.catalog.model import Expect, Provider, Step
from messages_conformance.results.records import Shard
from messages_conformance.run.planning.plan import Plan, PlannedJob, lacking
from messages_conformance.run.planning.shards import Share

if TYPE_CHECKING:
    from messages_conformance.catalog.jobs import Job

ROUTE: Final = "/v1/messages"
"""What the SDK adds to an address."""

_EXPECTS: Final[dict[str, Expect]] = {"count_tokens": "tokens", "models": "models"}


def with_jobs(
    plan: Plan, jobs: Iterable[Job], share: Share | Shard | None, done: Collection[tuple[str, str]] = ()
) -> Plan:
    """The plan, with every job at each of its providers but those that are `done` (provider id and job id). Of a run in
    parts, each part has some of the jobs. States are the reference's alone."""
    mine = [job for number, job in enumerate(jobs) if share is None or number % share.of == share.number - 1]
    planned = (
        _planned(provider, job)
        for provider in plan.providers
        for job in mine
        if (provider.id, job.id) not in done and (job.state is None or provider.embedded == "reference")
    )
    return replace(plan, jobs=tuple(planned))


def address(provider: Provider, job: Job) -> str:
    """The base URL that the SDK is given."""
    below = provider.base_url + provider.path.removesuffix(ROUTE)
    return f"{below}/state/{job.state}" if job.state else below


def _planned(provider: Provider, job: Job) -> PlannedJob:
    if not provider.path.endswith(ROUTE):
        return PlannedJob(provider, job, (), f"the SDK sends to {ROUTE} below an address, and not to {provider.path}")
    if lacks := lacking(provider, job.role, job.needs):
        return PlannedJob(provider, job, (), lacks[0])
    return PlannedJob(provider, job, tuple(_steps(job)))


def _steps(job: Job) -> Iterator[Step]:
    """One for each request of a model that does what it is asked to do: a call takes another one for its result, and
    a second page and a look-up one each."""
    turns: list[str] = job.asks.get("turns", [""])
    expects: Expect = "error" if job.wants.raises else _EXPECTS.get(job.route, "message")
    for number in range(3 if "page" in job.asks else len(turns) * (2 if "results" in job.asks else 1)):
        body: dict[str, Any] | None = None if expects == "models" else dict(job.asks)
        yield Step(f"{job.id}-{number + 1}", "POST", job.route, body, {}, expects, {}, (), job.where, role=job.role)
