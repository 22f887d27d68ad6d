"""From an error of the client to a failure: what kind it is, what to tell people, and the reason where it is known."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

import httpx

from messages_conformance.catalog.model import Limits
from messages_conformance.wire.body import BadEncodingError, BodyTooLargeError
from messages_conformance.wire.exchange import Failure, FailureKind, FailureReason

_MAX_DETAIL: Final = 300

_CERTIFICATES: Final[Mapping[int, FailureReason]] = {
    9: "certificate-expired",  # not valid yet: a clock is wrong, or the certificate's time is another
    10: "certificate-expired",
    18: "certificate-self-signed",
    19: "certificate-self-signed",
    62: "certificate-name",
    64: "certificate-name",
}
"""OpenSSL's codes for what is wrong with a certificate."""

_NO_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG"})
"""OpenSSL's words for bytes that are no TLS."""

_NO_WAY: Final = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ETIMEDOUT})

_ALERT: Final = ("\\x15\\x03", "\x15\x03")
"""How an alert of TLS begins, as h11 quotes it where it should be a status line."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the error alone does not say: which of our own bounds had run out, whether the answer had begun, and whether
    there was a proxy on the way."""

    limits: Limits
    overdue: bool
    silent: bool
    begun: bool
    proxied: bool


def failure(error: Exception, at: Circumstances) -> Failure:
    """What became of an exchange that `error` ended."""
    if at.overdue:
        return Failure("deadline", f"not finished within {at.limits.total_timeout:g} s")
    if at.silent:
        waited = f"{at.limits.read_timeout:g} s"
        return Failure("timeout", f"no content for {waited}" if at.begun else f"no answer began within {waited}")
    if isinstance(error, httpx.TimeoutException):
        return _not_sent(error, at.limits)
    kind: FailureKind
    match error:
        case BodyTooLargeError():
            kind = "too-large"
        case BadEncodingError():
            kind = "decode"
        case httpx.ConnectError() | httpx.ProxyError():
            kind = "connect"
        case _:
            kind = "protocol"
    return Failure(kind, (str(error) or type(error).__name__)[:_MAX_DETAIL], _reason(error, at))


def _not_sent(error: httpx.TimeoutException, limits: Limits) -> Failure:
    if isinstance(error, httpx.ConnectTimeout):
        return Failure("connect", f"no connection within {limits.connect_timeout:g} s", "unreachable")
    return Failure("timeout", f"the request was not taken within {limits.read_timeout:g} s")


def _reason(error: Exception, at: Circumstances) -> FailureReason | None:
    found: FailureReason | None = None
    for each in _chain(error):
        found = found or _of_system(each) or _of_protocol(each)
    connecting = isinstance(error, httpx.ConnectError | httpx.ProxyError)
    is_tls = str(found).startswith(("certificate", "no-tls", "tls"))
    return "proxy" if at.proxied and connecting and not is_tls else found


def _of_system(error: BaseException) -> FailureReason | None:
    found: FailureReason | None = None
    match error:
        case socket.gaierror():
            found = "unreachable" if error.errno == socket.EAI_AGAIN else "unresolved"
        case ssl.SSLCertVerificationError():
            found = _CERTIFICATES.get(error.verify_code) or "certificate-untrusted"
        case ssl.SSLError():
            found = "no-tls" if error.reason in _NO_TLS else "tls"
        case ConnectionRefusedError():
            found = "refused"
        case OSError():
            found = "unreachable" if error.errno in _NO_WAY else None
        case _:
            pass
    return found


def _of_protocol(error: BaseException) -> FailureReason | None:
    if not isinstance(error, httpx.RemoteProtocolError):
        return None
    if any(alert in str(error) for alert in _ALERT):
        return "tls-only"
    return "hung-up" if "without sending a response" in str(error) else None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what it came from, and so on; of a group, its members."""
    seen: set[int] = set()
    left: list[BaseException | None] = [error]
    while left:
        each = left.pop(0)
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        if isinstance(each, BaseExceptionGroup):
            left += cast("BaseExceptionGroup[BaseException]", each).exceptions
        left += (each.__cause__, each.__context__)
