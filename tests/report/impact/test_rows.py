"""The table as people read it: order, levels, counts, and what is surprising in it."""

from __future__ import annotations

from dataclasses import replace

from impacts import IMPACTS
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.harm import Severity
from messages_conformance.catalog.impact import Difference, Impacts, Seen, Trace
from messages_conformance.catalog.model import Level
from messages_conformance.report.impact.rows import Clauses, levels, rows, tolls
from messages_conformance.report.impact.surprises import surprises


def clauses(catalog: Catalog) -> Clauses:
    return catalog.contracts["anthropic"].clauses


def only(*defects: str) -> Impacts:
    return replace(IMPACTS, defects={name: IMPACTS.defects[name] for name in defects})


def test_a_row_for_each_defect_in_the_group_of_its_severity(catalog: Catalog) -> None:
    grouped = rows(IMPACTS, clauses(catalog))
    told = {severity: [row.impact.defect for row in group] for severity, group in grouped.items()}
    assert told == {
        Severity.BREAKS: ["message-stop-missing", "leading-newlines"],
        Severity.CORRUPTS: [],
        Severity.DEGRADES: ["filler-deltas"],
        Severity.UNKNOWN: ["adaptive-refused", "block-index-constant", "thinking-only"],
        Severity.UNNOTICED: ["message-id-constant"],
    }


def test_a_cell_for_each_client_even_where_it_can_do_nothing(catalog: Catalog) -> None:
    (_, row) = rows(IMPACTS, clauses(catalog))[Severity.BREAKS]
    assert [cell and cell.outcome for cell in row.cells] == ["wrong", "raises", None, None]


def test_a_row_has_the_strongest_level_that_is_broken(catalog: Catalog) -> None:
    (row,) = rows(IMPACTS, clauses(catalog))[Severity.DEGRADES]
    assert (row.level, [clause.level for clause in row.clauses]) == (Level.MUST, [Level.MUST, Level.MAY])


def test_every_defect_is_counted_once_among_the_levels(catalog: Catalog) -> None:
    counted = levels(rows(IMPACTS, clauses(catalog)))
    assert sum(sum(numbers.values()) for numbers in counted.values()) == len(IMPACTS.defects)
    assert counted[Level.MAY][Severity.BREAKS] == 1


def test_what_all_defects_did_to_one_client() -> None:
    python, ai, litellm, agent = tolls(IMPACTS)
    assert (python.touched, python.severities[Severity.BREAKS], python.severities[Severity.CORRUPTS]) == (5, 1, 1)
    assert (ai.severities[Severity.BREAKS], ai.severities[Severity.UNKNOWN]) == (2, 1)
    assert (litellm.touched, agent.severities[Severity.DEGRADES]) == (3, 1)


def test_a_must_is_harmless_only_if_nothing_that_breaks_it_is_noticed(catalog: Catalog) -> None:
    found = surprises(IMPACTS, clauses(catalog)).harmless
    assert [(each.clause.local, [i.defect for i in each.impacts]) for each in found] == [
        ("message.ids-unique", ["message-id-constant"])
    ]
    fillers = {"anthropic:message.ids-unique"}
    noticed = replace(IMPACTS.defects["filler-deltas"], clauses=frozenset(fillers))
    changed = replace(IMPACTS, defects={**IMPACTS.defects, "filler-deltas": noticed})
    assert surprises(changed, clauses(catalog)).harmless == ()


def test_what_breaks_clients_and_no_must(catalog: Catalog) -> None:
    found = surprises(IMPACTS, clauses(catalog)).optional
    assert [row.impact.defect for row in found] == ["leading-newlines"]


def test_clients_disagree_if_one_is_loud_and_one_silent_in_the_same_job(catalog: Catalog) -> None:
    stop, newlines = surprises(IMPACTS, clauses(catalog)).disagreements
    assert (stop.row.impact.defect, stop.job) == ("message-stop-missing", "text-streamed")
    assert [c.id for c in stop.loud] == ["anthropic-python", "ai-sdk"]
    assert [c.id for c in stop.silent] == ["litellm"]
    assert stop.spared == ()
    assert (newlines.job, [c.id for c in newlines.loud]) == ("text", ["ai-sdk"])
    assert surprises(only("filler-deltas", "message-id-constant"), clauses(catalog)).disagreements == ()


def test_the_official_sdks_disagree_if_they_do_not_do_the_same_in_one_job(catalog: Catalog) -> None:
    assert surprises(IMPACTS, clauses(catalog)).official == ()  # only one of them is in this table
    stop = IMPACTS.defects["message-stop-missing"]
    python, ai, *_ = stop.seen
    other = replace(ai.client, profile="anthropic-sdk-typescript")

    def apart(second: Seen) -> list[list[str]]:
        changed = replace(IMPACTS, defects={stop.defect: replace(stop, seen=(python, second))})
        found = surprises(changed, clauses(catalog)).official
        return [[c.id for c in side] for each in found for side in (each.loud, each.silent, each.spared)]

    assert apart(Seen(other, ("text-streamed",), ())) == [["anthropic-python"], [], ["ai-sdk"]]
    assert apart(Seen(other, (), (Trace("text-streamed", "wrong", differs=(Difference("/turns", 1, 2),)),))) == [
        *(["anthropic-python"], ["ai-sdk"], [])
    ]
    assert apart(Seen(other, (), ai.noticed)) == []
