"""What a driver is told: one job, at one address, as the line of `tools/impact/README.md`."""

from __future__ import annotations

import base64
import io
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from PIL.Image import Image

    from messages_conformance.catalog.jobs import Job

DRIVER: Final = Path(__file__).with_name("driver.py")
"""The driver of the official SDK for Python; any Python that has the SDK can run it."""

_SIDE = 64
_SIDE_OF_PHOTO = 256
"""Pixels of an edge."""

_GRAIN = 0.25

API_KEY: Final = "api_key"
AUTH_TOKEN: Final = "auth_token"
"""How the key is given to the SDK: by default as the first, and the SDK chooses the header."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the SDK's client is given beside the address: the key as `api_key`, as `auth_token`, or also in a header of
    the name `key_as`; and the `headers` that a provider wants of everybody."""

    key_as: str = API_KEY
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def arguments(self, key: str) -> dict[str, Any]:
        """As the client's constructor names them."""
        if self.key_as in (API_KEY, AUTH_TOKEN):
            return {self.key_as: key, "default_headers": self.headers}
        return {API_KEY: key, "default_headers": {**self.headers, self.key_as: key}}


PLAIN: Final = Given()


def asked(job: Job, base_url: str, key: str, models: Mapping[str, str], given: Given = PLAIN) -> dict[str, Any]:
    """The job's line without an id. `base_url` has no `/v1`; `models` names one for each role that the jobs use. The
    job's own key and model, where it has them, come before `key` and `models`. `given` is for the official SDK."""
    return {
        "base_url": base_url,
        "key": job.key or key,
        **({} if given == PLAIN else {"client": given.arguments(job.key or key)}),
        "model": job.model or models[job.role],
        "job": {**{key: value for key, value in job.asks.items() if key != "more_tools"}, **_made(job.asks)},
    }


def _made(asks: Mapping[str, Any]) -> dict[str, Any]:
    """What a file of jobs is too small for: pictures, and tools by the dozen."""
    made: dict[str, Any] = {}
    if "picture" in asks:
        made["picture_png"] = picture(asks["picture"])
    if "more_tools" in asks:
        made["tools"] = [*asks["tools"], *(_idle_tool(number) for number in range(asks["more_tools"]))]
    if "before" in asks:
        made["before"] = [_turn(turn) for turn in asks["before"]]
    return made


def _idle_tool(number: int) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"reason": {"type": "string"}}}
    return {"name": f"ring_bell_{number}", "description": f"Rings bell {number}.", "input_schema": schema}


def _turn(turn: Mapping[str, Any]) -> Mapping[str, Any]:
    """A turn, with pictures where its results name a colour."""
    return {**turn, "results": [_result(given) for given in turn["results"]]} if "results" in turn else turn


def _result(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"id": given["id"], "picture_png": photo(given["photo"])} if "photo" in given else given


@cache
def picture(colour: str) -> str:
    """A small PNG of one colour, in base64."""
    from PIL import Image  # few jobs have a picture

    return _png(Image.new("RGB", (_SIDE, _SIDE), colour))


@cache
def photo(colour: str) -> str:
    """A grainy PNG of one colour, more than 100 KiB in base64."""
    from PIL import Image

    size = (_SIDE_OF_PHOTO, _SIDE_OF_PHOTO)
    grain = Image.frombytes("RGB", size, random.Random(0).randbytes(3 * size[0] * size[1]))  # noqa: S311
    return _png(Image.blend(Image.new("RGB", size, colour), grain, _GRAIN))


def _png(image: Image) -> str:
    written = io.BytesIO()
    image.save(written, "PNG")
    return base64.b64encode(written.getvalue()).decode()
