"""A driver as a process that lives for many jobs, and is started anew when it hangs or dies."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import IO, Any, cast

from messages_conformance.sdk.told import Told

HANG_SECONDS = 20.0
START_SECONDS = 60.0
"""What the first job of a process may take beside: some clients import for seconds, on a busy machine for many."""

_ENDS_WITHIN = 2.0
_LAST_WORDS = 300
"""Characters of what a driver that died wrote last."""


class Driver:
    """One process at a time; started by the first job, ended with the block. Not for several threads at once.

    `environment` is added to this process's own. The driver's home, and where it puts temporary files, is a folder that
    goes with it.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        environment: Mapping[str, str] | None = None,
        seconds: float = HANG_SECONDS,
    ) -> None:
        self._command = [str(part) for part in command]
        self._environment = {**os.environ, **(environment or {})}
        self._seconds = seconds
        self._ids = count(1)
        self._process: subprocess.Popen[str] | None = None
        self._over = False
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._home = tempfile.TemporaryDirectory(prefix="driver-", ignore_cleanup_errors=True)
        self._log = Path(self._home.name) / "stderr.log"

    def __enter__(self) -> Driver:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._over = True
        self._end()
        self._home.cleanup()

    def do(self, asked: Mapping[str, Any], seconds: float | None = None) -> Told:
        """Let the driver do one job, in so many seconds or in those of all jobs; `asked` is its line without an id.
        Raises OSError if it cannot be started."""
        number, before = next(self._ids), self._process
        process = self._living()
        patience = (seconds or self._seconds) + (START_SECONDS if process is not before else 0)
        told = self._answer(number, patience) if _say(process, {"id": number, **asked}) else None
        if told is None:
            return self._died()
        if told.end == "hung":
            self._end()
        return told

    def _living(self) -> subprocess.Popen[str]:
        """The process. One that died after its last answer is no fault of the next job."""
        if self._process is not None and self._process.poll() is not None:
            self._end()
        return self._process or self._start()

    def _answer(self, number: int, seconds: float) -> Told | None:
        """What the driver tells of this job; None if it ends instead."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = self._lines.get(timeout=left)
            except queue.Empty:
                break
            if not line:
                return None
            told = _read(line)
            if told.get("id") == number:
                return Told.of(told)
        return Told("hung")

    def _start(self) -> subprocess.Popen[str]:
        with self._log.open("w") as log:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                env={**self._environment, "HOME": self._home.name, "TMPDIR": self._home.name},
                cwd=self._home.name,
                start_new_session=True,
            )
        self._process, self._lines = process, queue.SimpleQueue()
        if self._over:  # the block was left by another thread while this one started the process
            self._end()
        threading.Thread(target=_pass_on, args=(cast("IO[str]", process.stdout), self._lines), daemon=True).start()
        return process

    def _died(self) -> Told:
        self._end()
        return Told("died", reason=self._log.read_text("utf-8", errors="replace").strip()[-_LAST_WORDS:])

    def _end(self) -> None:
        """End the process and all that it started: they are a session of their own."""
        process, self._process = self._process, None
        if process is None:
            return
        for each in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, each)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_ENDS_WITHIN)
                break
        with contextlib.suppress(OSError):
            cast("IO[str]", process.stdin).close()


def _say(process: subprocess.Popen[str], line: Mapping[str, Any]) -> bool:
    """Whether the process took the line."""
    taking = cast("IO[str]", process.stdin)
    try:
        taking.write(json.dumps(line) + "\n")
        taking.flush()
    except OSError:
        return False
    return True


def _pass_on(lines: IO[str], to: queue.SimpleQueue[str]) -> None:
    """Every line as it comes, and an empty one at the end."""
    with lines:
        for line in lines:
            to.put(line)
    to.put("")


def _read(line: str) -> Mapping[str, Any]:
    """The object on a line; an empty one where a client wrote something of its own."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else {}
