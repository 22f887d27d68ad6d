from __future__ import annotations

from pathlib import Path

import pytest
from messages_conformance.authoring.coverage import kills
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.field import Deviation
from messages_conformance.errors import Where
from proof.matrix import Killed, killed, run_defects
from proof.result import Argued, Proof
from proof.survivors import Judged

NOTHING = frozenset[str]()
NO_EXCUSE = Argued({}, {}, {})


def row(
    *red: str, expected: tuple[str, ...] = ("x",), faults: tuple[str, ...] = (), causes: tuple[str, ...] = ("x",)
) -> Killed:
    places = frozenset(f"s/{r}" for r in red)
    return Killed("d", frozenset(expected), frozenset(red), places, frozenset(faults), dict.fromkeys(causes, ()))


def proof(
    *matrix: Killed, mutants: tuple[Judged, ...] = (), checks: tuple[str, ...] = ("x",), argued: Argued = NO_EXCUSE
) -> Proof:
    return Proof(matrix, mutants, frozenset(checks), (), (), argued)


def mutant(kind: str, *red: str, faults: tuple[str, ...] = ()) -> Judged:
    return Judged("s", "changed", kind, frozenset(red), frozenset(faults))  # pyright: ignore[reportArgumentType]


def test_a_proof_without_a_finding_holds() -> None:
    held = proof(row("x"), mutants=(mutant("broken", "x"), mutant("tolerated"), mutant("other")))
    assert held.problems() == []
    assert held.killers == {"x": (["d"], ["changed"])}


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (proof(row()), ["d: missed by x", "d: no check sees it", "nothing turns x red"]),
        (proof(row("x", "y")), ["d: also turns y red, which is not said of it"]),
        (proof(row("x", faults=("z",))), ["d: z could not judge"]),
        (proof(row("x"), mutants=(mutant("broken"),)), ["survivor: changed (in s)"]),
        (proof(row("x"), mutants=(mutant("tolerated", "x"),)), ["false red: changed (in s) fails x"]),
        (
            proof(row("x"), mutants=(mutant("broken", "x", faults=("z",)),)),
            ["mutant: changed (in s): z could not judge"],
        ),
        (proof(row("x"), checks=("x", "w")), ["nothing turns w red"]),
        (proof(row("x"), argued=Argued({"x": "why"}, {}, {})), ["argued.yaml excuses `x` from nothing"]),
        (proof(row("x"), argued=Argued({}, {}, {"d": "why"})), ["argued.yaml excuses `d` from nothing"]),
        (proof(row("x", causes=("x", "y"))), ["d: told as 2 causes: x, y"]),
    ],
)
def test_every_finding_is_told(found: Proof, told: list[str]) -> None:
    assert found.problems() == told


def test_what_is_argued_is_no_finding() -> None:
    argued = Argued({"w*": "never sent"}, {"chan*": "unseen"}, {"d": "two in one"})
    assert (
        proof(row("x", causes=("x", "y")), mutants=(mutant("broken"),), checks=("x", "wide"), argued=argued).problems()
        == []
    )


def test_a_deviation_must_be_shown_by_the_checks_that_it_names() -> None:
    where = Where(Path("f.yaml"), 1)
    shown = Deviation("shown", "s", "b", ("u",), ("x",), ("d",), where)
    elsewhere = Deviation("elsewhere", "s", "b", ("u",), ("other/x",), ("d",), where)
    held = Proof((row("x"),), (), frozenset({"x"}), (), (), NO_EXCUSE, (shown, elsewhere))
    assert held.problems() == ["elsewhere: d turns none of the checks red that are said to show it"]


@pytest.mark.gate
def test_defects_are_run_and_their_kills_found(catalog: Catalog, tmp_path: Path) -> None:
    names = ["message-id-constant"]
    (found,) = killed(run_defects(catalog, tmp_path, names), kills(), names)
    assert found.is_sound
    assert found.causes == {"message.ids-differ": ("run.message-ids",)}
    assert any(place.endswith("/message.ids-differ") for place in found.places)
    assert found.faults == NOTHING


def test_every_deviation_names_a_check_that_its_defects_turn_red(catalog: Catalog) -> None:
    said = kills()
    assert [
        (deviation.id, name)
        for deviation in catalog.deviations
        for name in deviation.defects
        if not {reference.rpartition("/")[2] for reference in deviation.checks} & set(said[name])
    ] == []
