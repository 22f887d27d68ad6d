"""The proof that checks can fail: every defect of the reference turns exactly its checks red, and no other.

One run over all defects at once; the correct reference runs beside them and must stay green.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from fnmatch import fnmatchcase

import pytest
from messages_conformance.catalog import load_catalog
from messages_conformance.catalog.model import Auth, Provider
from messages_conformance.checks.base import Outcome
from messages_conformance.reference.defects import DEFECTS
from messages_conformance.run.coverage import kills
from messages_conformance.run.embedded import REFERENCE_KEY, embedded
from messages_conformance.run.plan import Plan, Unit, every
from messages_conformance.run.reading import Run, State
from messages_conformance.run.session import run

KILLS = kills()

UNREACHED = {
    "server tools that the reference accepts and never calls": [
        "shape.anthropic.block.*_execution_tool_result*",
        "shape.anthropic.block.web_fetch_tool_result*",
        "shape.anthropic.block.container_upload",
        "shape.anthropic.block.caller",
        "shape.anthropic.block.tool_use.toolset_name",
        "shape.anthropic.answer.container",
    ],
    "errors in mid-stream, which cannot be asked for": ["shape.anthropic.event.error.*"],
    "optional members that the reference leaves out": [
        "shape.anthropic.answer.diagnostics",
        "shape.anthropic.error.error.details",
        "shape.anthropic.usage.inference_geo",
        "shape.anthropic.usage.speed",
    ],
}


class Unwatched:
    @contextmanager
    def watching(self, plan: Plan) -> Generator[None]:
        yield

    def unit_done(self, unit: Unit, state: State) -> None:
        pass


def defective(reference: Provider, root: str) -> list[Provider]:
    """The reference once for each defect, as if it were a live provider."""
    limits = replace(reference.limits, concurrency=2)
    auth = Auth("x-api-key", "DEFECTIVE_KEY")
    plain = replace(reference, kind="live", embedded=None, auth=auth, limits=limits)
    return [replace(plain, id=name, base_url=f"{root}/with/{name}") for name in DEFECTS]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Run:
    catalog = load_catalog()
    reference = catalog.providers["reference"]
    with pytest.MonkeyPatch.context() as environment, embedded([reference]) as (addressed,):
        environment.setenv("DEFECTIVE_KEY", REFERENCE_KEY)
        providers = [reference, *defective(reference, addressed.base_url)]
        return run(catalog, every(providers, catalog.scenarios), tmp_path_factory.mktemp("proof"), Unwatched())


@pytest.mark.xdist_group("proof")
def test_every_defect_turns_exactly_its_checks_red(judged: Run) -> None:
    red: dict[str, set[str]] = defaultdict(set)
    for (provider, _), cell in judged.cells.items():
        red[provider] |= {result.check for result in cell.results if result.outcome is Outcome.FAIL}

    assert red.pop("reference") == set()
    assert set(KILLS) == set(DEFECTS)
    assert {name: sorted(red[name]) for name in DEFECTS} == {name: sorted(checks) for name, checks in KILLS.items()}


@pytest.mark.xdist_group("proof")
def test_no_defect_breaks_the_judge(judged: Run) -> None:
    outcomes = {result.outcome for cell in judged.cells.values() for result in cell.results}
    assert Outcome.HARNESS_ERROR not in outcomes
    assert judged.complete
    assert not any(cell.missing("drop-in") for cell in judged.cells.values())


@pytest.mark.xdist_group("proof")
def test_the_reference_leaves_nothing_open(judged: Run) -> None:
    cells = [cell for (provider, _), cell in judged.cells.items() if provider == "reference"]
    asked = [cell for cell in cells if cell.not_applicable != "no contract of reference promises anything about it"]
    assert {cell.state("drop-in") for cell in asked} == {State.PASS}


@pytest.mark.xdist_group("proof")
def test_every_check_is_decided_somewhere(judged: Run) -> None:
    """A check that is never reached passes for ever, whatever a provider sends."""
    cells = [cell for (provider, _), cell in judged.cells.items() if provider == "reference"]
    planned = {check for cell in cells for _, check, _ in cell.planned}
    decided = {r.check for cell in cells for r in cell.results if r.outcome is not Outcome.NOT_APPLICABLE}
    excused = {p for patterns in UNREACHED.values() for p in patterns}

    assert {c for c in planned - decided if not any(fnmatchcase(c, pattern) for pattern in excused)} == set()
    assert {pattern for pattern in excused if any(fnmatchcase(c, pattern) for c in decided)} == set()
