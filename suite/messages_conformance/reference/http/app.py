"""The ASGI application: HTTP in and out, everything between is pure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route as Path

from messages_conformance.reference.http.endpoint import Asked, Endpoint
from messages_conformance.reference.http.errors import Refusal
from messages_conformance.reference.pipeline import refused
from messages_conformance.reference.play import Frame, Reply

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def create_app(endpoint: Endpoint | None = None) -> Starlette:
    """The reference over HTTP; `endpoint` where its memory is to be somebody else's."""
    served = endpoint or Endpoint()

    async def serve(request: Request) -> Response:
        try:
            return _response(served.reply(await _asked(request)))
        except ClientDisconnect:  # no client is left to answer, and nothing is wrong that belongs in a log
            return Response(status_code=400)

    routes = [Path("/{path:path}", serve, methods=_METHODS)]
    return Starlette(routes=routes, exception_handlers={Exception: _failed})


async def _failed(_: Request, __: Exception) -> Response:
    """A fault of the reference itself, in the shape of the contract; the traceback goes to the log."""
    return _response(refused(Refusal(500, "api_error", "The reference failed; see its log", "route")))


async def _asked(request: Request) -> Asked:
    body = await request.body() if request.method == "POST" else b""
    return Asked(request.method, request.url.path, _headers(request), body, dict(request.query_params))


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
