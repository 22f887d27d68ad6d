"""The writer of the results stream: every record as its schema says, and nothing secret in it."""

from __future__ import annotations

import base64
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import handmade
import making
import pytest
import schemas
from jsonschema import Draft202012Validator
from making import check, clause, contract, provider, scenario
from messages_conformance.checks.base import Cause, Outcome, Verdict, failed, inconclusive, not_applicable, passed
from messages_conformance.errors import UserError
from messages_conformance.results.records import Exchange as Kept
from messages_conformance.results.records import Record, Skipped, from_parsed, to_line
from messages_conformance.results.stream import FileSink
from messages_conformance.run.header import criterion, now
from messages_conformance.run.keeping.room import BEGINNING
from messages_conformance.run.planning.plan import Plan, Unit, make_plan
from messages_conformance.run.recorder import Recorder, under_way
from messages_conformance.wire.exchange import Chunk, Exchange, Failure, Headers, Request, Response
from messages_conformance.wire.redact import REDACTED, Redactor

Json = dict[str, Any]
SECRET = "sk-canary-0123456789"
VALIDATOR: Any = Draft202012Validator(schemas.records_schema())
CONTRACTS = {"anthropic": contract("anthropic", clause("anthropic:x"), clause("anthropic:unused"))}
CHECKS = making.checks(check("x", "anthropic:x", on=("message",)), check("unused", "anthropic:unused"))


class Written:
    """A recorder and the records that it wrote, each held against the schema."""

    def __init__(self) -> None:
        self.records: list[Json] = []
        self.recorder = Recorder(self._take, {"maker": Redactor([SECRET])}, {"maker": "MAKER_KEY"})
        self.recorder.header(handmade.header(criteria=tuple(criterion(planned) for planned in unit().checks)))

    def judged(self, verdict: Verdict, *exchanges: str) -> Json:
        self.recorder.judged(unit(), {planned.key: (verdict, exchanges) for planned in unit().checks})
        return self.last["verdicts"][0]

    def _take(self, record: Record) -> None:
        line = to_line(record)
        assert line.endswith("\n")
        assert line.count("\n") == 1
        VALIDATOR.validate(json.loads(line))
        self.records.append(json.loads(line))

    @property
    def last(self) -> Json:
        return self.records[-1]


@pytest.fixture
def written() -> Written:
    return Written()


def plan() -> Plan:
    asked = [scenario("plain", tags=frozenset({"smoke"})), scenario("refused", twin="plain", needs=("tools",))]
    world = making.catalog(CONTRACTS.values(), asked)
    return make_plan([(provider(), s) for s in asked], world, CHECKS)


def unit() -> Unit:
    return plan().units[0]


def exchange(
    *, body: bytes = b"{}", headers: Headers = (), chunks: tuple[bytes, ...] = (b"{}",), failure: Failure | None = None
) -> Exchange:
    request = Request("POST", "http://host.example/v1/messages", (("x-api-key", SECRET), *headers), body)
    response = Response(200, (("request-id", "req_1"),), tuple(Chunk(1.23, data) for data in chunks))
    return Exchange(request, response, failure, now(), 1.23, 2.35)


def recorded(written: Written, given: Exchange, **step: Any) -> Json:
    made = making.step(**step)
    written.recorder.exchange(("maker", "plain"), "maker/plain/ask/1.1", (made, 1, 1), given)
    return written.last


# --- plan and end ---------------------------------------------------------------------------------------------------


def test_what_is_planned_and_what_is_not_asked(written: Written) -> None:
    for made in plan().units:
        written.recorder.planned(made)
    asked, unasked = written.records[1:]
    assert asked["steps"] == [{"step": "ask", "where": "scenarios/made.yaml:7", "criteria": [0]}]
    assert (unasked["not_applicable"], "steps" in unasked) == ("maker does not claim tools", False)


def test_the_footer_counts_what_was_written(written: Written) -> None:
    for verdict in (passed(), passed(), failed("a", "b")):
        written.judged(verdict, "one")
    recorded(written, exchange())
    written.recorder.footer({"maker": {"input": 3, "output": 4}}, {"maker": {"EUR": 0.123456789}})
    footer = written.last
    assert footer["results"] == {"fail": 1, "pass": 2}
    assert footer["exchanges"] == 1
    assert footer["tokens"] == {"input": 3, "output": 4}
    assert footer["cost"] == {"EUR": 0.123457}
    spent = {"provider": "maker", "requests": 1, "seconds": 0.002, "tokens": footer["tokens"], "cost": footer["cost"]}
    assert footer["spent"] == [spent]


@pytest.mark.parametrize(
    ("spans", "seconds"),
    [
        ([], 0),
        ([(10, 12)], 2),
        ([(10, 12), (11, 14)], 4),
        ([(11, 12), (10, 14)], 4),
        ([(10, 12), (20, 21)], 3),
        ([(20, 21), (10, 12), (11.5, 12.5)], 3.5),
    ],
)
def test_a_second_counts_once_however_many_requests_are_under_way(
    spans: list[tuple[float, float]], seconds: float
) -> None:
    assert under_way(spans) == pytest.approx(seconds)


def test_only_who_was_sent_anything_took_anything(written: Written) -> None:
    written.recorder.footer({"maker": {}, "other": {}}, {"maker": {}, "other": {}})
    assert written.last.get("spent", []) == []


