"""A process that asks many cases through one of the two doors: `messages-conformance run`, or pytest.

    python bench/cases.py command ADDRESS CASES PROVIDERS ARGUMENT...
    python bench/cases.py pytest ADDRESS CASES PROVIDERS ARGUMENT...

The scenarios are copies of one of the catalogue's, every second one of them a stream; `messages` in place of `command`
sends no stream. Everything else is what any run does. It prints one JSON line last: the seconds from when the catalogue
was there.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import replace
from unittest import mock

from messages_conformance import catalog as reading
from messages_conformance import cli
from messages_conformance.catalog import Catalog
from running import KEY, KEY_ENV, patterns, single_steps


def _with_cases(address: str, number: int, providers: int, *, streams: bool) -> Catalog:
    whole = reading.load_catalog()
    load = single_steps(whole, address, number, providers=providers, delay=0)
    plain, _ = patterns(whole)
    scenarios = load.scenarios
    if not streams:
        scenarios = tuple(replace(plain, id=each.id, tags=each.tags) for each in scenarios)
    named = {provider.id: replace(provider, base_url=address) for provider in load.providers}
    return replace(whole, providers=named, scenarios=scenarios, profiles={})


def main(door: str, address: str, number: str, providers: str, *arguments: str) -> object:
    """Run the cases through a door; return its exit code."""
    os.environ[KEY_ENV] = KEY
    catalog = _with_cases(address, int(number), int(providers), streams=door != "messages")
    start = time.perf_counter()
    code: object = 0
    try:
        if door == "pytest":
            import pytest  # noqa: PLC0415  the other door would pay for it

            with mock.patch("messages_conformance.pytest_plugin.suite.load_here", return_value=catalog):
                code = int(pytest.main([*arguments, "--provider", "bench-*", "-q"]))
        else:
            with mock.patch.object(reading, "load_here", return_value=catalog):
                cli.main(["run", "-p", "bench-*", *arguments])
    except SystemExit as ended:
        code = ended.code
    print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))  # pyright: ignore[reportArgumentType]
