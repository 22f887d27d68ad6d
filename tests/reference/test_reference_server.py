"""The reference as a process of its own."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest
from asking import HEADERS

COMMAND = [sys.executable, "-m", "messages_conformance.reference", "--port", "0"]


def test_deltas_arrive_one_by_one(address: str) -> None:
    body = {
        "model": "reference",
        "max_tokens": 1024,
        "stream": True,
        "messages": [{"role": "user", "content": "Count from 1 to 60."}],
    }
    arrivals: list[float] = []
    received = b""
    with httpx.stream("POST", f"{address}/v1/messages", headers=HEADERS, json=body) as response:
        for chunk in response.iter_raw():
            arrivals.append(time.perf_counter())
            received += chunk
    deltas = received.count(b"event: content_block_delta")
    assert deltas > 30
    assert len(arrivals) > deltas // 2
    assert arrivals[-1] - arrivals[0] > deltas * 0.001


def test_it_takes_connections_as_soon_as_it_names_its_port() -> None:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        assert httpx.head(f"http://127.0.0.1:{port}/").status_code == 200
        process.stdin.close()
        assert process.wait(timeout=10) == 0


@pytest.mark.gate
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_interrupted(number: signal.Signals) -> None:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        told = [json.loads(process.stdout.readline()) for _ in range(2)]
        assert [*map(list, told)] == [["port"], ["ready"]]
        process.send_signal(number)
        process.wait(timeout=10)
        assert b"Traceback" not in process.stderr.read()


@pytest.mark.gate
def test_a_client_that_hangs_up_in_its_request_leaves_no_traceback() -> None:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        port = json.loads(process.stdout.readline())["port"]
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        assert httpx.head(f"http://127.0.0.1:{port}/").status_code == 200
        process.stdin.close()
        process.wait(timeout=10)
        assert process.stderr.read() == b""
