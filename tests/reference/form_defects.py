"""What the defects of forms of a request change, for test_reference_defects.py."""

from __future__ import annotations

import httpx
from asking import events_of
from probes import Json, Wire

LINE = "ha ha ha ha ha ha ha ha ha ha ha ha"
FORMAT: Json = {"format": {"type": "json_schema", "schema": {"type": "object", "additionalProperties": False}}}
BLOCKS: Json = {"prompt": [{"role": "user", "content": [{"type": "text", "text": "Say hi"}]}]}

TEXTS: Json = {"prompt": [{"role": "user", "content": [{"type": "text", "text": t} for t in ("Hi", "word " * 20)]}]}


def joined(response: httpx.Response) -> str:
    return "".join(event.get("delta", {}).get("text", "") for event in events_of(response.text))


def status(response: httpx.Response) -> int:
    return response.status_code


def has_total(response: httpx.Response) -> bool:
    return "total_tokens" in response.json()["usage"]


def is_long(response: httpx.Response) -> bool:
    return response.json()["usage"]["input_tokens"] > 25


WIRE: Wire = {
    "repeated-fragments-swallowed": (
        {"prompt": f"Reply with exactly: {LINE}", "stream": True},
        lambda response: joined(response) == LINE,
        True,
        False,
        set(),
    ),
    "fragments-sent-twice": (
        {"prompt": "Reply with exactly: ha", "stream": True},
        joined,
        "ha",
        "haha",
        {"stream", "stream of blocks"},
    ),
    "format-not-streamed": ({"stream": True, "output_config": FORMAT}, status, 200, 400, set()),
    "blocks-answered-with-other-members": (BLOCKS, has_total, False, True, set()),
    "metadata-in-prompt": ({"metadata": {"user_id": "somebody " * 20}}, is_long, False, True, set()),
    "empty-stop-sequences-refused": ({"stop_sequences": []}, status, 200, 400, set()),
    "later-texts-uncounted": (TEXTS, is_long, True, False, set()),
    "thinking-not-counted": ({"route": "count_tokens", "thinking": {"type": "adaptive"}}, status, 200, 400, set()),
}
