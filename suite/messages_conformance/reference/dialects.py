"""Play documents to the letter: each dialect of `specs/*/contract.yaml` is a play."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from messages_conformance.locate import data
from messages_conformance.reference.contract import schemas, validate
from messages_conformance.reference.contract.projection import listed_only
from messages_conformance.reference.http.errors import Refusal, dump, invalid, unauthenticated
from messages_conformance.reference.http.frames import data_only
from messages_conformance.reference.narrow import as_object
from messages_conformance.reference.play import Context, Frame, Json, Play, Reply, Route

_UNKNOWN_TO_DIALECTS = frozenset({"auth", "version", "beta"})
"""No document but Anthropic's asks for these headers; keys are checked by the dialect itself."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One document: where its messages route is, which routes it names, and how it is played."""

    path: str
    routes: tuple[Route, ...]
    play: Play


@cache
def dialect(contract: str, name: str) -> Dialect | None:
    """The dialect `name` of `contract`, or None if there is none."""
    if contract not in {folder.name for folder in data("specs").iterdir() if folder.is_dir()}:
        return None
    config = schemas.contract(contract).get("dialects", {}).get(name)
    if config is None:
        return None
    routes: list[Route] = [*config["routes"], *(["model"] if "models" in config["routes"] else [])]
    return Dialect(config["path"], tuple(routes), _Document(contract, config).play())


@dataclass(frozen=True, slots=True)
class _Document:
    """The hooks of one dialect; `config` is its entry in contract.yaml."""

    contract: str
    config: Mapping[str, Any]

    def play(self) -> Play:
        chunks = self.config["stream"] == "chat-completion-chunks"
        return Play(
            request=self._heard,
            validate=self._refusals,
            events=_chunks if chunks else None,
            frames=_with_sentinel if chunks else None,
            response=self._worded,
        )

    def _listed(self) -> Mapping[str, Any]:
        """The request parameters on the dialect's page, with their schemas."""
        properties = as_object(schemas.document(self.contract, "request")["properties"])
        page = self.config["page"]
        return {name: schema for name, schema in properties.items() if page in _pages(schema, page)}

    def _heard(self, body: Json, _: Context) -> Json:
        if self.config["unlisted"] != "dropped":
            return body
        listed = self._listed()
        return {name: value for name, value in body.items() if name in listed}

    def _refusals(self, found: tuple[Refusal, ...], context: Context) -> tuple[Refusal, ...]:
        """The document's own refusals, and those of the core that the document does not contradict."""
        kept = tuple(refusal for refusal in found if self._stands(refusal, context))
        if unauthorised := self._key_refusal(context.headers):
            return (unauthorised,)
        if context.route != "messages" or any(refusal.source in ("json", "size") for refusal in kept):
            return kept
        body = self._heard(dict(context.body), context)
        own = schemas.breaches(schemas.validator(self.contract, "request"), body)
        refused = (*(invalid("schema", breach.message, *breach.path) for breach in own), *kept)
        if refused or not any(refusal.source == "schema" for refusal in found):
            return refused
        # The core stopped at its schema, which the document overrules; check its other rules too.
        rules = validate.rule_refusals(context.headers, body)
        return tuple(refusal for refusal in rules if self._stands(refusal, context))

    def _stands(self, refusal: Refusal, context: Context) -> bool:
        """Whether a refusal of the core applies here: it does not if the document itself covers the matter."""
        if refusal.source == "model":
            return not str(context.body.get("model", "")).startswith("claude-")
        if refusal.source == "schema" and len(refusal.path) == 1:
            own = self._listed().get(str(refusal.path[0]))
            return own is None or (refusal.keyword != "additionalProperties" and refusal.keyword not in own)
        return refusal.source not in _UNKNOWN_TO_DIALECTS

    def _key_refusal(self, headers: Mapping[str, str]) -> Refusal | None:
        styles = self.config["auth"]
        scheme, _, token = headers.get("authorization", "").partition(" ")
        keys = {"x-api-key": headers.get("x-api-key"), "bearer": token if scheme.lower() == "bearer" else None}
        if not styles or any(keys[style] == validate.KEY for style in styles):
            return None
        return unauthenticated(f"A valid key is needed, given as: {', '.join(styles)}")

    def _worded(self, reply: Reply, context: Context) -> Reply:
        if not isinstance(reply.body, bytes) or context.route != "messages":
            return reply
        body = json.loads(reply.body)
        if reply.status >= 400:
            return Reply(reply.status, reply.headers, dump(self._error(reply.status, body)))
        if self.config["envelope"] == "success-code-message-data":
            body = _enveloped(body)
        if self.config["response"] == "listed-only":
            body = listed_only(body, self.contract, "message")
        return Reply(reply.status, reply.headers, dump(body))

    def _error(self, status: int, body: Json) -> Json:
        if self.config["errors"] != "envelope":
            return body
        return {"success": False, "code": str(status), "message": body["error"]["message"]}


def _pages(schema: Any, page: str) -> list[str]:
    """The pages that list a property: those of its `x-pages`, else every page."""
    return as_object(schema).get("x-pages", [page])


def _enveloped(message: Json) -> Json:
    text = "".join(block["text"] for block in message["content"] if block["type"] == "text")
    choice = {"index": 0, "message": {"role": "assistant", "content": text}}
    data = {"id": message["id"], "model": message["model"], "choices": [choice]}
    return {"success": True, "code": "200", "message": "successful", "data": data}


def _chunks(events: tuple[Json, ...], _: Context) -> tuple[Json, ...]:
    """The text of a stream as chat completion chunks."""
    message_id = events[0]["message"]["id"]
    return tuple(
        {
            "id": message_id,
            "object": "chat.completion.chunk",
            "choices": [{"delta": {"content": event["delta"]["text"]}}],
        }
        for event in events
        if event["type"] == "content_block_delta" and event["delta"]["type"] == "text_delta"
    )


def _with_sentinel(frames: tuple[Frame, ...], _: Context) -> tuple[Frame, ...]:
    return (*frames, data_only(b"[DONE]"))
