"""What a client written for one contract meets at an endpoint of another: hand-made contracts for every kind of
difference, in both directions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from messages_conformance.catalog import registry
from messages_conformance.catalog.contracts.conflicts import contradicting
from messages_conformance.catalog.model import Clause, Contract, Level, Source
from messages_conformance.documents.comparison import (
    Difference,
    Kind,
    Severity,
    Side,
    compare,
    conflicts,
)
from messages_conformance.errors import HarnessError, Where

BREAKS, MAY_BREAK, HARMLESS = Severity
Json = Mapping[str, Any]


def clause(id_: str, page: str = "page", level: Level = Level.MUST, **more: Any) -> Clause:
    return Clause(id_, level, "Text.", Source(page, page, "urn:x", "2026-11-01"), Where(Path("x"), 1), **more)


def contract(
    id_: str, *clauses: Clause, path: str = "/v1/messages", dialect: Json | None = None, **schemas: Json
) -> Contract:
    base = f"https://messages-conformance.example/specs/{id_}"
    return Contract(
        id=id_,
        title=id_.title(),
        path=path,
        sources=(),
        clauses={one.id: one for one in clauses},
        schemas={name: {"$id": f"{base}/{name}.json", **schema} for name, schema in schemas.items()},
        dialects={"page": dialect} if dialect else {},
    )


def told(a: Contract, b: Contract) -> list[Difference]:
    return list(compare(a, b, registry({one.id: one for one in (a, b)})).differences)


def body(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


def requests(ours: Json, theirs: Json) -> list[Difference]:
    return told(contract("a", request=ours), contract("b", request=theirs))


def answers(ours: Json, theirs: Json, *clauses: Clause) -> list[Difference]:
    return told(contract("a", message=ours), contract("b", *clauses, message=theirs))


def brief(found: list[Difference]) -> list[tuple[Kind, str, Severity]]:
    return [(one.kind, one.place, one.severity) for one in found]


NUMBER = {"type": "number", "minimum": 0, "maximum": 2}
SMALLER = {"type": "number", "minimum": 0, "maximum": 1}
FREE = {"type": "number"}


class TestRequests:
    def test_a_range_is_narrower_one_way_and_wider_the_other(self) -> None:
        (narrower,) = requests(body(heat=NUMBER), body(heat=SMALLER))
        (wider,) = requests(body(heat=SMALLER), body(heat=NUMBER))
        assert (narrower.kind, narrower.severity) == (Kind.NARROWER, BREAKS)
        assert (narrower.ours, narrower.theirs) == ("0 to 2", "0 to 1")
        assert narrower.consequence == "heat above 1 is not accepted there."
        assert (wider.kind, wider.severity, wider.consequence) == (
            Kind.WIDER, HARMLESS, "heat above 1 is accepted there too.",
        )  # fmt: skip

    def test_a_bound_that_we_do_not_state_may_break_and_one_that_they_do_not_state_is_nothing(self) -> None:
        assert brief(requests(body(heat=FREE), body(heat=SMALLER))) == [(Kind.NARROWER, "heat", MAY_BREAK)]
        assert requests(body(heat=SMALLER), body(heat=FREE)) == []

    def test_lengths_and_numbers_of_items_are_ranges_too(self) -> None:
        ours = body(name={"type": "string"}, turns={"type": "array", "minItems": 0, "maxItems": 9})
        theirs = body(name={"type": "string", "maxLength": 64}, turns={"type": "array", "minItems": 1, "maxItems": 9})
        found = {one.place: one.consequence for one in requests(ours, theirs)}
        assert found == {
            "name": "name with more than 64 characters is not accepted there.",
            "turns": "turns with fewer than 1 item is not accepted there.",
        }

    @pytest.mark.parametrize(("closed", "severity"), [(True, BREAKS), (False, MAY_BREAK)])
    def test_a_parameter_that_they_do_not_list(self, closed: bool, severity: Severity) -> None:
        theirs = {**body(kept=FREE), "additionalProperties": not closed}
        assert brief(requests(body(kept=FREE, lost=NUMBER), theirs)) == [(Kind.MISSING, "lost", severity)]

    def test_a_parameter_that_only_they_list_is_harmless_unless_they_require_it(self) -> None:
        assert brief(requests(body(kept=FREE), body(kept=FREE, more=FREE))) == [(Kind.EXTRA, "more", HARMLESS)]
        assert brief(requests(body(kept=FREE), body("more", kept=FREE, more=FREE))) == [(Kind.REQUIRED, "more", BREAKS)]

    def test_what_is_optional_here_and_required_there(self) -> None:
        loose, strict = body("a", a=FREE, b=FREE), body("a", "b", a=FREE, b=FREE)
        assert brief(requests(loose, strict)) == [(Kind.REQUIRED, "b", BREAKS)]
        assert brief(requests(strict, loose)) == [(Kind.OPTIONAL, "b", HARMLESS)]

    def test_an_object_that_marks_nothing_as_required_does_not_speak_of_it(self) -> None:
        silent, strict = body(a=FREE), body("a", a=FREE)
        assert brief(requests(silent, strict)) == [(Kind.REQUIRED, "a", MAY_BREAK)]
        assert requests(strict, silent) == []

    def test_members_of_an_enum(self) -> None:
        (lost,) = requests(body(tier={"enum": ["x", "y"]}), body(tier={"enum": ["x"]}))
        assert (lost.kind, lost.severity, lost.consequence) == (
            Kind.VALUES_MISSING, BREAKS, "tier of y is not accepted there.",
        )  # fmt: skip
        (more,) = requests(body(tier={"enum": ["x"]}), body(tier={"enum": ["x", "y"]}))
        assert (more.kind, more.severity) == (Kind.VALUES_EXTRA, HARMLESS)

    def test_a_string_where_blocks_are_allowed(self) -> None:
        both, string = {"type": ["string", "array"]}, {"type": "string"}
        (lost,) = requests(body(system=both), body(system=string))
        assert (lost.kind, lost.severity, lost.theirs) == (Kind.TYPE, BREAKS, "a string")
        assert lost.consequence == "system as an array is not accepted there."
        assert brief(requests(body(system=string), body(system=both))) == [(Kind.TYPE, "system", HARMLESS)]

    @pytest.mark.parametrize(("level", "severity"), [(Level.MUST, BREAKS), (Level.SHOULD, MAY_BREAK)])
    def test_a_type_that_they_only_show_in_an_example_may_break(self, level: Level, severity: Severity) -> None:
        ours = body(system={"type": ["string", "array"]})
        theirs = body(system={"type": "string", "x-clause": "b:system"})
        found = told(contract("a", request=ours), contract("b", clause("b:system", level=level), request=theirs))
        assert brief(found) == [(Kind.TYPE, "system", severity)]

    def test_null_is_a_type_and_every_integer_a_number(self) -> None:
        ours = body(user={"type": ["string", "null"]}, count={"type": "integer"})
        theirs = body(user={"type": "string"}, count={"type": "number"})
        assert (Kind.TYPE, "user", MAY_BREAK) in brief(requests(ours, theirs))
        assert not [one for one in requests(ours, theirs) if one.severity is BREAKS]
        assert (Kind.TYPE, "count", BREAKS) in brief(requests(theirs, ours))

    def test_a_pattern_that_only_they_have(self) -> None:
        ours, theirs = body(name={"type": "string"}), body(name={"type": "string", "pattern": "^a"})
        (one,) = requests(ours, theirs)
        assert (one.kind, one.place, one.severity) == (Kind.PATTERN, "name", MAY_BREAK)
        assert (one.ours, one.theirs) == ("any form", "matching ^a")
        assert one.consequence == "name that does not match ^a is not accepted there."
        assert requests(theirs, ours) == []

    def test_versions_and_pages_are_mentioned(self) -> None:
        old = {**FREE, "x-versions": ["v1"]}
        (bound,) = requests(body(heat=FREE), body(heat=old))
        assert (bound.kind, bound.severity, bound.ours, bound.theirs) == (
            Kind.VERSION,
            MAY_BREAK,
            "no version named",
            "v1",
        )
        (lost,) = requests(body(heat=old, kept=FREE), body(kept=FREE))
        assert lost.ours == "a number, version v1 only"
        assert requests(body(heat=old), body(heat=old)) == requests(body(heat=old), body(heat=FREE)) == []

    def test_a_beta_is_mentioned(self) -> None:
        needs_beta = {**FREE, "x-betas": ["heat-1", "heat-2"]}
        (bound,) = requests(body(heat=FREE), body(heat=needs_beta))
        assert (bound.kind, bound.severity, bound.ours) == (Kind.BETA, MAY_BREAK, "no beta named")
        assert bound.theirs == "heat-1 or heat-2"
        assert bound.consequence == (
            "heat exists there only with the beta heat-1 or heat-2; without its header it is refused."
        )
        (extra,) = requests(body(kept=FREE), body(heat=needs_beta, kept=FREE))
        assert extra.theirs == "a number, beta heat-1 or heat-2 only"
        assert requests(body(heat=needs_beta), body(heat=needs_beta)) == []

    def test_a_page_that_another_page_contradicts_may_break(self) -> None:
        listed = {"x-pages": ["guide"], "x-clause": "b:heat"}
        list_ = clause("b:list", "reference")
        for others, severity in (((), HARMLESS), (("b:list",), MAY_BREAK)):
            heat = clause("b:heat", "guide", conflicts_with=others)
            found = told(contract("a", request=body(heat=FREE)), contract("b", heat, list_, request=body(heat=listed)))
            assert brief(found) == [(Kind.PAGE, "heat", severity)]

    def test_a_parameter_that_they_do_not_list_and_take_over_by_reference(self) -> None:
        ours = contract("a", request=body(kept=FREE, lost={**FREE, "x-clause": "a:request.lost"}))
        mirror = clause("b:mirror", mirrors=("a:request.lost",))
        listing = clause("b:request.parameters")
        (one,) = told(ours, contract("b", mirror, listing, request=body(kept=FREE)))
        assert (one.kind, one.place, one.severity) == (Kind.BY_REFERENCE, "lost", MAY_BREAK)
        assert one.clauses_b == ("b:mirror", "b:request.parameters")

    def test_an_object_that_only_one_of_them_describes_is_told_once(self) -> None:
        shut, open_ = body(tool=body("name", name=FREE, kind=FREE)), body(tool={"type": "object"})
        assert brief(requests(shut, open_)) == [(Kind.UNDESCRIBED, "tool", HARMLESS)]
        assert brief(requests(open_, shut)) == [(Kind.UNDESCRIBED, "tool", MAY_BREAK)]


def case(value: Any, **then: Any) -> dict[str, Any]:
    return {"if": {"properties": {"type": {"const": value}}, "required": ["type"]}, "then": {"properties": then}}


TYPES = {"enum": ["text", "image", "call"]}


class TestUnions:
    def block(self, *cases: Json) -> dict[str, Any]:
        return body(content={"type": "array", "items": {**body("type", type=TYPES), "allOf": list(cases)}})

    def test_a_difference_in_one_branch_names_the_branch(self) -> None:
        ours = self.block(case("text", text=FREE), case("image", data=NUMBER))
        theirs = self.block(case("text", text=FREE), case("image", data=SMALLER))
        assert brief(requests(ours, theirs)) == [(Kind.NARROWER, "content[type=image].data", BREAKS)]

    def test_what_all_branches_share_is_told_once_and_most_of_them_by_exception(self) -> None:
        every = self.block(*(case(value, mark=FREE, own=FREE) for value in ("text", "image", "call")))
        none = self.block(*(case(value, own=FREE) for value in ("text", "image", "call")))
        assert [one.place for one in requests(every, none)] == ["content[].mark"]
        most = self.block(case("text", mark=FREE, own=FREE), case("image", mark=FREE, own=FREE), case("call", own=FREE))
        assert [one.place for one in requests(most, none)] == ["content[type≠call].mark"]

    def test_one_flat_object_takes_the_members_of_every_branch_and_promises_none_for_each(self) -> None:
        apart = self.block(case("text", text=FREE), case("image", data=FREE))
        flat = body(content={"type": "array", "items": body("type", type=TYPES, text=FREE, data=FREE)})
        assert requests(apart, flat) == []
        assert requests(flat, apart) == []

    def test_a_kind_that_they_leave_open_may_have_any_member(self) -> None:
        def tool(type_: Json) -> dict[str, Any]:
            return {"tool": {**body("type", type=type_), "allOf": [case("own", name=FREE)]}}

        flat = body(tool=body("type", type={"type": "string"}, name=FREE, width=FREE))
        open_, shut = body(**tool({"type": "string"})), body(**tool({"enum": ["own"]}))
        assert (Kind.UNDESCRIBED, "tool.width", HARMLESS) in brief(requests(flat, open_))
        assert (Kind.MISSING, "tool.width", MAY_BREAK) in brief(requests(flat, shut))
        assert "tool.width" not in [one.place for one in requests(open_, flat)]
        assert (Kind.EXTRA, "tool.width", HARMLESS) in brief(requests(shut, flat))

    def test_references_are_followed_and_branches_inside_branches_too(self) -> None:
        def inside(at: Json) -> dict[str, Any]:
            source = {**body("type", type={"enum": ["u", "v"]}), "allOf": [case("u", at=at), case("v", at=FREE)]}
            return {**self.block(case("image", source={"$ref": "#/$defs/source"})), "$defs": {"source": source}}

        (found,) = requests(inside(NUMBER), inside(SMALLER))
        assert found.place == "content[type=image].source[type=u].at"

    def test_a_rule_that_cannot_be_read_is_not_passed_over(self) -> None:
        odd = {"type": "object", "properties": {"a": {"anyOf": [FREE]}}}
        with pytest.raises(HarnessError, match="anyOf"):
            requests(odd, odd)
        odd = {"type": "object", "if": {"required": ["a"]}, "then": body(b=FREE)}
        with pytest.raises(HarnessError, match="condition"):
            requests(odd, odd)


class TestAnswers:
    def test_a_promised_member_that_they_do_not_list_breaks_and_an_optional_one_does_not(self) -> None:
        ours = body("id", id=FREE, note=FREE, kept=FREE)
        assert brief(answers(ours, body("kept", kept=FREE))) == [
            (Kind.MISSING, "message.id", BREAKS),
            (Kind.MISSING, "message.note", HARMLESS),
            (Kind.REQUIRED, "message.kept", HARMLESS),
        ]

    def test_a_member_that_only_they_send_is_harmless(self) -> None:
        assert brief(answers(body(a=FREE), body(a=FREE, b=FREE))) == [(Kind.EXTRA, "message.b", HARMLESS)]

    def test_a_member_that_may_be_left_out_or_null_may_break(self) -> None:
        sure, maybe = body("a", "b", a=FREE, b=FREE), body("a", a=FREE, b={"type": ["number", "null"]})
        assert brief(answers(sure, maybe)) == [
            (Kind.OPTIONAL, "message.b", MAY_BREAK), (Kind.TYPE, "message.b", MAY_BREAK),
        ]  # fmt: skip
        assert brief(answers(maybe, sure)) == [(Kind.REQUIRED, "message.b", HARMLESS)]

    def test_another_type_breaks(self) -> None:
        (one,) = answers(body(a={"type": "array"}), body(a={"type": "string"}))
        assert (one.kind, one.severity) == (Kind.TYPE, BREAKS)
        assert one.consequence == "a comes as a string from there: a client that reads it fails."

    def test_stop_reasons_that_only_one_of_them_lists(self) -> None:
        few, many = ({"type": "string", "x-known": known} for known in (["x"], ["x", "y"]))
        (lost,) = answers(body(why=many), body(why=few))
        assert (lost.kind, lost.severity) == (Kind.VALUES_MISSING, MAY_BREAK)
        (more,) = answers(body(why=few), body(why=many))
        assert (more.kind, more.severity) == (Kind.VALUES_EXTRA, MAY_BREAK)

    def test_another_constant_breaks(self) -> None:
        found = answers(body(object={"const": "message"}), body(object={"const": "chunk"}))
        assert brief(found) == [(Kind.VALUES_EXTRA, "message.object", BREAKS)]

    def test_a_range_that_reaches_further_there(self) -> None:
        assert brief(answers(body(n=SMALLER), body(n=NUMBER))) == [(Kind.WIDER, "message.n", MAY_BREAK)]
        assert answers(body(n=NUMBER), body(n=SMALLER)) == []

    def test_what_they_take_over_by_reference_is_not_missing(self) -> None:
        ours = body("id", id={**FREE, "x-clause": "a:message.id"}, kept=FREE)
        mirror = clause("b:mirror", mirrors=("a:message.*",))
        assert answers(ours, body(kept=FREE)) != []
        assert answers(ours, body(kept=FREE), mirror) == []

    def test_a_document_that_shows_only_what_it_lists_says_where_it_relies_on_the_reference(self) -> None:
        ours = contract("a", message=body("id", id={**FREE, "x-clause": "a:message.id"}, kept=FREE))
        mirror = clause("b:mirror", mirrors=("a:message.*",))
        theirs = contract("b", mirror, dialect={"response": "listed-only"}, message=body(kept=FREE))
        (one,) = told(ours, theirs)
        assert (one.kind, one.severity) == (Kind.BY_REFERENCE, HARMLESS)
        assert (one.clauses_a, one.clauses_b) == (("a:message.id",), ("b:mirror",))

    def test_a_list_of_their_own_counts_even_where_they_mirror(self) -> None:
        ours = body(why={"type": "string", "x-known": ["x", "y"], "x-clause": "a:message.why"})
        mirror = clause("b:mirror", mirrors=("a:message.*",))
        found = answers(ours, body(why={"type": "string", "x-known": ["x"]}), mirror)
        assert brief(found) == [(Kind.VALUES_MISSING, "message.why", MAY_BREAK)]
        assert answers(ours, body(why={"type": "string"}), mirror) == []

    def test_a_body_that_they_do_not_describe(self) -> None:
        ours = contract("a", event=body(type={"type": "string", "x-clause": "a:event.type"}))
        assert brief(told(ours, contract("b"))) == [(Kind.UNDESCRIBED, "event", MAY_BREAK)]
        assert told(ours, contract("b", clause("b:mirror", mirrors=("a:event.*",)))) == []


class TestEndpoint:
    @pytest.mark.parametrize(
        ("ours", "theirs", "severity"),
        [
            ("/v1/messages", "/proxy/v1/messages", MAY_BREAK),
            ("/proxy/v1/messages", "/v1/messages", MAY_BREAK),
            ("/v1/messages", "/chat", BREAKS),
        ],
    )
    def test_paths(self, ours: str, theirs: str, severity: Severity) -> None:
        (one,) = told(contract("a", path=ours), contract("b", path=theirs))
        assert (one.side, one.kind, one.ours, one.theirs, one.severity) == (
            Side.ENDPOINT, Kind.PATH, ours, theirs, severity,
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("ours", "theirs", "severity"),
        [
            (["bearer", "x-api-key"], ["bearer"], MAY_BREAK),
            (["x-api-key"], ["bearer"], BREAKS),
            (["bearer"], [], HARMLESS),
            ([], ["bearer"], BREAKS),
            (["bearer"], ["bearer", "x-api-key"], None),
            ([], [], None),
        ],
    )
    def test_credentials(self, ours: list[str], theirs: list[str], severity: Severity | None) -> None:
        a, b = contract("a", dialect={"auth": ours}), contract("b", dialect={"auth": theirs})
        assert [one.severity for one in told(a, b)] == ([severity] if severity else [])

    def test_credentials_without_a_dialect_come_from_the_clauses(self) -> None:
        a = contract("a", clause("a:auth.x-api-key"))
        b = contract("b", clause("b:key", mirrors=("anthropic:auth.bearer",)))
        (one,) = told(a, b)
        assert (one.ours, one.theirs, one.clauses_a, one.clauses_b) == (
            "x-api-key", "bearer", ("a:auth.x-api-key",), ("b:key",),
        )  # fmt: skip

    def test_streams_and_envelopes(self) -> None:
        b = contract("b", dialect={"stream": "chat-completion-chunks", "envelope": "success-code-message-data"})
        found = told(contract("a"), b)
        assert brief(found) == [(Kind.STREAM, "stream", BREAKS), (Kind.ENVELOPE, "envelope", BREAKS)]
        assert "[DONE]" in found[0].theirs
        assert "data" in found[1].theirs

    def test_routes(self) -> None:
        tokens = {"type": "object", "x-clause": "a:tokens.object"}
        assert brief(told(contract("a", tokens=tokens), contract("b"))) == [(Kind.ROUTE, "count_tokens", MAY_BREAK)]
        assert told(contract("a", tokens=tokens), contract("b", dialect={"routes": ["count_tokens"], "auth": []})) == []
        assert told(contract("a", tokens=tokens), contract("b", clause("b:m", mirrors=("a:tokens.*",)))) == []


def test_conflicts_are_told_once_for_each_pair() -> None:
    one, other = clause("a:x.1", conflicts_with=("a:y.*",)), clause("a:y.1", conflicts_with=("a:x.1",))
    (found,) = conflicts(contract("a", one, other, clause("a:z")))
    assert (found.one.id, found.other.id) == ("a:x.1", "a:y.1")


def test_a_clause_is_contradicted_by_those_it_names_and_those_that_name_it() -> None:
    one, other = clause("a:x", conflicts_with=("a:y",)), clause("a:y")
    both = contract("a", one, other, clause("a:z"))
    assert contradicting(both, one) == (other,)
    assert contradicting(both, other) == (one,)
    assert contradicting(both, clause("a:z")) == ()
