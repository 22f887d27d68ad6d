"""Work on answers, beside the event loop where it takes long: what it holds up there arrives late by our clock, not by
the provider's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from messages_conformance.checks.answer.answer import Answer

T = TypeVar("T")

_SMALL: Final = 16 << 10
"""Bytes that are read and judged within two milliseconds. Threads take turns of five, so one of its own would not come
to an end sooner, and each costs as much as the reading."""


async def aside(answers: Iterable[Answer], work: Callable[[], T]) -> T:
    """The result of `work`, which reads these answers: in a thread of its own unless they are small."""
    small = sum(len(answer.body) for answer in answers) <= _SMALL
    return work() if small else await asyncio.to_thread(work)
