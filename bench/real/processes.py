"""Server processes on loopback: started, waited for, stopped again, with all that they started themselves."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

START_SECONDS = 120
STOP_SECONDS = 10
TOLD = 4000
"""How much of the log of a server that does not come up is shown, in characters."""


class DidNotStartError(Exception):
    """A server that ended, or did not answer in time. Its message holds the end of the server's log."""


@dataclass(frozen=True, slots=True)
class Server:
    """One process: its command, the address that answers 200 once it can be asked, and what it needs to be told."""

    command: Sequence[str | Path]
    ready: str
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


@contextlib.contextmanager
def running(server: Server) -> Generator[None]:
    """The server, once it says that it is ready. Raises DidNotStartError."""
    # Its home is the folder of its log: nothing that it keeps outlives the run, or meets what a user keeps.
    home = {"HOME": str(server.log.parent), "NO_PROXY": "127.0.0.1"}
    environment = {**os.environ, **home, **server.environment}
    command = [str(part) for part in server.command]
    with (
        server.log.open("wb") as log,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
        ) as process,
    ):
        try:
            if not _comes_up(server.ready, process):
                said = server.log.read_text(encoding="utf-8", errors="replace")[-TOLD:]
                raise DidNotStartError(f"{' '.join(command)}\n{said}")
            yield
        finally:
            _stop(process)


def _comes_up(ready: str, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(ready, trust_env=False).status_code == 200:
                return True
        time.sleep(0.2)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the process and its children: they are a session of their own."""
    for end in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, end)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
            return


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
