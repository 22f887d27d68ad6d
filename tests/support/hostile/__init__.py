"""Servers that do what no server should, in groups by what must come of their answers. All are replies for
`raw_server.serving`, by name."""

from __future__ import annotations

from collections.abc import Mapping

from raw_server import Peer, Reply

from hostile.framing import BADLY_PACKED, BOMBS, BROKEN
from hostile.lawful import LAWFUL as _LAWFUL
from hostile.odd_bodies import ODD_BODIES
from hostile.odd_bodies import WEATHER as _WEATHER
from hostile.odd_streams import ODD_STREAMS
from hostile.saying import SSE, Make, says, whole
from hostile.waiting import RESETTING, WAITING


async def redirects_to_itself(peer: Peer) -> None:
    path = peer.request.split(b" ", 2)[1]
    await peer.say(whole(b"", b"Location: " + path, status=b"307 Temporary Redirect"))


def _replies(answers: Mapping[str, bytes | Make]) -> Mapping[str, Reply]:
    return {name: says(answer) for name, answer in answers.items()}


OPEN: Mapping[str, Reply] = {**_replies({**BROKEN, **BOMBS}), **RESETTING}
"""Nothing can be said of what they answer, and nothing may be."""

WRONG: Mapping[str, Reply] = {**_replies({**BADLY_PACKED, **ODD_BODIES}), "redirects_to_itself": redirects_to_itself}
"""They answer, and it is wrong."""

WRONG_STREAMS: Mapping[str, Reply] = {
    name: says(whole(stream, SSE, b"request-id: req_1")) for name, stream in ODD_STREAMS.items()
}
"""They stream, and the stream is wrong."""

RARE: Mapping[str, Reply] = _replies(_LAWFUL)
"""They stream rightly, in a form that is legal and rare."""

WEATHER: Mapping[str, str] = {name: cause for name, (_, cause) in _WEATHER.items()}
"""What may come from any good server at times, and the cause that is told."""

ANSWERING: Mapping[str, Reply] = {
    **OPEN,
    **WRONG,
    **WRONG_STREAMS,
    **RARE,
    **_replies({name: answer for name, (answer, _) in _WEATHER.items()}),
}
"""All that say something and hang up."""

EVERY: Mapping[str, Reply] = {**WAITING, **ANSWERING}

__all__ = ["ANSWERING", "EVERY", "OPEN", "RARE", "WAITING", "WEATHER", "WRONG", "WRONG_STREAMS"]
