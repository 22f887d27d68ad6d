"""A recorded run judged again: the same verdicts, the same bytes, and nothing sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from messages_conformance.catalog import Catalog, Endpoint, adhoc_provider
from messages_conformance.catalog.providers.adhoc import claimed
from messages_conformance.errors import UserError
from messages_conformance.results.reading import Run, State, read_run
from messages_conformance.run.judging.replay import exchange
from messages_conformance.run.planning.plan import every, select
from messages_conformance.run.session import RESULTS, rejudge, run
from recorded import Quiet, Recorded


@pytest.fixture(scope="module")
def again(catalog: Catalog, whole_run: Recorded, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    directory = tmp_path_factory.mktemp("again")
    return directory / RESULTS, rejudge(catalog, read_run(whole_run.results), directory)


def test_a_recording_is_judged_as_the_run_was(whole_run: Recorded, again: tuple[Path, Run]) -> None:
    _, rejudged = again
    assert rejudged.cells.keys() == whole_run.run.cells.keys()
    assert rejudged.complete
    for key, cell in whole_run.run.cells.items():
        assert sorted(map(repr, rejudged.cells[key].results)) == sorted(map(repr, cell.results)), key


def test_twice_judged_is_the_same_to_the_byte(catalog: Catalog, again: tuple[Path, Run], tmp_path: Path) -> None:
    results, rejudged = again
    rejudge(catalog, rejudged, tmp_path)
    assert (tmp_path / RESULTS).read_bytes() == results.read_bytes()


def test_a_recording_of_a_provider_that_is_not_known_is_the_users_matter(
    catalog: Catalog, whole_run: Recorded, tmp_path: Path
) -> None:
    text = whole_run.results.read_text("utf-8").replace('"naga-reference-page"', '"naga-referense-page"')
    (tmp_path / "old.jsonl").write_text(text, "utf-8")
    with pytest.raises(UserError, match="did you mean `naga-reference-page`"):
        rejudge(catalog, read_run(tmp_path / "old.jsonl"), tmp_path / "new")


def test_a_run_against_an_address_alone_is_judged_again(catalog: Catalog, reference_url: str, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SOME_KEY", "reference-key")
        said = Endpoint(reference_url, "reference", "SOME_KEY", "bearer", claimed(None, "streaming"), {"vision": "eye"})
        provider = adhoc_provider(said, catalog.contracts)
        pairs = every([provider], select(catalog.scenarios, ["smoke", "errors"]))
        first = run(catalog, pairs, tmp_path / "first", Quiet())
    again = rejudge(catalog, first, tmp_path / "again")
    assert {key: cell.state("drop-in") for key, cell in again.cells.items()} == {
        key: cell.state("drop-in") for key, cell in first.cells.items()
    }
    assert again.header["providers"] == first.header["providers"]
    assert State.NOT_APPLICABLE in {cell.state("drop-in") for cell in again.cells.values()}


def test_a_record_becomes_the_exchange_that_it_was() -> None:
    record = json.loads("""{
        "request": {"method": "POST", "url": "http://h/v1/messages", "headers": [["a", "b"]], "body": "{\\"é\\":1}"},
        "response": {"status": 200, "headers": [["c", "d"]],
                     "chunks": [{"at_ms": 1.5, "text": "é"}, {"at_ms": 2.5, "base64": "/w=="}]},
        "failure": {"kind": "protocol", "detail": "cut"},
        "started": "2026-11-20T10:00:00.000Z", "first_byte_ms": 1.5, "total_ms": 2.5}""")
    found = exchange(record)
    assert found.request.body == b'{"\xc3\xa9":1}'
    assert found.response is not None
    assert (found.response.body, found.response.header("C")) == (b"\xc3\xa9\xff", "d")
    assert found.failure is not None
    assert (found.failure.kind, found.total_ms) == ("protocol", 2.5)
