"""Servers are waited for, and nothing of them is left."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx
import pytest
from real.processes import DidNotStartError, Server, free_port, running


def test_a_server_answers_while_it_runs_and_is_gone_afterwards(tmp_path: Path) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]
    with running(Server(command, address, tmp_path / "log")):
        assert httpx.get(address, trust_env=False).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(address, trust_env=False)


def test_a_server_that_ends_at_once_is_told_with_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no such model')"]
    server = Server(command, f"http://127.0.0.1:{free_port()}/", tmp_path / "log")
    with pytest.raises(DidNotStartError, match="no such model"), running(server):
        pytest.fail("it did not start")


def test_a_server_has_a_home_of_its_own_and_what_it_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import os, sys; sys.exit(os.environ['HOME'] + os.environ['TOLD'])"]
    server = Server(command, f"http://127.0.0.1:{free_port()}/", tmp_path / "log", {"TOLD": "!"})
    with pytest.raises(DidNotStartError, match=f"{tmp_path}!"), running(server):
        pytest.fail("it did not start")
