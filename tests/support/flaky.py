"""A loopback endpoint that is right and wrong in turns: every second time the same request comes, a defect strikes."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

_HOPS = frozenset({"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "content-encoding"})
"""Headers that belong to one connection, or to a body that is not passed on byte by byte."""


@contextmanager
def every_second_time(reference_url: str, defect: str) -> Generator[str]:
    """The base URL of an endpoint before a reference, with `defect` in every second answer to one request."""
    seen: Counter[tuple[str, bytes]] = Counter()
    counting = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"] or 0))
            with counting:
                seen[self.path, body] += 1
                strikes = seen[self.path, body] % 2 == 0
            way = f"/with/{defect}" if strikes else ""
            headers = [(name, value) for name, value in self.headers.items() if name.lower() not in _HOPS]
            came = upstream.request(self.command, f"{reference_url}{way}{self.path}", headers=headers, content=body)
            self.send_response(came.status_code)
            for name, value in came.headers.multi_items():
                if name not in _HOPS:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(came.content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(came.content)

        do_GET = do_HEAD = do_PUT = do_DELETE = do_POST  # noqa: N815  the base class names them so

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  it is called so there
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    with httpx.Client(timeout=30) as upstream:
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
