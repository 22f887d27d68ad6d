"""First drafts of expectations from a run, and what of a list no longer holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import handmade
import pytest
from handmade import Line, line
from hypothesis import given
from hypothesis import strategies as st
from messages_conformance.authoring.expecting import Signed, Update, save, update
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.expectations import Expectation, read_drafts
from messages_conformance.catalog.model import Level
from messages_conformance.errors import UserError, Where
from messages_conformance.results.reading import Run
from messages_conformance.results.records import Check, Diagnosed, Planned, Record, Scenario
from messages_conformance.results.vocabulary import Question

SIGNED = Signed(Level.MUST, "2026-11-20", "2027-02-18", "the team")
BASIC, TEXT = "messages.basic", "streaming.text"
DAYS = {"reason": "TODO", "owner": "the team", "added": "2026-11-20", "expires": "2027-02-18"}


def run(catalog: Catalog, *told: Line | Record, complete: bool = True, provider: str = "naga") -> Run:
    """A run that planned everything for one provider, and was told this."""
    named = {entry.scenario for entry in told if isinstance(entry, Line)}
    others = [s.id for s in catalog.scenarios if not s.is_variant and s.id not in named]
    header = handmade.header(handmade.provider(provider, contract="naga"))
    return handmade.run(header, *told, *(Planned(provider, name, "so") for name in others), complete=complete)


def failed(scenario: str = BASIC, check: str = "message.id", actual: str = "nothing", **more: Any) -> Line:
    return line(scenario, check, "fail", provider="naga", expected="an id", actual=actual, **more)


def passed(scenario: str = BASIC, check: str = "message.id") -> Line:
    return line(scenario, check, provider="naga")


def entry(check: str = "message.id", **more: Any) -> Expectation:
    plain: dict[str, Any] = {"provider": "naga", "scenarios": ("*",), "reason": "So.", "expires": "2027-01-01"}
    return Expectation(check=check, where=Where(Path("e.yaml"), 2), **{**plain, **more})


def updated(catalog: Catalog, *told: Line | Record, entries: tuple[Expectation, ...] = (), **signed: Any) -> Update:
    return update(run(catalog, *told), entries, catalog, (), replace(SIGNED, **signed))


def test_a_failure_gets_an_entry_that_is_as_narrow_as_can_be(catalog: Catalog) -> None:
    (draft,) = updated(catalog, failed(pointer="/id"), passed(TEXT)).added
    narrow = {"scenarios": [BASIC], "question": "drop-in", "pointer": "/id", "actual": "nothing"}
    assert draft == {"provider": "naga", "check": "message.id", **narrow, **DAYS}


def test_failures_of_one_check_share_an_entry_that_says_what_they_share(catalog: Catalog) -> None:
    told = [failed(), failed(TEXT, actual="null"), failed(question="as-documented"), passed("messages.unicode")]
    (draft,) = updated(catalog, *told).added
    assert draft == {"provider": "naga", "check": "message.id", "scenarios": [BASIC, TEXT], **DAYS}


def test_a_check_that_fails_everywhere_is_written_without_its_scenarios(catalog: Catalog) -> None:
    names = [scenario.id for scenario in catalog.scenarios[:4]]
    assert "scenarios" not in updated(catalog, *map(failed, names)).added[0]
    assert updated(catalog, *map(failed, names), passed(catalog.scenarios[9].id)).added[0]["scenarios"] == names


def test_only_what_counts_gets_an_entry(catalog: Catalog) -> None:
    weak = failed(level="SHOULD")
    assert updated(catalog, weak).added == ()
    assert len(updated(catalog, weak, fail_on=Level.SHOULD).added) == 1


def test_what_fails_now_and_then_gets_an_entry_that_says_so_in_place_of_one_that_does_not(catalog: Catalog) -> None:
    plain = run(catalog, failed(), passed(f"{BASIC}~2"))
    asked = tuple(Scenario(name, "a", "t", "w", "x:1", repeats=BASIC) for name in (f"{BASIC}~2",))
    of = handmade.run(replace(plain.header, scenarios=asked), failed(), passed(f"{BASIC}~2"), *_left_out(plain))
    (draft,) = update(of, (), catalog, (), SIGNED).added
    assert draft["flaky"] is True
    changes = update(of, [entry()], catalog, (), SIGNED)
    assert (len(changes.added), changes.removed) == (1, (0,))
    assert update(of, [entry(flaky=1.0)], catalog, (), SIGNED) == Update((), (), ())


def _left_out(of: Run) -> list[Planned]:
    return [Planned(*key, cell.not_applicable) for key, cell in of.cells.items() if cell.not_applicable]


def test_what_an_entry_tells_of_gets_no_second_one(catalog: Catalog) -> None:
    for told in (entry(), entry(reason="TODO"), entry(expires="2026-11-01"), entry(actual="no*")):
        assert updated(catalog, failed(), entries=(told,)).added == ()


def test_a_failure_that_is_different_gets_one(catalog: Catalog) -> None:
    found = updated(catalog, failed(), entries=(entry(actual="null"),))
    assert [draft["actual"] for draft in found.added] == ["nothing"]
    assert [account.held for account in found.untrue] == ["fails-differently"]


def test_what_no_longer_fails_is_named_by_its_number(catalog: Catalog) -> None:
    told = (entry("message.type"), entry(), entry("message.role", expires="2026-11-01"))
    found = updated(catalog, failed(check="message.role"), passed(), entries=told)
    assert found.removed == (1,)
    assert [account.entry.check for account in found.untrue] == ["message.role"]


def test_a_run_that_does_not_show_everything_is_refused(catalog: Catalog) -> None:
    part = handmade.run(handmade.header(handmade.provider("naga")), failed())
    whole = run(catalog, failed())
    diagnosed = Diagnosed("naga", "model-unknown", "has no such model", 2)
    for of, said in (
        (run(catalog, failed(), complete=False), "the run was cut off before its end"),
        (part, "the run planned only 1 of "),
        (run(catalog, provider="somebody"), "`somebody` is in no file"),
        (replace(whole, header=replace(whole.header, checks=(Check("x.y", "", ""),))), "there is no check `x.y` here"),
        (run(catalog, diagnosed), "the run of `naga` ended at its first requests: it has no such model"),
    ):
        with pytest.raises(UserError) as caught:
            update(of, (), catalog, (), SIGNED)
        assert said in str(caught.value)


def test_a_file_is_changed_as_a_whole_and_keeps_its_line_ends(tmp_path: Path, catalog: Catalog) -> None:
    path = tmp_path / "expectations.yaml"
    save(path, updated(catalog, failed()).added, ())
    first = path.read_bytes()
    path.write_bytes(first.replace(b"\n", b"\r\n"))
    save(path, updated(catalog, failed(check="message.type")).added, ())
    assert path.read_bytes().startswith(first.replace(b"\n", b"\r\n"))
    assert b"\n" not in path.read_bytes().replace(b"\r\n", b"")
    assert [draft.check for draft in read_drafts(path)] == ["message.id", "message.type"]
    assert [other.name for other in tmp_path.iterdir()] == ["expectations.yaml"]


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path, catalog: Catalog) -> None:
    with pytest.raises(UserError, match="cannot write"):
        save(tmp_path / "no-such" / "e.yaml", updated(catalog, failed()).added, ())


@given(
    st.lists(
        st.tuples(
            st.sampled_from([BASIC, TEXT, "messages.unicode"]),
            st.sampled_from(["message.id", "message.type"]),
            st.sampled_from(["drop-in", "as-documented"]),
            st.sampled_from(["pass", "fail", "not-applicable"]),
            st.sampled_from(["nothing", "null", "a * b", "[x]"]),
        ),
        unique_by=lambda one: one[:3],
    )
)
def test_a_run_is_as_its_own_drafts_expect_it(
    catalog: Catalog, told: list[tuple[str, str, Question, str, str]]
) -> None:
    """Whatever failed is then accepted, and no draft is untrue of the run that it was drawn from."""
    lines = (
        line(scenario, check, outcome, question, provider="naga", expected="an id", actual=actual)
        for scenario, check, question, outcome, actual in sorted(told)
    )
    of = run(catalog, *lines)
    drafts = update(of, (), catalog, (), SIGNED).added
    whole: list[dict[str, Any]] = [{**draft, "scenarios": tuple(draft.get("scenarios", ("*",)))} for draft in drafts]
    entries = [entry(**draft) for draft in whole]
    again = update(of, entries, catalog, (), SIGNED)
    assert (again.added, again.removed, again.untrue) == ((), (), ())
