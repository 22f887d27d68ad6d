"""What is expensive and never changed, made once per process: the catalogue, a reference, recorded runs."""

from __future__ import annotations

import gc
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import dedent

import own_cache
import pytest
from hypothesis import settings
from messages_conformance.catalog import Catalog, load_catalog
from messages_conformance.catalog.model import Scenario
from messages_conformance.checks.base import Check
from messages_conformance.run import session
from messages_conformance.run.planning.plan import every, select
from recorded import Recorded

ALL_GATE = re.compile(r"^pytestmark = .*\bpytest\.mark\.gate\b", re.MULTILINE)

settings.register_profile("whole", deadline=None)
settings.load_profile("whole")
"""A busy machine is no fault: no example has to be quick."""

settings.register_profile("quick", max_examples=20, deadline=None)
"""For `make test`: a fifth of the examples that the gate tries."""

settings.register_profile("long", max_examples=10_000, deadline=None)
"""For a search of hours instead of seconds: `pytest --hypothesis-profile long`."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave a file out that is all gate where the gate is left out: pytest would import it, and the official SDK or
    Playwright with it, before it deselects every test in it."""
    if config.option.markexpr != "not gate" or not collection_path.match("test_*.py"):
        return None
    return ALL_GATE.search(collection_path.read_text("utf-8")) is not None or None


def pytest_collection_finish() -> None:
    """What was collected stays: the garbage collector need not look through it again, time after time."""
    gc.freeze()


def pytest_report_header() -> str:
    return f"cache: {own_cache.FOLDER}"


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The catalogue of this repository. It stays, too."""
    catalog = load_catalog()
    gc.freeze()
    return catalog


@pytest.fixture(scope="session")
def checks(catalog: Catalog) -> Mapping[str, Check]:
    """Every check by its id."""
    return session.known_checks(catalog)


@pytest.fixture(scope="session")
def whole_run(catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Every scenario at the reference, and a few at a document that it plays: for tests behind the marker `gate`."""
    return _recorded(catalog, catalog.scenarios, tmp_path_factory.mktemp("whole-run"))


@pytest.fixture(scope="session")
def short_run(catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A few scenarios of several kinds at the reference, and at a document that it plays: a run in all its parts."""
    asked = select(catalog.scenarios, ["smoke", "messages", "streaming.text", "run.invariants"])
    return _recorded(catalog, asked, tmp_path_factory.mktemp("short-run"))


def _recorded(catalog: Catalog, asked: Sequence[Scenario], directory: Path) -> Recorded:
    played = every([catalog.providers["naga-reference-page"]], select(catalog.scenarios, ["smoke"]))
    run = session.run(catalog, every([catalog.providers["reference"]], asked) + played, directory)
    return Recorded(directory / session.RESULTS, run)


@pytest.fixture(scope="session")
def reference_url() -> Iterator[str]:
    """The address of a reference, for a provider that is live as far as the program can tell."""
    command = [sys.executable, "-m", "messages_conformance.reference", "--port", "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield f"http://127.0.0.1:{json.loads(process.stdout.readline())['port']}"
        process.stdin.close()
        assert process.wait(timeout=10) == 0


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a file below the test's folder, indentation removed, and return its path."""

    def to(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), "utf-8")
        return path

    return to
