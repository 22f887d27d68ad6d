"""Scenarios whose requests are put together from parts: relations, and combinations of parameters.

A relation sends one request in several forms and says what must agree. A combination's parameters have values; its
rows, which `python -m pairs` finds, hold every two values that the contract allows together at least once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any, Final, cast

from messages_conformance.catalog.contracts.loading import CANONICAL, full_id
from messages_conformance.catalog.model import Assembly, CheckUse, Part, Rule, Scenario, Step
from messages_conformance.catalog.scenarios.assembly import PLAIN, breaks, pairs, places_of, put_together
from messages_conformance.catalog.scenarios.loading import Family
from messages_conformance.catalog.scenarios.steps import Locate, uses
from messages_conformance.catalog.scenarios.transform import CHANGES
from messages_conformance.catalog.yaml import strict
from messages_conformance.errors import Problem, Where

ACCEPTED: Final = "answer.accepted"
EVERY: Final = "all"

_AGREE: Final[Mapping[str, tuple[tuple[str, str, str | None], ...]]] = {
    "envelope": (("message.same-envelope", "step", None),),
    "prompt": (("usage.agrees", "with", "usage.equal-forms"),),
    "text": (("text.same-as", "step", None),),
    "manner": (("message.same-as", "step", None),),
    "count": (("tokens.served-alike", "step", None), ("tokens.near-usage", "step", None)),
}
"""What a relation may demand to agree, as the checks that judge it: each with the parameter that names the other step,
and the clause behind it if that is not the check's own."""


def relation(family: Family) -> Scenario:
    """A relation as a scenario: one step for each form of its request."""
    data = family.data
    parts = {name: _part(name, told, family.locate("parts", name)) for name, told in data.get("parts", {}).items()}
    assembly = Assembly(data["request"], parts)
    steps = [_form(assembly, form, family.locate, index) for index, form in enumerate(data["forms"])]
    return _scenario(family, assembly, steps, together=False)


def combination(family: Family) -> Scenario:
    """A combination as a scenario: one step for each of its rows."""
    assembly = assembly_of(family)
    use = CheckUse(ACCEPTED, {}, family.where, tuple(full_id(c, CANONICAL) for c in family.data["clauses"]))
    rows = [(f"row-{number:02}", parts_of(row)) for number, row in enumerate(family.data.get("rows", ()), 1)]
    steps = [put_together(assembly, _bare(id_, family.where, (use,)), names) for id_, names in rows]
    return _scenario(family, assembly, steps, together=True)


def assembly_of(family: Family) -> Assembly:
    """A combination's parts and rules."""
    data = family.data
    parts = {
        name: _part(name, told, family.locate("parameters", *name.split(".")))
        for name, told in _values(data["parameters"]).items()
    }
    rules = tuple(_rule(rule, parts) for rule in data.get("never", ()))
    return Assembly(data["base"], parts, tuple(data.get("change", ())), rules, for_pairs=True)


