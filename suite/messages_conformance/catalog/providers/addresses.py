"""Base URLs, in the forms that people write."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

from messages_conformance.catalog.yaml.keys import is_known_key

_HTTPS: Final = 443

_LONGEST: Final = 80
"""Characters of a name that is made of an address. It becomes the name of files."""

_WORD: Final = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")

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


def name_of(url: str, *, is_whole: bool = False) -> str:
    """A provider's id that is made of its base URL: `gateway.example_anthropic`, `localhost_8080`; or of the whole
    address of its messages, where that does not follow from the base URL.

    No two addresses have the same: where words alone could not tell them apart, some digits of a checksum do. A port
    stands there for `http`, which no `https` has.
    """
    parts = urlsplit(url.rstrip("/"))
    host, secure = (parts.hostname or "").rstrip("."), parts.scheme == "https"
    port, path = parts.port or (_HTTPS if secure else 80), [part for part in parts.path.split("/") if part]
    words = [host, *path] if secure else [host, str(port), *path]
    name = "_".join(words)
    if not (is_whole or _is_ambiguous(words, secure=secure, port=port)) and len(name) <= _LONGEST:
        return name
    clear = "-".join(re.findall(r"[a-z0-9]+", name.lower()))[:_LONGEST].rstrip("-")
    whole = f"{parts.scheme}://{host}:{port}/{'/'.join(path)} {is_whole}"
    return f"{clear}_{hashlib.sha256(whole.encode()).hexdigest()[:8]}".lstrip("_")


def _is_ambiguous(words: list[str], *, secure: bool, port: int) -> bool:
    """Whether another address may have the same words: with another port, a path that looks like one, or characters
    that a name cannot have."""
    like_a_port = secure and len(words) > 1 and words[1].isdigit()
    return (secure and port != _HTTPS) or like_a_port or not all(map(_WORD.fullmatch, words))


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
