"""When first events came under a load: which are counted, and how they are told."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence

import handmade
import samples
from handmade import line
from messages_conformance.report.console import Console
from messages_conformance.report.first_events import first_events
from messages_conformance.report.outputs import markdown
from messages_conformance.report.outputs.html import render
from messages_conformance.report.outputs.summary import render as render_summary
from messages_conformance.report.terminal import summary
from messages_conformance.results.reading import Run
from messages_conformance.results.records import Scenario
from messages_conformance.wire.exchange import Chunk, Response

FRAME = b"event: message_start\ndata: {}\n\n"
HEADERS = (("content-type", "text/event-stream"),)
ALONE = Scenario("load.one-by-one", "load", "5 streams, one after another", "w", "x:1")
MANY = Scenario("load.together-20", "load", "20 streams at once are kept apart", "w", "x:1")


def began(at_ms: float) -> Response:
    """A stream whose first event is whole at this time; its first bytes came before."""
    return Response(200, HEADERS, (Chunk(1.0, FRAME[:9]), Chunk(at_ms, FRAME[9:]), Chunk(at_ms + 500, FRAME)))


def run(many: Sequence[Response | None], alone: Sequence[Response | None] = ()) -> Run:
    told = [line(scenario.id, "c") for scenario in (MANY, ALONE)]
    exchanges = [
        handmade.exchange(scenario.id, f"maker/{scenario.id}/copy-{number}/1.1", response=response)
        for scenario, answers in ((MANY, many), (ALONE, alone))
        for number, response in enumerate(answers, 1)
    ]
    return handmade.run(handmade.header(scenarios=(MANY, ALONE)), *told, *exchanges)


def printed(of: Run) -> str:
    out = io.StringIO()
    summary(of, Console(file=out, width=100))
    return out.getvalue()


def test_times_are_of_the_first_whole_event_few_streams_before_many() -> None:
    found = first_events(run([began(100.0 * n) for n in range(20, 0, -1)], [began(9), began(7), began(8)]))
    assert [(one.scenario.id, one.sent, one.began) for one in found] == [
        ("load.one-by-one", 3, 3),
        ("load.together-20", 20, 20),
    ]
    assert [(one.p50, one.p95, one.longest) for one in found] == [(8, 9, 9), (1000, 1900, 2000)]


def test_what_is_no_stream_is_sent_and_did_not_begin() -> None:
    refused = Response(429, (("content-type", "application/json"),), (Chunk(3.0, b"{}"),))
    silent = Response(200, HEADERS, ())
    (one,) = first_events(run([refused, None, silent, began(40)]))
    assert (one.sent, one.began, one.longest) == (4, 1, 40)
    assert first_events(run([refused])) == ()


def test_a_run_without_a_load_has_no_such_times() -> None:
    assert first_events(samples.run()) == ()
    assert "First event" not in printed(samples.run())
    assert "When the first event came" not in render(samples.run()) + markdown.render(samples.run())


def test_a_script_reads_the_times_of_each_number_of_streams() -> None:
    load = json.loads(render_summary(run([began(40), began(60), None], [began(50)])))["providers"]["maker"]["load"]
    times = {"p50": 40, "p95": 60, "longest": 60}
    assert load[1] == {"scenario": MANY.id, "title": MANY.title, "sent": 3, "began": 2, **times}
    assert [one["sent"] for one in load] == [1, 3]
    assert "load" not in json.loads(render_summary(samples.run()))["providers"]["naga"]


def test_terminal_markdown_and_page_have_a_row_for_each_number_of_streams() -> None:
    of = run([began(1234.5)] * 20, [began(50)])
    rows = [text.split() for text in printed(of).splitlines()]
    assert ["Maker", *ALONE.title.split(), "1", "of", "1", "50", "50", "50"] in rows
    assert ["Maker", *MANY.title.split(), "20", "of", "20", "1,234", "1,234", "1,234"] in rows
    told = markdown.render(of)
    assert "<details><summary>When the first event came</summary>" in told
    assert f"| Maker | {ALONE.title} | 1 of 1 | 50 ms | 50 ms | 50 ms |" in told
    assert f"| Maker | {MANY.title} | 20 of 20 | 1,234 ms | 1,234 ms | 1,234 ms |" in told
    page = render(of)
    assert page.count('<td class="number">1,234 ms</td>') == 3
    assert page.count('<td class="number">50 ms</td>') == 3
