"""Defects of a stream's bytes: framing, encoding, time."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace

from messages_conformance.reference.defects.base import defect
from messages_conformance.reference.play import Context, Frame, Play, Reply

Frames = tuple[Frame, ...]

# --- framing ----------------------------------------------------------------------------------------------------------


def _each_frame(change: Callable[[bytes], bytes]) -> Play:
    return Play(frames=lambda frames, _: tuple(replace(frame, data=change(frame.data)) for frame in frames))


def _printed_prettily(data: bytes) -> bytes:
    name, _, payload = data.partition(b"\ndata: ")
    lines = json.dumps(json.loads(payload), indent=2, ensure_ascii=False).encode().splitlines()
    return name + b"".join(b"\ndata: " + line for line in lines) + b"\n\n"


def _ping_without_data(data: bytes) -> bytes:
    return b"event: ping\ndata:  \n\n" if data.startswith(b"event: ping") else data


def _without_last_line(frames: Frames, _: Context) -> Frames:
    return (*frames[:-1], replace(frames[-1], data=frames[-1].data[:-1]))


def _done_for_message_stop(frames: Frames, _: Context) -> Frames:
    return (*frames[:-1], Frame(0, b"data: [DONE]\n\n"))


# --- characters -------------------------------------------------------------------------------------------------------

_BLOCK = 5
"""Bytes that are decoded at a time: so few that one of any four neighbours of three bytes each is cut."""

_LONG_CHARACTER = re.compile(rb"([\xc2-\xf4][\x80-\xbf]*)[\x80-\xbf]")


def _decoded_block_by_block(frames: Frames, _: Context) -> Frames:
    """Decodes what was read without keeping the first half of a character for the next block."""
    whole = b"".join(frame.data for frame in frames)
    blocks = (whole[at : at + _BLOCK].decode(errors="replace") for at in range(0, len(whole), _BLOCK))
    events = "".join(blocks).encode().split(b"\n\n")
    return tuple(Frame(1, event + b"\n\n") for event in events if event)


def _last_byte_lost(data: bytes) -> bytes:
    return _LONG_CHARACTER.sub(rb"\1", data)


# --- time -------------------------------------------------------------------------------------------------------------

_PACE_MS = 30.0
"""The time that a model needs for a few words: the reference is faster, so the arrival of its words would show
nothing."""


def _slowed(frames: Iterable[Frame]) -> Frames:
    return tuple(replace(f, delay_ms=_PACE_MS) if b"content_block_delta" in f.data else f for f in frames)


def _held_back(frames: Frames, _: Context) -> Frames:
    whole = b"".join(frame.data for frame in frames)
    return (Frame(sum(frame.delay_ms for frame in _slowed(frames)), whole),)


# --- encoding ---------------------------------------------------------------------------------------------------------


def _of_streams(change: Callable[[Reply, Frames], Reply], when: Callable[[Context], bool] = lambda _: True) -> Play:
    def changed(reply: Reply, context: Context) -> Reply:
        return reply if isinstance(reply.body, bytes) or not when(context) else change(reply, reply.body)

    return Play(response=changed)


def _takes_gzip(context: Context) -> bool:
    return "gzip" in context.headers.get("accept-encoding", "")


def _refuses_gzip(context: Context) -> bool:
    return "accept-encoding" in context.headers and not _takes_gzip(context)


def _gzipped(frames: Iterable[Frame], *, flushed: bool) -> Frames:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    packed = [
        replace(frame, data=packer.compress(frame.data) + (packer.flush(zlib.Z_SYNC_FLUSH) if flushed else b""))
        for frame in frames
    ]
    return (*packed, Frame(0, packer.flush()))


def _labelled(reply: Reply, name: str, value: str) -> Reply:
    return replace(reply, headers=(*(header for header in reply.headers if header[0] != name), (name, value)))


def _gzip(reply: Reply, frames: Frames) -> Reply:
    return _labelled(replace(reply, body=_gzipped(frames, flushed=True)), "content-encoding", "gzip")


def _gzip_unflushed(reply: Reply, frames: Frames) -> Reply:
    return _labelled(replace(reply, body=_gzipped(_slowed(frames), flushed=False)), "content-encoding", "gzip")


def _gzip_unlabelled(reply: Reply, frames: Frames) -> Reply:
    return replace(reply, body=_gzipped(frames, flushed=True))


def _gzip_as_text(reply: Reply, frames: Frames) -> Reply:
    packed = _gzipped(frames, flushed=True)
    return replace(reply, body=tuple(replace(f, data=f.data.decode(errors="replace").encode()) for f in packed))


DEFECTS = (
    defect(
        "crlf-line-ends",
        "Lines of a stream end with CR LF",
        _each_frame(lambda data: data.replace(b"\n", b"\r\n")),
        "stream.plain-framing",
    ),
    defect(
        "no-blank-after-colon",
        "Fields of a stream have no blank after the colon",
        _each_frame(lambda data: data.replace(b"data: ", b"data:", 1)),
        "stream.plain-framing",
    ),
    defect(
        "data-on-several-lines",
        "The JSON of an event is printed over several lines",
        _each_frame(_printed_prettily),
        "stream.plain-framing",
    ),
    defect(
        "last-blank-line-missing",
        "The last event is not ended by a blank line",
        Play(frames=_without_last_line),
        "stream.plain-framing",
    ),
    defect("ping-without-data", "Pings have no data", _each_frame(_ping_without_data), "stream.one-json-object"),
    defect(
        "done-instead-of-message-stop",
        "A stream ends with [DONE] and without message_stop",
        Play(frames=_done_for_message_stop),
        "stream.no-done-sentinel",
        "stream.message-stop-last",
    ),
    defect(
        "characters-cut-at-blocks",
        "Bytes are decoded block by block, so that characters at the edges turn into replacement marks",
        Play(frames=_decoded_block_by_block),
        "stream.characters-whole",
    ),
    defect(
        "last-bytes-lost", "Characters lose their last byte", _each_frame(_last_byte_lost), "stream.one-json-object"
    ),
    defect("stream-held-back", "A stream is sent when it is complete", Play(frames=_held_back), "stream.flows"),
    defect(
        "gzip-not-flushed",
        "A compressed stream is flushed only at its end",
        _of_streams(_gzip_unflushed, _takes_gzip),
        "stream.flows",
    ),
    defect(
        "gzip-unasked",
        "Streams are compressed for clients that do not accept it",
        _of_streams(_gzip, _refuses_gzip),
        "http.accept-encoding",
    ),
    defect(
        "gzip-unlabelled",
        "A compressed stream does not say so",
        _of_streams(_gzip_unlabelled, _takes_gzip),
        "http.content-encoding",
    ),
    defect(
        "gzip-read-as-text",
        "A compressed stream went through a text decoder",
        _of_streams(_gzip_as_text, _takes_gzip),
        "http.content-type-event-stream",
    ),
    defect(
        "content-encoding-left-on",
        "The content-encoding of an upstream is passed on with the unpacked stream",
        _of_streams(lambda reply, _: _labelled(reply, "content-encoding", "br")),
        "http.accept-encoding",
    ),
    defect(
        "stream-labelled-json",
        "A stream is labelled as JSON",
        _of_streams(lambda reply, _: _labelled(reply, "content-type", "application/json")),
        "http.content-type-event-stream",
    ),
)
