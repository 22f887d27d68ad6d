"""The official SDK for TypeScript as a witness; `make witness` installs it."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from messages_conformance.checks.answer.events import stream_events
from messages_conformance.checks.answer.fold import fold
from messages_conformance.wire.exchange import read_json
from witnessed import Answer, of_kind

HERE = Path(__file__).parent
NODE = shutil.which("node")

ERRORS = {
    400: "BadRequestError",
    401: "AuthenticationError",
    404: "NotFoundError",
    413: "RequestTooLargeError",
}

pytestmark = [
    pytest.mark.gate,
    pytest.mark.skipif(NODE is None or not (HERE / "node_modules").is_dir(), reason="not installed here: make witness"),
]


@pytest.fixture(scope="module")
def told(given: list[Answer]) -> dict[str, dict[str, Any]]:
    """What the SDK makes of each answer, by the answer's id."""
    lines = [
        json.dumps(
            {
                "id": answer.id,
                "kind": answer.kind,
                "beta": answer.beta,
                "status": answer.response.status,
                "headers": [
                    pair for pair in answer.response.headers if pair[0].lower() in ("content-type", "request-id")
                ],
                "body": base64.b64encode(answer.response.body).decode(),
            }
        )
        for answer in given
    ]
    assert NODE is not None
    ran = subprocess.run(
        [NODE, str(HERE / "witness.mjs")],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.stderr == ""
    return {record["id"]: record for record in map(json.loads, ran.stdout.splitlines())}


def test_every_message_is_read_as_it_was_sent(given: list[Answer], told: dict[str, dict[str, Any]]) -> None:
    for answer in of_kind(given, "messages"):
        assert told[answer.id].get("read") == read_json(answer.response.body), told[answer.id]


def test_every_stream_is_read_to_the_message_that_the_judge_folds(
    given: list[Answer], told: dict[str, dict[str, Any]]
) -> None:
    for answer in of_kind(given, "stream"):
        read, folded = told[answer.id].get("read"), fold(stream_events(answer.response))
        assert read is not None, told[answer.id]
        assert folded is not None
        assert read["events"] == [e.data for e in stream_events(answer.response) if e.kind != "ping"]
        message = read["message"]
        for block in message["content"]:
            block.pop("parsed_output", None)  # the helper's own addition
        assert message["content"] == folded["content"], answer.id
        assert {key: message["usage"].get(key) for key in folded["usage"]} == folded["usage"], answer.id
        for key in ("id", "model", "role", "stop_reason", "stop_sequence"):
            assert message[key] == folded[key], answer.id


def test_counts_and_models_are_read(given: list[Answer], told: dict[str, dict[str, Any]]) -> None:
    for kind in ("messages/count_tokens", "models", "model"):
        for answer in of_kind(given, kind):
            sent = read_json(answer.response.body)
            assert told[answer.id].get("read") == ({"data": sent["data"]} if kind == "models" else sent), told[
                answer.id
            ]


def test_every_refusal_is_the_error_that_is_documented_for_it(
    given: list[Answer], told: dict[str, dict[str, Any]]
) -> None:
    for answer in of_kind(given, "error"):
        error, sent = told[answer.id]["error"], read_json(answer.response.body)
        assert error["name"] == ERRORS[answer.response.status], answer.id
        assert (error["type"], error["requestID"]) == (sent["error"]["type"], sent["request_id"])
