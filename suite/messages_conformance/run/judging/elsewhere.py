"""Where else an API might be, if there is none at the address that was given: the few places at which people look.

Asked only after a 404, or a connection that was closed at once, and only until one of them answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

from messages_conformance.catalog.model import Provider, Step
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.answer.events import as_object
from messages_conformance.run.judging import shapes

What: TypeAlias = Literal["Messages", "Chat Completions", "Responses", "TLS"]

NOT_THERE: Final = frozenset({404, 405})
"""Statuses of a path at which nothing takes a POST."""

_USUAL: Final = ("/v1/messages", "/anthropic/v1/messages", "/api/v1/messages")
_OTHERS: Final[tuple[tuple[What, str], ...]] = (
    ("Chat Completions", "/v1/chat/completions"),
    ("Responses", "/v1/responses"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Another address, and what would answer there."""

    what: What
    base_url: str
    path: str

    @property
    def url(self) -> str:
        return self.base_url + self.path


def places(provider: Provider, step: Step, first: Answer) -> Iterator[tuple[Step, Provider, Place]]:
    """Where else to ask after this answer to the preflight, whose step is `step`: what to send, as whom, and what is
    looked for. The same is sent as before; over TLS without the key, for nobody knows yet who listens there."""
    asked = urlsplit(first.request.url)
    origin = f"{asked.scheme}://{asked.netloc}"
    found: list[Place] = []
    if first.status in NOT_THERE:
        given = (Place("Messages", origin, path) for path in _USUAL)
        found = [place for place in given if place.url != first.request.url]
        found += [Place(what, origin, path) for what, path in _OTHERS]
    elif first.failure is not None and first.failure.reason == "hung-up" and asked.scheme == "http":
        found = [Place("TLS", f"https://{asked.netloc}", asked.path)]
    for number, place in enumerate(found, 1):
        auth: Literal["own", "none"] = "none" if place.what == "TLS" else "own"
        yield (
            replace(step, id=f"{step.id}.elsewhere-{number}", auth=auth),
            replace(provider, base_url=place.base_url, path=place.path),
            place,
        )


def is_there(place: Place, answer: Answer) -> bool:
    """Whether this place answered as what it was taken for."""
    failure = answer.failure
    if place.what == "TLS":
        certified = failure is not None and (failure.reason or "").startswith("certificate")
        return answer.response is not None or certified
    if answer.response is None or answer.status in NOT_THERE or shapes.is_web_page(answer):
        return False
    return as_object(answer.body_json) is not None and not 300 <= answer.status < 400 and answer.status < 500
