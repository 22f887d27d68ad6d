"""A recorded run judged again: the same verdicts, the same bytes, and nothing sent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from messages_conformance.catalog import Catalog, Endpoint, adhoc_provider
from messages_conformance.catalog.providers.adhoc import claimed
from messages_conformance.checks.base import Outcome
from messages_conformance.errors import UserError
from messages_conformance.results.reading import Run, read_run
from messages_conformance.results.records import Cut
from messages_conformance.results.vocabulary import State
from messages_conformance.run.keeping.directories import RESULTS
from messages_conformance.run.planning.plan import every, select
from messages_conformance.run.rejudging import rejudge
from messages_conformance.run.session import run
from recorded import Recorded


@pytest.fixture(scope="module")
def again(catalog: Catalog, short_run: Recorded, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    directory = tmp_path_factory.mktemp("again")
    return directory / RESULTS, rejudge(catalog, read_run(short_run.results), directory)


def test_a_recording_is_judged_as_the_run_was(short_run: Recorded, again: tuple[Path, Run]) -> None:
    _, rejudged = again
    assert rejudged.cells.keys() == short_run.run.cells.keys()
    assert rejudged.complete
    for key, cell in short_run.run.cells.items():
        assert sorted(map(repr, rejudged.cells[key].results)) == sorted(map(repr, cell.results)), key


def test_twice_judged_is_the_same_to_the_byte(catalog: Catalog, again: tuple[Path, Run], tmp_path: Path) -> None:
    results, rejudged = again
    rejudge(catalog, rejudged, tmp_path)
    assert (tmp_path / RESULTS).read_bytes() == results.read_bytes()


def test_what_was_cut_is_not_judged_otherwise_but_said_to_be_undecided(
    catalog: Catalog, short_run: Recorded, tmp_path: Path
) -> None:
    run, place = short_run.run, ("reference", "streaming.text")
    cut = Cut(9_999_999, "0" * 64)
    exchanges = tuple(replace(e, cut=cut) if (e.provider, e.scenario) == place else e for e in run.exchanges)
    again = rejudge(catalog, replace(run, exchanges=exchanges), tmp_path)
    changed = {key for key, cell in run.cells.items() if set(cell.results) != set(again.cells[key].results)}
    backward = {key for key in run.cells if key[0] == "reference" and key[1].startswith("run.")}
    assert changed == {place} | backward
    for key in changed:
        notes = {result.note for result in again.cells[key].results}
        assert {result.outcome for result in again.cells[key].results} == {Outcome.INCONCLUSIVE}
        assert all("of 9,999,999 bytes of the answer" in (note or "") for note in notes), notes
    assert {e.cut for e in again.exchanges} == {None, cut}, "it is still said in the new stream"


def test_a_recording_of_a_provider_that_is_not_known_is_the_users_matter(
    catalog: Catalog, short_run: Recorded, tmp_path: Path
) -> None:
    text = short_run.results.read_text("utf-8").replace('"naga-reference-page"', '"naga-referense-page"')
    (tmp_path / "old.jsonl").write_text(text, "utf-8")
    with pytest.raises(UserError, match="did you mean `naga-reference-page`"):
        rejudge(catalog, read_run(tmp_path / "old.jsonl"), tmp_path / "new")


def test_a_run_against_an_address_alone_is_judged_again(catalog: Catalog, reference_url: str, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SOME_KEY", "reference-key")
        said = Endpoint(reference_url, "reference", "SOME_KEY", "bearer", claimed(None, "streaming"), {"vision": "eye"})
        provider = adhoc_provider(said, catalog.contracts)
        pairs = every([provider], select(catalog.scenarios, ["smoke", "errors"]))
        first = run(catalog, pairs, tmp_path / "first")
    again = rejudge(catalog, first, tmp_path / "again")
    assert {key: cell.state("drop-in") for key, cell in again.cells.items()} == {
        key: cell.state("drop-in") for key, cell in first.cells.items()
    }
    assert again.header.providers == first.header.providers
    assert State.NOT_APPLICABLE in {cell.state("drop-in") for cell in again.cells.values()}
