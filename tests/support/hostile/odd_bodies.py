"""Bodies that are whole and are no answer of this API: other protocols, other formats, and messages full of lies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from messages import error, message

from hostile.odd_streams import MARKUP, ODD_VALUES
from hostile.saying import JSON, SSE, Make, head, whole

_PAGE = b"Content-Type: text/html; charset=utf-8"


def _json(value: Any) -> bytes:
    return whole(json.dumps(value).encode(), JSON)


def _lie(**changes: Any) -> bytes:
    return _json(message() | changes)


def _spent(**counts: Any) -> bytes:
    return _lie(usage={"input_tokens": 10, "output_tokens": 5} | counts)


def _written(key: str, value: str) -> bytes:
    """A message of which one member is written by hand."""
    return whole(json.dumps(message())[:-1].encode() + f', "{key}": {value}}}'.encode(), JSON)


_OTHER_WORLDS: Mapping[str, bytes | Make] = {
    "sends_a_page": whole(b"<!doctype html><title>Welcome</title><h1>It works!</h1>" * 500, _PAGE),
    "sends_a_page_as_json": whole(b"<!doctype html><title>Welcome</title>", JSON),
    "sends_a_page_as_a_stream": whole(b"<!doctype html><title>Welcome</title>", SSE),
    "sends_xml": whole(b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b"Content-Type: text/xml"),
    "sends_soap": whole(b"<soap:Envelope><soap:Fault/></soap:Envelope>", b"Content-Type: application/soap+xml"),
    "sends_yaml": whole(b"type: message\ncontent: []\n", b"Content-Type: application/yaml"),
    "sends_json_lines": whole(b'{"type": "message"}\n' * 20, b"Content-Type: application/x-ndjson"),
    "sends_a_form": whole(b"type=message&role=assistant", b"Content-Type: application/x-www-form-urlencoded"),
    "sends_protobuf": whole(bytes(range(256)), b"Content-Type: application/grpc"),
    "sends_a_picture": whole(b"\x89PNG\r\n\x1a\n" + bytes(range(256)), b"Content-Type: image/png"),
    "sends_chat_completions": _json({"object": "chat.completion", "choices": [{"message": {"content": "pong"}}]}),
    "sends_graphql": _json({"data": None, "errors": [{"message": "no", "locations": []}]}),
    "sends_json_rpc": _json({"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "no"}}),
    "sends_an_error_with_200": _json(error("overloaded_error", "busy")),
    "speaks_http_9": b"HTTP/9.9 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "sends_no_content": head(b"204 No Content"),
    "sends_no_content_with_a_body": head(b"204 No Content", b"Content-Length: 2") + b"{}",
    "resets_the_content": whole(b"", status=b"205 Reset Content"),
    "has_not_changed": head(b"304 Not Modified", b"Content-Length: 2"),
    "sends_a_part": whole(b'{"type": "mess', JSON, b"Content-Range: bytes 0-13/99", status=b"206 Partial Content"),
    "sends_nothing": whole(b"", SSE),
    "sends_nothing_as_json": whole(b"", JSON),
    "sends_nothing_of_no_type": head(b"200 OK", b"Content-Length: 0"),
    "redirects_elsewhere": whole(b"", b"Location: http://127.0.0.1:9/else", status=b"301 Moved Permanently"),
    "redirects_nowhere": whole(b"", status=b"302 Found"),
    "redirects_to_a_file": whole(b"", b"Location: file:///etc/passwd", status=b"308 Permanent Redirect"),
    "redirects_to_nonsense": whole(b"", b"Location: http://[::1", status=b"307 Temporary Redirect"),
    "asks_for_a_password": whole(b"{}", JSON, b"WWW-Authenticate: Basic realm=x", status=b"400 Bad Request"),
    "sets_many_cookies": whole(b"{}", JSON, *(b"Set-Cookie: c%d=%b" % (n, b"x" * 200) for n in range(90))),
    "speaks_the_old_protocol": b'HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{"type": "message"}',
    "counts_too_little": head(b"200 OK", JSON, b"Content-Length: 9") + b'{"type": "message"}',
    "has_status_999": whole(b"{}", JSON, status=b"999 Request Denied"),
    "has_status_299": whole(b"{}", JSON, status=b"299 Whatever"),
    "informs_before_it_answers": head(b"100 Continue") + head(b"103 Early Hints", b"Link: </a>") + whole(b"[]", JSON),
    "informs_a_thousand_times": head(b"103 Early Hints") * 1000 + whole(b"[]", JSON),
    "has_a_type_of_markup": whole(b"{}", b"Content-Type: <script>alert(1)</script>"),
    "says_its_length_and_chunks": head(b"200 OK", JSON, b"Content-Length: 99", b"Transfer-Encoding: chunked")
    + b"2\r\n{}\r\n0\r\n\r\n",
    "folds_a_header": head(b"200 OK", JSON, b"x-a: b\r\n c", b"Content-Length: 2") + b"{}",
    "ends_lines_with_lf": b"HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: 2\n\n{}",
    "trails_headers": head(b"200 OK", JSON, b"Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\nx-a: 1\r\n\r\n",
}

_TEXT = '{"type": "message", "content": [{"type": "text", "text": "pong"}]}'
_ODD_JSON: Mapping[str, bytes | Make] = {
    "writes_latin": whole(
        json.dumps(error(text="gehört nicht dazu"), ensure_ascii=False).encode("latin-1"),
        b"Content-Type: application/json; charset=iso-8859-1",
        status=b"400 Bad Request",
    ),
    **{f"writes_{coding}": whole(_TEXT.encode(coding), JSON) for coding in ("utf-16", "utf-32", "utf-8-sig", "utf-7")},
    "writes_bad_utf_8": whole(_TEXT.encode().replace(b"pong", b"\xff\xfe\xc0\x80\xed\xa0\x80"), JSON),
    "writes_half": whole(_TEXT[:-9].encode(), JSON),
    "writes_more": whole(_TEXT.encode() + b"}", JSON),
    "writes_twice": whole(_TEXT.encode() * 2, JSON),
    "writes_a_comment": whole(b"/* hello */" + _TEXT.encode(), JSON),
    "writes_single_quotes": whole(_TEXT.replace('"', "'").encode(), JSON),
    "writes_deeply": whole(b"[" * 100_000 + b"]" * 100_000, JSON),
    "writes_deep_objects": whole(b'{"content":' * 50_000 + b"1" + b"}" * 50_000, JSON),
    "writes_deep_content": _written("content", "[" * 900 + "]" * 900),
    "writes_equal_names": _written("type", '"error"'),
    "writes_nan": _written("usage", '{"input_tokens": NaN, "output_tokens": -Infinity}'),
    "writes_1e400": _written("usage", '{"input_tokens": 1e400, "output_tokens": -1e400}'),
    "writes_minus_0": _written("usage", '{"input_tokens": -0, "output_tokens": -0.0}'),
    "writes_4300_digits": _written("usage", f'{{"input_tokens": {"9" * 4300}, "output_tokens": {"9" * 400}}}'),
    "writes_100000_digits": _written("usage", f'{{"input_tokens": {"9" * 100_000}}}'),
    "writes_many_decimals": _written("usage", f'{{"input_tokens": 0.{"0" * 100_000}1, "output_tokens": 5}}'),
    "writes_surrogates": _written("id", r'"\ud800\udfff\u0000\u001b[2J"'),
    "writes_null": whole(b"null", JSON),
    "writes_a_number": whole(b"-1e5", JSON),
    "writes_a_string": whole(b'"message"', JSON),
    "refuses_with_surrogates": whole(
        rb'{"type": "error", "error": {"type": "\ud800", "message": "at most ' + b"9" * 5000 + b'"}}',
        JSON,
        status=b"400 Bad Request",
    ),
}

_LIES: Mapping[str, bytes | Make] = {
    "counts_less_than_nothing": _spent(output_tokens=-5),
    "counts_too_much": _spent(input_tokens=2**63, output_tokens=10**300),
    "counts_tokens_in_words": _spent(output_tokens="five"),
    "counts_tokens_in_lists": _spent(output_tokens=[5], cache_read_input_tokens={}),
    "counts_tokens_in_fractions": _spent(output_tokens=5.5),
    "counts_truly": _spent(output_tokens=True),
    "spends_a_list": _lie(usage=[1, 2]),
    "has_an_id_of_a_megabyte": lambda: _lie(id="x" * (1 << 20), usage=None),
    "has_a_model_of_a_megabyte": lambda: _lie(model="x" * (1 << 20), usage=None),
    "has_an_error_of_a_megabyte": lambda: _json(error("x" * (1 << 20), "y" * (1 << 20))),
    "stops_for_a_list": _lie(stop_reason=["end_turn"]),
    "stops_for_an_object": _lie(stop_reason={"end_turn": 1}, stop_sequence=1),
    "says_its_content_in_words": _lie(content="Hello there."),
    "says_its_content_in_an_object": _lie(content={"type": "text", "text": "x"}),
    "is_an_object": _lie(role={"name": "assistant"}),
    "is_the_user": _lie(role="user"),
    "has_odd_blocks": _lie(content=list(ODD_VALUES)),
    "has_odd_kinds_of_blocks": _lie(content=[{"type": value, "text": value} for value in ODD_VALUES]),
    "calls_odd_tools": _lie(
        content=[{"type": "tool_use", "id": v, "name": v, "input": v} for v in ODD_VALUES], stop_reason="tool_use"
    ),
    "thinks_odd_thoughts": _lie(content=[{"type": "thinking", "thinking": v, "signature": v} for v in ODD_VALUES]),
    "cites_odd_sources": _lie(
        content=[{"type": "text", "text": "x", "citations": v} for v in (*ODD_VALUES, list(ODD_VALUES))]
    ),
    **{
        f"has_markup_{n}_everywhere": _json(dict.fromkeys(message(), mark) | {mark: mark})
        for n, mark in enumerate(MARKUP)
    },
    **{
        f"refuses_with_markup_{n}": whole(json.dumps(error(mark, mark)).encode(), JSON, status=b"400 Bad Request")
        for n, mark in enumerate(MARKUP)
    },
}

ODD_BODIES: Mapping[str, bytes | Make] = {**_OTHER_WORLDS, **_ODD_JSON, **_LIES}
"""What is said is judged: something is wrong with every one of them."""

_LIMIT = json.dumps(error("rate_limit_error", "no")).encode()
WEATHER: Mapping[str, tuple[bytes, str]] = {
    "sends_a_gateways_page": (
        whole(b"<html><h1>403 Forbidden</h1><hr>cloud</html>", b"Content-Type: text/html", status=b"403 Forbidden"),
        "transport",
    ),
    "waits_too_long_in_words": (
        whole(_LIMIT, JSON, b"Retry-After: Fri, 31 Dec 9999 23:59:59 -9999", status=b"429 Too Many Requests"),
        "rate-limit",
    ),
    "waits_too_long_in_numbers": (
        whole(_LIMIT, JSON, b"Retry-After: " + b"9" * 400, status=b"429 Too Many Requests"),
        "rate-limit",
    ),
    "is_out_of_credit": (whole(b"{}", JSON, status=b"402 Payment Required"), "credit"),
}
"""What may come from any good server at times, and the cause that is told."""
