"""Run the suite against a real LiteLLM proxy on loopback.

LiteLLM is installed from PyPI and started as it is; behind it stands the embedded reference's OpenAI-style upstream. So
what the matrix shows is what LiteLLM's translation does to the Messages API.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import yaml

EXPECTATIONS = Path(__file__).with_name("expectations.yaml")
KEY = "sk-local-litellm-key"
START_SECONDS = 120


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--proxy", type=Path, required=True, help="the litellm executable")
    parser.add_argument("--report", type=Path, default=Path("reports/litellm"))
    parser.add_argument("arguments", nargs="*", help="passed on to `messages-conformance run`")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, upstream() as address:
        directory = Path(scratch)
        port = free_port()
        config = directory / "config.yaml"
        config.write_text(yaml.safe_dump(proxy_config(address)), encoding="utf-8")
        with proxy(options.proxy.resolve(), config, port, directory / "proxy.log"):
            (directory / "providers.yaml").write_text(yaml.safe_dump(providers(port)), encoding="utf-8")
            shutil.copy(EXPECTATIONS, directory)
            report = options.report.resolve()
            command = [
                sys.executable,
                "-m",
                "messages_conformance",
                "run",
                "-p",
                "litellm-proxy",
                "--variants",
                "--report",
                str(report),
            ]
            done = subprocess.run(
                [*command, *options.arguments],
                cwd=directory,
                env={**os.environ, "LITELLM_LOCAL_KEY": KEY},
                check=False,
            )
    return done.returncode


def proxy_config(address: str) -> dict[str, Any]:
    """Two models over chat completions: one plain, one that reasons."""

    def model(name: str, upstream_name: str) -> dict[str, Any]:
        params = {"model": f"hosted_vllm/{upstream_name}", "api_base": f"{address}/upstream/v1", "api_key": "none"}
        return {"model_name": name, "litellm_params": params}

    return {
        "model_list": [model("chat", "chat"), model("think", "think")],
        "general_settings": {"master_key": KEY},
        "litellm_settings": {"telemetry": False, "drop_params": True, "num_retries": 0},
        "router_settings": {"disable_cooldowns": True},
    }


def providers(port: int) -> dict[str, Any]:
    """The proxy as a provider: what its own documentation says that it serves."""
    return {
        "providers": {
            "litellm-proxy": {
                "title": "LiteLLM proxy 1.106.2 over chat completions",
                "base_url": f"http://127.0.0.1:{port}",
                "auth": {"style": "x-api-key", "env": "LITELLM_LOCAL_KEY"},
                "contract": "anthropic",
                "models": {"cheap": {"id": "chat"}, "thinking": {"id": "think"}},
                "features": [
                    "streaming", "tools", "parallel-tools", "thinking", "count_tokens", "models", "stop-sequences",
                    "system", "sampling", "bearer", "x-api-key",
                ],
                "limits": {"concurrency": 4},
                "note": "a real LiteLLM from PyPI; the reference's model answers behind it",
            }
        }
    }  # fmt: skip


@contextlib.contextmanager
def upstream() -> Generator[str]:
    """The reference as a process of its own; it ends when its standard input closes."""
    command = [sys.executable, "-m", "messages_conformance.reference", "--port", "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{json.loads(process.stdout.readline())['port']}"
        finally:
            process.stdin.close()


@contextlib.contextmanager
def proxy(executable: Path, config: Path, port: int, log: Path) -> Generator[None]:
    """LiteLLM on loopback, once it says that it is alive. Its log is printed when it does not come up."""
    command = [str(executable), "--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
    environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "127.0.0.1"}
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, env=environment) as process:
        try:
            if not comes_up(port, process):
                sys.exit(f"LiteLLM did not come up:\n{log.read_text(errors='replace')[-4000:]}")
            yield
        finally:
            process.terminate()


def comes_up(port: int, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"http://127.0.0.1:{port}/health/liveliness", trust_env=False).status_code == 200:
                return True
        time.sleep(0.5)
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    sys.exit(main())
