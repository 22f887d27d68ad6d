"""What a driver is told: one job, at one address, as the line of `tools/impact/README.md`."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from PIL import Image

from messages_conformance.catalog.jobs import Job

DRIVER: Final = Path(__file__).with_name("driver.py")
"""The driver of the official SDK for Python; any Python that has the SDK can run it."""

_SIDE = 64
"""Pixels of a picture's edge."""


API_KEY: Final = "api_key"
"""How the key is given to the SDK by default: it chooses the header."""


def asked(job: Job, base_url: str, key: str, models: Mapping[str, str], key_as: str = API_KEY) -> dict[str, Any]:
    """The job's line without an id. `base_url` has no `/v1`; `models` names one for each role that the jobs use. The
    job's own key and model, where it has them, come before `key` and `models`. `key_as` is how the SDK gets the key."""
    pictured = {"picture_png": picture(job.asks["picture"])} if "picture" in job.asks else {}
    return {
        "base_url": base_url,
        "key": job.key or key,
        **({} if key_as == API_KEY else {"key_as": key_as}),
        "model": job.model or models[job.role],
        "job": {**job.asks, **pictured},
    }


@cache
def picture(colour: str) -> str:
    """A small PNG of one colour, in base64."""
    written = io.BytesIO()
    Image.new("RGB", (_SIDE, _SIDE), colour).save(written, "PNG")
    return base64.b64encode(written.getvalue()).decode()
