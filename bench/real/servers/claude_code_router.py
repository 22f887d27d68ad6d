"""claude-code-router, a gateway that lets a coding agent use models behind chat completions.

It stands before the reference's OpenAI-style upstream, so that what shows is its translation.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from real.environments import Npm
from real.processes import Server, free_port, running
from real.servers.node import ON_LOOPBACK
from real.servers.reference import reference
from real.setup import KEY, Address, SetUp

ENVIRONMENT = Npm("claude-code-router")


def config(port: int, address: str) -> dict[str, Any]:
    """Models are asked for as `provider,model`. Reasoning reaches a client only through a transformer, which not every
    model is to bear."""
    upstream = {"api_base_url": f"{address}/upstream/v1/chat/completions", "api_key": "none"}
    return {
        "APIKEY": KEY,
        "HOST": "127.0.0.1",
        "PORT": port,
        "LOG": False,
        "NON_INTERACTIVE_MODE": True,
        "Providers": [
            {"name": "plain", **upstream, "models": ["chat"]},
            {"name": "reasoning", **upstream, "models": ["think"], "transformer": {"use": ["reasoning"]}},
        ],
        "Router": {"default": "plain,chat"},
    }


@contextmanager
def router(directory: Path) -> Generator[Address]:
    port = free_port()
    cli = ENVIRONMENT.modules / "@musistudio" / "claude-code-router" / "dist" / "cli.js"
    with reference() as upstream:
        file = directory / ".claude-code-router" / "config.json"  # below its home
        file.parent.mkdir()
        file.write_text(json.dumps(config(port, upstream)), encoding="utf-8")
        address = f"http://127.0.0.1:{port}"
        with running(Server(["node", cli, "start"], f"{address}/health", directory / "router.log", ON_LOOPBACK)):
            yield Address(address)


BEFORE_REFERENCE = SetUp(
    name="claude-code-router",
    needs=(ENVIRONMENT,),
    serve=router,
    claims={
        "title": "claude-code-router 2.0.0 over chat completions",
        "models": {"cheap": {"id": "plain,chat"}, "thinking": {"id": "reasoning,think"}},
        "features": ["streaming", "tools", "thinking", "count_tokens", "bearer", "x-api-key"],
        "limits": {"concurrency": 4},
        "note": "a real gateway; the reference's model answers behind it",
    },
    may_be_open=frozenset({"model-choice", "prerequisite-failed"}),
    may_fail={"run.message-ids": "An id is the time in milliseconds: two answers of the same one share it."},
)
