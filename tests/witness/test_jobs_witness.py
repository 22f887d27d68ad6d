"""The official SDKs do every job at the right reference: without that, nothing could be said of a wrong one."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from impact.clients import FOLDER
from impact.drivers import Drivers
from impact.experiment import Bench
from impact.server import serving
from messages_conformance.catalog.jobs import load_jobs
from messages_conformance.locate import data
from messages_conformance.sdk.asking import DRIVER

pytestmark = pytest.mark.gate

PACKAGES = Path(__file__).with_name("node_modules")
NODE = shutil.which("node")


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with serving() as server:
        yield Bench(server, load_jobs(data("jobs.yaml")), threading.Semaphore(4), threading.Event())


def test_the_sdk_for_python_does_every_job_twice_alike(bench: Bench) -> None:
    with Drivers([sys.executable, DRIVER], 2) as drivers:
        rights, left_out = bench.rights(drivers)
    assert left_out == {}
    assert rights["overloaded"].ran.requests == 2


@pytest.mark.skipif(NODE is None or not PACKAGES.is_dir(), reason="not installed here: make witness")
def test_the_sdk_for_typescript_does_every_job_twice_alike(bench: Bench, tmp_path: Path) -> None:
    """With the version that the other witness reads with; a module of Node finds packages only above itself."""
    (tmp_path / "node_modules").symlink_to(PACKAGES)
    shutil.copy(FOLDER / "serving.mjs", tmp_path)
    shutil.copytree(FOLDER / "anthropic-typescript", tmp_path / "client")
    with Drivers(["node", tmp_path / "client" / "driver.mjs"], 2) as drivers:
        rights, left_out = bench.rights(drivers)
    assert left_out == {}
    assert rights["overloaded"].ran.requests == 2
