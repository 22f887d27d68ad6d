"""A loopback endpoint that counts what it is asked, and is wrong in ways that a path chooses."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from messages import message


@dataclass(slots=True)
class Counting:
    """`asked` holds every request's body in order of arrival; setting `released` ends the waiting of `stuck`."""

    port: int
    asked: list[bytes] = field(default_factory=list[bytes])
    released: threading.Event = field(default_factory=threading.Event)

    def url(self, way: str) -> str:
        """The base URL of an endpoint that is `right`, `slow` (300 ms), `empty` ({}), `busy` (529) or `stuck`."""
        return f"http://127.0.0.1:{self.port}/{way}"


@contextmanager
def counting() -> Generator[Counting]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"] or 0))
            state.asked.append(body)
            way = self.path.split("/")[1]
            if way == "slow":
                time.sleep(0.3)
            if way == "stuck":
                state.released.wait(60)
            answer = {} if way == "empty" else message("Hello.", id=f"msg_{len(state.asked)}")
            self.answer(529 if way == "busy" else 200, answer)

        do_GET = do_POST  # noqa: N815  the base class names it so

        def answer(self, status: int, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            if status == 529:
                self.send_header("retry-after", "3600")
            self.end_headers()
            self.wfile.write(data)
            self.wfile.flush()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class names it so
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 64

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a client that hung up, as interrupted ones do

    server = Server(("127.0.0.1", 0), Handler)
    state = Counting(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield state
    finally:
        state.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
