"""Keys planted in every channel of an exchange are gone; everything else stays."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages_conformance.wire.exchange import Chunk, Exchange, Failure, Request, Response
from messages_conformance.wire.redact import REDACTED, Redactor, is_credential

KEY = "sk-canary/7Q+f\"x&9'Zé%20=="
"""Holds every character that some encoding writes differently."""


def exchange(
    *,
    url: str = "https://host.example/v1/messages?beta=true",
    sent: tuple[tuple[str, str], ...] = (("accept", "*/*"), ("anthropic-version", "2023-06-01")),
    body: bytes | None = b'{"model":"m","max_tokens":5}',
    got: tuple[tuple[str, str], ...] = (("Content-Type", "text/event-stream"), ("request-id", "req_1")),
    chunks: tuple[bytes, ...] = (b"event: ping\n", b'data: {"type":"ping"}\n\n'),
    detail: str = "peer closed connection",
) -> Exchange:
    response = Response(200, got, tuple(Chunk(float(i), data) for i, data in enumerate(chunks)))
    failure = Failure("protocol", detail)
    return Exchange(Request("POST", url, sent, body), response, failure, "2026-01-01T00:00:00+00:00", 1.0, 2.0)


def spellings() -> list[str]:
    encoded = [quote(KEY), quote(KEY, safe=""), quote_plus(KEY)]
    encoded += [re.sub("%..", lambda found: found[0].lower(), text) for text in encoded]
    escaped = [json.dumps(KEY)[1:-1], json.dumps(KEY, ensure_ascii=False)[1:-1], html.escape(KEY)]
    return [KEY, *encoded, *escaped, json.dumps(KEY)[1:-1].replace("/", "\\/")]


def base64_forms() -> list[str]:
    texts = [KEY, f"user:{KEY}", f"us:{KEY}", f"u:{KEY}", f"u:{KEY}:more"]
    return [encode(text.encode()).decode() for text in texts for encode in (base64.b64encode, base64.urlsafe_b64encode)]


def base64_reveals(encoded: str) -> bool:
    """Whether 5 or more characters of the key can be decoded from what is left between the marks."""
    for piece in encoded.split(REDACTED):
        for shift in range(4):
            text = piece[shift : shift + (len(piece) - shift) // 4 * 4].rstrip("=")
            decoded = base64.b64decode(
                text + "=" * (-len(text) % 4), altchars=b"-_" if set("-_") & set(text) else b"+/"
            )
            if any(KEY.encode()[i : i + 5] in decoded for i in range(len(KEY))):
                return True
    return False


PLANTS: dict[str, Callable[[str], Exchange]] = {
    "url": lambda key: exchange(url=f"https://host.example/{key}/x?q={key}"),
    "sent header": lambda key: exchange(sent=(("x-gateway", f"id={key};v=1"),)),
    "sent body": lambda key: exchange(body=f'{{"text":"{key}"}}'.encode()),
    "answered header": lambda key: exchange(got=(("x-echo", f"you sent {key}"),)),
    "answered body": lambda key: exchange(chunks=(f'data: {{"error":"bad key {key}"}}\n\n'.encode(),)),
    "failure": lambda key: exchange(detail=f"illegal status line: {key}"),
}


@pytest.mark.parametrize("spelling", spellings())
@pytest.mark.parametrize("channel", PLANTS)
def test_a_key_is_gone_from_every_channel(channel: str, spelling: str) -> None:
    dirty = PLANTS[channel](spelling)
    clean = Redactor([KEY]).redact_exchange(dirty)
    assert spelling in shown(dirty)
    assert spelling not in shown(clean)
    assert "canary" not in shown(clean)
    assert shown(clean).count(REDACTED) == shown(dirty).count(spelling)


def shown(one: Exchange) -> str:
    """Everything of an exchange that would be written, as text."""
    assert one.response is not None
    assert one.failure is not None
    parts = [one.request.url, *(f"{k}: {v}" for k, v in one.request.headers + one.response.headers), one.failure.detail]
    return "\n".join([*parts, (one.request.body or b"").decode(), one.response.body.decode()])


@pytest.mark.parametrize("encoded", base64_forms())
def test_a_key_inside_base64_is_gone(encoded: str) -> None:
    assert base64_reveals(encoded)
    clean = Redactor([KEY]).redact_text(f"seen {encoded} there")
    assert REDACTED in clean
    assert clean.startswith("seen ")
    assert clean.endswith(" there")
    assert not base64_reveals(clean.removeprefix("seen ").removesuffix(" there"))


@given(st.lists(st.integers(0, 60), max_size=6))
def test_a_key_split_over_chunks_is_gone(cuts: list[int]) -> None:
    body = f'data: {{"a":"{KEY}"}}\n\ndata: tail\n\n'.encode()
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    parts = tuple(body[start:end] for start, end in pairwise(edges))
    clean = Redactor([KEY]).redact_exchange(exchange(chunks=parts)).response
    assert clean is not None
    assert clean.body == f'data: {{"a":"{REDACTED}"}}\n\ndata: tail\n\n'.encode()
    assert [chunk.at_ms for chunk in clean.chunks] == [float(i) for i in range(len(parts))]


@pytest.mark.parametrize("length", [1, 3, 7, 8])
@pytest.mark.parametrize("kind", ["text", "thinking", "partial_json"])
def test_a_key_split_over_the_deltas_of_a_stream_is_gone(kind: str, length: int) -> None:
    key = 'Zx9K/2LwT7"vB4n\\Yp+8RcJm'
    parts = [key[at : at + length] for at in range(0, len(key), length)]
    told = [{"index": 1, "delta": {kind: part}} for part in ("It is ", *parts, ", they say")]
    between = {"index": 0, "delta": {kind: "another block"}}
    events = [f"data: {json.dumps(each)}\n\n".encode() for each in (*told[:3], between, *told[3:])]
    clean = Redactor([key]).redact_exchange(exchange(chunks=tuple(events))).response
    assert clean is not None
    kept = [json.loads(chunk.data.removeprefix(b"data: "))["delta"][kind] for chunk in clean.chunks]
    assert kept.pop(3) == "another block"
    assert kept == ["It is ", *[REDACTED] * len(parts), ", they say"]


def test_deltas_without_a_key_stay_as_they_came() -> None:
    events = tuple(f'data: {{"index": 0, "delta": {{"text": "{part}"}}}}\n\n'.encode() for part in ("ca", "na", "ry"))
    dirty = exchange(chunks=events)
    assert Redactor([KEY]).redact_exchange(dirty) == dirty


def test_chunks_keep_their_boundaries_outside_of_the_key() -> None:
    response = (
        Redactor([KEY])
        .redact_exchange(exchange(chunks=(b"one", b"two" + KEY[:4].encode(), KEY[4:].encode() + b"three", b"four")))
        .response
    )
    assert response is not None
    assert [chunk.data for chunk in response.chunks] == [b"one", b"two[redacted]", b"three", b"four"]


def test_evidence_that_was_cut_inside_a_key_loses_that_part_too() -> None:
    redactor = Redactor([KEY])
    assert redactor.redact_bytes(b"before " + KEY[4:20].encode()) == b"before [redacted]"
    assert redactor.redact_text(f"illegal line: {KEY[:-1]}") == "illegal line: [redacted]"
    assert redactor.redact_bytes(b"before " + KEY[10:17].encode()) == b"before " + KEY[10:17].encode()


@pytest.mark.parametrize(
    ("name", "value", "clean"),
    [
        ("x-api-key", "abc", "[redacted]"),
        ("X-Api-Key", "", ""),
        ("Authorization", "Bearer abc", "Bearer [redacted]"),
        ("authorization", "bearer  abc def", "bearer  [redacted]"),
        ("authorization", "Basic dTpw", "Basic [redacted]"),
        ("authorization", "opensesame now", "[redacted]"),
        ("proxy-authorization", "Basic dTpw", "Basic [redacted]"),
        ("Set-Cookie", "sid=1; Path=/", "[redacted]"),
        ("cookie", "sid=1", "[redacted]"),
        ("x-amz-security-token", "abc", "[redacted]"),
        ("client-secret", "abc", "[redacted]"),
        ("ocp-apim-subscription-key", "abc", "[redacted]"),
        ("anthropic-ratelimit-input-tokens-remaining", "4000", "4000"),
        ("x-ratelimit-limit-token", "4000", "4000"),
        ("www-authenticate", 'Bearer realm="api"', 'Bearer realm="api"'),
        ("anthropic-version", "2023-06-01", "2023-06-01"),
        ("location", "https://user:pa@ss@host.example/x", "https://[redacted]@host.example/x"),
    ],
)
def test_headers_are_redacted_by_name_whatever_their_value(name: str, value: str, clean: str) -> None:
    redactor = Redactor(())
    assert redactor.redact_headers(((name, value),)) == ((name, clean),)
    assert redactor.redact_headers(((name, clean),)) == ((name, clean),)


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://user:pass@host.example/v1", "https://[redacted]@host.example/v1"),
        ("https://k@host.example:8443/v1?a=b@c", "https://[redacted]@host.example:8443/v1?a=b@c"),
        ("https://host.example/@me?x=1#k", "https://host.example/@me?x=1#k"),
        ("https://host.example/v1?key=ab&beta=true", "https://host.example/v1?key=[redacted]&beta=true"),
        ("https://host.example/v1?a=1&api_token=ab#f", "https://host.example/v1?a=1&api_token=[redacted]#f"),
        ("https://host.example/v1?max_tokens=7&key=", "https://host.example/v1?max_tokens=7&key="),
        ("http://[::1]:80/v1", "http://[::1]:80/v1"),
    ],
)
def test_urls_lose_userinfo_and_credential_fields(url: str, clean: str) -> None:
    assert Redactor(()).redact_url(url) == clean
    assert Redactor(()).redact_url(clean) == clean


def test_short_secrets_are_redacted_by_name_only() -> None:
    one = exchange(sent=(("x-api-key", "test"), ("x-note", "a test")), body=b'{"text":"this is a test"}')
    clean = Redactor(["test", ""]).redact_exchange(one)
    assert clean.request.headers == (("x-api-key", REDACTED), ("x-note", "a test"))
    assert clean.request.body == one.request.body


def test_overlapping_secrets_leave_nothing_between_them() -> None:
    redactor = Redactor(["abcdef1hij", "1hijklmnop", "abcdef1h"])
    assert redactor.redact_text("<abcdef1hijklmnop>") == "<[redacted]>"
    assert redactor.redact_text("<abcdef1h>") == "<[redacted]>"
    assert Redactor(["0123456789abcdef", "23456789"]).redact_text("<0123456789abcdef>") == "<[redacted]>"


harmless = st.text(st.characters(codec="utf-8", exclude_categories=("L", "Cs"), exclude_characters="@"), max_size=60)


@given(harmless, st.lists(harmless, max_size=4))
def test_what_holds_no_secret_stays_equal(text: str, chunks: list[str]) -> None:
    redactor = Redactor([KEY])
    assert redactor.redact_text(text) == text
    assert redactor.redact_bytes(text.encode()) == text.encode()
    one = exchange(detail=text, body=text.encode(), chunks=tuple(chunk.encode() for chunk in chunks))
    assert redactor.redact_exchange(one) == one


def test_the_halves_of_a_character_are_one_as_in_json_and_a_lone_half_stays() -> None:
    text = "é \ud83d\ude00 \ud83d"
    assert Redactor([KEY]).redact_text(text) == json.loads(json.dumps(text)) == "é \N{GRINNING FACE} \ud83d"


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_redacting_twice_changes_nothing_more(before: bytes, after: bytes) -> None:
    redactor = Redactor([KEY])
    clean = redactor.redact_bytes(before + KEY.encode() + after)
    assert REDACTED.encode() in clean
    assert redactor.redact_bytes(clean) == clean


def test_no_answer_and_no_failure_are_fine() -> None:
    one = replace(exchange(body=None), response=None, failure=None)
    assert Redactor([KEY]).redact_exchange(one) == one


def test_the_redactor_does_not_show_its_secrets() -> None:
    assert "canary" not in repr(Redactor([KEY]))


def test_credential_names() -> None:
    assert is_credential("X-API-KEY")
    assert not is_credential("anthropic-beta")
