"""A run from start to end: who is asked, what the stream holds, and what never gets into any output."""

from __future__ import annotations

import gc
import json
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import making
import pytest
import schemas
from echoing import echo
from jsonschema import Draft202012Validator
from making import asking, provider, scenario, use
from members import over
from messages_conformance.catalog import Catalog, choose_providers
from messages_conformance.catalog.model import Auth
from messages_conformance.errors import UserError
from messages_conformance.results.reading import read_run
from messages_conformance.results.records import Exchange, Footer, Header, Judged, Planned
from messages_conformance.results.verdict import Exit, judge_run
from messages_conformance.run import session
from messages_conformance.run.embedded import REFERENCE_KEY
from messages_conformance.run.observing import Unwatched
from messages_conformance.run.planning.plan import every, select
from messages_conformance.run.session import ready
from raw_server import Peer, serving_aside
from recorded import Recorded

# --- who can be asked -----------------------------------------------------------------------------------------------


def test_a_provider_without_its_key_is_skipped_with_the_line_that_helps() -> None:
    who = ready([provider(), provider(id="other")], {"MAKER_KEY": ""})
    assert who.providers == ()
    assert who.skipped == dict.fromkeys(("maker", "other"), "its key is not set: export MAKER_KEY")


def test_a_provider_with_its_key_or_without_need_of_one_is_asked() -> None:
    keyed, open_ = provider(), provider(id="open", auth=Auth("none"))
    played = provider(id="played", kind="played", embedded="naga/guide-page")
    who = ready([keyed, open_, played], {"MAKER_KEY": "Made-Up-Key-1-0123"})
    assert who.providers == (keyed, open_, played)
    assert who.keys == {"maker": "Made-Up-Key-1-0123", "open": None, "played": REFERENCE_KEY}
    assert who.skipped == {}


@over("key", ["sk-1234", "none", "dummy", "ollama", "not-needed", "anthropic"])
def test_a_key_that_is_no_secret_goes_to_a_server_nearby_and_to_nobody_else(key: str) -> None:
    far, near = provider(base_url="https://api.maker.example"), provider(id="near", base_url="http://localhost:8080")
    who = ready([far, near], {"MAKER_KEY": key})
    assert (who.keys, list(who.skipped)) == ({"near": key}, ["maker"])
    assert who.skipped["maker"].startswith("the value of MAKER_KEY is no key: it is too short, or a plain word")
    (asked,) = who.providers
    assert asked.note == "the value of MAKER_KEY is too short, or too plain a word, to be a secret: answers may show it"
    assert ready([asked], {"MAKER_KEY": key}).providers == (asked,), "it is noted once"
    assert key not in f"{who.skipped}{asked.note}"


