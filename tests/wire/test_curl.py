"""What a shell makes of the command, seen by a fake curl on its PATH."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from messages_conformance.wire.curl import curl
from messages_conformance.wire.exchange import Request
from messages_conformance.wire.redact import Redactor

NASTY = 'it\'s "quoted" $HOME `id` $(id) \\n \\ !x *?[a]{b} ~ # ; & | < >\nsecond line\ttab é 世界 🌍'

REQUEST = Request(
    "POST",
    "https://host.example/v1/messages",
    (("content-type", "application/json"), ("x-api-key", "sk-Real-Key-1"), ("anthropic-version", "2023-06-01")),
    b'{"model":"m"}',
)


@dataclass(frozen=True)
class Call:
    """What the fake curl was given."""

    arguments: list[str]
    stdin: bytes

    def after(self, option: str) -> list[str]:
        return [self.arguments[i + 1] for i, argument in enumerate(self.arguments) if argument == option]


@pytest.fixture
def run(tmp_path: Path) -> Callable[[str], Call]:
    fake = tmp_path / "curl"
    fake.write_text('#!/bin/sh\nprintf "%s\\0" "$@" > "$OUT/arguments"\ncat > "$OUT/stdin"\n')
    fake.chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "OUT": str(tmp_path),
        "MY_KEY": "k $x `y` 'z'",
        "HOME": "h",
    }

    def run(command: str) -> Call:
        script = tmp_path / "script"  # where `bash -c` would be bound to 128 KiB, unlike a terminal
        script.write_text(command)
        subprocess.run(["bash", script], env=environment, stdin=subprocess.DEVNULL, check=True, timeout=20)
        arguments = (tmp_path / "arguments").read_bytes().decode().split("\0")[:-1]
        return Call(arguments, (tmp_path / "stdin").read_bytes())

    return run


def test_a_plain_request(run: Callable[[str], Call]) -> None:
    call = run(curl(REQUEST, key_env="MY_KEY"))
    assert call.arguments == [
        *("-sS", "-i"),
        *("-H", "content-type: application/json"),
        *("-H", "x-api-key: k $x `y` 'z'"),
        *("-H", "anthropic-version: 2023-06-01"),
        *("--data-raw", '{"model":"m"}'),
        "https://host.example/v1/messages",
    ]


def test_the_key_shows_as_a_variable_only() -> None:
    line = curl(REQUEST, key_env="MY_KEY")
    assert '"$MY_KEY"' in line
    assert "sk-Real-Key-1" not in line
    assert "sk-Real-Key-1" not in curl(REQUEST, key_env=None)


@pytest.mark.parametrize(
    ("header", "sent"),
    [
        (("authorization", "Bearer sk-Real-Key-1"), "authorization: Bearer k $x `y` 'z'"),
        (("x-own", "a=sk-Real-Key-1;b='1'"), "x-own: a=k $x `y` 'z';b='1'"),
    ],
)
def test_the_key_is_referred_to_wherever_it_was(header: tuple[str, str], sent: str, run: Callable[[str], Call]) -> None:
    url = "https://user:sk-Real-Key-1@host.example/sk-real-key?api_key=sk-real-key&b=1"
    request = Redactor(["sk-Real-Key-1"]).redact_request(replace(REQUEST, url=url, headers=(header,)))
    call = run(curl(request, key_env="MY_KEY"))
    key = "k $x `y` 'z'"
    assert sent in call.after("-H")
    assert call.arguments[-1] == f"https://{key}@host.example/{key}?api_key={key}&b=1"


def test_without_a_variable_the_mark_stays(run: Callable[[str], Call]) -> None:
    assert "x-api-key: [redacted]" in run(curl(REQUEST, key_env=None)).after("-H")


@pytest.mark.parametrize("body", [NASTY, "@file", "-x", "", "\n"])
def test_a_text_body_arrives_as_it_is(body: str, run: Callable[[str], Call]) -> None:
    assert run(curl(replace(REQUEST, body=body.encode()), key_env=None)).after("--data-raw") == [body]


@pytest.mark.parametrize(
    "body", [bytes(range(256)), b"\xff'%s%%\\0", b"a\0b", b"a\r\nb", "\x9b31m".encode(), b"x" * 200_000]
)
def test_a_body_that_is_no_argument_goes_through_a_pipe(body: bytes, run: Callable[[str], Call]) -> None:
    call = run(curl(replace(REQUEST, body=body), key_env="MY_KEY"))
    assert call.after("--data-binary") == ["@-"]
    assert call.stdin == body


def test_headers_and_urls_are_quoted(run: Callable[[str], Call]) -> None:
    value = NASTY.replace("\n", " ")
    call = run(
        curl(replace(REQUEST, url=f"https://h/?q={value}", headers=(("x-note", value), ("x-none", ""))), key_env=None)
    )
    assert call.after("-H") == [f"x-note: {value}", "x-none;", "Content-Type:"]
    assert call.arguments[-1] == f"https://h/?q={value}"
    assert "--globoff" in call.arguments


def test_options_follow_the_request(run: Callable[[str], Call]) -> None:
    def options(request: Request) -> list[str]:
        return run(curl(request, key_env=None)).arguments

    assert "-N" in options(replace(REQUEST, body=b'{"stream": true}'))
    assert "-N" not in options(replace(REQUEST, body=b'{"stream": 1}'))
    assert "--compressed" in options(replace(REQUEST, headers=(("Accept-Encoding", "gzip"),)))
    assert options(Request("GET", "https://h/", ())) == ["-sS", "-i", "https://h/"]
    assert options(Request("HEAD", "https://h/", ())) == ["-sS", "--head", "https://h/"]
    assert options(Request("POST", "https://h/", ()))[:4] == ["-sS", "-i", "-X", "POST"]
    assert options(Request("PUT", "https://h/", (("content-length", "1"),), b"a"))[:4] == ["-sS", "-i", "-X", "PUT"]
    assert "content-length: 1" not in options(Request("PUT", "https://h/", (("content-length", "1"),), b"a"))
