"""Whole runs, from the command line, against servers that do what no server should: they end in time, with a result for
everything planned, a cause for everything open, pages that render, and no traceback."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import schemas
from client_calls import CHUNKED, QUICK, chunk, post
from hostile_peers import BADLY_PACKED, BREAKING, ODD
from jsonschema import Draft202012Validator
from making import step
from messages import message
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.base import Cause, Check, Evidence, Outcome, Verdict
from messages_conformance.checks.registry import judge
from messages_conformance.cli import main
from messages_conformance.results.reading import Result, Run, read_run
from messages_conformance.results.verdict import Exit
from messages_conformance.run.keeping.directories import RESULTS
from messages_conformance.wire.client import Client
from messages_conformance.wire.exchange import Exchange
from playing import ok
from raw_server import Peer, Reply, serving, serving_aside

pytestmark = pytest.mark.gate

HOSTILE: Mapping[str, Reply] = {**BREAKING, **BADLY_PACKED, **ODD}
PREFLIGHT = "messages.basic"
SCENARIOS = ("streaming.text", "tools.loop", "tokens.count", "models.list", "http.batches", "request.max_tokens")
FEATURES = ["streaming", "tools", "count_tokens", "models", "sampling"]
SHORT = {"connect_timeout": 5, "read_timeout": 0.4, "total_timeout": 1.0}
LONG = {"connect_timeout": 30, "read_timeout": 30, "total_timeout": 30, "longest_wait": 5}
LONGEST = 60.0
"""Seconds that one run may take on a slow machine."""


async def answer(peer: Peer) -> None:
    """Well to the preflight, so that the run goes on; then as hostile as the address says."""
    if b"Reply with exactly: pong" in peer.request and b"max_tokens" in peer.request:
        await peer.say(ok())
    else:
        await HOSTILE[peer.request.split(b"/", 2)[1].decode()](peer)


@dataclass(frozen=True)
class Ended:
    """What one run against all of them came to."""

    code: object
    seconds: float
    told: str
    page: str
    table: str
    run: Run

    def results(self, name: str) -> list[Result]:
        """What was judged after the preflight."""
        cells = [
            cell for (who, scenario), cell in self.run.cells.items() if who == titled(name) and scenario != PREFLIGHT
        ]
        return [result for cell in cells for result in cell.results]


def run_against(names: Iterable[str], limits: Mapping[str, float], directory: Path) -> Ended:
    """One run of which each hostile peer is a provider."""
    kept_small = {**(Client.__init__.__kwdefaults__ or {}), "max_body": 100_000}
    with pytest.MonkeyPatch.context() as patch, serving_aside(answer) as url:
        patch.chdir(directory)
        patch.setenv("COLUMNS", "200")
        patch.setattr(Client.__init__, "__kwdefaults__", kept_small)
        entry = {"auth": {"style": "none"}, "limits": limits, "features": FEATURES}
        model = {"cheap": {"id": "cheap-model", "class": "generic"}}
        asked = {titled(name): {**entry, "base_url": f"{url}/{name}", "models": model} for name in names}
        (directory / "providers.yaml").write_text(json.dumps({"providers": asked}))
        arguments = [word for name in asked for word in ("-p", name)]
        arguments += [word for name in (PREFLIGHT, *SCENARIOS) for word in ("-s", name)]
        began = time.monotonic()
        with redirect_stdout(StringIO()) as told, redirect_stderr(told), pytest.raises(SystemExit) as stopped:
            main(["run", *arguments])
        seconds = time.monotonic() - began
    assert "fault of this program" not in told.getvalue()
    assert "Traceback" not in told.getvalue()
    out = directory / "reports" / "latest"
    _is_valid(out / RESULTS)
    page, table = ((out / name).read_text("utf-8") for name in ("index.html", "matrix.md"))
    return Ended(stopped.value.code, seconds, told.getvalue(), page, table, read_run(out / RESULTS))


def titled(name: str) -> str:
    return name.replace("_", "-")


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    return run_against(BREAKING, SHORT, tmp_path_factory.mktemp("broken"))


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    return run_against([*BADLY_PACKED, *ODD], LONG, tmp_path_factory.mktemp("odd"))


def _is_valid(results: Path) -> None:
    validator: Any = Draft202012Validator(schemas.records_schema())
    for line in results.read_text("utf-8").splitlines():
        validator.validate(json.loads(line))


def test_answers_that_break_leave_everything_open(broken: Ended) -> None:
    assert broken.code == Exit.INCOMPLETE
    _ended_well(broken, BREAKING)
    for name in BREAKING:
        results = broken.results(name)
        # What is judged of an answer of another kind than the expected one finds none.
        assert {result.outcome for result in results} == {Outcome.INCONCLUSIVE, Outcome.NOT_APPLICABLE}, name
        causes = {result.cause for result in results if result.outcome is Outcome.INCONCLUSIVE}
        assert causes <= {"transport", "deadline", "prerequisite-failed"}, name


def test_answers_to_another_question_are_judged(odd: Ended) -> None:
    assert odd.code == Exit.DOES_NOT
    _ended_well(odd, [*BADLY_PACKED, *ODD])
    weather = {"waits_too_long_in_words": "rate-limit", "sends_a_gateways_page": "transport"}
    for name in {*BADLY_PACKED, *ODD} - weather.keys():
        failed = {(result.step, result.check) for result in odd.results(name) if result.outcome is Outcome.FAIL}
        assert len(failed) >= 2, name
    for name, cause in weather.items():
        assert {result.cause for result in odd.results(name)} >= {cause}, name
        assert [result for result in odd.results(name) if result.outcome is Outcome.FAIL] == [], name


def _ended_well(ended: Ended, names: Iterable[str]) -> None:
    assert ended.seconds < LONGEST
    for name in names:
        assert all(titled(name) in output for output in (ended.told, ended.page, ended.table)), name
        cells = [cell for cell in ended.run.cells.values() if cell.provider == titled(name) and not cell.not_applicable]
        assert len(cells) == len(SCENARIOS) + 1, name
        assert [cell.missing("drop-in") for cell in cells] == [()] * len(cells), name
        assert [result for result in ended.results(name) if result.outcome is Outcome.HARNESS_ERROR] == [], name
        assert all(result.cause for result in ended.results(name) if result.outcome is Outcome.INCONCLUSIVE), name


# --- cut anywhere ---------------------------------------------------------------------------------------------------

EVENTS: list[dict[str, Any]] = [
    {"type": "message_start", "message": {**message(), "content": [], "stop_reason": None}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "pong"}},
    {"type": "content_block_stop", "index": 0},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"output_tokens": 5},
    },
    {"type": "message_stop"},
]
FRAMES = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in EVENTS]
IN_CHUNKS = CHUNKED + b"".join(map(chunk, FRAMES)) + chunk(b"")
UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + b"".join(FRAMES)


def cut_everywhere(whole: bytes) -> list[Exchange]:
    """What the client makes of an answer whose connection is closed after its first byte, its second, and so on."""
    sizes = iter(range(1, len(whole) + 1))

    async def reply(peer: Peer) -> None:
        await peer.say(whole[: next(sizes)])
        peer.hang_up()

    async def run() -> list[Exchange]:
        async with serving(reply) as server, Client(QUICK) as client:
            return [await client.send(post(server.url, b'{"stream": true}')) for _ in range(len(whole))]

    return asyncio.run(run())


def judged(exchange: Exchange, checks: Mapping[str, Check]) -> dict[str, Verdict]:
    evidence = Evidence(step(expect="stream"), Answer(exchange))
    anthropic = [check for check in checks.values() if "stream" in check.on and ".naga." not in check.id]
    return {check.id: judge(check, evidence) for check in anthropic}


def test_a_stream_whose_framing_shows_the_cut_is_left_open(checks: Mapping[str, Check]) -> None:
    *cut, whole = [judged(exchange, checks) for exchange in cut_everywhere(IN_CHUNKS)]
    assert {(verdict.outcome, verdict.cause) for found in cut for verdict in found.values()} == {
        (Outcome.INCONCLUSIVE, Cause.TRANSPORT)
    }
    assert whole["stream.message-stop-last"].outcome is Outcome.PASS


def test_a_stream_whose_framing_hides_the_cut_lacks_its_end(checks: Mapping[str, Check]) -> None:
    head = UNTIL_CLOSE.index(b"\r\n\r\n") + 4
    told = UNTIL_CLOSE.index(b'"message_stop"}') + len(b'"message_stop"}')
    for size, exchange in enumerate(cut_everywhere(UNTIL_CLOSE), 1):
        found = judged(exchange, checks)
        assert Outcome.HARNESS_ERROR not in {verdict.outcome for verdict in found.values()}
        is_whole = found["stream.message-stop-last"].outcome is Outcome.PASS
        assert is_whole == (size >= told), size
        assert (found["answer.accepted"].outcome is Outcome.PASS) == (size >= head), size
