"""Thinking blocks and the signatures that let the reference recognise them on return (contract: thinking).

A signature is base64 of: one byte of kind, a random number, and a MAC. The MAC covers the calls that the turn had made
before, so that a block which is sent back in another place is refused. So it is at Anthropic: a turn whose calls are
gathered behind its thinking is refused, the same blocks in the order in which they came are not. For shown thinking it
covers the text too; for omitted thinking it does not, because text put into an omitted block is ignored.

Sources of the place: https://platform.claude.com/docs/en/build-with-claude/preserved-thinking/prefix-checks (a block
that was moved fails the check), https://github.com/nikships/droidproxy/pull/103 (both orders, measured).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from messages_conformance.reference.model.tokens import pieces
from messages_conformance.reference.narrow import as_object

_MAC_KEY = b"messages-conformance reference"
_SHOWN, _OMITTED, _REDACTED = b"\x12", b"\x13", b"\x14"
_NONCE = 24

THINKING_MODES = ("enabled", "adaptive", "between_tools")
CALLS = ("tool_use", "server_tool_use")
"""The blocks between which a turn may think again."""


def is_on(body: Mapping[str, Any]) -> bool:
    """Whether the request turns thinking on. It is off where `thinking` is left out."""
    return as_object(body.get("thinking")).get("type") in THINKING_MODES


def think(
    config: Mapping[str, Any], max_tokens: int, thought: str, *, redacted: bool, after: Sequence[str] = ()
) -> tuple[dict[str, Any], int]:
    """`thought` as a thinking block, and its tokens: no more than the budget, or than `max_tokens` where there is none.
    `after` are the ids of the calls that the turn has made before."""
    spent = pieces(thought)[: config.get("budget_tokens") or max_tokens]
    text = "".join(spent)
    if redacted:
        return {"type": "redacted_thinking", "data": _sign(_REDACTED, "", after)}, len(spent)
    if config.get("display") == "omitted":
        return {"type": "thinking", "thinking": "", "signature": _sign(_OMITTED, "", after)}, len(spent)
    return {"type": "thinking", "thinking": text, "signature": _sign(_SHOWN, text, after)}, len(spent)


def between_calls(
    config: Mapping[str, Any], blocks: Iterable[dict[str, Any]], left: int, thought: str
) -> tuple[tuple[dict[str, Any], ...], int]:
    """`blocks` with a thought before every call but the first, and the tokens of these, as far as `left` allows."""
    told: list[dict[str, Any]] = []
    called: list[str] = []
    spent = 0
    for block in blocks:
        if block["type"] in CALLS:
            shown, tokens = think(config, max(1, (left - spent) // 2), thought, redacted=False, after=called)
            if called and spent + tokens <= left:
                told.append(shown)
                spent += tokens
            called.append(block["id"])
        told.append(block)
    return tuple(told), spent


def is_genuine(block: Mapping[str, Any], after: Sequence[str] = ()) -> bool:
    """Whether a thinking block that comes back is one that the reference gave out, unaltered and in its place."""
    try:
        raw = base64.b64decode(block["signature"], validate=True)
    except (binascii.Error, ValueError):
        return False
    kind, nonce, mac = raw[:1], raw[1 : 1 + _NONCE], raw[1 + _NONCE :]
    text = "" if kind == _OMITTED else block["thinking"]
    return kind in (_SHOWN, _OMITTED) and hmac.compare_digest(mac, _mac(kind, nonce, text, after))


def thought(config: Mapping[str, Any], max_tokens: int, question: str) -> str:
    """What the model thinks of `question`. Without a budget it keeps half of `max_tokens` for the answer."""
    return "".join(pieces(_thoughts(question))[: config.get("budget_tokens") or max(1, max_tokens // 2)])


def _thoughts(question: str) -> str:
    topic = " ".join(question.split())[:160].rstrip(".?!") or "nothing in particular"
    return (
        f"The last turn reads: {topic}. First I look for what is asked, then for what was said before about it. "
        "I check whether a tool is wanted, and which values it needs. Now I can put the answer into plain words."
    )


def _sign(kind: bytes, text: str, after: Sequence[str]) -> str:
    nonce = secrets.token_bytes(_NONCE)
    return base64.b64encode(kind + nonce + _mac(kind, nonce, text, after)).decode()


def _mac(kind: bytes, nonce: bytes, text: str, after: Sequence[str]) -> bytes:
    return hmac.digest(_MAC_KEY, kind + nonce + "\0".join((text, *after)).encode(), hashlib.sha256)
