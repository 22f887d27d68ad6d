"""The answers of a recorded run, for SDKs to read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from messages_conformance.results.records import Exchange
from messages_conformance.wire.exchange import Response
from recorded import Recorded


@dataclass(frozen=True)
class Answer:
    """A recorded answer. `beta` says that the request asked for a beta, whose shapes are typed apart."""

    id: str
    route: str
    streamed: bool
    beta: bool
    response: Response

    @property
    def kind(self) -> str:
        """What a client makes of it."""
        if self.response.status >= 400:
            return "error"
        return "stream" if self.streamed else self.route


def answers(recorded: Recorded) -> Iterator[Answer]:
    for record in recorded.of(Exchange):
        if record.provider != "reference" or record.request.method == "HEAD" or record.response is None:
            continue
        if record.scenario == "http.hang-up" and record.step == "left":
            continue  # where the client goes away on purpose there is no whole answer to read
        route = record.request.url.partition("/v1/")[2].partition("?")[0]
        sent = {name.lower() for name, _ in record.request.headers}
        yield Answer(
            record.id,
            "model" if route.startswith("models/") else route,
            any(
                name == "content-type" and value.startswith("text/event-stream")
                for name, value in record.response.headers
            ),
            "anthropic-beta" in sent,
            record.response,
        )


def of_kind(given: list[Answer], kind: str) -> list[Answer]:
    """The answers of one kind. A kind that the run never met would be witnessed by nobody."""
    found = [answer for answer in given if answer.kind == kind]
    assert found
    return found
