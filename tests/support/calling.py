"""Calls the program: in this process, or in one of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

COMMAND = [sys.executable, "-m", "messages_conformance"]


@dataclass(frozen=True)
class Said:
    code: int | str | None
    out: str
    err: str


def in_a_line(text: str) -> str:
    """What is wrapped to the width of a terminal."""
    return " ".join(text.split())


Call = Callable[..., Said]


def run_program(*arguments: str, cwd: Path) -> Said:
    done = subprocess.run([*COMMAND, *arguments], cwd=cwd, capture_output=True, text=True, check=False, timeout=60)
    return Said(done.returncode, done.stdout, done.stderr)
