"""What a peer may do with the key that it was sent: put it everywhere."""

from __future__ import annotations

import json
from typing import Any

from messages import message
from playing import http


def echo(request: bytes, said: str) -> bytes:
    """An answer with `said` wherever an answer can hold text, and in headers, where it is fit for one."""
    content = request.partition(b"\r\n\r\n")[2]
    body: Any = json.loads(content) if content.endswith(b"}") else None
    fit = said.isascii() and said.isprintable()
    headers = {"x_echo": said, "www_authenticate": f"Bearer {said}", "set_cookie": f"s={said}"} if fit else {}
    if body is None or "messages" not in body:
        return http(404, {"type": "error", "error": {"type": said, "message": f"no {said}"}}, **headers)
    if body.get("stream"):
        return http(200, _stream(said), content_type="text/event-stream", **headers)
    blocks = [{"type": "text", "text": f"pong {said}"}, {"type": said, said: said}]
    return http(200, message(id=said, content=blocks, stop_reason=said, usage={said: -1}), **headers)


def _stream(said: str) -> bytes:
    half = len(said) // 2
    deltas = [said, said[:half], said[half:]]
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": message(id=said, content=[], stop_reason=said)},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": said}},
        *({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": d}} for d in deltas),
        {"type": said, "index": said},
        {"type": "error", "error": {"type": "api_error", "message": f"lost {said}"}},
    ]
    frames = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]
    return "".join([*frames, f": {said}\n\nevent: {said}\ndata: {said}\n\n"]).encode()
