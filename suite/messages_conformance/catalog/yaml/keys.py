"""Recognise a secret key where none belongs.

Keys come from environment variables only. A key pasted into a file ends up in version control, so it is refused, and
the error message never repeats it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, cast

from messages_conformance.catalog.yaml.nodes import Document, Pointer
from messages_conformance.errors import Problem

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
    """Whether a text holds something that looks like a key. Words without a digit do not."""
    return is_known_key(text) or any(_is_mixed(run) for run in _LIKELY.findall(text))


def _is_mixed(run: str) -> bool:
    return any(c.isdigit() for c in run) and any(c.isalpha() for c in run)


def is_known_key(text: str) -> bool:
    """Whether a text certainly holds a key. For addresses, in which long ids of accounts and deployments are common."""
    return bool(_CERTAIN.search(text))


def pasted_keys(document: Document) -> Iterator[tuple[Pointer, Problem]]:
    """Every text of a providers file that looks like a key, anywhere in the file."""
    advice = "name the environment variable that holds the key: auth: {style: …, env: MY_API_KEY}"
    for pointer, value in _texts(document.value, ()):
        if _is_pasted(pointer, value):
            message = f"`{pointer[-1]}` holds a key; never write a key in a file"
            yield pointer, Problem(message, document.where(*pointer), advice)


def _is_pasted(pointer: Pointer, value: str) -> bool:
    match pointer:
        case (*_, "base_url" | "url") | (*_, "models", _, "id"):
            return is_known_key(value)
        case (*_, "headers", name) if _is_credential_header(str(name)):
            return True
        case _:
            return looks_like_key(value)


def _texts(value: Any, pointer: Pointer) -> Iterator[tuple[Pointer, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            yield from _texts(inner, (*pointer, key))
    elif isinstance(value, list):
        for index, inner in enumerate(cast("list[Any]", value)):
            yield from _texts(inner, (*pointer, index))


def _is_credential_header(name: str) -> bool:
    words = re.split(r"[^a-z]+", name.lower())
    return bool({"authorization", "key", "apikey", "token", "secret", "cookie", "password"} & set(words))
