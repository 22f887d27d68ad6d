"""A provider that begins to hang costs a few deadlines and no more; a page of a proxy breaks no client."""

from __future__ import annotations

from collections.abc import Mapping

from making import asking, scenario, use
from messages_conformance.catalog import Catalog
from messages_conformance.checks.base import Check, Outcome
from messages_conformance.run.sending.health import HANGS
from playing import http, limits, ok, play

FIRST = scenario("first", tags=frozenset({"preflight"}))
OTHERS = tuple(scenario(f"s{number}") for number in range(12))
NO_END = ok()[:-20]
PAGE = http(403, b"<html><title>Forbidden</title>", content_type="text/html", request_id="")


def test_after_a_few_deadlines_in_a_row_nothing_more_is_asked(catalog: Catalog, checks: Mapping[str, Check]) -> None:
    def answer(prompt: str) -> bytes:
        return ok() if prompt == "first/ask" else NO_END

    played = play(catalog, checks, answer, FIRST, *OTHERS, limits=limits(read_timeout=0.2, concurrency=1))
    assert len(played.exchanges) == 1 + HANGS
    causes = {result.cause for name in OTHERS for result in played.cell(name.id).results if result.cause}
    assert causes == {"transport", "deadline"}


def test_a_hang_at_the_preflight_is_waited_for_once(catalog: Catalog, checks: Mapping[str, Check]) -> None:
    played = play(catalog, checks, lambda _: NO_END, FIRST, *OTHERS, limits=limits(read_timeout=0.2))
    assert len(played.exchanges) == 1
    assert played.run.diagnoses["maker"].diagnosis == "no-answer"


def test_a_page_of_a_proxy_makes_nothing_red(catalog: Catalog, checks: Mapping[str, Check]) -> None:
    asked = scenario("odd", asking("odd", checks=(use("http.request-id"),)))

    def answer(prompt: str) -> bytes:
        return ok() if prompt == "first/ask" else PAGE

    played = play(catalog, checks, answer, FIRST, asked)
    assert Outcome.FAIL not in {result.outcome for result in played.cell("odd").results}
    assert played.result("odd", "http.request-id").cause == "transport"
