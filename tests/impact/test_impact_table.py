"""The table is what README.md says, and its text changes where its content does."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from impact.clients import Client, load_clients
from impact.journal import Began
from impact.outcome import Cell, Difference
from impact.table import Column, table, written
from messages_conformance.catalog.jobs import Job, Wants, load_jobs
from messages_conformance.errors import Where
from messages_conformance.locate import data

JOBS = {name: Job(name, f"a {name}", {}, Wants(), Where(Path("jobs.yaml"), 1)) for name in ("text", "tool", "models")}
SDK = Client("sdk", "the SDK", "anthropic", "2.14.0", "PyPI", "Python", "anthropic-sdk-python")
OTHER = Client("other", "another", "ai", "7.0.0", "npm", "TypeScript")
RAISED = {"type": "KeyError", "message": "usage", "status": None}
COLUMNS = [
    Column(
        SDK,
        Began(("tool", "text"), {"models": "it has no list"}, {"usage-missing": ("tool", "text"), "any-key": ()}),
        {
            ("usage-missing", "text"): Cell("fine", None, (), 1, 1),
            ("usage-missing", "tool"): Cell("wrong", None, (Difference("/turns/0/usage", {"input": 1}, None),), 2, 1),
        },
    ),
    Column(
        OTHER,
        Began(("text",), {}, {"usage-missing": ("text",)}),
        {("usage-missing", "text"): Cell("raises", RAISED, (), 3, 1)},
    ),
]


def test_what_is_known_of_a_cause_follows_what_the_client_told() -> None:
    causes = {"models": "Nobody wrote one.", "text": "It has none, for it does this job."}
    column = replace(COLUMNS[0], client=replace(SDK, causes=causes))
    (told,) = table([column], JOBS, [], "0.4.0", "2026-11-29")["clients"]
    assert told["left_out"] == {"models": "it has no list. Nobody wrote one."}
    assert "causes" not in told


def test_a_table_has_clients_jobs_and_defects() -> None:
    made = table(COLUMNS, JOBS, ["usage-missing", "any-key"], "0.4.0", "2026-11-29")
    assert (made["format"], made["suite"], made["made"]) == (1, "0.4.0", "2026-11-29")
    assert made["clients"][0] == {
        "id": "sdk",
        "title": "the SDK",
        "package": "anthropic",
        "version": "2.14.0",
        "registry": "PyPI",
        "language": "Python",
        "profile": "anthropic-sdk-python",
        "jobs": ["text", "tool"],
        "left_out": {"models": "it has no list"},
        "tried": {"2026-11-29": ["text", "tool", "models"]},
    }
    assert "profile" not in made["clients"][1]
    assert made["jobs"][0] == {"id": "text", "title": "a text"}
    assert list(made["defects"]) == ["any-key", "usage-missing"]
    assert made["defects"]["any-key"] == {"touched": [], "clients": {}}
    assert json.loads(json.dumps(made["defects"]["usage-missing"])) == {
        "touched": ["text", "tool"],
        "clients": {
            "sdk": {
                "fine": ["text"],
                "noticed": {
                    "tool": {
                        "outcome": "wrong",
                        "differs": [{"pointer": "/turns/0/usage", "expected": {"input": 1}, "came": None}],
                        "requests": 2,
                        "requests_without": 1,
                    }
                },
            },
            "other": {
                "fine": [],
                "noticed": {"text": {"outcome": "raises", "raised": RAISED, "requests": 3, "requests_without": 1}},
            },
        },
    }


def test_its_text_is_json_with_a_line_for_each_client_of_a_defect() -> None:
    made = table(COLUMNS, JOBS, ["usage-missing", "any-key"], "0.4.0", "2026-11-29")
    text = written(made)
    assert json.loads(text) == json.loads(json.dumps(made))
    assert [line.split(":")[0] for line in text.splitlines() if '"fine"' in line] == ['    "sdk"', '    "other"']


def test_a_client_is_whole_when_all_is_decided() -> None:
    assert all(column.whole() for column in COLUMNS)
    assert not Column(SDK, COLUMNS[0].began, {}).whole()
    idle = Column(SDK, Began((), {"text": "nothing came in time"}, {}), {})
    assert (idle.decided(), idle.whole()) == (True, False)


def test_our_table_is_of_our_clients_and_tells_nothing_of_a_machine() -> None:
    text = (data("specs") / "impact.json").read_text("utf-8")
    made = json.loads(text)
    assert {client["id"] for client in made["clients"]} <= {client.id for client in load_clients()}
    assert {job["id"] for job in made["jobs"]} <= set(load_jobs(data("jobs.yaml")))
    assert re.findall(r".{0,40}(?:/home/|/root/|/tmp/|/work/|127\.0\.0\.1:\d|req_[0-9a-f]{24})", text) == []
