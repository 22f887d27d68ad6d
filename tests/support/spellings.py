"""A key in every spelling in which a server may send it back, and in pieces."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable, Mapping
from urllib.parse import quote

KEY = "sk-ant-api03-Zx9Kq2LwT7vB4nYp8RcJ-mD5hGfS1aEu6oQiXN0tV3bAA"


def _each(spell: Callable[[str], str], every: int = 1) -> Callable[[str], str]:
    """Spell every so-manieth character, and those that begin an escape, as everybody who escapes must."""
    return lambda text: "".join(spell(c) if n % every == 0 or c in "\\%&" else c for n, c in enumerate(text))


SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "as it is": lambda key: key,
    "upper case": str.upper,
    "lower case": str.lower,
    "swapped case": str.swapcase,
    "backwards": lambda key: key[::-1],
    "hexadecimal": lambda key: key.encode().hex(),
    "hexadecimal, upper case": lambda key: key.encode().hex().upper(),
    "base64": lambda key: base64.b64encode(key.encode()).decode(),
    "base64 for addresses, after a name": lambda key: base64.urlsafe_b64encode(f"user:{key}".encode()).decode(),
    "percent-encoded throughout": _each(lambda c: f"%{ord(c):02X}"),
    "percent-encoded where due": lambda key: quote(key, safe=""),
    "percent-encoded in lower case": _each(lambda c: f"%{ord(c):02x}", every=3),
    "HTML, decimal": _each(lambda c: f"&#{ord(c)};"),
    "HTML, hexadecimal, in part": _each(lambda c: f"&#x{ord(c):x};", every=2),
    "HTML, by name": html.escape,
    "JSON": lambda key: json.dumps(key)[1:-1],
    "JSON, all escaped": _each(lambda c: f"\\u{ord(c):04x}"),
    "JSON, in part, upper case": _each(lambda c: f"\\u{ord(c):04X}", every=4),
    "Python's bytes": _each(lambda c: f"\\x{ord(c):02x}", every=2),
    "spaced": " ".join,
    "with hyphens": "-".join,
    "over several strings": lambda key: '","'.join(key[n : n + 5] for n in range(0, len(key), 5)),
    "zero bytes between": "\0".join,
}
PIECES: Mapping[str, Callable[[str], str]] = {
    "whole": lambda key: key,
    "first 20": lambda key: key[:20],
    "middle 16": lambda key: key[20:36],
    "last 12": lambda key: key[-12:],
    "cut in half by a limit": lambda key: key[:29],
}
