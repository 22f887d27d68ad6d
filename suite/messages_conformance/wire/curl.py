"""Shows a request as a shell command that a person can paste."""

from __future__ import annotations

import re
import shlex
import string
from collections.abc import Iterator
from typing import Any, cast

from messages_conformance.wire.exchange import Request, header, read_json
from messages_conformance.wire.redact import REDACTED, Redactor

_MAX_ARGUMENT = 100_000  # Linux refuses a single argument of 128 KiB; the arguments of a shell builtin have no limit
_CONTROLS = re.compile(rb"[\0-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")
_PLAIN = frozenset(string.ascii_letters + string.digits + string.punctuation + " ") - frozenset("'%\\")
_BY_NAME = Redactor(())
_OCTAL = [chr(byte) if chr(byte) in _PLAIN else f"\\{byte:03o}" for byte in range(256)]


def curl(request: Request, *, key_env: str | None) -> str:
    """A command that sends `request`; it fits a POSIX shell and spans several lines for reading.

    Credentials never show: those of `request` that are not redacted yet are redacted here by name. With `key_env` (the
    name of the environment variable that holds the key) every `[redacted]` in the URL and the headers becomes a
    reference to that variable, so that the command works; without it the mark stays.
    """
    safe = _BY_NAME.redact_request(request)
    options = list(_options(safe))
    options += [f"-H {_word(_header(name, value), key_env)}" for name, value in safe.headers if _is_sent(name)]
    feed = ""
    if safe.body is not None:
        if header(safe.headers, "content-type") is None:
            options.append("-H Content-Type:")  # or curl would call the body a form
        text = _as_argument(safe.body)
        options.append("--data-binary @-" if text is None else f"--data-raw {shlex.quote(text)}")
        feed = f"printf '{_octal(safe.body)}' | " if text is None else ""
    return f"{feed}curl " + " \\\n  ".join([*options, _word(safe.url, key_env)])


def _options(request: Request) -> Iterator[str]:
    yield "-sS"
    body: Any = read_json(request.body)
    if isinstance(body, dict) and cast("dict[str, Any]", body).get("stream") is True:
        yield "-N"
    if header(request.headers, "accept-encoding") is not None:
        yield "--compressed"
    if any(mark in request.url for mark in "[]{}"):
        yield "--globoff"
    if request.method == "HEAD":
        yield "--head"
    else:
        yield "-i"
        if request.method != ("GET" if request.body is None else "POST"):
            yield f"-X {shlex.quote(request.method)}"


def _is_sent(name: str) -> bool:
    return name.lower() != "content-length"  # curl counts for itself


def _header(name: str, value: str) -> str:
    return f"{name}: {value}" if value else f"{name};"  # `name:` would tell curl to leave the header out


def _word(text: str, key_env: str | None) -> str:
    """`text` as one word of the shell, with references to the key in place of its marks."""
    if key_env is None or REDACTED not in text:
        return shlex.quote(text)
    return f'"${key_env}"'.join(shlex.quote(part) if part else "" for part in text.split(REDACTED))


def _as_argument(body: bytes) -> str | None:
    """`body` as text, or None when it cannot be an argument: too long, not UTF-8, or with a control character in it,
    which a terminal would obey and nobody could copy."""
    if len(body) > _MAX_ARGUMENT or _CONTROLS.search(body):
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _octal(body: bytes) -> str:
    """`body` as a format of printf inside single quotes."""
    return body.decode("latin-1").translate(_OCTAL)
