"""What real clients made of a failure is told by every output, and only where it is known."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

import samples
from members import over
from messages_conformance.report.console import Console
from messages_conformance.report.evidence import cell_text
from messages_conformance.report.failure import Teller
from messages_conformance.report.markup import cell_html
from messages_conformance.report.outputs import html, junit, markdown
from messages_conformance.report.terminal import summary
from messages_conformance.report.words import IMPACT_PAGE
from messages_conformance.results.reading import Run

SENTENCE = (
    "A server that is wrong in this way (Frames unnamed): an agent 2.1 raises Odd on a streamed answer; "
    "2 clients notice nothing."
)


def terminal(run: Run) -> str:
    out = io.StringIO()
    summary(run, Console(file=out, width=400), verbose=True)
    return out.getvalue()


def of_cell(telling: Callable[..., object]) -> Callable[[Run], str]:
    return lambda run: str(telling(Teller.of(run, "naga"), run.cells["naga", "streaming.text"]))


OUTPUTS: Mapping[str, Callable[[Run], str]] = {
    "terminal": terminal,
    "page": html.render,
    "markdown": markdown.render,
    "junit": junit.render,
    "pytest": of_cell(cell_text),
    "panel": of_cell(cell_html),
}


@over("output", OUTPUTS)
def test_every_output_tells_it(output: str) -> None:
    assert SENTENCE in OUTPUTS[output](samples.run())


@over("output", OUTPUTS)
def test_nothing_is_told_where_nothing_is_known(output: str) -> None:
    told = OUTPUTS[output](samples.run(impacts=()))
    assert "measured" not in told
    assert 'class="mark v-' not in told


def test_a_page_has_the_severity_beside_the_level() -> None:
    page = html.render(samples.run())
    level, severity = '<b class="level">MUST</b>', '<b class="mark v-breaks">breaks</b>'
    assert f"{level} {severity} Every event is named" in page
    assert 'popovertarget="means-severity"' in page


def test_where_a_page_tells_it_a_link_leads_to_all_that_was_measured() -> None:
    popover = html.render(samples.run()).partition('id="means-severity"')[2].partition("</div>")[0]
    for told in (popover, OUTPUTS["panel"](samples.run())):
        assert f'<a href="{IMPACT_PAGE}"' in told


def test_what_follows_the_first_screen_is_not_on_it() -> None:
    out = io.StringIO()
    summary(samples.run(), Console(file=out, width=400))
    assert "agent 2.1" not in out.getvalue()
