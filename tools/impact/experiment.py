"""The experiment: a client does every job that a defect touches, at the right reference and at the defective one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from messages_conformance.catalog.jobs import Job
from messages_conformance.reference.http.endpoint import Asked
from messages_conformance.sdk.asking import asked
from messages_conformance.sdk.process import Driver
from messages_conformance.sdk.told import unmet

from impact.drivers import Drivers
from impact.journal import Began, Key
from impact.outcome import Cell, Ran, became, cell
from impact.server import Server
from impact.touching import answers, touches

KEY = "reference-key"
MODELS = {"cheap": "reference", "vision": "reference", "thinking": "reference-thinking"}

_AT_A_TIME = 30
"""Defects that one process looks through."""

Requests: TypeAlias = Mapping[str, tuple[str, tuple[Asked, ...]]]
"""By job: the base path, and the requests that were sent below it."""


@dataclass(frozen=True, slots=True)
class Right:
    """A job at the right reference: what was told, and the requests that it took."""

    ran: Ran
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Bench:
    """What all clients share. So many jobs are done at once as `turns` allows; none is begun once `over` is set."""

    server: Server
    jobs: Mapping[str, Job]
    turns: threading.Semaphore
    over: threading.Event

    def do(self, driver: Driver, job: Job, defect: str | None = None) -> Right:
        """Let a driver do a job once."""
        with self.turns, self.server.run() as (address, recording):
            path = f"{base(job)}/with/{defect}" if defect else base(job)
            told = driver.do(asked(job, address + path, KEY, MODELS))
            return Right(Ran(told, len(recording.asked)), tuple(recording.asked))

    def rights(self, drivers: Drivers) -> tuple[Mapping[str, Right], Mapping[str, str]]:
        """The jobs that a client does at the right reference, twice alike; and those that it does not, with why."""
        tried = drivers.map(self._twice, self.jobs.values())
        rights: dict[str, Right] = {}
        left_out: dict[str, str] = {}
        for job, (first, second) in zip(self.jobs.values(), tried, strict=True):
            if reason := _not_right(job, first.ran, second.ran):
                left_out[job.id] = reason
            else:
                rights[job.id] = first
        return rights, left_out

    def _twice(self, driver: Driver, job: Job) -> tuple[Right, Right]:
        return self._patiently(driver, job), self._patiently(driver, job)

    def _patiently(self, driver: Driver, job: Job) -> Right:
        """One that hangs is given a second time: so much depends on it, and the machine may be busy."""
        first = self.do(driver, job)
        return self.do(driver, job) if first.ran.told.end == "hung" else first

    def decide(
        self, drivers: Drivers, rights: Mapping[str, Right], keys: Iterable[Key], decided: Callable[[Key, Cell], None]
    ) -> None:
        """Do each job with each defect, twice, and tell what became of it, in any order."""

        def decide(driver: Driver, key: Key) -> None:
            defect, job = key
            if self.over.is_set():
                return
            first, second = (self.do(driver, self.jobs[job], defect).ran for _ in range(2))
            decided(key, cell(rights[job].ran, first, second))

        drivers.map(decide, keys)


def base(job: Job) -> str:
    """The path of the reference that a job is done at."""
    return f"/state/{job.state}" if job.state else ""


def _not_right(job: Job, first: Ran, second: Ran) -> str | None:
    """Why two runs at the right reference are none to compare with; None if they are."""
    if missing := unmet(first.told, job) or unmet(second.told, job):
        return missing[0]
    between = became(first, second)
    if between.outcome != "fine" or first.requests != second.requests:
        return f"two runs differ at {', '.join(each.pointer for each in between.differs) or 'the number of requests'}"
    return None


def begin(
    rights: Mapping[str, Right],
    left_out: Mapping[str, str],
    jobs: Mapping[str, Job],
    defects: Sequence[str],
    processes: Executor,
) -> Began:
    """What is known of a client before any defect: the jobs that each of them touches."""
    requests = {job: (base(jobs[job]), right.asked) for job, right in rights.items()}
    several = [defects[at : at + _AT_A_TIME] for at in range(0, len(defects), _AT_A_TIME)]
    found = processes.map(partial(touched, requests), several)
    return Began(tuple(rights), left_out, {defect: jobs for each in found for defect, jobs in each.items()})


def touched(requests: Requests, defects: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The jobs that each defect touches."""
    right = {job: answers(sent, path) for job, (path, sent) in requests.items()}
    return {
        defect: tuple(job for job, (path, sent) in requests.items() if touches(defect, sent, path, right[job]))
        for defect in defects
    }
