"""Finds the rows of every combination in the catalogue and writes them into its file: `make pairs`.

covertable finds arrays that hold every two values; what it finds depends on a salt, so that several are tried and the
array with the fewest rows is kept. Rows that show no pair of their own are left out. The same parameters give the same
rows. They are written down, and not found anew at each start, because finding them takes a second for each salt.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from covertable import make  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]
from messages_conformance.catalog import data
from messages_conformance.catalog.model import Assembly, Rule
from messages_conformance.catalog.scenarios.assembly import PLAIN, breaks, pairs
from messages_conformance.catalog.scenarios.combinations import assembly_of
from messages_conformance.catalog.scenarios.loading import Family, load_files

SALTS: Final = 40

Row = Mapping[str, str]


def find(family: Family) -> list[Row]:
    """The rows of a combination: each parameter that is not left out, with its value."""
    factors = {name: [PLAIN, *values] for name, values in family.data["parameters"].items()}
    assembly = assembly_of(family)
    constraints = [_constraint(rule) for rule in assembly.never]
    found = (_array(factors, constraints, salt) for salt in range(SALTS))
    return min((_needed(rows, assembly) for rows in found), key=len)


def _array(factors: Mapping[str, Sequence[str]], constraints: Sequence[Any], salt: int) -> list[Row]:
    rows = cast("list[Row]", make(dict(factors), constraints=list(constraints), salt=str(salt)))
    return [{name: row[name] for name in factors if row[name] != PLAIN} for row in rows]


def _constraint(rule: Rule) -> Mapping[str, Any]:
    """None of the first side with one of the second, in covertable's words."""
    return {"operator": "or", "conditions": [{"operator": "and", "conditions": list(_none(side))} for side in rule]}


def _none(names: frozenset[str]) -> Iterator[Mapping[str, Any]]:
    for name in sorted(names):
        parameter, _, value = name.partition(".")
        yield {"operator": "ne", "left": parameter, "value": value}


def _needed(rows: Sequence[Row], assembly: Assembly) -> list[Row]:
    """Without the rows whose pairs are in others, or fit into one whose parameters are left out: those with the fewest
    values go first. What is left, the other way round: a refusal is the easier to trace the less stands in a row."""
    kept = sorted(rows, key=lambda row: (-len(row), sorted(row.items())))
    for row in reversed(list(kept)):
        others = [other for other in kept if other is not row]
        own = pairs(_names(row)) - {pair for other in others for pair in pairs(_names(other))}
        wanted = {name for pair in own for name in pair}
        part = {name: value for name, value in row.items() if f"{name}.{value}" in wanted}
        for index, other in enumerate(others):
            merged = {**other, **part}
            fits = all(merged[name] == value for name, value in other.items())
            if not part or (fits and not any(breaks(rule, _names(merged)) for rule in assembly.never)):
                others[index] = merged
                kept = others
                break
    order = [name.partition(".")[0] for name in assembly.parts]
    return [dict(sorted(row.items(), key=lambda item: order.index(item[0]))) for row in sorted(kept, key=len)]


def _names(row: Row) -> tuple[str, ...]:
    return tuple(f"{parameter}.{value}" for parameter, value in row.items())


def write(family: Family, rows: Sequence[Row]) -> None:
    """Put rows at the end of the family's file, in place of what follows its `rows:`."""
    path = family.where.path
    head, mark, _ = path.read_text("utf-8").partition("\n    rows:")
    if not mark:
        sys.exit(f"{path} has no `rows:`, which ends the file")
    lines = (f"      - {{{', '.join(f'{name}: {value}' for name, value in row.items())}}}" for row in rows)
    path.write_text("\n".join([head + mark, *lines, ""]), "utf-8")


def main() -> None:
    for family in load_files(data("scenarios")).families:
        if family.kind == "combinations":
            rows = find(family)
            write(family, rows)
            print(f"{family.id}: {len(rows)} rows")


if __name__ == "__main__":
    main()
