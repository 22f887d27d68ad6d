"""What the defects of JSON as bytes change, for test_reference_defects.py. Once parsed, every answer is as before."""

from __future__ import annotations

import json

import httpx
from probes import Wire


def encoding(response: httpx.Response) -> str:
    return json.detect_encoding(response.content)


def roles(response: httpx.Response) -> int:
    return response.text.count('"role"')


WIRE: Wire = {
    "json-in-utf-16": ({}, encoding, "utf-8", "utf-16-le", set()),
    "json-after-byte-order-mark": ({}, encoding, "utf-8", "utf-8-sig", set()),
    "json-name-twice": ({}, roles, 1, 2, set()),
    "json-name-twice-in-stream": ({"stream": True}, roles, 1, 2, set()),
}
