"""Asking the reference in tests, and folding its streams by a reader of our own."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
from messages_conformance.reference.http.app import create_app
from messages_conformance.reference.narrow import as_list
from starlette.applications import Starlette

HEADERS = {"x-api-key": "reference-key", "anthropic-version": "2026-10-21", "content-type": "application/json"}
OLD = {**HEADERS, "anthropic-version": "2023-06-01"}

WEATHER = {
    "name": "get_weather",
    "description": "Current weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


class Asker:
    """A client of one application of its own, in this process."""

    def __init__(self) -> None:
        self._app: Starlette = create_app()

    def send(self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://reference") as client:
                return await client.request(method, path, headers=HEADERS if headers is None else headers, **more)

        return asyncio.run(go())

    def post(
        self, prompt: Any = "Say hi", *, path: str = "/v1/messages", headers: dict[str, str] | None = None, **body: Any
    ) -> httpx.Response:
        """A messages request; `prompt` is the content of one user turn, or the whole list of messages."""
        messages = prompt if _is_messages(prompt) else [{"role": "user", "content": prompt}]
        whole = {"model": "reference", "max_tokens": 1024, "messages": messages, **body}
        return self.send("POST", path, json=whole, headers=headers)

    def message(self, prompt: Any = "Say hi", **more: Any) -> dict[str, Any]:
        """The message of an accepted request."""
        response = self.post(prompt, **more)
        assert response.status_code == 200, response.text
        return response.json()

    def text(self, prompt: Any, **more: Any) -> str:
        """All text of the answer."""
        return "".join(block["text"] for block in self.message(prompt, **more)["content"] if block["type"] == "text")

    def events(self, prompt: Any = "Say hi", **more: Any) -> list[dict[str, Any]]:
        """The events of an accepted stream."""
        response = self.post(prompt, stream=True, **more)
        assert response.headers["content-type"].startswith("text/event-stream"), response.text
        return events_of(response.text)

    def refusal(self, prompt: Any = "Say hi", **more: Any) -> tuple[int, str, str]:
        """Status, error type and message of a refused request."""
        response = self.post(prompt, **more)
        error = response.json()["error"]
        return response.status_code, error["type"], error["message"]


def _is_messages(prompt: Any) -> bool:
    return isinstance(prompt, list) and all("role" in item for item in as_list(prompt))


def events_of(text: str) -> list[dict[str, Any]]:
    """Every JSON payload of a stream, in order."""
    frames = text.replace("\r\n", "\n").split("\n\n")
    lines = [[line[5:] for line in frame.split("\n") if line.startswith("data:")] for frame in frames]
    data = ["\n".join(frame).strip() for frame in lines]
    return [json.loads(payload) for payload in data if payload not in ("", "[DONE]")]


def fold(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The message that a well-formed stream adds up to."""
    message: dict[str, Any] = {}
    for event in events:
        match event:
            case {"type": "message_start"}:
                message = json.loads(json.dumps(event["message"]))
            case {"type": "content_block_start"}:
                message["content"].append(dict(event["content_block"]))
            case {"type": "content_block_delta", "index": at, "delta": {"type": "citations_delta", "citation": source}}:
                message["content"][at]["citations"].append(source)
            case {"type": "content_block_delta", "index": at, "delta": {"type": kind, **parts}}:
                block = message["content"][at]
                for name, part in parts.items():
                    # A start form holds "" or {}; only a signature is set rather than added to.
                    block[name] = part if kind == "signature_delta" else block.get(name, "") + part
            case {"type": "content_block_stop", "index": at}:
                if partial := message["content"][at].pop("partial_json", None):
                    message["content"][at]["input"] = json.loads(partial)
            case {"type": "message_delta"}:
                message.update(event["delta"])
                message["usage"].update(event["usage"])
            case _:
                pass
    return message
