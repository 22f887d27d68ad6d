"""What a driver is told: one job, at one address, as the line of `tools/impact/README.md`."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from messages_conformance.catalog.jobs import Job

DRIVER: Final = Path(__file__).with_name("driver.py")
"""The driver of the official SDK for Python; any Python that has the SDK can run it."""

_SIDE = 64
"""Pixels of a picture's edge."""


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
    pictured = {"picture_png": picture(job.asks["picture"])} if "picture" in job.asks else {}
    return {
        "base_url": base_url,
        "key": job.key or key,
        **({} if given == PLAIN else {"client": given.arguments(job.key or key)}),
        "model": job.model or models[job.role],
        "job": {**job.asks, **pictured},
    }


@cache
def picture(colour: str) -> str:
    """A small PNG of one colour, in base64."""
    from PIL import Image  # few jobs have a picture

    written = io.BytesIO()
    Image.new("RGB", (_SIDE, _SIDE), colour).save(written, "PNG")
    return base64.b64encode(written.getvalue()).decode()
