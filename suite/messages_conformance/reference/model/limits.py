"""Where a generation ends: at max_tokens, at a stop sequence, or by itself."""

from __future__ import annotations

from collections.abc import Sequence

from messages_conformance.reference.model.tokens import count_block, pieces
from messages_conformance.reference.play import Json, Turn


def fit(blocks: Sequence[Json], max_tokens: int, stop_sequences: Sequence[str]) -> Turn:
    """`blocks` cut where generation stops, with the reason.

    A stop sequence and everything after it is left out. A tool call that does not fit is left out whole: half of its
    arguments would be of no use. Text blocks that end up empty are left out too.
    """
    kept: list[Json] = []
    left = max_tokens
    for whole in blocks:
        capped, complete = _capped(whole, left)
        block, stopped_by = _stopped(capped, stop_sequences)
        if block["text"] if block["type"] == "text" else complete:
            kept.append(block)
        room, left = left, left - count_block(block)
        if stopped_by is not None:
            return Turn(tuple(kept), "stop_sequence", stopped_by)
        if not complete:
            return Turn(tuple(kept), "max_tokens", cut_tokens=0 if block["type"] == "text" else max(0, room))
    called = any(block["type"] == "tool_use" for block in kept)
    return Turn(tuple(kept), "tool_use" if called else "end_turn")


def _capped(block: Json, left: int) -> tuple[Json, bool]:
    if count_block(block) <= left:
        return block, True
    if block["type"] != "text":
        return block, False
    return {**block, "text": "".join(pieces(block["text"])[: max(0, left)])}, False


def _stopped(block: Json, stop_sequences: Sequence[str]) -> tuple[Json, str | None]:
    """The block up to the first stop sequence in its text, and that sequence; of two at one place, the longer."""
    if block["type"] != "text":
        return block, None
    text = block["text"]
    places = [(text.index(stop), -len(stop), stop) for stop in stop_sequences if stop in text]
    if not places:
        return block, None
    at, _, stop = min(places)
    return {**block, "text": text[:at]}, stop
