"""A set-up: a real server, or a chain of them, and what it claims."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from real.environments import Environment

KEY_NAME = "REAL_SERVER_KEY"
KEY = "sk-local-real-servers"
"""What every server here is told to ask for. It opens nothing else."""

EXPECTATIONS = Path(__file__).with_name("expectations")
FILES = Path(__file__).with_name("files")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a set-up that runs is asked, with what headers and which key."""

    base_url: str
    headers: dict[str, str] = field(default_factory=dict[str, str])
    key: str = KEY


Serve: TypeAlias = Callable[[Path], AbstractContextManager[Address]]
"""Starts everything, with a directory for what it keeps; gives the address, and stops everything in the end."""


@dataclass(frozen=True, slots=True)
class SetUp:
    """One column of `make real`. `claims` is its entry of providers.yaml but for the address: what the server's own
    pages say that it serves, no more. `may_be_open` holds the causes for which a check may stay undecided here; `gate`
    the scenarios that the gate asks, none where the gate leaves it out; `may_fail` the checks that fail here in some
    runs and hold in others, each with the reason: an expectation would be wrong half of the time."""

    name: str
    needs: tuple[Environment, ...]
    serve: Serve
    claims: dict[str, Any]
    may_be_open: frozenset[str]
    gate: tuple[str, ...] = field(default=())
    may_fail: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def expectations(self) -> Path:
        return EXPECTATIONS / f"{self.name}.yaml"

    @property
    def provider(self) -> str:
        """Its id in the catalogue, where an entry of the same name would be added to and not taken as it stands."""
        return f"real-{self.name}"

    def providers(self, address: Address) -> dict[str, Any]:
        """A providers.yaml that holds this set-up alone."""
        auth = {"style": "x-api-key", "env": KEY_NAME}
        where = {"base_url": address.base_url, "headers": address.headers}
        return {"providers": {self.provider: {"auth": auth, "contract": "anthropic", **self.claims, **where}}}
