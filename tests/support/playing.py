"""The engine against a peer on loopback that answers by the prompt it is sent."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import making
import virtual_time
from limiting import NO_LIMIT, Limit
from messages import error, message
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Limits, Provider, Scenario
from messages_conformance.checks.base import Check
from messages_conformance.results.reading import Cell, Result, Run, assemble
from messages_conformance.results.records import Exchange, Footer, Record
from messages_conformance.results.vocabulary import State
from messages_conformance.run.engine import Engine
from messages_conformance.run.header import About, header
from messages_conformance.run.observing import Unwatched
from messages_conformance.run.planning.budget import UNLIMITED, Allowance
from messages_conformance.run.planning.cost import Ledger
from messages_conformance.run.planning.plan import Unit, every, make_plan
from messages_conformance.run.planning.probes import with_probes
from messages_conformance.run.recorder import Recorder
from messages_conformance.wire.redact import Redactor
from raw_server import Peer, RawServer, Reply, serving

Answer = Callable[[str], bytes]
"""From a prompt to the bytes of a whole HTTP response."""

Json = dict[str, Any]


def http(status: int, body: Any, **headers: str) -> bytes:
    """A response; `body` is sent as JSON unless it is bytes. Underscores in header names stand for hyphens."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {"content_type": "application/json", "content_length": str(len(content)), "request_id": "req_1"} | headers
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status} Said\r\n{lines}\r\n".encode() + content


def ok(text: str = "pong", **changes: Any) -> bytes:
    return http(200, message(text, **changes))


def refusal(status: int, kind: str, text: str = "No.", **headers: str) -> bytes:
    return http(status, error(kind, text), **headers)


def in_turn(*answers: bytes) -> Answer:
    """Each answer once, the last one for ever after."""
    coming: Iterator[bytes] = itertools.chain(answers[:-1], itertools.repeat(answers[-1]))
    return lambda _: next(coming)


SOON: Mapping[str, str] = {"retry_after": "0"}
"""The header of an outage that is over at once."""


def limits(**changes: Any) -> Limits:
    return Limits(**({"connect_timeout": 5, "read_timeout": 5, "total_timeout": 5} | changes))


@dataclass
class Played:
    """What came of a run: the stream read back, its records, and the prompts in the order in which they arrived."""

    run: Run
    records: list[Record]
    prompts: list[str]
    server: RawServer
    watch: Watching

    @property
    def seen(self) -> list[tuple[str, State]]:
        """What the engine's observer saw of units that were done."""
        return self.watch.seen

    def cell(self, scenario: str, provider: str = "maker") -> Cell:
        return self.run.cells[provider, scenario]

    def result(self, scenario: str, check: str, step: str = "ask") -> Result:
        found = [r for r in self.cell(scenario).results if (r.check, r.step) == (check, step)]
        assert len(found) == 1
        return found[0]

    @property
    def footer(self) -> Footer:
        assert self.run.footer is not None
        return self.run.footer

    @property
    def exchanges(self) -> list[Exchange]:
        """In the order in which they were recorded."""
        return [record for record in self.records if isinstance(record, Exchange)]


@dataclass
class Watching(Unwatched):
    """An observer that remembers."""

    seen: list[tuple[str, State]] = field(default_factory=list[tuple[str, State]])
    waited: list[tuple[str, float, str]] = field(default_factory=list[tuple[str, float, str]])
    requests: int = 0

    def waits(self, provider: Provider, seconds: float, why: str) -> None:
        self.waited.append((provider.id, seconds, why))

    def request_done(self, ledger: Ledger) -> None:
        self.requests += 1

    def unit_done(self, unit: Unit, state: State) -> None:
        self.seen.append((unit.scenario.id, state))


def prompt_of(request: bytes) -> str:
    """The prompt of a request; of one without a body, its path."""
    head, _, body = request.partition(b"\r\n\r\n")
    return json.loads(body)["messages"][0]["content"] if body else head.split()[1].decode()


def answering(
    answer: Answer, prompts: list[str], pause: float = 0.0, whole: bool = False, limit: Limit = NO_LIMIT
) -> Reply:
    async def reply(peer: Peer) -> None:
        prompt = prompt_of(peer.request)
        prompts.append(prompt)
        later = limit.enter(asyncio.get_running_loop().time())
        if later is not None:
            await peer.say(refusal(429, "rate_limit_error", retry_after=str(later)))
            return
        await asyncio.sleep(pause)
        limit.leave()
        await peer.say(answer(peer.request.decode() if whole else prompt))

    return reply


def play(
    catalog: Catalog,
    checks: Mapping[str, Check],
    answer: Answer,
    *asked: Scenario,
    drawn_in: Sequence[Scenario] = (),
    pause: float = 0.0,
    whole: bool = False,
    probing: bool = False,
    limit: Limit = NO_LIMIT,
    virtual: bool = False,
    allowed: Allowance = UNLIMITED,
    **provider: Any,
) -> Played:
    """Run `asked` against a peer; `drawn_in` are scenarios that only a twin or the preflight may bring into the run.
    `whole` hands the whole request to `answer`, head included; `probing` asks for features that are not claimed. The
    peer keeps to a `limit`. In `virtual` time nothing waits in vain."""
    prompts: list[str] = []
    told: list[Record] = []
    watch = Watching()
    world = replace(catalog, scenarios=(*asked, *drawn_in))

    async def drive() -> RawServer:
        async with serving(answering(answer, prompts, pause, whole, limit)) as server:
            of = making.provider(**({"base_url": server.url} | provider))
            plan = make_plan(every([of], asked), world, checks)
            plan = with_probes(plan, world, checks) if probing else plan
            recorder = Recorder(told.append, {of.id: Redactor(["Made-Up-Key-1"])}, {of.id: "MAKER_KEY"})
            recorder.header(header(About((of,), tuple(asked)), plan, world, checks))
            for unit in plan.units:
                recorder.planned(unit)
            async with Engine(plan, {of.id: "Made-Up-Key-1"}, recorder, allowed=allowed) as engine:
                await engine.run(watch)
                engine.footer()
            return server

    server = virtual_time.run(drive()) if virtual else asyncio.run(drive())
    return Played(assemble(told), told, prompts, server, watch)
