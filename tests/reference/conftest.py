"""The reference in this process, and as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from asking import Asker
from messages_conformance.reference.http import frames


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Asker:
    """The reference in this process; its streams come without pauses, which only a real connection shows."""
    monkeypatch.setattr(frames, "DELTA_PAUSE_MS", 0.0)
    return Asker()


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The base URL of a real process on the loopback interface."""
    command = [sys.executable, "-m", "messages_conformance.reference", "--port", "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        yield f"http://127.0.0.1:{port}"
        process.stdin.close()
        assert process.wait(timeout=10) == 0
