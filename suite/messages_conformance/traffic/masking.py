"""A recorded request with its structure, and without anything that belongs to whoever sent it.

What is not a word of the contract is never copied: a text becomes a neutral one, a name a number, a file a tiny one,
and a field that the contract does not know is left out. What only one provider can read (signed thinking, results of
its own tools, uploaded files) cannot be sent to another, and is left out too, or refuses the request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, cast

from messages_conformance.traffic.names import Names
from messages_conformance.traffic.samples import sample
from messages_conformance.traffic.tool_schemas import json_schema
from messages_conformance.traffic.vocabulary import Vocabulary

Json: TypeAlias = Mapping[str, Any]

THINKING: Final = frozenset({"thinking", "redacted_thinking"})
_OF_THE_SERVER: Final = ("server_tool_use", "mcp_tool_use")

NO_SIGNED_THINKING: Final = "The thinking in earlier answers is left out: only the provider that signed it accepts it."
NO_SERVER_RESULTS: Final = (
    "The provider's own tool calls in earlier answers are left out: only it can read the results."
)
NO_CITATIONS: Final = "The citations in earlier answers are left out: they cite texts that are masked."
NO_THINKING: Final = (
    "Thinking is switched off: in the middle of a tool loop it must go on from signed thinking, which is left out."
)
NO_ADDRESS: Final = "What was given by its address is given as a tiny file: the address is private."
NO_UNKNOWN: Final = "Fields that the contract does not know are left out."
NO_ACCOUNT: Final = "What names a thing of one account (container, region, earlier message) is left out."


class NotPortableError(Exception):
    """The request names what only its own provider has, or what the contract does not know. Quotes nothing of it."""


@dataclass(slots=True)
class Masker:
    """Masks one request. `notes` says what was left out, in sentences for people."""

    vocabulary: Vocabulary
    names: Names
    notes: list[str] = field(default_factory=list[str])

    def request(self, body: Json) -> dict[str, Any]:
        """The masked body, without its model. Raises NotPortableError."""
        self._refuse_servers(body)
        for tool in _objects(body.get("tools")):
            if self.vocabulary.is_dated_tool(tool.get("type")) and self.vocabulary.is_name_of_dated_tool(
                tool.get("name")
            ):
                self.names.fix_tool(tool["name"])
        # The schemas come first: a call's arguments are masked by the values that they list.
        tools = {"tools": self._value("tools", body["tools"], "tools")} if "tools" in body else {}
        sent = {name: value for name, value in body.items() if name not in ("model", "betas", "tools")}
        masked = {**tools, **self._fields(sent, "")}
        return self._without_half_thinking(body, masked)

    def _refuse_servers(self, body: Json) -> None:
        if body.get("mcp_servers"):
            raise NotPortableError("mcp_servers: the request leads to servers of its own, with their keys")
        if body.get("container") is not None:
            raise NotPortableError("container: the request goes on in a container that only its provider has")

    def _without_half_thinking(self, body: Json, masked: dict[str, Any]) -> dict[str, Any]:
        """Manual thinking in a tool loop must begin with the thinking of the turn before, which is left out."""
        turns = _objects(body.get("messages"))
        loops = any(
            block.get("type") == "tool_result" for turn in turns[-1:] for block in _objects(turn.get("content"))
        )
        mode = _object(body.get("thinking")).get("type")
        if mode != "enabled" or not loops or NO_SIGNED_THINKING not in self.notes:
            return masked
        self._note(NO_THINKING)
        # Clearing thinking is an edit that only a request with thinking may ask for.
        return {name: value for name, value in masked.items() if name not in ("thinking", "context_management")}

    # --- by structure ---

    def _fields(self, found: Json, at: str) -> dict[str, Any]:
        masked: dict[str, Any] = {}
        for name, value in found.items():
            if name in ("container", "inference_geo", "diagnostics"):
                self._note(NO_ACCOUNT)
            elif name == "citations" and isinstance(value, list):
                self._note(NO_CITATIONS)
            elif name == "source" and isinstance(value, dict):
                masked[name] = self._source(cast("Json", value), str(found.get("type")), f"{at}/{name}")
            elif name in self.vocabulary.fields:
                masked[name] = self._value(name, value, f"{at}/{name}" if at else name)
            elif self.names.keep_names:
                masked[name] = self.names.data(value)
            else:
                self._note(NO_UNKNOWN)
        return masked

    def _value(self, name: str, value: Any, at: str) -> Any:
        if name in ("input_schema", "schema"):
            return json_schema(value, self.names)
        if name in ("input", "input_examples"):
            return self.names.data(value)
        if name == "metadata":
            return {}
        if isinstance(value, str):
            return self._string(name, value, at)
        if isinstance(value, list):
            return self._items(name, cast("list[Any]", value), at)
        return self._fields(cast("Json", value), at) if isinstance(value, dict) else value

    def _items(self, name: str, items: list[Any], at: str) -> list[Any]:
        kept = [(number, item) for number, item in enumerate(items) if not self._is_left_out(name, item)]
        masked = [self._value(name, item, f"{at}/{number}") for number, item in kept]
        # An answer of thinking alone is no turn without it.
        return masked if masked or not items else [{"type": "text", "text": "…"}]

    def _is_left_out(self, name: str, item: Any) -> bool:
        kind = _object(item).get("type")
        if name != "content" or not isinstance(kind, str):
            return False
        if kind in THINKING:
            self._note(NO_SIGNED_THINKING)
            return True
        if kind in _OF_THE_SERVER or kind.endswith("_tool_result"):
            self._note(NO_SERVER_RESULTS)
            return True
        return False

    def _string(self, name: str, value: str, at: str) -> str:
        if self.vocabulary.is_word(name, value):
            return value
        match name:
            case "name" | "tool_name" | "exclude_tools" | "clear_tool_inputs" | "allowed_tools":
                return self.names.tool(value)
            case "id" | "tool_use_id" | "tool_id":
                return self.names.id(value)
            case "stop_sequences":
                return self.names.stop(value)
            case "allowed_domains" | "blocked_domains":
                return self.names.site(value)
            case _ if name in self.vocabulary.words and name not in ("content", "name"):
                raise NotPortableError(f"{at}: a value that the contract does not list")
            case _:
                return self.names.text(value)

    def _source(self, source: Json, holder: str, at: str) -> dict[str, Any]:
        """Where a picture or a document comes from; `holder` is the type of its block."""
        match source.get("type"):
            case "base64":
                return self._file(source.get("media_type"), at)
            case "url" if self.names.keep_texts:
                return {"type": "url", "url": source.get("url")}
            case "url":
                self._note(NO_ADDRESS)
                return self._file("application/pdf" if holder == "document" else "image/png", at)
            case "file":
                raise NotPortableError(f"{at}: a file that only its provider has")
            case _:
                return self._fields(source, at)

    def _file(self, media_type: Any, at: str) -> dict[str, Any]:
        if not (isinstance(media_type, str) and (data := sample(media_type))):
            raise NotPortableError(f"{at}: a media type that the contract does not have")
        return {"type": "base64", "media_type": media_type, "data": data}

    def _note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)


def _object(value: Any) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}


def _objects(value: Any) -> list[Json]:
    return [_object(item) for item in cast("list[Any]", value)] if isinstance(value, list) else []
