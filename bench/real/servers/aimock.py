"""aimock, a scripted mock of several APIs: what it says is in its fixtures, whatever it is asked.

So it is a lawful server with the most stubborn of models: nothing that only its words could show may come out red.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from real.environments import Npm
from real.processes import Server, free_port, running
from real.servers.node import ON_LOOPBACK
from real.setup import FILES, KEY, Address, SetUp

ENVIRONMENT = Npm("aimock")


@contextmanager
def aimock(directory: Path) -> Generator[Address]:
    port = free_port()
    cli = ENVIRONMENT.modules / "@copilotkit" / "aimock" / "dist" / "cli.js"
    options = ["--host", "127.0.0.1", "--port", str(port), "--fixtures", FILES / "aimock-fixtures.json"]
    address = f"http://127.0.0.1:{port}"
    told = {**ON_LOOPBACK, "AIMOCK_API_KEYS": KEY}
    with running(Server(["node", cli, *options], f"{address}/health", directory / "aimock.log", told)):
        yield Address(address)


SCRIPTED = SetUp(
    name="aimock",
    needs=(ENVIRONMENT,),
    serve=aimock,
    claims={
        "title": "aimock 1.43.0 with a few fixtures",
        "models": {"cheap": {"id": "scripted"}},
        "features": ["streaming", "tools", "bearer", "x-api-key"],
        "note": "a mock that says what its fixtures say",
    },
    may_be_open=frozenset({"model-choice", "prerequisite-failed"}),
)