# --- exchanges ------------------------------------------------------------------------------------------------------


def test_an_exchange_is_recorded_as_it_was_but_for_the_key(written: Written) -> None:
    record = recorded(written, exchange(body='{"é": 1}'.encode(), chunks=('{"a": "→'.encode(), b'"}')))
    assert record["request"]["headers"] == [["x-api-key", REDACTED]]
    assert record["request"]["body"] == '{"é": 1}'
    assert record["response"]["chunks"] == [{"at_ms": 1.23, "data": '{"a": "→'}, {"at_ms": 1.23, "data": '"}'}]
    assert (record["first_byte_ms"], record["total_ms"]) == (1.23, 2.35)
    assert record["key_env"] == "MAKER_KEY"


def test_an_answer_for_which_there_is_no_room_says_so(written: Written) -> None:
    written.recorder.rooms["maker"].left = 100_000
    large = exchange(chunks=(b'{"a": "' + b"x" * 80_000, SECRET.encode() + b'"}'))
    assert "cut" not in recorded(written, large)
    record = recorded(written, large)
    assert len(record["response"]["chunks"][0]["data"]) == BEGINNING
    assert record["cut"]["bytes"] == 80_000 + 9 + len(REDACTED)
    again = from_parsed(record)
    assert isinstance(again, Kept)
    assert again.beginning_only == "the record holds the first 65,536 of 80,019 bytes of the answer"
    assert "cut" not in recorded(written, exchange()), "what is small is kept whole"


def test_bytes_that_are_no_text_are_kept_to_the_byte(written: Written) -> None:
    cut = "→".encode()
    record = recorded(written, exchange(chunks=(cut[:1], cut[1:], b"\xff")))
    kept = b"".join(base64.b64decode(chunk["data"]["base64"]) for chunk in record["response"]["chunks"])
    assert kept == cut + b"\xff"


def test_no_answer_is_recorded_as_none(written: Written) -> None:
    request = Request("GET", "http://host.example/v1/models", ())
    record = recorded(written, Exchange(request, None, Failure("connect", f"no route to {SECRET}"), now(), None, 1.0))
    assert not {"response", "first_byte_ms"} & record.keys()
    assert "body" not in record["request"]
    assert record["failure"] == {"kind": "connect", "detail": f"no route to {REDACTED}"}


@pytest.mark.parametrize("auth", ["none", "wrong"])
def test_a_curl_line_takes_the_key_from_the_environment_only_where_it_was_sent(written: Written, auth: str) -> None:
    assert "key_env" not in recorded(written, exchange(), auth=auth)


def test_secrets_are_gone_from_wherever_a_peer_put_them(written: Written) -> None:
    tail = SECRET.encode()
    given = exchange(
        body=json.dumps({"messages": SECRET}).encode(),
        headers=(("x-other", SECRET),),
        chunks=(b"a " + tail[:5], tail[5:] + b" b", base64.b64encode(b"x" + tail)),
    )
    assert SECRET not in json.dumps(recorded(written, given))
    assert REDACTED in written.last["request"]["body"]


# --- verdicts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "verdict",
    [
        passed(),
        passed("a note"),
        failed("", "", pointer="", event=1),
        not_applicable("nothing"),
        Verdict(Outcome.HARNESS_ERROR, note="KeyError"),
        *(inconclusive(cause, "open") for cause in Cause),
    ],
)
def test_every_kind_of_verdict_has_its_record(written: Written, verdict: Verdict) -> None:
    record = written.judged(verdict, "one", "two")
    told = {key: record.get(key) for key in ("outcome", "cause", "expected", "actual", "pointer", "event", "note")}
    assert told == {key: getattr(verdict, key) for key in told}
    assert record["exchanges"] == ["one", "two"]


def test_a_verdict_that_quotes_a_peer_quotes_no_secret(written: Written) -> None:
    quoting = Verdict(Outcome.FAIL, f"not {SECRET}", f"got {SECRET}", f"/{SECRET}/x", None, None, f"{SECRET} was there")
    told = written.judged(quoting)
    assert SECRET not in json.dumps(written.last)
    assert told["expected"] == f"not {REDACTED}"
    assert told["pointer"] == f"/{REDACTED}/x"


# --- the file -------------------------------------------------------------------------------------------------------


def test_every_line_is_in_the_file_before_the_next_is_written(tmp_path: Path) -> None:
    heard: list[Record] = []
    path = tmp_path / "new" / "results.jsonl"
    records = [Skipped("maker", str(number)) for number in range(3)]
    with closing(FileSink(path, heard.append)) as sink:
        for number, record in enumerate(records, 1):
            sink(record)
            assert path.read_text("utf-8") == "".join(map(to_line, records[:number]))
    assert heard == records


def test_a_lone_surrogate_from_a_peer_survives_as_json(tmp_path: Path) -> None:
    with closing(FileSink(tmp_path / "results.jsonl")) as sink:
        sink(Skipped("maker", "é \ud800"))
    assert json.loads((tmp_path / "results.jsonl").read_text("utf-8"))["reason"] == "é \ud800"


def test_a_directory_that_cannot_be_written_is_the_users_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match=r"cannot write .*results\.jsonl: "):
        FileSink(tmp_path / "file" / "results.jsonl")
