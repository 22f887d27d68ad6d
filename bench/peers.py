"""Other runners of API tests, each in an environment of its own, with 200 requests to the bench's server.

They do less of the work that this program is for: tavern compares the JSON of each answer, schemathesis checks each
against a schema. Neither records what came, judges by clauses, or writes a matrix.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from processes import spent

CASES = 200
WORKERS = 16
TAVERN = ("tavern==3.7.1", "pytest==8.4.2")
"""Tavern does not import on pytest 9."""
SCHEMATHESIS = ("schemathesis==4.32.5",)

_BODY: Mapping[str, Any] = {
    "model": "bench",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "Say hello."}],
}
_HEADERS = {"anthropic-version": "2023-06-01", "x-api-key": "bench-key"}


@contextmanager
def installed(directory: Path) -> Generator[tuple[Callable[[str], float], Callable[[str], float]]]:
    """Install both below `directory`. Yields what runs each on an address, and returns the seconds that it took."""
    tavern = _environment(directory / "tavern", TAVERN)
    schemathesis = _environment(directory / "schemathesis", SCHEMATHESIS)

    def run_tavern(address: str) -> float:
        place = directory / "tavern-cases"
        place.mkdir(exist_ok=True)
        _write(place / "test_bench.tavern.yaml", _tavern_cases(address))
        return spent((str(tavern / "pytest"), "-q", "-p", "no:cacheprovider", place.name), str(directory)).wall

    def run_schemathesis(address: str) -> float:
        _write(directory / "openapi.json", [_description()])
        command = (str(schemathesis / "schemathesis"), "run", "openapi.json", "--url", address)
        how = ("--workers", str(WORKERS), "--phases", "examples", "--checks", "response_schema_conformance")
        return spent((*command, *how, "--no-color"), str(directory)).wall

    yield run_tavern, run_schemathesis


def _environment(directory: Path, packages: tuple[str, ...]) -> Path:
    """Make a virtual environment; its folder of commands."""
    run = (sys.executable, "-m")
    subprocess.run([*run, "venv", "--without-pip", str(directory)], check=True)
    pip = (*run, "pip", "--python", str(directory / "bin" / "python"), "--quiet", "--disable-pip-version-check")
    subprocess.run([*pip, "install", *packages], check=True, capture_output=True)
    return directory / "bin"


def _write(path: Path, documents: list[Any]) -> None:
    text = json.dumps(documents[0]) if path.suffix == ".json" else yaml.safe_dump_all(documents)
    path.write_text(text, "utf-8")


def _tavern_cases(address: str) -> list[Any]:
    request = {"url": f"{address}/v1/messages", "method": "POST", "headers": _HEADERS, "json": dict(_BODY)}
    expected = {"status_code": 200, "strict": False, "json": {"type": "message", "role": "assistant"}}
    stages = [{"name": "ask", "request": request, "response": expected}]
    return [{"test_name": f"case {number}", "stages": stages} for number in range(CASES)]


def _description() -> Mapping[str, Any]:
    """One operation for each case, with one example: schemathesis divides operations among its workers."""
    answer = {
        "type": "object",
        "required": ["type", "role", "content"],
        "properties": {"type": {"const": "message"}, "role": {"const": "assistant"}, "content": {"type": "array"}},
    }
    operation = {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"type": "object"}, "example": dict(_BODY)}},
        },
        "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": answer}}}},
    }
    paths = {f"/v1/messages/{number}": {"post": operation} for number in range(CASES)}
    return {"openapi": "3.1.0", "info": {"title": "Bench", "version": "1"}, "paths": paths}
