"""The reference without its transport: a request in, a reply out, and what each play remembers between them."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from messages_conformance.reference import upstream
from messages_conformance.reference.cache import PromptCache
from messages_conformance.reference.http.errors import Refusal, not_found
from messages_conformance.reference.http.routing import locate
from messages_conformance.reference.pipeline import answer, refused
from messages_conformance.reference.play import Context, Received, Reply, Route

_UPSTREAM = "/upstream"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. `path` has no query; header names are in lower case; only a POST has a body."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    query: Mapping[str, str] | None = None


@dataclass(slots=True)
class _Memory:
    """What a play remembers from one request to the next."""

    cache: PromptCache = field(default_factory=PromptCache)
    bodies: Counter[bytes] = field(default_factory=Counter[bytes])
    messages: int = 0

    def times_before(self, body: bytes) -> int:
        """How often this body came before."""
        digest = hashlib.sha256(body).digest()
        self.bodies[digest] += 1
        return self.bodies[digest] - 1

    def messages_before(self, route: Route) -> int:
        """How many messages requests came before this one."""
        before = self.messages
        self.messages += route == "messages"
        return before


class Endpoint:
    """The reference. Each play has its own memory, because its client sees it as a separate server."""

    def __init__(self) -> None:
        self._memories: defaultdict[str, _Memory] = defaultdict(_Memory)

    def reply(self, asked: Asked) -> Reply:
        """The answer to a request, which is remembered."""
        if asked.path.startswith(_UPSTREAM + "/"):
            return upstream.answer(asked.method, asked.path.removeprefix(_UPSTREAM), asked.body)
        target = locate(asked.path)
        if target.route == "nowhere":
            nowhere = Context("nowhere", asked.headers, {})
            return refused(not_found(f"There is nothing at {asked.path}"), target.play, nowhere)
        if asked.method != target.method:
            told = f"{asked.method} is not allowed here"
            return refused(Refusal(405, "invalid_request_error", told, "route"), target.play)
        memory = self._memories[asked.path.rpartition("/messages")[0]]
        received = Received(
            target.route,
            asked.headers,
            asked.body,
            asked.query,
            target.model_id,
            memory.times_before(asked.body),
            memory.messages_before(target.route),
        )
        return answer(received, target.play, memory.cache)
