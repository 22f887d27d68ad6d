"""What is told of a provider's models: prices with their age, and the day on which they go."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from making import model, provider
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Model, Page, Price, Provider
from messages_conformance.checks.base import Check
from messages_conformance.report.catalogue import models
from messages_conformance.report.catalogue.explaining import print_explanation
from messages_conformance.report.catalogue.listing import print_list
from messages_conformance.report.catalogue.planned import print_plan
from messages_conformance.report.catalogue.providers_json import providers_as_json
from messages_conformance.report.console import Console
from messages_conformance.run.planning.plan import every, make_plan, select

THAT_DAY = date(2026, 11, 30)
SMALL = replace(model(), id="small", price=Price(0.25, 1, "EUR", "2026-10-07"), retires="2026-11-30")
LARGE = replace(model(), id="large", role="thinking", price=Price(3, 15, "EUR", "2026-08"))
PAGE = Page("https://docs.example.com/prices", "2026-08", ("models", "prices"))


def with_models(*given: Model, **changes: Any) -> Provider:
    return provider(models={one.role: one for one in given or (SMALL, LARGE)}, sources=(PAGE,), **changes)


def test_a_model_is_told_with_its_price_and_its_last_day() -> None:
    price = "0.25 EUR in and 1 EUR out for a million tokens"
    assert models.about(SMALL, date(2026, 11, 29)) == f"small, {price} (2026-10), retires on 2026-11-30"
    assert models.about(SMALL, THAT_DAY) == f"small, {price} (2026-10), was retired on 2026-11-30"
    assert models.about(replace(SMALL, price=Price(0.25, 1, "EUR"), retires=None), THAT_DAY) == f"small, {price}"
    assert models.known(provider(models={"cheap": model()}), THAT_DAY) == []


def test_a_model_in_several_roles_is_told_once() -> None:
    twice = with_models(SMALL, replace(SMALL, role="vision"), LARGE)
    roles = [[model.role for model in same] for same in models.in_roles(twice, THAT_DAY).values()]
    assert roles == [["cheap", "vision"], ["thinking"]]
    assert len(models.known(twice, THAT_DAY)) == 2


def test_one_that_is_gone_is_a_warning_that_says_what_to_set() -> None:
    twice = with_models(SMALL, replace(SMALL, role="vision"), LARGE)
    assert [*models.retired([twice], date(2026, 11, 29))] == []
    (told,) = models.retired([twice], THAT_DAY)
    said = "set models.cheap.id and models.vision.id in your own providers.yaml"
    assert told == f"maker: small was retired on 2026-11-30; {said}"


def test_prices_are_as_old_as_the_oldest() -> None:
    assert models.priced(with_models()) == "prices of 2026-08"
    assert models.priced(with_models(replace(SMALL, price=Price(1, 1)))) is None


@pytest.fixture
def known(catalog: Catalog) -> Catalog:
    """A catalogue with one more provider, whose small model is long gone."""
    return replace(catalog, providers={"maker": with_models(replace(SMALL, retires="2001-01-01"), LARGE)})


def test_lists_and_explanations_say_it(
    known: Catalog, checks: Mapping[str, Check], capsys: pytest.CaptureFixture[str]
) -> None:
    print_list(known, checks, "providers", None)
    assert capsys.readouterr().out.endswith(" · prices of 2026-08 · small was retired on 2001-01-01\n")
    print_explanation(known, checks, "maker")
    told = " ".join(capsys.readouterr().out.split())
    assert "thinking: large, 3 EUR in and 15 EUR out for a million tokens (2026-08)" in told
    assert "Known from: - https://docs.example.com/prices (models, prices; 2026-08)" in told


def test_a_plan_says_how_old_the_prices_are(known: Catalog, checks: Mapping[str, Check]) -> None:
    other = with_models(replace(SMALL, price=Price(1, 5, read="2026-10")), id="other")
    out = Console(file=io.StringIO(), width=200)
    print_plan(
        make_plan(every([*known.providers.values(), other], select(known.scenarios, ["smoke"])), known, checks), out
    )
    assert isinstance(out.file, io.StringIO)
    told = "The cost is worked out with prices of 2026-08 (maker), prices of 2026-10 (other); vendors change them."
    assert told in out.file.getvalue()


def test_a_script_reads_all_that_is_known(catalog: Catalog, known: Catalog) -> None:
    (maker,) = json.loads(providers_as_json(known, "mak*"))
    assert maker["models"]["cheap"]["price"] == {"input": 0.25, "output": 1, "currency": "EUR", "read": "2026-10-07"}
    assert maker["models"]["cheap"]["retires"] == "2001-01-01"
    assert maker["sources"] == [{"url": PAGE.url, "read": "2026-08", "for": ["models", "prices"]}]
    everyone = {one["id"]: one for one in json.loads(providers_as_json(catalog, None))}
    hosted = [id_ for id_, one in everyone.items() if not one["nearby"]]
    assert {"anthropic", "deepseek", "openrouter"} <= {*hosted}
    assert {"reference", "ollama", "litellm", "naga-guide-page"} & {*hosted} == set()
    assert all(everyone[id_]["key_env"] for id_ in hosted)
