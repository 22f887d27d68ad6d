"""What a driver is told of a job: what a file of jobs is too small for is made."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

from messages_conformance.catalog.jobs import Job, Wants
from messages_conformance.errors import Where
from messages_conformance.sdk.asking import asked, photo
from PIL import Image

MODELS = {"cheap": "small"}


def told(**asks: Any) -> dict[str, Any]:
    job = Job("job", "a job", asks, Wants(), Where(Path("jobs.yaml"), 1))
    return asked(job, "http://127.0.0.1:1", "key", MODELS)["job"]


def test_further_tools_come_after_the_ones_that_matter() -> None:
    found = told(tools=[{"name": "pay"}], more_tools=70)
    names = [tool["name"] for tool in found["tools"]]
    assert names[0] == "pay"
    assert len(set(names)) == 71
    assert "more_tools" not in found


def test_a_result_of_an_earlier_call_is_a_large_picture_where_it_names_a_colour() -> None:
    text, picture = {"id": "1", "text": "fog"}, {"id": "2", "photo": "red"}
    turns = told(before=[{"user": ["look"]}, {"results": [text, picture]}])["before"]
    assert turns == [{"user": ["look"]}, {"results": [text, {"id": "2", "picture_png": photo("red")}]}]


def test_a_photo_is_large_and_mostly_of_its_colour() -> None:
    assert 100 * 1024 < len(photo("blue")) < 300 * 1024
    red, _, blue = Image.open(io.BytesIO(base64.b64decode(photo("blue")))).resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
    assert blue > 3 * red
