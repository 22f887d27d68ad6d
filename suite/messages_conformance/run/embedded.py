"""Starts the embedded reference as a process of its own and gives the providers that it plays their address."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from messages_conformance.catalog.model import Provider
from messages_conformance.errors import HarnessError

REFERENCE_KEY = "reference-key"
"""The key that the reference takes. It guards nothing: it is there so that missing and wrong keys can be told apart."""


@contextmanager
def embedded(providers: Iterable[Provider]) -> Generator[tuple[Provider, ...]]:
    """Yield the providers, those that are embedded with the address of a running reference. Raises as `starting`."""
    with starting(providers) as (addressed, ready):
        given = addressed()
        ready()
        yield given


@contextmanager
def starting(providers: Iterable[Provider]) -> Generator[tuple[Callable[[], tuple[Provider, ...]], Callable[[], None]]]:
    """Yield two functions while the reference is still starting: one that waits until it has an address, and returns
    the same, and one that waits until it has loaded. Call each once, in this order.

    Nothing is started when none is embedded. The process ends when its standard input closes, so it cannot outlive
    this program however that ends. The functions raise HarnessError when it does not start.
    """
    given = tuple(providers)
    if not any(provider.embedded for provider in given):
        yield lambda: given, lambda: None
        return
    process = subprocess.Popen(
        [sys.executable, "-m", "messages_conformance.reference", "--port", "0"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def addressed() -> tuple[Provider, ...]:
        root = f"http://127.0.0.1:{_told(process, 'port')}"
        return tuple(_addressed(provider, root) for provider in given)

    try:
        yield addressed, lambda: _told(process, "ready")
    finally:
        process.communicate()  # closes its input, which ends it, and waits: `with` would not after an interrupt


def _told(process: subprocess.Popen[str], name: str) -> Any:
    """What the next line of the process says under a name."""
    line = process.stdout.readline() if process.stdout else ""
    try:
        return json.loads(line)[name]
    except (ValueError, KeyError) as error:
        raise HarnessError(f"the embedded reference did not start (it said {line!r})") from error


def _addressed(provider: Provider, root: str) -> Provider:
    match provider.embedded:
        case None:
            return provider
        case "reference":
            return replace(provider, base_url=root)
        case play:
            return replace(provider, base_url=f"{root}/as/{play}")
