"""Base URLs, in the forms that people write."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from messages_conformance.catalog.yaml.keys import is_known_key

_OWN_DOMAINS = (".localhost", ".local", ".internal", ".home.arpa", ".test")


def trouble(url: str) -> str | None:
    """What is wrong with a base URL, as the end of a sentence about it, or None.

    The sentence never repeats the URL: it may hold a secret.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises if the port is invalid
    except ValueError:
        return "is not a well-formed address"
    faults = (
        (parts.username is not None or is_known_key(url), "holds credentials; they belong in an environment variable"),
        (parts.scheme not in ("http", "https") or not parts.hostname, "must start with https:// or http:// and a host"),
        (bool(parts.query or parts.fragment), "must end with its path, without a query or fragment"),
        (bool(re.search(r"[^\x21-\x7e]|[{}<>\"\\^`|$]", url)), "holds a character that no address has"),
    )
    return next((fault for applies, fault in faults if applies), None)


def is_nearby(url: str) -> bool:
    """Whether a URL leads to this machine or its own network: a loopback or private address, a name without a dot, or
    under a domain that the public network does not have."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(_OWN_DOMAINS)
    return address.is_loopback or address.is_private or address.is_link_local


def repeated(base_url: str, path: str) -> str | None:
    """The text that ends a base URL and also begins a path: `/v1`, pasted along with the host."""
    base = urlsplit(base_url).path.rstrip("/")
    segments = path.strip("/").split("/")
    starts = ("/" + "/".join(segments[:count]) for count in range(len(segments), 0, -1))
    return next((start for start in starts if base.endswith(start)), None)


def split(address: str, path: str) -> tuple[str, str]:
    """Split an address that may already hold part of `path` into base URL and path.

    `https://host`, `https://host/v1` and `https://host/v1/messages` all give (`https://host`, `/v1/messages`). An
    address that ends in `/messages` without `/v1` keeps that as its path.
    """
    address = address.rstrip("/")
    if (start := repeated(address, path)) is not None:
        return address.removesuffix(start), path
    if address.endswith("/messages"):
        return address.removesuffix("/messages"), "/messages"
    return address, path
