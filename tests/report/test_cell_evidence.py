"""What a cell rests on, as data, as HTML and as text."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
import samples
from messages_conformance.report import bodies, failure, markup
from messages_conformance.report import evidence as shown
from messages_conformance.report.evidence import Evidence, evidence
from messages_conformance.report.failure import Teller
from messages_conformance.report.words import IMPACT_PAGE, visible
from messages_conformance.results.reading import Cell, Run
from messages_conformance.results.records import Cut, Relation
from messages_conformance.results.vocabulary import State
from messages_conformance.wire.exchange import Chunk, Failure
from obeyed import obeyed

RUN = samples.run()
CELL = RUN.cells["naga", "streaming.text"]


def cell_evidence(run: Run, cell: Cell) -> Evidence:
    return evidence(Teller.of(run, cell.provider), cell)


def cell_text(run: Run, cell: Cell) -> str:
    return shown.cell_text(Teller.of(run, cell.provider), cell)


def cell_headline(run: Run, cell: Cell) -> str:
    return shown.cell_headline(Teller.of(run, cell.provider), cell)


def cell_html(run: Run, cell: Cell) -> str:
    return markup.cell_html(Teller.of(run, cell.provider), cell)


def test_failures_stand_first_and_keep_what_they_say() -> None:
    drop_in, documented = cell_evidence(RUN, CELL).asked
    assert (drop_in.state, documented.state) == (State.FAIL, State.FAIL)
    assert [failure.state for failure in drop_in.bad] == [State.FAIL, State.FAIL]
    assert len(drop_in.passed) == 1
    first = drop_in.bad[0]
    assert (first.check, first.headline) == ("stream.named", "Every event is named")
    told = {line.label: line.code for line in first.lines}
    assert (told["expected"], told["actual"], told["at"]) == ("event: message_delta", "no event: line", "event 4")
    assert told["seen in"] == "naga/streaming.text/ask/1.1"


def test_a_stream_is_split_into_events_whatever_its_chunks() -> None:
    (exchange,) = cell_evidence(RUN, CELL).exchanges
    assert exchange.response
    events = exchange.response["events"]
    assert [(event["number"], event["name"]) for event in events] == [
        (1, "message_start"),
        (2, "content_block_start"),
        (3, "content_block_delta"),
        (4, None),
        (5, None),
    ]
    assert json.loads(events[2]["data"])["delta"]["text"] == "1, 2"
    assert events[2]["at_ms"] == 301.2, "an event arrives with the chunk that completes it"
    assert events[4]["data"] == "[DONE]"
    assert exchange.marks == [4, 5]


def test_planned_checks_that_were_never_judged_are_named() -> None:
    asked = cell_evidence(RUN, RUN.cells["naga", "thinking.enabled"]).asked[0]
    assert asked.state is State.INCOMPLETE
    assert asked.missing == (("ask", "thinking.order"),)


def test_every_attempt_is_there_and_a_failure_has_no_response() -> None:
    first, second = cell_evidence(RUN, RUN.cells["naga", "errors.wrong-key"]).exchanges
    assert first.record.response
    assert first.record.response.status == 429
    assert first.response
    assert json.loads(first.response["text"])["error"]["type"] == "rate_limit_error"
    assert (second.record.attempt, second.response) == (2, None)
    assert second.record.failure == Failure("timeout", "no byte for 120 s")


@pytest.mark.parametrize(
    ("kind", "text", "form"),
    [
        ("application/json", '{"a": 1}', "json"),
        ("text/event-stream", '{"a": 1}', "json"),
        ("text/html", "<h1>502</h1>", "text"),
        ("text/plain", "data: 1\n\n", "events"),
        ("text/event-stream", "", "empty"),
        ("application/json", '{"a": ', "text"),
        ("application/json", "[" * 100_000, "text"),
    ],
)
def test_a_body_is_shown_as_what_it_is(kind: str, text: str, form: str) -> None:
    assert bodies.response_body(samples.answer(200, text, kind), [])["form"] == form


def test_a_long_body_is_cut_and_says_so() -> None:
    body = bodies.response_body(samples.answer(200, "x" * (bodies.TEXT_LIMIT + 5), "text/plain"), [])
    assert (len(body["text"]), body["cut"]) == (bodies.TEXT_LIMIT, 5)


def test_a_long_stream_is_cut_but_never_the_event_at_fault() -> None:
    number = bodies.EVENT_LIMIT + 50
    stream = samples.stream([(1.0, f"data: {n}\n\n") for n in range(1, number + 1)])
    body = bodies.response_body(stream, [number])
    assert body["left_out"] == 49
    assert body["events"][-1]["number"] == number


def test_a_line_too_long_for_the_reader_is_shown_as_text() -> None:
    body = bodies.response_body(samples.stream([(1.0, "data: " + "x" * (2 << 20))]), [])
    assert body["form"] == "text"


def test_bytes_that_are_no_text_and_the_framing_are_told() -> None:
    response = samples.stream([(1.0, ": hello\nid: 7\ndata: 1\n\n")])
    response = replace(response, chunks=(*response.chunks, Chunk(2.0, b"data: \xff")))
    first, second = bodies.response_body(response, [])["events"]
    assert first["notes"] == ["comment: hello", "id: 7"]
    assert second["notes"] == ["the blank line that ends it never came", "not UTF-8"]


def test_what_would_be_obeyed_or_hidden_is_made_visible() -> None:
    assert visible("a\tb\n") == "a\tb\n"
    assert visible("\x1b[31m\r\x7f\u202e\ud800é") == "␛[31m␍␡\\u202e\\ud800é"
    assert visible("a\xadb\u200dc\u2060\U000e0041") == "a\\u00adb\\u200dc\\u2060\\udb40\\udc41"


def test_text_says_what_a_failing_test_needs() -> None:
    text = cell_text(RUN, CELL)
    for said in (
        "FAIL stream.named (MUST): Every event is named",
        "expected     event: message_delta",
        "actual       no event: line",
        "at           event 4",
        "Every frame has an event line",
        "https://platform.claude.com/docs/en/stream.named-events",
        "demanded in  suite/scenarios/streaming.yaml:12",
        "1 check passed",
        "curl -sS \\\n  -N \\\n  -i \\\n  -H 'x-api-key: '\"$KEY\"",
    ):
        assert said in text
    assert text.count("curl -sS") == 1, "one exchange is shown once, however many checks judged it"


def test_what_the_documents_say_against_a_clause_stands_beside_it() -> None:
    assert "disputed by  A stream's example ends with [DONE]. (naga:stream.done)" in cell_text(RUN, CELL)
    assert cell_html(RUN, CELL).count("disputed by") == 1, "only the one clause is contradicted"
    assert "disputed" not in cell_text(RUN, RUN.cells["aisa", "streaming.text"])


def test_a_failure_says_whom_it_hurts_and_where_it_was_also_seen() -> None:
    text = cell_text(RUN, CELL)
    assert "breaks       a chat application: Nothing appears on the screen." in text
    assert "also seen    Frames have no event line. The answer seems empty. https://example.com/seen/1" in text
    assert cell_html(RUN, CELL).count("https://example.com/seen/1") == 2, "as an address, and as its text"
    elsewhere = cell_text(RUN, RUN.cells["naga", "streaming.tools"])
    assert "Nothing appears" in elsewhere
    assert "also seen" not in elsewhere


def test_text_of_the_other_states() -> None:
    assert "NEVER JUDGED thinking.order" in cell_text(RUN, RUN.cells["naga", "thinking.enabled"])
    undecided = cell_text(RUN, RUN.cells["naga", "errors.wrong-key"])
    assert "INCONCLUSIVE error.type (MUST): rate-limit: 429 twice" in undecided
    assert "FAULT error.type (MUST)" in cell_text(RUN, RUN.cells["aisa", "errors.max-tokens-missing"])
    assert "not applicable: does not claim" in cell_text(RUN, RUN.cells["aisa", "thinking.enabled"])


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src") or name.startswith("on")]


def test_the_fragment_holds_the_evidence_and_nothing_foreign() -> None:
    assert "event: message_delta" in cell_html(RUN, CELL)
    hostile = samples.hostile_run()
    for cell in hostile.cells.values():
        parser = _Tags()
        parser.feed(cell_html(hostile, cell))
        assert not {"script", "img"} & set(parser.tags)
        own = ("https://platform.claude.com/", "https://example.com/seen/", IMPACT_PAGE)
        assert all(link and link.startswith(own) for link in parser.links)
        cell_html(hostile, cell).encode("utf-8")
        assert obeyed(cell_text(hostile, cell)) == []


def _bad(run: Run, cell: Cell) -> tuple[failure.Failure, ...]:
    return cell_evidence(run, cell).asked[0].bad


def test_a_consequence_says_what_it_follows_from() -> None:
    run = samples.run(causes=(Relation("stream.end", ("stream.named",), "exchange"),))
    cell = run.cells["naga", "streaming.text"]
    follows = {f.check: [line.code for line in f.lines if line.label == "follows from"] for f in _bad(run, cell)}
    assert follows == {"stream.named": ["stream.end"], "stream.end": []}
    assert "    follows from The stream ends with message_stop (stream.end)" in cell_text(run, cell)
    assert cell_html(run, cell).count("follows from") == 1
    assert cell_headline(run, cell).startswith("MUST anthropic:stream.message-stop-last:"), "the cause comes first"
    assert cell_headline(RUN, CELL).startswith("MUST anthropic:stream.named-events:")


def test_what_was_not_kept_whole_says_so() -> None:
    (kept,) = CELL.exchanges
    cell = replace(CELL, exchanges=(replace(kept, cut=Cut(9_999_999, "ab" * 32)),))
    assert "bytes of the answer" not in cell_html(RUN, CELL) + cell_text(RUN, CELL)
    assert "of 9,999,999 bytes of the answer. The whole was judged" in cell_html(RUN, cell)
    assert "of 9,999,999 bytes of the answer" in cell_text(RUN, cell)
