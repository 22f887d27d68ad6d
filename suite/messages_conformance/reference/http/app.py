"""The ASGI application: HTTP in and out, everything between is pure."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route as Path

from messages_conformance.reference import upstream
from messages_conformance.reference.cache import PromptCache
from messages_conformance.reference.http.errors import Refusal, not_found
from messages_conformance.reference.http.routing import locate
from messages_conformance.reference.pipeline import answer, refused
from messages_conformance.reference.play import Context, Frame, Received, Reply

_UPSTREAM = "/upstream"
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@dataclass(slots=True)
class _Memory:
    """What a play remembers from one request to the next."""

    cache: PromptCache = field(default_factory=PromptCache)
    bodies: Counter[bytes] = field(default_factory=Counter[bytes])

    def times_before(self, body: bytes) -> int:
        """How often this body came before."""
        digest = hashlib.sha256(body).digest()
        self.bodies[digest] += 1
        return self.bodies[digest] - 1


def create_app() -> Starlette:
    """The reference. Each play has its own memory, because its client sees it as a separate server."""
    memories: defaultdict[str, _Memory] = defaultdict(_Memory)

    async def serve(request: Request) -> Response:
        try:
            return _response(await _reply(request, memories))
        except ClientDisconnect:  # no client is left to answer, and nothing is wrong that belongs in a log
            return Response(status_code=400)

    routes = [Path("/{path:path}", serve, methods=_METHODS)]
    return Starlette(routes=routes, exception_handlers={Exception: _failed})


async def _failed(_: Request, __: Exception) -> Response:
    """A fault of the reference itself, in the shape of the contract; the traceback goes to the log."""
    return _response(refused(Refusal(500, "api_error", "The reference failed; see its log", "route")))


async def _reply(request: Request, memories: defaultdict[str, _Memory]) -> Reply:
    path, method = request.url.path, request.method
    if path.startswith(_UPSTREAM + "/"):
        return upstream.answer(method, path.removeprefix(_UPSTREAM), await request.body())
    target = locate(path)
    if target.route == "nowhere":
        return refused(not_found(f"There is nothing at {path}"), target.play, Context("nowhere", _headers(request), {}))
    if method != target.method:
        return refused(Refusal(405, "invalid_request_error", f"{method} is not allowed here", "route"), target.play)
    body = await request.body() if method == "POST" else b""
    memory = memories[path.rpartition("/messages")[0]]
    query = dict(request.query_params)
    received = Received(target.route, _headers(request), body, query, target.model_id, memory.times_before(body))
    return answer(received, target.play, memory.cache)


def _headers(request: Request) -> dict[str, str]:
    """Headers by lower-case name; repeated ones joined with commas."""
    joined: dict[str, str] = {}
    for name, value in request.headers.items():
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _response(reply: Reply) -> Response:
    if isinstance(reply.body, bytes):
        response = Response(reply.body, reply.status)
    else:
        response = StreamingResponse(_paced(reply.body), reply.status)
    for name, value in reply.headers:
        response.headers[name] = value
    return response


async def _paced(frames: Iterable[Frame]) -> AsyncIterator[bytes]:
    for frame in frames:
        if frame.delay_ms:
            await asyncio.sleep(frame.delay_ms / 1000)
        yield frame.data
