"""How long a peer may keep us waiting: for the beginning of its answer, and between two parts of it.

Both count content alone. A server that hangs behind a gateway which sends a ping every few seconds is a server that
hangs; so is one that sends headers for ever.
"""

from __future__ import annotations

import asyncio
import re
from types import TracebackType
from typing import Self

from messages_conformance.wire.exchange import Headers, header

_END_OF_EVENT = re.compile(rb"\r?\n\r?\n")
_PING = re.compile(rb'^(?:event:\s*ping\s*$|data:\s*\{\s*"type"\s*:\s*"ping")', re.MULTILINE)
_COMMENTS = re.compile(rb"^:.*$|\s", re.MULTILINE)
_BEGINNING = 1 << 12
"""Bytes of an event that has no end yet that are looked at again with its next part. They tell what it is."""
_SLACK = 0.05
"""The share of the bound by which it may be exceeded, so that not every event of a stream moves a timer."""


class Patience:
    """An async context manager that raises TimeoutError when there was no content for `seconds`. `begins` when the
    request is sent: how long that takes is not the peer's silence."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._now = asyncio.get_running_loop().time
        self._timer = asyncio.timeout(None)
        self._moves_at = 0.0
        self._is_stream = False
        self._rest = b""

    async def __aenter__(self) -> Self:
        await self._timer.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._timer.__aexit__(kind, error, trace)

    @property
    def ended(self) -> bool:
        """Whether it was this bound that ended the exchange."""
        return self._timer.expired()

    def begins(self) -> None:
        now = self._now()
        if now >= self._moves_at:
            slack = self._seconds * _SLACK
            self._moves_at = now + slack
            self._timer.reschedule(self._moves_at + self._seconds)

    def answered(self, headers: Headers) -> None:
        """The answer began, with these headers."""
        kind = header(headers, "content-type") or ""
        # A packed stream is not looked into: whatever comes of it counts.
        self._is_stream = kind.startswith("text/event-stream") and header(headers, "content-encoding") is None
        self.begins()

    def heard(self, data: bytes) -> None:
        """A part of the body came. Of a stream, only a whole event that is no ping counts."""
        if not self._is_stream or (not self._rest and _is_plainly_content(data)):
            self.begins()
            return
        *events, rest = _END_OF_EVENT.split(self._rest + data)
        self._rest = rest if len(rest) <= 2 * _BEGINNING else rest[:_BEGINNING] + rest[-_BEGINNING:]
        if any(_is_content(event) for event in events):
            self.begins()


def _is_plainly_content(data: bytes) -> bool:
    """Whether it is whole events, and no ping among them: so nearly all of a stream comes."""
    return data.startswith((b"event:", b"data:")) and data.endswith(b"\n\n") and b"ping" not in data


def _is_content(event: bytes) -> bool:
    return _PING.search(event) is None and _COMMENTS.sub(b"", event) != b""
