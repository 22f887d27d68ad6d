"""Runs the default catalogue against the reference behind one limit after the other: what stays open, what is refused,
and how long it takes.

`make bench-limits` calls it; docs/performance.md has the numbers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from limiting import AtOnce, Bucket, Limit, Window
from messages_conformance.reference.http.app import create_app
from messages_conformance.results.reading import Run, read_run
from messages_conformance.results.vocabulary import State

CASES: Mapping[str, Callable[[], Limit]] = {
    "none": lambda: AtOnce(1000),
    "two-at-once": lambda: AtOnce(2),
    "2-a-second": lambda: Bucket(2, 2),
    "60-a-minute-burst": lambda: Bucket(1, 10),
    "60-a-minute-window": lambda: Window(60, 60),
    "5-a-minute": lambda: Window(5, 60),
}
REFUSED = b'{"type": "error", "error": {"type": "rate_limit_error", "message": "Slow down."}}'


def behind(limit: Limit) -> Callable[..., Any]:
    """The reference, as an ASGI application that keeps to a limit."""
    reference: Callable[..., Any] = create_app()

    async def limited(scope: Any, receive: Any, send: Any) -> None:
        if (seconds := limit.enter(time.monotonic())) is not None:
            headers = [(b"content-type", b"application/json"), (b"request-id", b"req_1")]
            headers += [(b"retry-after", str(int(seconds)).encode())]
            await send({"type": "http.response.start", "status": 429, "headers": headers})
            await send({"type": "http.response.body", "body": REFUSED})
            return
        try:
            await reference(scope, receive, send)
        finally:
            limit.leave()

    return limited


@contextmanager
def serving(limit: Limit) -> Generator[str]:
    """Serves on loopback, and gives the address."""
    config = uvicorn.Config(behind(limit), port=0, log_level="warning", access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def asked(url: str, directory: Path) -> tuple[Run, float]:
    """A run of everything that is sent by default, and its seconds."""
    command = [sys.executable, "-m", "messages_conformance", "run", "--base-url", url, "--model", "reference"]
    command += ["--api-key-env", "KEY", "--report", str(directory), "--output", "summary"]
    began = time.monotonic()
    with (directory.parent / "log").open("w") as log:
        subprocess.run(command, env={**os.environ, "KEY": "reference-key"}, stdout=log, stderr=log, check=False)
    return read_run(directory / "results.jsonl"), time.monotonic() - began


def main() -> None:
    for name in sys.argv[1:] or CASES:
        with tempfile.TemporaryDirectory() as made, serving(CASES[name]()) as url:
            run, seconds = asked(url, Path(made) / "run")
            states = Counter(cell.state("drop-in") for cell in run.cells.values())
            statuses = Counter(e.response.status if e.response else 0 for e in run.exchanges)
            open_ = states[State.INCONCLUSIVE] + states[State.INCOMPLETE]
            cells = sum(states.values()) - states[State.NOT_APPLICABLE]
            told = {"case": name, "cells": cells, "open": open_, "requests": len(run.exchanges)}
            print(json.dumps({**told, "refused": statuses[429], "seconds": round(seconds, 1)}), flush=True)


if __name__ == "__main__":
    main()