def parts_of(row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{parameter}.{value}" for parameter, value in row.items())


def allowed(assembly: Assembly) -> frozenset[frozenset[str]]:
    """Every two values that are allowed in one request, and every value alone."""
    names = list(assembly.parts)
    two = (pair for pair in combinations(names, 2) if pair[0].partition(".")[0] != pair[1].partition(".")[0])
    return frozenset(frozenset(pair) for pair in two if _may_stand(assembly, pair)) | {frozenset((n,)) for n in names}


def _may_stand(assembly: Assembly, pair: Sequence[str]) -> bool:
    """Whether some request can hold these two. A rule about a parameter that is left out does not count: another part
    can supply the parameter."""
    return not any(breaks(rule, pair) for rule in assembly.never if not any(n.endswith(f".{PLAIN}") for n in rule[0]))


# --- from YAML to values ----------------------------------------------------------------------------------------------


def _scenario(family: Family, assembly: Assembly, steps: Sequence[Step], *, together: bool) -> Scenario:
    data = family.data
    return Scenario(
        id=family.id,
        area=family.area,
        title=data["title"],
        why=data["why"],
        needs=tuple(data.get("needs", ())),
        tags=frozenset(data.get("tags", ())),
        steps=tuple(steps),
        where=family.where,
        together=together,
        assembly=assembly,
    )


def _part(name: str, told: Mapping[str, Any], where: Where) -> Part:
    return Part(
        name=name,
        needs=tuple(told.get("needs", ())),
        body=told.get("body", {}),
        at={place: tuple(items) for place, items in told.get("at", {}).items()},
        headers=told.get("headers", {}),
        changes=tuple(told.get("change", ())),
        role=told.get("role"),
        checks=uses(told.get("checks", ()), where),
    )


def _form(assembly: Assembly, form: Mapping[str, Any], locate: Locate, index: int) -> Step:
    where = locate("forms", index)
    named = form.get("parts", ())
    names = tuple(assembly.parts) if named == EVERY else tuple(named)
    step = _bare(form["id"], where, (*_agreements(form, where), *uses(form.get("checks", ()), where)))
    return put_together(assembly, replace(step, changes=tuple(form.get("change", ()))), names)


def _agreements(form: Mapping[str, Any], where: Where) -> Iterator[CheckUse]:
    clauses = tuple(full_id(clause, CANONICAL) for clause in form.get("clauses", ()))
    if clauses:
        yield CheckUse(ACCEPTED, {}, where, clauses)
    for word in form.get("agree", ()):
        for check, parameter, clause in _AGREE[word]:
            grounds = (full_id(clause, CANONICAL),) if clause else ()
            yield CheckUse(check, {parameter: form["with"]}, where, grounds)


def _bare(id_: str, where: Where, checks: tuple[CheckUse, ...]) -> Step:
    return Step(id_, "POST", "messages", None, {}, "message", {}, checks, where)


def _values(parameters: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    return {f"{name}.{value}": told for name, values in parameters.items() for value, told in values.items()}


def _rule(rule: Mapping[str, Any], parts: Mapping[str, Part]) -> Rule:
    these, those = (frozenset(_named(rule[side], parts)) for side in ("these", "those"))
    return these, those


def _named(names: Sequence[str], parts: Mapping[str, Part]) -> Iterator[str]:
    """The values that a rule names: one by one, or all of a parameter."""
    for name in names:
        yield from (name,) if "." in name else (part for part in parts if part.startswith(f"{name}."))


# --- what can be wrong ------------------------------------------------------------------------------------------------


def problems(family: Family) -> Iterator[Problem]:
    """What is wrong with a relation or a combination that follows its schema."""
    yield from _relation_problems(family) if family.kind == "relations" else _combination_problems(family)


def _relation_problems(family: Family) -> Iterator[Problem]:
    parts, earlier = family.data.get("parts", {}), set[str]()
    yield from _part_problems(family, parts, family.data["request"], ("parts",))
    for index, form in enumerate(family.data["forms"]):
        named = form.get("parts", ())
        for name in () if named == EVERY else (name for name in named if name not in parts):
            hint = strict.suggest(name, parts)
            yield Problem(f"the relation has no part `{name}`", family.locate("forms", index, "parts"), hint)
        yield from _unknown_changes(form, family.locate("forms", index))
        other = form.get("with")
        if form.get("agree") and other not in earlier:
            hint = "`with:` names an earlier form"
            yield Problem(f"`{form['id']}` must agree with no earlier form", family.locate("forms", index), hint)
        if form["id"] in earlier:
            yield Problem(f"the form `{form['id']}` is here twice", family.locate("forms", index, "id"))
        earlier.add(form["id"])


def _combination_problems(family: Family) -> Iterator[Problem]:
    values, base = _values(family.data["parameters"]), family.data["base"]
    yield from _unknown_changes(family.data, family.locate("change"))
    for parameter, told in family.data["parameters"].items():
        yield from _part_problems(family, told, base, ("parameters", parameter))
    known = {*values, *family.data["parameters"], *(f"{name}.{PLAIN}" for name in family.data["parameters"])}
    for index, rule in enumerate(family.data.get("never", ())):
        for name in (name for side in ("these", "those") for name in rule[side] if name not in known):
            yield Problem(f"there is no value `{name}`", family.locate("never", index), strict.suggest(name, known))
    rows = family.data.get("rows", ())
    wrong = [(index, name) for index, row in enumerate(rows) for name in parts_of(row) if name not in values]
    for index, name in wrong:
        yield Problem(f"there is no value `{name}`", family.locate("rows", index), strict.suggest(name, values))
    if not wrong:
        yield from _row_problems(family, assembly_of(family))


def _row_problems(family: Family, assembly: Assembly) -> Iterator[Problem]:
    hint = "`python -m pairs` finds rows anew"
    rows = [parts_of(row) for row in family.data.get("rows", ())]
    for index, names in enumerate(rows):
        if any(breaks(rule, names) for rule in assembly.never):
            yield Problem("the row holds values that are not allowed together", family.locate("rows", index), hint)
    missing = sorted(
        " with ".join(sorted(pair)) for pair in allowed(assembly) - {p for row in rows for p in pairs(row)}
    )
    if missing:
        yield Problem(f"{len(missing)} pairs are in no row, such as {missing[0]}", family.where, hint)


def _part_problems(family: Family, parts: Mapping[str, Any], base: Any, place: tuple[str, ...]) -> Iterator[Problem]:
    places = set(places_of(base))
    for name, told in parts.items():
        where = family.locate(*place, name)
        for at in (at for at in told.get("at", {}) if at not in places):
            yield Problem(f"the base has no place `${{{at}}}`", where, strict.suggest(at, places))
        yield from _unknown_changes(told, where)


def _unknown_changes(told: Mapping[str, Any], where: Where) -> Iterator[Problem]:
    for name in cast("Sequence[str]", told.get("change", ())):
        if name not in CHANGES:
            yield Problem(f"there is no change `{name}`", where, strict.suggest(name, CHANGES))
