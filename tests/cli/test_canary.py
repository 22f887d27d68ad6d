"""A key that a peer sends back, in every spelling and in pieces: it gets out of none of the ways in which this program
tells anything, and each that tells what a peer said has the mark in its place."""

from __future__ import annotations

import base64
import gzip
import html
import itertools
import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ahocorasick_rs import AhoCorasick
from calling import Call
from echoing import echo
from messages import message
from messages_conformance.checks.base import Outcome
from messages_conformance.results.reading import read_run
from messages_conformance.wire.key_pieces import PIECE
from messages_conformance.wire.redact import REDACTED
from playing import http
from raw_server import Peer, serving_aside
from spellings import PIECES, SPELLINGS

pytestmark = pytest.mark.gate

KEY = "Zx9K/2LwT7vB4nYp+8RcJmD5hGfS1aEu6oQiXN0tV3bAAcanary"
"""Its middle has no punctuation: of what is set apart, letters and digits are counted."""
SPELLED = {
    spell(cut(KEY)): (len(cut(KEY)), len("user:") * ("after a name" in name))
    for name, spell in SPELLINGS.items()
    for cut in PIECES.values()
}
"""What is sent back, how many characters of the key it spells, and how many others before them."""
SAID = list(SPELLED)


@contextmanager
def peer() -> Generator[str]:
    """Sends the key back, each time in another spelling; now and then it speaks no HTTP at all."""
    turn = itertools.count()

    async def reply(at: Peer) -> None:
        number = next(turn)
        said = SAID[number % len(SAID)]
        if number % 11 == 10:
            await at.say(f"{said} is no HTTP\r\n\r\n".encode())
            at.hang_up()
        else:
            await at.say(echo(at.request, said))

    with serving_aside(reply) as url:
        yield url


@cache
def sought() -> tuple[AhoCorasick, list[str]]:
    """Every text that spells one piece of the key, without blanks, and what it is from."""
    found: dict[str, str] = {}
    for said, (length, before) in SPELLED.items():
        close = "".join(said.split())
        size = math.ceil((PIECE + before) * len(close) / (length + before))
        found.update({close[at : at + size]: said for at in range(max(1, len(close) - size + 1))})
    return AhoCorasick(list(found)), list(found.values())


def leaks(text: str) -> set[str]:
    """The spellings of which `text` holds as much as spells one piece of the key, wherever lines were broken."""
    search, origin = sought()
    return {origin[number] for number, _, _ in search.find_matches_as_indexes("".join(text.split()))}


def shown(path: Path) -> str:
    """A file as its reader sees it: of a page, what is packed in it too."""
    text = path.read_text("utf-8")
    if path.suffix != ".html":
        return text
    packed = re.findall(r'<script type="application/octet-stream"[^>]*>([^<]+)<', text)
    return html.unescape("\n".join([text, *(gzip.decompress(base64.b64decode(each)).decode() for each in packed)]))


def test_it_gets_into_nothing_that_the_commands_tell(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY_KEY", KEY)
    with peer() as url:
        endpoint = ("--base-url", url, "--model", "m", "--api-key-env", "CANARY_KEY")
        said = {"run": call("run", "-v", *endpoint, "--report", "runs/one")}
    said |= {
        "report": call("report", "runs/one/results.jsonl", "-v", "--output", "junit"),
        "rejudge": call("rejudge", "runs/one/results.jsonl", "--report", "runs/two", "--output", "summary"),
        "compare": call("compare", "runs/one", "runs/two", "--report", "compared"),
        "history": call("history", "runs"),
        "site": call("site", "runs", "--to", "public"),
    }
    told = {**{f"{name} in a terminal": each.out for name, each in said.items()}}
    told |= {"errors": "".join(each.err for each in said.values())}
    told |= {str(path.relative_to(tmp_path)): shown(path) for path in tmp_path.rglob("*") if path.is_file()}
    exchanges = read_run(tmp_path / "runs/one/results.jsonl").exchanges
    told |= {"curl": "\n".join(exchange.curl for exchange in exchanges)}
    assert len(exchanges) >= len(SAID), "every spelling was sent"
    assert any(exchange.failure for exchange in exchanges)
    _assert_hidden(told)
    marked = {name for name, text in told.items() if "redacted" in text}
    assert {"run in a terminal", "runs/one/results.jsonl", "runs/one/index.html", "runs/one/matrix.md"} <= marked
    assert {"runs/one/junit.xml", "runs/one/ctrf.json", "curl", "compared/compare.html"} <= marked


def test_it_gets_into_nothing_that_pytest_tells(tmp_path: Path) -> None:
    with peer() as url:
        provider = {"base_url": url, "auth": {"style": "bearer", "env": "KEY"}, "models": {"cheap": {"id": "m"}}}
        (tmp_path / "providers.yaml").write_text(json.dumps({"providers": {"evil": provider}}), "utf-8")
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--provider", "evil", "-rA", "-vv"]
        command += [f"conformance/{area}.yaml" for area in ("messages", "streaming", "errors")]
        command += ["--junitxml=junit.xml", "--html=page.html", "--self-contained-html", "--conformance-report=out"]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=False, env={**os.environ, "KEY": KEY}
        )
    told = {str(path.relative_to(tmp_path)): shown(path) for path in tmp_path.rglob("*") if path.is_file()}
    told |= {"terminal": done.stdout, "errors": done.stderr}
    _assert_hidden(told)
    marked = {name for name, text in told.items() if "redacted" in text}
    assert {"terminal", "junit.xml", "page.html", "out/results.jsonl", "out/index.html", "out/junit.xml"} <= marked


