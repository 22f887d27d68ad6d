"""By which clauses a contract judges a check."""

from __future__ import annotations

import pytest
from making import clause, contract
from messages_conformance.catalog.model import Level
from messages_conformance.run.planning.grounds import Citations, Grounds

MUST, SHOULD, MAY = Level
ANTHROPIC = contract(
    "anthropic",
    clause("anthropic:message.id", MUST),
    clause("anthropic:message.usage", SHOULD),
    clause("anthropic:stream.end", MUST),
)


def grounds(*cited: str, mirror: Level = MUST, pattern: str = "anthropic:message.*", page: str | None = None) -> object:
    """How a vendor's contract with one mirror clause judges what is cited."""
    vendor = contract(
        "vendor",
        clause("vendor:mirror", mirror, page="guide", mirrors=(pattern,)),
        clause("vendor:own", SHOULD, page="reference"),
    )
    return Citations({"anthropic": ANTHROPIC, "vendor": vendor}).grounds(cited, "vendor", page)


def test_a_contract_judges_by_its_own_clauses_that_are_cited() -> None:
    citations = Citations({"anthropic": ANTHROPIC})
    cited = ("anthropic:message.usage", "anthropic:message.id", "vendor:own")
    expected = Grounds(("anthropic:message.usage", "anthropic:message.id"), MUST)
    assert citations.grounds(cited, "anthropic") == expected
    assert citations.grounds(cited, "anthropic") == expected  # asked again, it remembers the same


def test_what_nothing_promises_has_no_grounds() -> None:
    assert grounds("anthropic:stream.end") is None
    assert grounds() is None


@pytest.mark.parametrize(
    ("mirror", "original", "level"),
    [
        (MUST, "anthropic:message.id", MUST),
        (MAY, "anthropic:message.id", MAY),
        (MUST, "anthropic:message.usage", SHOULD),
        (MAY, "anthropic:message.usage", MAY),
    ],
)
def test_a_promise_by_reference_binds_as_the_weaker_sentence(mirror: Level, original: str, level: Level) -> None:
    assert grounds(original, mirror=mirror) == Grounds(("vendor:mirror",), level)


def test_the_strongest_of_several_mirrored_clauses_counts() -> None:
    assert grounds("anthropic:message.usage", "anthropic:message.id") == Grounds(("vendor:mirror",), MUST)


def test_an_own_clause_goes_before_what_is_mirrored() -> None:
    assert grounds("anthropic:message.id", "vendor:own") == Grounds(("vendor:own",), SHOULD)


def test_a_page_knows_only_its_own_clauses() -> None:
    cited = "anthropic:message.id", "vendor:own"
    assert grounds(*cited, page="guide") == Grounds(("vendor:mirror",), MUST)
    assert grounds(*cited, page="reference") == Grounds(("vendor:own",), SHOULD)
    assert grounds(*cited, page="elsewhere") is None
