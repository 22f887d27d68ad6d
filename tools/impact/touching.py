"""Which defects touch a job: its requests are answered again, rightly and wrongly, and the answers are compared.

No client and no network is needed. An answer is compared as it would leave the server: status, headers, bytes, and how
they are cut and timed. Ids and signatures, which are new in every answer, count only by where they recur; the time of
day does not count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from messages_conformance.reference.http.endpoint import Asked, Endpoint
from messages_conformance.reference.play import Reply

_NEW = re.compile(
    rb"\b(?:msg|req|(?:srv|mcp)?toolu)_[0-9a-f]{24}\b"
    rb"|(?<=\"signature\":\")[A-Za-z0-9+/=]{40,}(?=\")"
)
_NOW = re.compile(r"(?<=-reset\n)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

Seen: TypeAlias = tuple[object, ...]
"""What a client could notice of the answers to one job."""


def answers(asked: Sequence[Asked], base: str = "", defect: str | None = None) -> Seen:
    """The answers to requests below `base`, in their order, from a reference that has just started, with `defect`."""
    endpoint = Endpoint()
    prefix = f"{base}/with/{defect}" if defect else base
    moved = [replace(each, path=prefix + each.path.removeprefix(base)) for each in asked]
    known: dict[bytes, bytes] = {}
    return tuple(_comparable(endpoint.reply(each), known) for each in moved)


def touches(defect: str, asked: Sequence[Asked], base: str, right: Seen) -> bool:
    """Whether the answers with `defect` differ from the `right` ones."""
    return answers(asked, base, defect) != right


def _comparable(reply: Reply, known: dict[bytes, bytes]) -> object:
    def recurring(found: re.Match[bytes]) -> bytes:
        return known.setdefault(found[0], b"<%d>" % len(known))

    headers = _NOW.sub("now", "\n".join(f"{name}\n{value}" for name, value in reply.headers)).encode()
    parts = [(0.0, reply.body)] if isinstance(reply.body, bytes) else [(f.delay_ms, f.data) for f in reply.body]
    timed = tuple((pause, _NEW.sub(recurring, part)) for pause, part in parts)
    return reply.status, _NEW.sub(recurring, headers), type(reply.body), timed
