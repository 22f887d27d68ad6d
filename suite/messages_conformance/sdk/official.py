"""The official SDK as it is installed beside this program, and the jobs that it is to do."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from messages_conformance.catalog.jobs import Job, load_jobs
from messages_conformance.errors import Problem, UserError, nothing_named
from messages_conformance.locate import data
from messages_conformance.sdk.asking import DRIVER

PACKAGE: Final = "anthropic"


@dataclass(frozen=True, slots=True)
class Sdk:
    """`client` names it with its version; `command` starts its driver; `jobs` are what it is to do. `plain` is the
    plainest job of all, which shows whether a provider answers at all."""

    client: str
    command: tuple[str, ...]
    jobs: tuple[Job, ...]
    plain: Job


def official(patterns: Sequence[str] = ()) -> Sdk:
    """The SDK, with the jobs that match a pattern (an id or a glob), or with all that are no mistakes: whether a server
    refuses those is for the checks to say. Raises UserError where it is not installed, and for a pattern that matches
    nothing."""
    jobs = load_jobs(data("jobs.yaml"))
    chosen = _chosen(jobs, patterns)
    try:
        found = version(PACKAGE)
    except PackageNotFoundError:
        hint = "pip install 'anthropic>=2.10'"
        raise UserError(Problem("the official SDK is not installed beside this program", hint=hint)) from None
    return Sdk(f"{PACKAGE} {found}", (sys.executable, str(DRIVER)), chosen, next(iter(jobs.values())))


def _chosen(jobs: Mapping[str, Job], patterns: Sequence[str]) -> tuple[Job, ...]:
    if unknown := [pattern for pattern in patterns if not any(fnmatchcase(name, pattern) for name in jobs)]:
        raise UserError(*(nothing_named("job", pattern, jobs) for pattern in unknown))
    matching = (job for name, job in jobs.items() if any(fnmatchcase(name, pattern) for pattern in patterns))
    return tuple(matching) if patterns else tuple(job for job in jobs.values() if not job.is_mistake)
