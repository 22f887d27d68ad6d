"""The page in a real browser: what the address says is shown, everything can be reached, nothing foreign runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import handmade
import pytest
import samples
from browsing import LOOKS, WIDTHS, Watched, barriers, chromium
from many import multiplied
from messages_conformance.report.outputs.html import render
from messages_conformance.results.reading import assemble
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.gate, pytest.mark.xdist_group("browser")]

Opened = Callable[..., Page]

CELL = "#naga/streaming.text"
CLIENT = "#naga/client/chat"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = tmp_path_factory.mktemp("page") / "index.html"
    written.write_text(render(samples.run()), encoding="utf-8")
    return written


@pytest.fixture
def opened(browser: Browser, file: Path) -> Iterator[Opened]:
    """Opens the page at an address; at the end, nothing may have gone wrong in it."""
    watched: list[Watched] = []

    def open_at(place: str = "", width: int = 1400, scheme: str = "light", page: Path = file) -> Page:
        watched.append(Watched(browser, page, width, scheme, place))
        return watched[-1].page

    yield open_at
    for one in watched:
        one.close()
    assert [wrong for one in watched for wrong in one.wrong] == []


def shown(page: Page) -> list[str]:
    """The ids of the scenarios that are to be seen."""
    return [row.inner_text() for row in page.locator("tr.row:visible th code").all()]


# --- the first screen -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", WIDTHS)
def test_the_first_screen_says_who_conforms_and_which_clients_work(opened: Opened, width: int) -> None:
    page = opened(width=width)
    expect(page.get_by_text("Drop-in: 1 of 3 providers conforms, 2 do not.")).to_be_in_viewport()
    for provider in ("NagaAI", "Reference", "AISA"):
        expect(page.get_by_role("rowheader", name=provider).first).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "nothing is scrolled sideways"


def test_a_client_opens_on_its_reasons(opened: Opened) -> None:
    page = opened()
    page.locator(f'.answers a[href="{CLIENT}"]').click()
    panel = page.get_by_role("complementary", name="A chat application at NagaAI")
    expect(panel).to_contain_text("Nothing appears on the screen.")
    expect(panel).to_contain_text("Every event is named")
    panel.get_by_role("link", name="streaming.text").first.click()
    expect(page.get_by_role("complementary", name="A streamed text answer")).to_be_visible()


def test_a_word_says_what_it_means_when_asked(opened: Opened) -> None:
    page = opened()
    meaning = page.get_by_text("Does a client written for Anthropic's Messages API keep working here?")
    expect(meaning).to_be_hidden()
    page.get_by_role("button", name="What does drop-in mean?").press("Enter")
    expect(meaning).to_be_visible()
    page.keyboard.press("Escape")
    expect(meaning).to_be_hidden()


# --- the address ------------------------------------------------------------------------------------------------------


def test_an_address_opens_its_evidence(opened: Opened) -> None:
    page = opened(CELL)
    panel = page.get_by_role("complementary", name="A streamed text answer")
    for said in (
        "Every event is named",
        "event: message_delta",
        "no event: line",
        "Every frame has an event line",
        "disputed by",
        "suite/scenarios/streaming.yaml:12",
        "curl -sS",
        "content_block_delta",
        "301 ms",
    ):
        expect(panel).to_contain_text(said)
    assert page.locator('#matrix [aria-current="true"]').get_attribute("href") == CELL


def test_the_evidence_begins_with_the_answer_and_marks_its_faulty_places(opened: Opened) -> None:
    panel = opened(CELL).get_by_role("complementary", name="A streamed text answer")
    expect(panel.get_by_role("heading").nth(1)).to_have_text("ask: HTTP 200 after 391 ms")
    expect(panel.locator(".marked .number")).to_have_text(["4", "5"])
    expect(panel.get_by_role("img", name="When each event came")).to_be_visible()
    expect(panel.locator(".wrong > li > p").first).to_contain_text("Every event is named")


def test_an_address_of_no_place_says_so(opened: Opened) -> None:
    expect(opened("#naga/no.such").locator("#panel")).to_contain_text("no such place")


def test_a_link_shows_what_its_sender_saw(opened: Opened) -> None:
    sent = opened()
    sent.get_by_label("Level").select_option("MUST")
    sent.locator(".chip", has_text="fail").click()
    sent.locator('#matrix a[href="#naga/streaming.tools"]').click()
    expect(sent.get_by_role("complementary", name="A streamed tool call")).to_be_visible()
    received = opened(sent.url[sent.url.index("#") :])
    expect(received.get_by_role("complementary", name="A streamed tool call")).to_be_visible()
    assert shown(received) == shown(sent) != []
    expect(received.get_by_label("Level")).to_have_value("MUST")


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("q=tool+CALL", ["streaming.tools"]),
        ("q=error.field", ["errors.max-tokens-missing"]),
        ("q=thinking.first", ["thinking.enabled"]),
        ("area=errors", ["errors.max-tokens-missing", "errors.wrong-key"]),
        ("state=deviates", ["errors.max-tokens-missing"]),
        ("state=deviates&question=as-documented", []),
        ("level=MAY", ["errors.max-tokens-missing"]),
        ("client=chat", ["streaming.text", "streaming.tools"]),
        ("differ=1&area=thinking", ["thinking.enabled"]),
        ("differ=1&area=thinking&provider=naga", []),
        ("open=thinking", ["thinking.enabled"]),
        ("open=thinking&empty=1", ["thinking.enabled", "thinking.round-trip"]),
        ("", []),
    ],
)
def test_the_filters_of_an_address_choose_the_rows(opened: Opened, query: str, rows: list[str]) -> None:
    page = opened(f"#?{query}")
    page.wait_for_function("document.getElementById('shown').textContent.includes('of 6')")
    expect(page.locator("tr.row:visible th code")).to_have_text(rows)


def test_a_provider_that_is_not_chosen_leaves_the_matrix(opened: Opened) -> None:
    page = opened("#?provider=naga")
    expect(page.locator("#matrix thead th:visible")).to_have_count(2)


# --- by hand and by keyboard ------------------------------------------------------------------------------------------


def test_an_area_unfolds_and_folds(opened: Opened) -> None:
    page = opened()
    assert shown(page) == []
    page.get_by_role("button", name="streaming", exact=True).press("Enter")
    assert shown(page) == ["streaming.text", "streaming.tools"]
    assert "open=streaming" in page.url
    page.get_by_role("button", name="streaming", exact=True).press("Enter")
    assert shown(page) == []


def test_the_keyboard_moves_opens_and_closes(opened: Opened) -> None:
    page = opened("#?open=streaming")
    focused = "document.activeElement.getAttribute('href')"
    page.locator("#matrix td > a:visible").first.focus()
    expect(page.get_by_role("tooltip")).to_contain_text("NagaAI, A streamed text answer: drop-in fail")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == "#reference/streaming.tools"
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    assert page.evaluate(focused) == "#reference/streaming.tools"
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_the_keyboard_alone_reaches_everything(opened: Opened) -> None:
    page = opened("#?open=streaming")
    wanted = page.evaluate(
        "[...document.querySelectorAll('a[href], button, input, select, summary')]"
        ".filter((it) => it.checkVisibility({visibilityProperty: true})).length"
    )
    reached: set[str] = set()
    for _ in range(wanted + 20):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "(() => { const all = [...document.querySelectorAll('a[href], button, input, select, summary')];"
                " return String(all.indexOf(document.activeElement)); })()"
            )
        )
    assert len(reached - {"-1"}) == wanted


# --- many providers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1400, 1600])
def test_sixteen_providers_and_all_areas_fit_without_scrolling_sideways(
    opened: Opened, tmp_path: Path, width: int
) -> None:
    wide = tmp_path / "wide.html"
    told = handmade.stream(samples.header(), samples.told())
    wide.write_text(render(assemble(multiplied(told, 21))), encoding="utf-8")  # five of which were not run
    page = opened(width=width, page=wide)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    cells = page.evaluate("[...document.querySelectorAll('#matrix .area td')].map((td) => td.offsetWidth)")
    assert len(cells) == 16 * 3
    assert max(cells) <= 40


# --- for everybody ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
@pytest.mark.parametrize("place", ["", "#?open=streaming&open=errors", CELL, CLIENT, "#naga"])
def test_axe_finds_nothing(opened: Opened, place: str, width: int, scheme: str) -> None:
    page = opened(place, width, scheme)
    if "/" in place or place == "#naga":
        expect(page.locator("#panel")).to_be_visible()
    assert barriers(page) == []


def test_a_print_holds_the_clients_and_every_cause_uncut(opened: Opened) -> None:
    page = opened()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    for text in ("Which clients work", "What does not hold, worst first"):
        expect(page.get_by_role("heading", name=text)).to_be_visible()
    for detail in page.locator(".cards details").all():
        assert detail.get_attribute("open") is not None
    assert page.evaluate(
        "[...document.querySelectorAll('.wide, .card')].every((it) => it.scrollHeight <= it.clientHeight + 1)"
    )
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator(".cards details[open]")).to_have_count(0)


# --- what a provider sent ---------------------------------------------------------------------------------------------


def test_nothing_that_a_provider_sent_runs(opened: Opened, tmp_path: Path) -> None:
    hostile = tmp_path / "hostile.html"
    hostile.write_text(render(samples.hostile_run()), encoding="utf-8")
    for place in (CELL, CLIENT, "#naga"):
        page = opened(place, page=hostile)
        expect(page.locator("#panel")).to_be_visible()
        page.wait_for_timeout(100)
        assert page.title() != "owned"
        assert page.locator("#panel img, #panel script").count() == 0
        assert page.locator('[href^="javascript:"]').count() == 0


def test_the_policy_of_the_page_refuses_a_script_that_is_put_in(browser: Browser, file: Path, tmp_path: Path) -> None:
    tampered = tmp_path / "tampered.html"
    text = file.read_text(encoding="utf-8")
    tampered.write_text(text.replace("</main>", "<script>document.title = 'owned'</script></main>"), encoding="utf-8")
    watched = Watched(browser, tampered)
    assert watched.page.title() != "owned"
    assert [said for said in watched.wrong if "Content Security Policy" in said]
    watched.close()
