"""Defects of JSON as bytes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from messages_conformance.reference.defects.base import defect
from messages_conformance.reference.play import Context, Play, Reply

_ROLE = b'"role":"assistant"'
_AGAIN = re.compile(rb'"role": ?"assistant"')


def _bodies(change: Callable[[bytes], bytes]) -> Play:
    """Change every body that is sent whole."""

    def response(reply: Reply, _: Context) -> Reply:
        return replace(reply, body=change(reply.body)) if isinstance(reply.body, bytes) and reply.body else reply

    return Play(response=response)


def _role_twice(data: bytes) -> bytes:
    return _AGAIN.sub(_ROLE + b"," + _ROLE, data, count=1)


DEFECTS = (
    defect(
        "json-in-utf-16",
        "JSON is sent in UTF-16",
        _bodies(lambda body: body.decode().encode("utf-16-le")),
        "http.json-utf8",
    ),
    defect(
        "json-after-byte-order-mark",
        "JSON is sent with a byte-order mark before it",
        _bodies(lambda body: b"\xef\xbb\xbf" + body),
        "http.json-utf8",
    ),
    defect("json-name-twice", "A message tells its role twice", _bodies(_role_twice), "http.json-names-unique"),
    defect(
        "json-name-twice-in-stream",
        "A streamed message tells its role twice",
        Play(frames=lambda frames, _: tuple(replace(frame, data=_role_twice(frame.data)) for frame in frames)),
        "http.json-names-unique",
    ),
)
