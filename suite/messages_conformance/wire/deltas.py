"""What the deltas of a stream say together, and where each of them says it.

A model that repeats a key may need one event for every few characters of it. None of these events holds the key, and
whoever joins them, as every client does, reads it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from messages_conformance.wire.views import Span

_TOLD = re.compile(rb'"index"\s*+:\s*+([0-9]++)|"(?:text|thinking|partial_json)"\s*+:\s*+"((?:[^"\\\r\n]++|\\.)*+)"')
"""The number of a block, or what is said in it. Bytes, not events: what is not JSON hides nothing either."""


@dataclass(frozen=True, slots=True)
class Text:
    """What one block says, as it is written in JSON; `parts` are the places in the body that it was joined of."""

    data: bytes
    parts: tuple[Span, ...]

    def places(self, span: Span) -> Iterator[Span]:
        """Where in the body a span of `data` stands: a place for each part that has some of it."""
        starts = [0, *accumulate(end - start for start, end in self.parts)]
        first = bisect_right(starts, span[0]) - 1
        for at, (begin, end) in zip(starts[first:], self.parts[first:], strict=False):
            if at >= span[1]:
                return
            yield begin + max(0, span[0] - at), min(end, begin + span[1] - at)


def texts(body: bytes) -> list[Text]:
    """The texts that a stream tells in more than one part, one for each block; none of a body that is no stream."""
    told = list(_TOLD.finditer(body)) if b"data:" in body else []
    # An encoder writes the number of the block before what is said in it, or, where it sorts the members, behind.
    is_behind = bool(told) and told[0].lastindex == 2
    blocks: defaultdict[bytes, list[Span]] = defaultdict(list)
    block = b""
    for each in reversed(told) if is_behind else told:
        if each.lastindex == 1:
            block = each[1]
        elif each[2]:
            blocks[block].append(each.span(2))
    joined = (tuple(reversed(parts) if is_behind else parts) for parts in blocks.values() if len(parts) > 1)
    return [Text(b"".join(body[start:end] for start, end in parts), parts) for parts in joined]
