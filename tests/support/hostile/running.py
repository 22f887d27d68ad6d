"""Runs of the command line whose providers are hostile servers, each in a process of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from measured import Measured, measured
from messages_conformance.results.reading import Cell, Result, Run, read_run
from messages_conformance.run.embedded import REFERENCE_KEY
from messages_conformance.run.keeping.directories import RESULTS
from playing import ok
from raw_server import Peer, Reply, serving_aside

PREFLIGHT = "messages.basic"
FEATURES = ["streaming", "tools", "count_tokens", "models", "sampling"]
KEY = "HOSTILE_KEY"
LONGEST = 300.0
"""Seconds that one run may take on a slow and busy machine."""


@dataclass(frozen=True, repr=False)
class Ended:
    """What one run came to. Too large to be shown by a test that fails."""

    taken: Measured
    page: str
    table: str
    records: tuple[str, ...]
    run: Run

    def results(self, name: str, *scenarios: str) -> list[Result]:
        """What was judged of a server after its preflight; of these scenarios only, if any are named."""
        return [
            result
            for cell in self.cells(name)
            for result in cell.results
            if cell.scenario != PREFLIGHT and cell.scenario in (scenarios or (cell.scenario,))
        ]

    def cells(self, name: str) -> list[Cell]:
        return [cell for cell in self.run.cells.values() if cell.provider == titled(name)]


def titled(name: str) -> str:
    """The id of the provider that stands for a server."""
    return "".join(letter if letter.isalnum() else "-" for letter in name.lower())


def run_against(
    replies: Mapping[str, Reply], scenarios: Sequence[str], directory: Path, limits: Mapping[str, float]
) -> Ended:
    """One run of which each hostile server is a provider. To the preflight each answers well, so that the run goes
    on."""
    at = {titled(name): reply for name, reply in replies.items()}

    async def answer(peer: Peer) -> None:
        if b"Reply with exactly: pong" in peer.request and b"max_tokens" in peer.request:
            await peer.say(ok())
        else:
            await at[peer.request.split(b"/", 2)[1].decode()](peer)

    with serving_aside(answer) as url:
        return run_at({name: f"{url}/{name}" for name in at}, scenarios, directory, limits)


def run_at(
    addresses: Mapping[str, str], scenarios: Sequence[str], directory: Path, limits: Mapping[str, float]
) -> Ended:
    """One run of the providers with these ids and addresses."""
    entry = {"auth": {"style": "x-api-key", "env": KEY}, "limits": limits, "features": FEATURES}
    models = {"cheap": {"id": "reference", "class": "generic"}}
    asked = {name: {**entry, "base_url": url, "models": models} for name, url in addresses.items()}
    (directory / "providers.yaml").write_text(json.dumps({"providers": asked}))
    options = [word for name in asked for word in ("-p", name)]
    options += [word for name in (PREFLIGHT, *scenarios) for word in ("-s", name)]
    command = (sys.executable, "-m", "messages_conformance", "run", *options)
    taken = measured(command, directory, longest=LONGEST, COLUMNS="200", **{KEY: REFERENCE_KEY})
    out = directory / "reports" / "latest"
    page, table = ((out / name).read_text("utf-8") for name in ("index.html", "matrix.md"))
    records = tuple((out / RESULTS).read_text("utf-8").splitlines())
    return Ended(taken, page, table, records, read_run(out / RESULTS))
