"""What the program loads before it answers: no more than it needs, or everybody waits for it each time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

OURS: Final = "messages_conformance"

FOR_LATER: Final = {
    *("yaml", "jsonschema", "referencing", "attr", "rpds", "jmespath", "PIL", "pypdf", "jinja2"),
    *("starlette", "uvicorn", "anthropic", "pytest"),
    *(f"{OURS}.{room}" for room in ("authoring", "documents", "traffic", "reference")),
    *(f"{OURS}.{module}" for module in ("catalog.bundled.reading", "catalog.impact", "catalog.yaml.parsing")),
    *(f"{OURS}.results.{module}" for module in ("reading", "findings", "clients", "verdict", "across")),
    *(f"{OURS}.run.{module}" for module in ("sending.jobs", "keeping.resuming", "rejudging", "combining")),
    *(f"{OURS}.{module}" for module in ("sdk.official", "sdk.process", "report.terminal", "report.markup")),
}
"""What reads files, judges answers, reads results and shows them, or is another command's."""

MAKE_READY: Final = """
from messages_conformance.catalog import load_here
from messages_conformance.run.session import known_checks
known_checks(load_here())
"""

UNTIL_SENT: Final = """
import os, sys
from messages_conformance import cli
from messages_conformance.wire.client import Client
def stop(*_):
    print(*sys.modules, flush=True)
    os._exit(0)
Client.send = stop
cli.main(["run", "--base-url", "http://127.0.0.1:9", "--model", "m", "-s", "messages.basic"])
"""


def test_help_waits_for_nothing_heavy() -> None:
    loaded = said("import sys; import messages_conformance.cli; print(*sys.modules)")
    heavy = {"httpx", "rich", "asyncio", "tempfile", f"{OURS}.catalog", f"{OURS}.wire", f"{OURS}.results"}
    assert loaded & (FOR_LATER | heavy) == set()


def test_the_first_request_waits_for_nothing_that_its_answer_will_need(tmp_path: Path) -> None:
    """With what an earlier process has kept of the bundled files (decision 27)."""
    said(MAKE_READY, tmp_path)
    loaded = said(UNTIL_SENT, tmp_path)
    assert f"{OURS}.wire.client" in loaded
    assert loaded & FOR_LATER == set()


def test_a_reference_loads_while_httpx_does() -> None:
    loaded = said("import sys; import messages_conformance.run.session; print(*sys.modules)")
    assert f"{OURS}.run.embedded" in loaded
    assert loaded & {"httpx", f"{OURS}.run.engine"} == set()


def test_the_reference_loads_nothing_that_a_run_plans_by() -> None:
    loaded = said("import sys; import messages_conformance.reference.http.app; print(*sys.modules)")
    assert f"{OURS}.reference.pipeline" in loaded
    assert loaded & {f"{OURS}.{room}" for room in ("catalog", "checks", "wire", "results", "run", "report")} == set()


def said(script: str, directory: Path | None = None) -> set[str]:
    """The words that a Python says, in a directory in which it also keeps what it keeps."""
    kept = {"XDG_CACHE_HOME": str(directory / "caches")} if directory else {}
    command, environment = [sys.executable, "-c", script], {**os.environ, **kept}
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=True)
    return set(done.stdout.split())
