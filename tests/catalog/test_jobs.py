"""Jobs are read strictly, and those that we have are whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from messages_conformance.catalog.jobs import Wants, load_jobs
from messages_conformance.errors import UserError
from messages_conformance.locate import data

PLAIN = "turns: [Hello.], max_tokens: 9"


def read(tmp_path: Path, *entries: str) -> list[str]:
    """The problems of a file of these jobs."""
    (path := tmp_path / "jobs.yaml").write_text("jobs:\n" + "".join(f"  - {{{entry}}}\n" for entry in entries))
    with pytest.raises(UserError) as caught:
        load_jobs(path)
    return [f"{problem.where.line if problem.where else 0}: {problem.message}" for problem in caught.value.problems]


def test_our_jobs_touch_every_route_and_form() -> None:
    jobs = load_jobs(data("jobs.yaml"))
    assert len(jobs) > 20
    assert {job.route for job in jobs.values()} == {"messages", "count_tokens", "models"}
    asked = {key for job in jobs.values() for key in job.asks}
    assert asked >= {"stream", "system", "picture", "tools", "force", "results", "thinking", "schema", "stop"}
    assert asked >= {"before", "documents", "cache", "search", "mcp", "keep_results", "prefill", "hang_up", "page"}
    assert {job.state for job in jobs.values()} == {None, "overloaded-once", "error-in-stream"}


def test_what_a_driver_is_asked_is_apart_from_what_is_chosen_and_wanted(tmp_path: Path) -> None:
    (path := tmp_path / "jobs.yaml").write_text(
        f"jobs:\n  - {{id: a, title: A, {PLAIN}, role: thinking, key: k, wants: {{text: [x], error: 404}}}}\n"
        f"  - {{id: b, title: B, {PLAIN}, wants: {{error: null}}}}\n"
    )
    first, second = load_jobs(path).values()
    assert first.asks == {"turns": ["Hello."], "max_tokens": 9}
    assert (first.role, first.key, first.model, first.where.line) == ("thinking", "k", None, 2)
    assert first.wants == Wants(text=("x",), raises=True, status=404)
    assert (second.role, second.wants) == ("cheap", Wants(raises=True))


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("id: a, title: A", "2: the job `a` needs `turns` and `max_tokens`"),
        (f"id: a, title: A, {PLAIN}, force: x", "2: `x` is no tool of the job `a`"),
        (f"id: a, title: A, {PLAIN}, results: {{x: y}}", "2: `x` is no tool of the job `a`"),
        (f"id: a, title: A, {PLAIN}, wants: {{fits: true}}", "2: `fits` needs a `schema`"),
        (f"id: a, title: A, {PLAIN}, state: tired", "2: `state` cannot be `tired`"),
        (f"id: a, title: A, {PLAIN}, colour: red", "2: `colour` is not a key of item 1 of `jobs`"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, entry: str, problem: str) -> None:
    assert read(tmp_path, entry) == [problem]


def test_an_id_stands_once(tmp_path: Path) -> None:
    entry = f"id: a, title: A, {PLAIN}"
    assert read(tmp_path, entry, entry) == ["2: the job `a` is listed twice", "3: the job `a` is listed twice"]
