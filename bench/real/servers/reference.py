"""The embedded reference in a process of its own, for gateways to stand before."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

KEY = "reference-key"


@contextmanager
def reference() -> Generator[str]:
    """Its address; it ends when its standard input closes."""
    command = [sys.executable, "-m", "messages_conformance.reference", "--port", "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{json.loads(process.stdout.readline())['port']}"
        finally:
            process.stdin.close()
