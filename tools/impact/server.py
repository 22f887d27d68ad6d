"""The reference on loopback, anew for each run of a job: it forgets other runs, and keeps what it was asked."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from itertools import count

import uvicorn
from messages_conformance.reference.http.app import create_app
from messages_conformance.reference.http.endpoint import Asked, Endpoint
from messages_conformance.reference.play import Reply
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

LOOPBACK = "127.0.0.1"


class Recording(Endpoint):
    """A reference that keeps its requests in order."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Asked] = []

    def reply(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        return super().reply(asked)


@dataclass(slots=True)
class Server:
    """A server at `port` for many runs at once: that of a run is below `/run/<token>`."""

    port: int = 0
    _runs: dict[str, Starlette] = field(default_factory=dict[str, Starlette])
    _tokens: count[int] = field(default_factory=lambda: count(1))

    @contextlib.contextmanager
    def run(self) -> Generator[tuple[str, Recording]]:
        """The base address of a run, and what is asked there until the block ends."""
        token, recording = f"r{next(self._tokens)}", Recording()
        self._runs[token] = create_app(recording)
        try:
            yield f"http://{LOOPBACK}:{self.port}/run/{token}", recording
        finally:
            del self._runs[token]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application. What comes after its run has ended finds a reference that nobody counts at."""
        match scope["path"].split("/"):
            case ["", "run", token, *rest] if token in self._runs:
                app, path = self._runs[token], "/" + "/".join(rest)
            case _:
                app, path = create_app(), scope["path"]
        await app({**scope, "path": path, "raw_path": path.encode()}, receive, send)


@contextlib.contextmanager
def serving() -> Generator[Server]:
    """A server in a thread of this process."""
    server = Server()
    with socket.create_server((LOOPBACK, 0), backlog=1024) as listener:
        server.port = listener.getsockname()[1]
        config = uvicorn.Config(server, log_level="critical", access_log=False, lifespan="off")
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            running.force_exit = running.should_exit = True
            thread.join()
