"""What others wrote, on its way to a terminal or into the log of a job: nothing of it is obeyed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from calling import Call
from members import over
from obeyed import COMMANDS, obeyed
from playing import ok
from raw_server import Peer, serving_aside
from samples import HOSTILE

WORST = HOSTILE.replace("\ud800", "")
FOUND = {"title": WORST, "note": WORST, "models": {"cheap": {"id": WORST}}, "version": "\u202e2023"}


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """One that answers with hostile text; a `providers.yaml` names it, and is as hostile."""

    async def reply(at: Peer) -> None:
        await at.say(ok(WORST, id=WORST, model=WORST, stop_reason=WORST))

    with serving_aside(reply) as url:
        provider = {**FOUND, "base_url": url, "auth": {"style": "none"}}
        (tmp_path / "providers.yaml").write_text(json.dumps({"providers": {"evil": provider}}), "utf-8")
        yield url


@pytest.mark.gate
@over(
    "command",
    [
        "list providers",
        "plan -p evil",
        "explain evil",
        "run -p evil -s messages.basic -v --report r --overwrite",
        "report r/results.jsonl -v",
        "rejudge r/results.jsonl",
        "compare r r",
        "explain \u202enone",
    ],
)
def test_no_command_prints_what_would_be_obeyed(call: Call, address: str, command: str) -> None:
    said = call(*command.split(" "))
    assert obeyed(said.out + said.err) == []
    assert said.code in (0, 1, 2, 3)


def test_neither_does_a_mistake(call: Call, tmp_path: Path) -> None:
    text = json.dumps({"providers": {"evil": {"auth": {"style": "\n".join(COMMANDS)}, "\x1b[31m": 1}}})
    (tmp_path / "providers.yaml").write_text(text, "utf-8")
    for said in (call("list", "providers"), call("run", "--\x1b[31m"), call("report", "\u202e")):
        assert said.code == 2
        assert said.err
        assert obeyed(said.out + said.err) == []
