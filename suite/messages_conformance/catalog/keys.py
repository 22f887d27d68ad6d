"""Recognising a key where none belongs.

Keys come from environment variables only. A key pasted into a file ends up in version control, so it is refused, and it
is never repeated in the message that refuses it.
"""

from __future__ import annotations

import re
from typing import Final

_CERTAIN: Final = re.compile(r"\bsk[-_][A-Za-z0-9_-]{8,}", re.IGNORECASE)

_LIKELY: Final = re.compile(
    r"\b(?:pk|rk|gsk|xai|nvapi|hf|ghp|gho|glpat|fw|pplx|csk)[-_][A-Za-z0-9_-]{12,}"
    r"|\bAIza[A-Za-z0-9_-]{20,}|\bAKIA[A-Z0-9]{12,}|\beyJ[A-Za-z0-9_-]{16,}"
    r"|^(?:Bearer|Basic)\s+\S{8,}$"
    r"|[A-Za-z0-9]{24,}",
    re.IGNORECASE,
)
"""Prefixes that vendors use, tokens of the Authorization header, and long runs without a break: beta headers and model
names are long too, but their words are joined by hyphens."""


def looks_like_key(text: str) -> bool:
    """Whether a text holds something that is a key for all one can tell. Words alone, without a digit, are not."""
    return bool(_CERTAIN.search(text)) or any(_is_mixed(run) for run in _LIKELY.findall(text))


def _is_mixed(run: str) -> bool:
    return any(c.isdigit() for c in run) and any(c.isalpha() for c in run)


def is_credential_header(name: str) -> bool:
    """Whether a header carries a key by its name, whatever its value."""
    words = re.split(r"[^a-z]+", name.lower())
    return bool({"authorization", "key", "apikey", "token", "secret", "cookie", "password"} & set(words))