def pieces_of(key: str) -> bytes:
    """A stream that says the key in pieces too short to be seen one by one, in each kind of block."""
    kinds = {"thinking": "thinking_delta", "text": "text_delta", "partial_json": "input_json_delta"}
    starts: list[dict[str, Any]] = [
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "text", "text": ""},
        {"type": "tool_use", "id": "toolu_1", "name": "save", "input": {}},
    ]
    events: list[dict[str, Any]] = [{"type": "message_start", "message": message(content=[], stop_reason=None)}]
    for block, (start, (name, kind)) in enumerate(zip(starts, kinds.items(), strict=True)):
        told = ['{"key": "', *batched(key, block + 1), '"}']
        events += [{"type": "content_block_start", "index": block, "content_block": start}]
        events += [
            {"type": "content_block_delta", "index": block, "delta": {"type": kind, name: part}} for part in told
        ]
        events += [{"type": "content_block_stop", "index": block}]
    usage = {"input_tokens": 5, "output_tokens": 50}
    events += [{"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": None}, "usage": usage}]
    events += [{"type": "message_stop"}]
    return "".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in events).encode()


def batched(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def joined(told: str) -> str:
    """What the deltas in a text say together, however often that text was quoted."""
    return "".join(re.findall(r'(?:text|thinking|partial_json)\\*"\s*:\s*\\*"([^"\\]*)', told))


def test_the_pieces_that_a_stream_tells_it_in_get_into_nothing_either(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY_KEY", KEY)
    stream = pieces_of(KEY)
    assert leaks(joined(stream.decode())), "this test sees the key in pieces"

    async def reply(at: Peer) -> None:
        await at.say(http(200, stream, content_type="text/event-stream"))

    with serving_aside(reply) as url:
        endpoint = ("--base-url", url, "--model", "m", "--api-key-env", "CANARY_KEY")
        said = call("run", "-v", *endpoint, "-s", "streaming", "-s", "run.invariants", "--report", "runs/one")
    told = {str(path.relative_to(tmp_path)): shown(path) for path in tmp_path.rglob("*") if path.is_file()}
    told |= {"terminal": said.out, "errors": said.err}
    _assert_hidden(told | {f"{name}, joined": joined(text) for name, text in told.items()})
    read = read_run(tmp_path / "runs/one/results.jsonl")
    assert len(read.exchanges) > 3
    results = [each for cell in read.cells.values() for each in cell.results if each.check == "run.key-not-told"]
    assert {each.outcome for each in results} == {Outcome.FAIL}


def _assert_hidden(told: Mapping[str, str]) -> None:
    assert {name: found for name, text in told.items() if (found := leaks(text))} == {}
    assert REDACTED in "".join(told.values())


def test_this_test_sees_a_key_in_any_spelling() -> None:
    for said in SAID:
        assert leaks(f"seen <{said}> there"), said
        assert leaks("\n".join(f"seen <{said}> there")), said
    assert leaks("nothing of the kind") == set()
