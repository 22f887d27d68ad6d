"""The prompt cache: prefixes seen before, kept in memory for their time to live (contract: prompt-cache control)."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from messages_conformance.reference.model.tokens import PROMPT_OVERHEAD, segments

MINIMUM_PREFIX = 512
"""Tokens below which a prefix is silently not cached."""

SECONDS = {"5m": 300.0, "1h": 3600.0}
_CAPACITY = 1024


@dataclass(frozen=True, slots=True)
class Split:
    """The input tokens of one request by what the cache did with them."""

    fresh: int
    read: int
    created_5m: int
    created_1h: int

    @property
    def created(self) -> int:
        return self.created_5m + self.created_1h


@dataclass(slots=True)
class PromptCache:
    """Expiry times (of `time.monotonic`) by prefix."""

    _expiry: OrderedDict[str, float] = field(default_factory=OrderedDict[str, float])

    def split(self, body: Mapping[str, Any]) -> Split:
        """Divide the prompt of `body`, and remember the prefixes that it marks."""
        total, read, created = PROMPT_OVERHEAD, 0, {"5m": 0, "1h": 0}
        covered = 0
        digest = hashlib.sha256(str(body.get("model")).encode())
        for segment in segments(body):
            total += segment.tokens
            digest.update(segment.key.encode())
            if segment.ttl is None or total < MINIMUM_PREFIX:
                continue
            if self._seen(digest.hexdigest(), SECONDS[segment.ttl]):
                # A longer known prefix covers every shorter one, new or not.
                read, created = total, {"5m": 0, "1h": 0}
            else:
                created[segment.ttl] += total - covered
            covered = total
        return Split(total - covered, read, created["5m"], created["1h"])

    def _seen(self, prefix: str, seconds: float) -> bool:
        now = time.monotonic()
        known = self._expiry.pop(prefix, 0.0) > now
        self._expiry[prefix] = now + seconds
        while len(self._expiry) > _CAPACITY:
            self._expiry.popitem(last=False)
        return known
