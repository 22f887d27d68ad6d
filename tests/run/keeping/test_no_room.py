"""A run that has no room for what it is answered: what was judged is kept whole, and the run can be gone on with."""

from __future__ import annotations

import resource
import subprocess
from itertools import takewhile
from pathlib import Path

import pytest
from calling import COMMAND
from messages_conformance.catalog import Catalog
from messages_conformance.results.reading import read_run
from messages_conformance.run.planning.plan import every, select
from messages_conformance.run.session import Intent, run

pytestmark = pytest.mark.gate


def test_a_full_disk_ends_a_run_with_one_plain_problem_and_loses_nothing(catalog: Catalog, tmp_path: Path) -> None:
    pairs = every([catalog.providers["reference"]], select(catalog.scenarios, ["smoke"]))
    run(catalog, pairs, tmp_path / "whole")
    lines = (tmp_path / "whole" / "results.jsonl").read_bytes().splitlines(keepends=True)
    room = 10 + sum(map(len, takewhile(lambda line: b'"kind":"judged"' not in line, lines)))

    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    command = [*COMMAND, "run", "-p", "reference", "-s", "smoke", "--report", "r"]
    full = subprocess.run(
        command,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=bounded,
    )
    assert (full.returncode, full.stdout) == (2, "")
    problem, advice = full.stderr.splitlines()
    assert problem == "error: cannot write r/results.jsonl: File too large"
    assert advice.endswith("make room, and go on with: messages-conformance run --resume --report r")
    stream = tmp_path / "r" / "results.jsonl"
    assert stream.read_bytes().endswith(b"}\n"), "no half line"
    before = {(record.id, record.started) for record in read_run(stream).exchanges}
    resumed = run(catalog, [], tmp_path / "r", intent=Intent(resume=True))
    assert resumed.complete
    assert set() < before < {(record.id, record.started) for record in resumed.exchanges}


def test_a_place_to_print_to_that_is_full_is_a_plain_problem(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        listing = [*COMMAND, "list", "profiles"]
        done = subprocess.run(listing, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: cannot use what this program writes to: No space left on device\n")
    assert "Exception" not in done.stderr
