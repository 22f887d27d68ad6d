"""`pytest --provider NAME`, `pytest --base-url URL --model M`: the entry point that pytest loads in every project that
has this package installed.

Unless one of the two is given it adds options and does nothing; what it does with them is in `suite.py` beside it,
which is imported only then.
"""

from __future__ import annotations

from typing import Any, Final, cast

import pytest

from messages_conformance.errors import SuiteError

ASKING: Final[dict[str, dict[str, Any]]] = {
    "base-url": {"metavar": "URL", "help": "ask this endpoint, without any file: the part before /v1/messages"},
    "model": {"metavar": "MODEL", "help": "with --base-url: the model to ask for"},
    "model-for": {
        "metavar": "ROLE=MODEL",
        "action": "append",
        "default": [],
        "help": "with --base-url: another model for a role (cheap, thinking, vision); may be repeated",
    },
    "api-key-env": {"metavar": "NAME", "help": "with --base-url: the environment variable that holds the key"},
    "auth": {
        "choices": ["x-api-key", "bearer"],
        "default": "x-api-key",
        "help": "with --base-url: how the key travels",
    },
    "features": {"metavar": "A,B", "help": "with --base-url: it claims exactly these features"},
    "without": {"metavar": "A,B", "help": "with --base-url: it claims all but these features"},
    "name": {"metavar": "ID", "help": "with --base-url: what it is called in items and reports"},
    "profile": {
        "metavar": "ID",
        "help": "collect only what this kind of client depends on, and answer for it; `smoke` is the first look",
    },
    "compare-to": {
        "metavar": "NAME",
        "help": "say what breaks for whoever comes from there, and fail if anything does: another provider, which is "
        "asked too, or the results.jsonl of a run (PATH:PROVIDER names one of its providers)",
    },
}
"""What can be written as `messages-conformance run` has it, or with `--conformance-` before it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("messages-conformance", "conformance with Anthropic's Messages API")
    group.addoption(
        "--provider",
        action="append",
        default=[],
        metavar="NAME",
        help="run the conformance scenarios against this provider (an id or a glob of providers.yaml; may be repeated)",
    )
    for name, about in ASKING.items():
        group.addoption(f"--conformance-{name}", dest=_dest(name), **about)
    group.addoption(
        "--conformance-variants",
        action="store_true",
        help="collect the variants too: the same mistake made in every place where it can be made",
    )
    group.addoption(
        "--conformance-repeat",
        type=int,
        default=1,
        metavar="N",
        help="ask each scenario N times; an item fails if one of them does, and says in how many",
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
    group.addoption(
        "--shape-snapshot",
        action="store_true",
        help="compare the shape of every answer with the one in __snapshots__, and fail where it drifts; "
        "--snapshot-update records it",
    )
    parser.addini(
        "messages_conformance_scenarios",
        "folders with scenarios of your own (*.yaml), beside the bundled ones",
        type="paths",
        default=[],
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, parser: pytest.Parser, args: list[str]) -> None:
    """Where a run is asked for, give its options their short names too, as far as they are free.

    Not earlier: in a project that only has this package installed, `--base-url` and `--model` are other people's names.
    """
    others = early_config.known_args_namespace
    given = {word.partition("=")[0] for word in args}
    if "--provider" not in given and ("--base-url" not in given or hasattr(others, "base_url")):
        return
    group = parser.getgroup("messages-conformance")
    for name, about in ASKING.items():
        if not hasattr(others, name.replace("-", "_")):
            group.addoption(f"--{name}", dest=_dest(name), **about)


def pytest_configure(config: pytest.Config) -> None:
    said = {name.replace("-", "_"): config.getoption(_dest(name)) for name in ASKING}
    names = cast("list[str]", config.getoption("--provider"))
    if not names and not any(value for name, value in said.items() if name not in ("auth", "profile")):
        return
    from messages_conformance.pytest_plugin.suite import Suite
    from messages_conformance.report.words import visible

    try:
        suite = Suite(config, names, said)
    except SuiteError as error:
        raise pytest.UsageError(visible(str(error))) from error
    config.pluginmanager.register(suite, "messages-conformance-suite")


def _dest(name: str) -> str:
    return f"conformance_{name.replace('-', '_')}"
