"""Base URLs, as people write them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from messages_conformance.catalog.yaml.keys import is_known_key


def trouble(url: str) -> str | None:
    """What is wrong with a base URL, as the end of a sentence about it, or None.

    The URL itself is not repeated: what is wrong with it may be that it holds a secret.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for what is no port
    except ValueError:
        return "is not a well-formed address"
    faults = (
        (parts.username is not None or is_known_key(url), "holds credentials; they belong in an environment variable"),
        (parts.scheme not in ("http", "https") or not parts.hostname, "must start with https:// or http:// and a host"),
        (bool(parts.query or parts.fragment), "must end with its path, without a query or fragment"),
        (bool(re.search(r"[^\x21-\x7e]|[{}<>\"\\^`|$]", url)), "holds a character that no address has"),
    )
    return next((fault for applies, fault in faults if applies), None)


def repeated(base_url: str, path: str) -> str | None:
    """What the end of a base URL and the start of a path have in common: `/v1`, pasted along with the host."""
    base = urlsplit(base_url).path.rstrip("/")
    segments = path.strip("/").split("/")
    starts = ("/" + "/".join(segments[:count]) for count in range(len(segments), 0, -1))
    return next((start for start in starts if base.endswith(start)), None)


def split(address: str, path: str) -> tuple[str, str]:
    """An address that may already hold some of `path`, as base URL and path.

    `https://host`, `https://host/v1` and `https://host/v1/messages` all give (`https://host`, `/v1/messages`). One that
    ends in `/messages` alone keeps that as its path.
    """
    address = address.rstrip("/")
    if (start := repeated(address, path)) is not None:
        return address.removesuffix(start), path
    if address.endswith("/messages"):
        return address.removesuffix("/messages"), "/messages"
    return address, path
