"""`pytest --provider NAME`: the entry point that pytest loads in every project that has this package installed.

Without `--provider` it adds two options and does nothing; what it does with one is in `suite.py` beside it, which is
imported only then.
"""

from __future__ import annotations

from typing import cast

import pytest

from messages_conformance.errors import SuiteError


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("messages-conformance", "conformance with Anthropic's Messages API")
    group.addoption(
        "--provider",
        action="append",
        default=[],
        metavar="NAME",
        help="run the conformance scenarios against this provider (an id or a glob of providers.yaml; may be repeated)",
    )
    group.addoption(
        "--conformance-profile",
        metavar="ID",
        help="collect only what this kind of client depends on, and answer for it; `smoke` is the first look",
    )
    group.addoption(
        "--conformance-variants",
        action="store_true",
        help="collect the variants too: the same mistake made in every place where it can be made",
    )
    group.addoption(
        "--conformance-timeout",
        type=float,
        metavar="SECONDS",
        help="how long one answer may take: until it begins, between two parts of it, and in all (default: the "
        "provider's `limits`, or 120 s, 120 s and 300 s)",
    )
    group.addoption(
        "--conformance-max-cost",
        type=float,
        metavar="AMOUNT",
        help="spend at most so much, in the currency of the prices in providers.yaml (each worker of pytest-xdist)",
    )
    group.addoption(
        "--conformance-max-requests",
        type=int,
        metavar="N",
        help="send at most so many requests (each worker of pytest-xdist)",
    )
    group.addoption(
        "--conformance-max-duration",
        metavar="TIME",
        help="send nothing after so many seconds, minutes or hours: 90, 10m, 1.5h",
    )
    group.addoption(
        "--conformance-report",
        metavar="DIR",
        help="also write results.jsonl and every report that `messages-conformance run` writes to DIR",
    )


def pytest_configure(config: pytest.Config) -> None:
    names = cast("list[str]", config.getoption("--provider"))
    if not names:
        return
    from messages_conformance.pytest_plugin.suite import Suite
    from messages_conformance.report.words import visible

    try:
        suite = Suite(config, names)
    except SuiteError as error:
        raise pytest.UsageError(visible(str(error))) from error
    config.pluginmanager.register(suite, "messages-conformance-suite")
