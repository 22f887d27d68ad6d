"""Small contracts, providers and scenarios, with what a test does not care about filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from messages_conformance.catalog import Catalog
from messages_conformance.catalog.contracts.schemas import Schemas
from messages_conformance.catalog.model import (
    Auth,
    CheckUse,
    Clause,
    Contract,
    Level,
    Limits,
    Model,
    Price,
    Provider,
    Scenario,
    Source,
    Step,
)
from messages_conformance.checks.base import Check, Judge, passed
from messages_conformance.errors import Where

HERE = Where(Path("scenarios/made.yaml"), 7)


def clause(name: str, level: Level = Level.MUST, *, page: str = "page", mirrors: tuple[str, ...] = ()) -> Clause:
    source = Source(page, "A page", "https://docs.example/page", "2026-11-01")
    return Clause(name, level, "What is promised.", source, HERE, mirrors=mirrors)


def contract(name: str, *clauses: Clause, request: Mapping[str, Any] | None = None) -> Contract:
    schemas: dict[str, Mapping[str, Any]] = {}
    if request is not None:
        schemas["request"] = {"$id": f"https://messages-conformance.example/specs/{name}/request.json", **request}
    return Contract(name, name.title(), "/v1/messages", (), {c.id: c for c in clauses}, schemas)


def catalog(contracts: Iterable[Contract], scenarios: Iterable[Scenario] = ()) -> Catalog:
    by_id = {contract.id: contract for contract in contracts}
    return Catalog(by_id, {}, tuple(scenarios), Schemas(by_id), {}, ())


def model(role: str = "cheap", *traits: str, price: Price | None = None) -> Model:
    return Model(role, f"{role}-model", frozenset(traits), price)


def provider(**changes: Any) -> Provider:
    """A live provider that takes any key in `x-api-key`, with one model and no features."""
    given: dict[str, Any] = {
        "id": "maker",
        "title": "Maker",
        "kind": "live",
        "contract": "anthropic",
        "base_url": "http://127.0.0.1:9",
        "path": "/v1/messages",
        "auth": Auth("x-api-key", "MAKER_KEY"),
        "version": "2023-06-01",
        "headers": (),
        "models": {"cheap": model()},
        "features": frozenset[str](),
        "limits": Limits(connect_timeout=5, read_timeout=5, total_timeout=5),
        "where": Where(Path("providers.yaml"), 3),
    }
    return Provider(**(given | changes))


def use(check: str, **changes: Any) -> CheckUse:
    given: dict[str, Any] = {"check": check, "params": {}, "where": HERE}
    return CheckUse(**(given | changes))


def step(name: str = "ask", **changes: Any) -> Step:
    given: dict[str, Any] = {
        "id": name,
        "method": "POST",
        "route": "messages",
        "body": {"max_tokens": 16, "messages": [{"role": "user", "content": name}]},
        "headers": {},
        "expect": "message",
        "capture": {},
        "checks": (),
        "where": HERE,
    }
    return Step(**(given | changes))


def scenario(name: str, *steps: Step, **changes: Any) -> Scenario:
    """Its requests say who they are: the prompt of a step that brings no body is `scenario/step`."""
    given: dict[str, Any] = {
        "id": name,
        "area": "made",
        "title": f"About {name}",
        "why": "Because.",
        "needs": (),
        "tags": frozenset[str](),
        "steps": steps or (asking(name),),
        "where": HERE,
    }
    return Scenario(**(given | changes))


def asking(scenario_id: str, name: str = "ask", **changes: Any) -> Step:
    body = {"max_tokens": 16, "messages": [{"role": "user", "content": f"{scenario_id}/{name}"}]}
    return step(name, **({"body": body} | changes))


def check(name: str, *clauses: str, judge: Judge = lambda _: passed(), **changes: Any) -> Check:
    return Check(judge, name, f"The check {name}", "Because.", clauses, **changes)


def checks(*made: Check) -> dict[str, Check]:
    return {check.id: check for check in made}