def test_a_skipped_provider_is_named_in_the_stream_and_nothing_of_it_is_planned(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MAKER_KEY", raising=False)
    run = session.run(catalog, every([provider()], catalog.scenarios[:2]), tmp_path)
    assert run.skipped == {"maker": "its key is not set: export MAKER_KEY"}
    assert [p.id for p in run.providers] == ["maker"]
    assert dict(run.cells) == {}
    assert judge_run(run).exit is Exit.INCOMPLETE


def test_a_scenario_that_demands_what_does_not_exist_stops_before_anything_is_written(
    catalog: Catalog, tmp_path: Path
) -> None:
    wrong = scenario("wrong", asking("wrong", checks=(use("no.such.check"),)))
    world = replace(catalog, scenarios=(*catalog.scenarios, wrong))
    with pytest.raises(UserError, match=r"made\.yaml:7: there is no check `no\.such\.check`"):
        session.run(world, every([provider()], [wrong]), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_left_early_has_no_footer(catalog: Catalog, tmp_path: Path) -> None:
    class Impatient(Unwatched):
        def unit_done(self, unit: Any, state: Any) -> None:
            raise KeyboardInterrupt

    providers = choose_providers(catalog.providers, ["reference"])
    with pytest.raises(KeyboardInterrupt):
        session.run(catalog, every(providers, select(catalog.scenarios, ["smoke"])), tmp_path, Impatient())
    gc.collect()  # asyncio tells of the interrupted task now, and not in the middle of another test
    run = read_run(tmp_path / session.RESULTS)
    assert run.cells
    assert not run.complete
    assert judge_run(run).exit is Exit.INCOMPLETE


# --- a whole run ----------------------------------------------------------------------------------------------------


@pytest.mark.gate
@pytest.mark.xdist_group("whole-run")
def test_every_record_of_a_run_is_as_its_schema_says(whole_run: Recorded) -> None:
    validator: Any = Draft202012Validator(schemas.records_schema())
    kinds: Counter[str] = Counter()
    for line in whole_run.results.read_text("utf-8").splitlines():
        record = json.loads(line)
        validator.validate(record)
        kinds[record["kind"]] += 1
    assert set(kinds) == {"header", "planned", "exchange", "judged", "footer"}


def test_a_run_is_what_its_file_says(short_run: Recorded) -> None:
    read = read_run(short_run.results)
    assert read == short_run.run
    assert repr(read) == repr(short_run.run)  # where 1 is not 1.0


def test_the_header_comes_first_the_plan_before_any_result_and_the_footer_last(short_run: Recorded) -> None:
    kinds = [type(record) for record in short_run.records]
    assert kinds[0] is Header
    assert kinds[-1] is Footer
    assert kinds.count(Header) == kinds.count(Footer) == 1
    last_planned = len(kinds) - 1 - kinds[::-1].index(Planned)
    assert last_planned < kinds.index(Judged)


def test_every_planned_check_is_judged_once_and_names_exchanges_that_are_there(short_run: Recorded) -> None:
    def places(kind: type[Planned | Judged], parts: str) -> Counter[tuple[str, str, str, int]]:
        told = ((r.provider, r.scenario, getattr(r, parts)) for r in short_run.of(kind))
        return Counter((p, s, part.step, n) for p, s, many in told for part in many for n in part.criteria)

    planned = places(Planned, "steps")
    assert places(Judged, "verdicts") == planned
    assert set(planned.values()) == {1}
    exchanges = [record.id for record in short_run.of(Exchange)]
    assert len(set(exchanges)) == len(exchanges)
    results = [result for cell in short_run.run.cells.values() for result in cell.results]
    assert {name for result in results for name in result.exchanges} <= set(exchanges)
    # What is said of the whole run rests on all of it.
    assert all(result.exchanges for result in results if not result.check.startswith("run."))


def test_the_header_describes_everything_that_the_results_name(short_run: Recorded) -> None:
    header = short_run.run.header
    named = {clause for criterion in header.criteria for clause in criterion.clauses}
    against = {other for c in header.clauses if c.id in named for other in c.conflicts}
    assert named | against == {c.id for c in header.clauses}
    assert {criterion.check for criterion in header.criteria} == {c.id for c in header.checks}
    assert {scenario for _, scenario in short_run.run.cells} <= {s.id for s in header.scenarios}


@pytest.mark.gate
@pytest.mark.xdist_group("whole-run")
def test_the_reference_conforms(whole_run: Recorded) -> None:
    assert judge_run(whole_run.run).exit is Exit.CONFORMS


@pytest.mark.gate
@pytest.mark.xdist_group("whole-run")
def test_a_second_run_comes_to_the_same_verdicts(catalog: Catalog, whole_run: Recorded, tmp_path: Path) -> None:
    providers = choose_providers(catalog.providers, ["reference"])
    again = session.run(catalog, every(providers, catalog.scenarios), tmp_path)

    def verdicts(run: Any) -> dict[tuple[str, ...], str]:
        cells = [cell for (name, _), cell in run.cells.items() if name == "reference"]
        return {(cell.scenario, r.step, r.check): r.outcome for cell in cells for r in cell.results}

    assert verdicts(again) == verdicts(whole_run.run)


# --- the canary -----------------------------------------------------------------------------------------------------

CANARY = "sk-canary/+0123456789-abcdefghij"


def peer() -> AbstractContextManager[str]:
    """The hostile peer."""

    async def reply(at: Peer) -> None:
        await at.say(echo(at.request, CANARY))

    return serving_aside(reply)


def test_one_providers_key_is_kept_out_of_anothers_evidence(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY_KEY", CANARY)
    monkeypatch.setenv("MAKER_KEY", "another-key-9876")
    with peer() as url:
        gateway = provider(base_url=url)
        vendor = making.provider(id="vendor", base_url=url, auth=Auth("bearer", "CANARY_KEY"))
        asked = every([gateway, vendor], select(catalog.scenarios, ["messages.basic"]))
        session.run(catalog, asked, tmp_path)
    text = (tmp_path / session.RESULTS).read_text("utf-8")
    assert CANARY not in text
    assert "another-key-9876" not in text
