"""What a directory holds is not lost in silence, and belongs to one run at a time."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from messages_conformance.catalog import Catalog
from messages_conformance.errors import UserError
from messages_conformance.run.keeping.directories import RESULTS
from messages_conformance.run.keeping.streams import held, refuse_taken, set_aside, streams
from messages_conformance.run.planning.plan import Plan, every, select
from messages_conformance.run.session import Intent, run

HEADER = (
    '{"kind":"header","format":2,"suite":{"name":"s","version":"1"},"started":"2026-11-28T22:55:00.000Z","providers":'
    '[{"id":"naga","title":"N","kind":"live","contract":"c","base_url":"u","path":"/p","version":"v","auth":"none",'
    '"features":[],"models":{}}]}\n'
)


def test_a_directory_that_holds_results_is_refused_with_whose_they_are(tmp_path: Path) -> None:
    refuse_taken(tmp_path)
    (tmp_path / RESULTS).write_text(HEADER)
    with pytest.raises(UserError, match=r"begun 2026-11-28 22:55 UTC, of naga\n.*--resume.*--overwrite"):
        refuse_taken(tmp_path)


@pytest.mark.parametrize("name", ["results.earlier-001.jsonl", "gw0/results.jsonl"])
def test_so_is_one_with_a_part_of_a_run(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(HEADER)
    with pytest.raises(UserError, match="already holds the results of a run"):
        refuse_taken(tmp_path)


def test_and_one_whose_stream_nobody_can_read(tmp_path: Path) -> None:
    (tmp_path / RESULTS).write_text('{"kind":"header","format":99}\n')
    with pytest.raises(UserError, match=r"already holds the results of a run\n"):
        refuse_taken(tmp_path)


def test_a_stream_without_its_header_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / RESULTS).write_text(HEADER[:50])
    refuse_taken(tmp_path)
    set_aside(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_streams_that_are_set_aside_keep_their_order(tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / RESULTS).write_text(f"{number}\n")
        set_aside(tmp_path)
    (tmp_path / RESULTS).write_text("12\n")
    assert [int(path.read_text()) for path in streams(tmp_path)] == list(range(13))


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such locks")
def test_two_runs_do_not_share_a_directory(tmp_path: Path) -> None:
    with (
        held(tmp_path),
        pytest.raises(UserError, match=r"another run is writing into .* at this moment"),
        held(tmp_path),
    ):
        pass
    with held(tmp_path):
        pass


def test_of_two_runs_into_one_directory_the_second_is_refused(catalog: Catalog, tmp_path: Path) -> None:
    pairs = every([catalog.providers["reference"]], select(catalog.scenarios, ["messages.basic"]))
    refused: list[str] = []

    def again(_: Plan) -> None:
        for intent in (Intent(), Intent(overwrite=True), Intent(resume=True)):
            with pytest.raises(UserError) as error:
                run(catalog, pairs, tmp_path, intent=intent)
            refused.append(str(error.value))

    first = run(catalog, pairs, tmp_path, intent=Intent(begun=again))
    assert first.complete
    assert len(refused) == 3
    with pytest.raises(UserError, match=r"already holds the results of a run, begun .* UTC, of reference"):
        run(catalog, pairs, tmp_path)
    assert run(catalog, pairs, tmp_path, intent=Intent(overwrite=True)).header.started > first.header.started
    assert [path.name for path in tmp_path.iterdir()] == [RESULTS]
