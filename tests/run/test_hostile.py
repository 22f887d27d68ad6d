"""Whole runs, from the command line, against servers that do what no server should. They end in time, with a result
for everything planned, a cause for everything open, pages that render, and no traceback; and they take little more than
runs at as many servers that behave."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import schemas
from client_calls import CHUNKED, QUICK, chunk, post, with_server
from hostile import ANSWERING, OPEN, RARE, WAITING, WEATHER, WRONG, WRONG_STREAMS
from hostile.floods import BODIES, STREAMS
from hostile.framing import bomb, packed
from hostile.judging import LARGEST, cost
from hostile.running import LONGEST, Ended, run_against, run_at, titled
from hostile.saying import JSON, SSE, head, repeats, says, whole
from jsonschema import Draft202012Validator
from making import step
from members import over
from messages import message
from messages_conformance.catalog import Catalog
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.base import Cause, Check, Evidence, Outcome, Verdict
from messages_conformance.checks.registry import judge
from messages_conformance.results.verdict import Exit
from messages_conformance.wire.client import Client
from messages_conformance.wire.exchange import Exchange
from raw_server import Peer, RawServer, Reply, serving

pytestmark = [pytest.mark.gate, pytest.mark.xdist_group("hostile")]

ASKED = ("streaming.text", "request.max_tokens")
ASKED_OF_WHO_WAITS = (*ASKED, "tokens.count", "tools.loop", "models.list", "http.batches")
ASKED_OF_FLOODS = ("streaming.text", "messages.stream-false")
SHORT = {"connect_timeout": 10, "read_timeout": 0.4, "total_timeout": 1.0}
LONG = {"connect_timeout": 200, "read_timeout": 200, "total_timeout": 200, "longest_wait": 5, "concurrency": 2}
FLOOD = 1 << 16
"""Bytes of a flood that a whole run is exposed to; what floods cost grows with their bytes. Larger ones are judged
alone."""


@contextmanager
def beside(
    hostile: Mapping[str, Reply], scenarios: Sequence[str], url: str, directory: Path
) -> Generator[tuple[Ended, Ended]]:
    """A run against hostile servers, and at the same time one against as many that behave."""
    places = directory / "hostile", directory / "behaving"
    for place in places:
        place.mkdir()
    behaving = {f"behaving-{number}": url for number in range(len(hostile))}
    with ThreadPoolExecutor() as both:
        one = both.submit(run_against, hostile, scenarios, places[0], LONG)
        other = both.submit(run_at, behaving, scenarios, places[1], LONG)
        yield one.result(), other.result()


@pytest.fixture(scope="module")
def answering(reference_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ended, Ended]]:
    with beside(ANSWERING, ASKED, reference_url, tmp_path_factory.mktemp("answering")) as runs:
        yield runs


@pytest.fixture(scope="module")
def flooded(reference_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ended, Ended]]:
    with beside(FLOODS, ASKED_OF_FLOODS, reference_url, tmp_path_factory.mktemp("flooded")) as runs:
        yield runs


def _floods(size: int) -> Iterator[tuple[str, Reply]]:
    for name, flood in STREAMS.items():
        yield f"a stream of {name}", says(whole(flood(size), SSE, b"request-id: req_1"))
    for name, flood in BODIES.items():
        yield f"a body of {name}", says(whole(flood(size), JSON, b"request-id: req_1"))


FLOODS = dict(_floods(FLOOD))


def _ended_well(ended: Ended, names: Iterable[str], scenarios: Sequence[str]) -> None:
    assert ended.taken.seconds < LONGEST
    assert "Traceback" not in ended.taken.told
    assert "fault of this program" not in ended.taken.told
    validator: Any = Draft202012Validator(schemas.records_schema())
    for record in ended.records:
        validator.validate(json.loads(record))
    for name in names:
        assert all(titled(name) in output for output in (ended.page, ended.table)), name
        cells = [cell for cell in ended.cells(name) if not cell.not_applicable]
        assert len(cells) == len(scenarios) + 1, name
        assert [cell.missing("drop-in") for cell in cells] == [()] * len(cells), name
        assert [result for result in ended.results(name) if result.outcome is Outcome.HARNESS_ERROR] == [], name
        assert all(result.cause for result in ended.results(name) if result.outcome is Outcome.INCONCLUSIVE), name


def _failed(ended: Ended, name: str, *scenarios: str) -> set[str]:
    return {result.check for result in ended.results(name, *scenarios) if result.outcome is Outcome.FAIL}


def _is_left_open(ended: Ended, name: str) -> None:
    """What is judged of an answer of another kind than the expected one finds none."""
    results = ended.results(name)
    assert {result.outcome for result in results} == {Outcome.INCONCLUSIVE, Outcome.NOT_APPLICABLE}
    causes = {result.cause for result in results if result.outcome is Outcome.INCONCLUSIVE}
    assert causes <= {"transport", "deadline", "prerequisite-failed"}


def test_there_are_many_of_them() -> None:
    assert len(ANSWERING) + len(WAITING) + len(FLOODS) >= 300


# --- answers that never come ----------------------------------------------------------------------------------------


def test_who_is_waited_for_in_vain_is_left_open(tmp_path: Path) -> None:
    ended = run_against(WAITING, ASKED_OF_WHO_WAITS, tmp_path, SHORT)
    assert ended.taken.code == Exit.INCOMPLETE
    _ended_well(ended, WAITING, ASKED_OF_WHO_WAITS)
    for name in WAITING:
        _is_left_open(ended, name)


# --- answers --------------------------------------------------------------------------------------------------------


def test_whatever_is_answered_the_run_ends_well(answering: tuple[Ended, Ended]) -> None:
    hostile, behaving = answering
    assert (hostile.taken.code, behaving.taken.code) == (Exit.DOES_NOT, Exit.CONFORMS)
    _ended_well(hostile, ANSWERING, ASKED)
    _ended_well(behaving, (), ASKED)


@over("name", OPEN)
def test_what_cannot_be_read_is_left_open(name: str, answering: tuple[Ended, Ended]) -> None:
    _is_left_open(answering[0], name)


@over("name", WRONG)
def test_what_is_no_answer_is_judged(name: str, answering: tuple[Ended, Ended]) -> None:
    assert _failed(answering[0], name)


@over("name", WRONG_STREAMS)
def test_a_stream_that_is_wrong_is_judged(name: str, answering: tuple[Ended, Ended]) -> None:
    assert _failed(answering[0], name, "streaming.text")


@over("name", RARE)
def test_a_stream_that_is_right_is_never_red(name: str, answering: tuple[Ended, Ended]) -> None:
    assert _failed(answering[0], name, "streaming.text") <= {"stream.plain-framing"}


@over("name", WEATHER)
def test_weather_is_never_red(name: str, answering: tuple[Ended, Ended]) -> None:
    assert WEATHER[name] in {result.cause for result in answering[0].results(name)}
    assert not _failed(answering[0], name)


def test_hostile_answers_cost_little_more_than_good_ones(answering: tuple[Ended, Ended]) -> None:
    hostile, behaving = (ended.taken for ended in answering)
    assert hostile.cpu / behaving.cpu < 2.5
    assert hostile.peak / behaving.peak < 3.5


# --- floods ---------------------------------------------------------------------------------------------------------


def test_a_run_through_floods_ends_well(flooded: tuple[Ended, Ended]) -> None:
    _ended_well(flooded[0], FLOODS, ASKED_OF_FLOODS)


def test_floods_cost_what_their_bytes_cost(flooded: tuple[Ended, Ended]) -> None:
    hostile, behaving = (ended.taken for ended in flooded)
    mebibytes = len(FLOODS) * len(ASKED_OF_FLOODS) * FLOOD / 2**20
    assert (hostile.cpu - behaving.cpu) / mebibytes < 40 * behaving.cpu / len(FLOODS)
    assert hostile.peak / behaving.peak < 6


DEAREST = (
    *(("streaming.text", STREAMS[name]) for name in ("block starts", "citation deltas")),
    ("messages.basic", BODIES["text blocks"]),
)
"""Of those that `bench/worst.py` measures."""


@over("dearest", DEAREST)
def test_judging_is_in_proportion_to_decoding(dearest: Any, catalog: Catalog) -> None:
    scenario, flood = dearest
    found = cost(catalog, scenario, flood(LARGEST))
    assert found.broken == ()
    assert found.size > 3 << 20
    assert found.judging < 80 * found.decoding


# --- bombs ----------------------------------------------------------------------------------------------------------

CAP = 4 << 20
"""Bytes that a client keeps, unless it is told otherwise."""

A_GIGABYTE: Mapping[str, Reply] = {
    "plain": repeats(bytes(1 << 16), head(b"200 OK", JSON, b"Content-Length: %d" % (1 << 30))),
    "gzip": says(packed(bomb(1024))),
    "deflate": says(packed(bomb(1024, wbits=15), b"deflate")),
    "deflate without its header": says(packed(bomb(1024, wbits=-15), b"deflate")),
}


@over("name", A_GIGABYTE)
def test_a_gigabyte_takes_little_more_memory_than_is_kept_of_it(name: str) -> None:
    async def act(server: RawServer, client: Client) -> None:
        tracemalloc.start()
        try:
            came = await client.send(post(server.url))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert came.failure is not None
        assert came.failure.kind == "too-large"
        assert peak < CAP + (10 << 20)

    with_server(A_GIGABYTE[name], QUICK, act)


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
