"""rolter, a gateway written in Rust that serves the Messages API over chat completions.

It stands before the reference's OpenAI-style upstream, whose model does what it is told: what shows is the translation.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from real.environments import Pip
from real.processes import Server, free_port, running
from real.servers.reference import reference
from real.setup import Address, SetUp

ENVIRONMENT = Pip("rolter")
_MODELS: Final = ("chat", "think")


def config(port: int, address: str) -> str:
    """The gateway's configuration, in TOML. Keys are kept in a database, which is not there: any key is taken."""
    upstream = f"{address}/upstream"  # to which it adds /v1 itself
    return "\n".join(
        [
            f'[server]\nhost = "127.0.0.1"\nport = {port}',
            f'[[providers]]\nname = "upstream"\nkind = "openai_compatible"\napi_base = "{upstream}"',
            *(_route(model) for model in _MODELS),
        ]
    )


def _route(model: str) -> str:
    target = f'[[routes.targets]]\nprovider = "upstream"\nmodel = "{model}"'
    return f'[[routes]]\nmodel = "{model}"\nstrategy = "round_robin"\n{target}'


@contextmanager
def gateway(directory: Path) -> Generator[Address]:
    port = free_port()
    file = directory / "rolter.toml"
    with reference() as upstream:
        file.write_text(config(port, upstream), encoding="utf-8")
        address = f"http://127.0.0.1:{port}"
        command = [ENVIRONMENT.bin / "rolter", "gateway", "--config", file]
        with running(Server(command, f"{address}/v1/models", directory / "rolter.log")):
            yield Address(address)


BEFORE_REFERENCE = SetUp(
    name="rolter",
    needs=(ENVIRONMENT,),
    serve=gateway,
    claims={
        "title": "rolter 0.1.0 over chat completions",
        "models": {"cheap": {"id": "chat"}, "thinking": {"id": "think"}},
        "features": ["streaming", "tools", "parallel-tools", "sampling", "vision", "bearer", "x-api-key"],
        "limits": {"concurrency": 4},
        "note": "a real gateway; the reference's model answers behind it",
    },
    may_be_open=frozenset({"model-choice", "prerequisite-failed"}),
)
