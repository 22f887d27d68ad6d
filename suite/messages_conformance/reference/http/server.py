"""The reference as a process, on the loopback interface."""

from __future__ import annotations

import json
import socket
import sys
import threading

import uvicorn

from messages_conformance.reference.http.app import create_app

LOOPBACK = "127.0.0.1"


def serve(port: int = 0, *, until_stdin_closes: bool = False) -> None:
    """Serve until SIGINT or SIGTERM, or until stdin closes where that is asked for.

    Prints `{"port": N}` as one line once connections are taken. Raises OSError if the port is taken.
    """
    with socket.create_server((LOOPBACK, port), backlog=1024) as listener:
        config = uvicorn.Config(
            create_app(), log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=2
        )
        server = uvicorn.Server(config)
        if until_stdin_closes:
            threading.Thread(target=_stop_with_stdin, args=(server,), daemon=True).start()
        # The socket already listens: a client that reads the line can connect, and is served as soon as the loop runs.
        sys.stdout.write(json.dumps({"port": listener.getsockname()[1]}) + "\n")
        sys.stdout.flush()
        server.run(sockets=[listener])


def _stop_with_stdin(server: uvicorn.Server) -> None:
    """An orphan must not live on: its parent's end of the pipe closes with the parent."""
    while sys.stdin.buffer.read(4096):
        pass
    server.should_exit = True
