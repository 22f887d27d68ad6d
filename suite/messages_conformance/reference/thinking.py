"""Thinking blocks and the signatures that let the reference recognise them on return (contract: thinking).

A signature is base64 of: one byte of kind, a random number, and a MAC. For shown thinking the MAC covers the text too;
for omitted thinking it does not, because text put into an omitted block is ignored.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any

from messages_conformance.reference.narrow import as_object
from messages_conformance.reference.tokens import pieces

_MAC_KEY = b"messages-conformance reference"
_SHOWN, _OMITTED, _REDACTED = b"\x12", b"\x13", b"\x14"
_NONCE = 24

THINKING_MODES = ("enabled", "adaptive", "between_tools")


def is_on(body: Mapping[str, Any]) -> bool:
    """Whether the request turns thinking on. It is off where `thinking` is left out."""
    return as_object(body.get("thinking")).get("type") in THINKING_MODES


def think(config: Mapping[str, Any], max_tokens: int, question: str, *, redacted: bool) -> tuple[dict[str, Any], int]:
    """A thinking block and its tokens, within the budget (adaptive: half of `max_tokens`)."""
    budget = config.get("budget_tokens") or max(1, max_tokens // 2)
    spent = pieces(_thought(question))[:budget]
    text = "".join(spent)
    if redacted:
        return {"type": "redacted_thinking", "data": _sign(_REDACTED, "")}, len(spent)
    if config.get("display") == "omitted":
        return {"type": "thinking", "thinking": "", "signature": _sign(_OMITTED, "")}, len(spent)
    return {"type": "thinking", "thinking": text, "signature": _sign(_SHOWN, text)}, len(spent)


def is_genuine(block: Mapping[str, Any]) -> bool:
    """Whether a thinking block that comes back is one that the reference gave out, unaltered."""
    try:
        raw = base64.b64decode(block["signature"], validate=True)
    except (binascii.Error, ValueError):
        return False
    kind, nonce, mac = raw[:1], raw[1 : 1 + _NONCE], raw[1 + _NONCE :]
    text = "" if kind == _OMITTED else block["thinking"]
    return kind in (_SHOWN, _OMITTED) and hmac.compare_digest(mac, _mac(kind, nonce, text))


def _thought(question: str) -> str:
    topic = " ".join(question.split())[:160].rstrip(".?!") or "nothing in particular"
    return (
        f"The last turn reads: {topic}. First I look for what is asked, then for what was said before about it. "
        "I check whether a tool is wanted, and which values it needs. Now I can put the answer into plain words."
    )


def _sign(kind: bytes, text: str) -> str:
    nonce = secrets.token_bytes(_NONCE)
    return base64.b64encode(kind + nonce + _mac(kind, nonce, text)).decode()


def _mac(kind: bytes, nonce: bytes, text: str) -> bytes:
    return hmac.digest(_MAC_KEY, kind + nonce + text.encode(), hashlib.sha256)
