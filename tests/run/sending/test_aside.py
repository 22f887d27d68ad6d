"""What takes long is done beside the event loop, and what does not is done at once."""

from __future__ import annotations

import asyncio

import pytest
from engine_plays import CLAUSE, says
from making import check, scenario
from messages_conformance.catalog import Catalog
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.run.sending.aside import aside
from messages_conformance.wire.exchange import Chunk, Exchange, Request, Response
from messages_conformance.wire.redact import Redactor
from playing import ok, play


def is_beside() -> bool:
    """Whether no event loop waits for the caller."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return True
    return False


def answer(size: int) -> Answer:
    response = Response(200, (), (Chunk(1.0, b"x" * size),))
    return Answer(Exchange(Request("POST", "http://host.example", ()), response, None, "", 1.0, 1.0))


@pytest.mark.parametrize(("sizes", "beside"), [((), False), ((9000,), False), ((9000, 9000), True), ((99_000,), True)])
def test_large_answers_are_read_in_a_thread(sizes: tuple[int, ...], beside: bool) -> None:
    assert asyncio.run(aside([answer(size) for size in sizes], is_beside)) == beside


def test_an_error_of_the_work_is_the_callers() -> None:
    with pytest.raises(ZeroDivisionError):
        asyncio.run(aside([answer(99_000)], lambda: 1 // 0))


def test_keys_are_looked_for_in_a_large_answer_beside_the_loop(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside: dict[int, bool] = {}
    redact = Redactor.redact_response

    def watched(self: Redactor, response: Response) -> Response:
        beside[len(response.body) // 16_384] = is_beside()
        return redact(self, response)

    monkeypatch.setattr(Redactor, "redact_response", watched)
    checks = {"says": check("says", CLAUSE, judge=says, on=("message",))}
    texts = {"large/ask": "a word " * 9000, "small/ask": "pong"}
    played = play(catalog, checks, lambda prompt: ok(texts[prompt]), *map(scenario, ("large", "small")))
    assert len(played.exchanges) == 2
    assert beside == {0: False, 3: True}
