"""How fast one provider may be asked: requests per minute, and a shared pause when it says that it is too much."""

from __future__ import annotations

import asyncio


class Pacer:
    """Spaces the requests of one provider. Times in seconds of the running event loop."""

    def __init__(self, requests_per_minute: int | None) -> None:
        self._interval = 60 / requests_per_minute if requests_per_minute else 0.0
        self._next = 0.0

    async def turn(self) -> None:
        """Wait until the next request may leave."""
        loop = asyncio.get_running_loop()
        while (wait := self._next - loop.time()) > 0:
            await asyncio.sleep(wait)
        self._next = max(self._next, loop.time()) + self._interval

    def hold(self, seconds: float) -> None:
        """Let nothing leave for `seconds`: every slot of the provider waits, not only the one that was refused."""
        self._next = max(self._next, asyncio.get_running_loop().time() + seconds)
