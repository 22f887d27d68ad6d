"""The reference as a process, on the loopback interface."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import uvicorn

LOOPBACK = "127.0.0.1"


def serve(port: int = 0, *, until_stdin_closes: bool = False) -> None:
    """Serve until SIGINT or SIGTERM, or until stdin closes where that is asked for.

    Prints `{"port": N}` as one line at once: a client can connect, and is answered when the reference has loaded. Where
    it serves until stdin closes, it then prints `{"ready": true}`. Raises OSError if the port is taken.
    """
    with socket.create_server((LOOPBACK, port), backlog=1024) as listener:
        _tell({"port": listener.getsockname()[1]})
        server = _loaded()
        if until_stdin_closes:
            threading.Thread(target=_end_with_stdin, daemon=True).start()
            _tell({"ready": True})
        server.run(sockets=[listener])


def _loaded() -> uvicorn.Server:
    import uvicorn

    from messages_conformance.reference.http.app import create_app

    return uvicorn.Server(
        uvicorn.Config(create_app(), log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=2)
    )


def _tell(told: dict[str, int]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def _end_with_stdin() -> None:
    """An orphan must not live on: its parent's end of the pipe closes with the parent. Then nobody is left to answer,
    and whoever closed it waits: there is nothing to wind up."""
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)
