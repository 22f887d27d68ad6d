"""A process that runs the default catalogue at many live providers, all of them one reference.

python bench/sixteen.py ADDRESS PROVIDERS engine|reports
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from unittest import mock

from messages_conformance import catalog as reading
from messages_conformance import cli
from messages_conformance.catalog.model import Auth
from messages_conformance.results.verdict import judge_run
from messages_conformance.run.embedded import REFERENCE_KEY
from messages_conformance.run.planning.plan import every, select
from messages_conformance.run.session import run


def main(address: str, number: str, how: str) -> None:
    """Run it; everything must conform."""
    os.environ["BENCH_REFERENCE_KEY"] = REFERENCE_KEY
    whole = reading.load_catalog()
    key = Auth("x-api-key", "BENCH_REFERENCE_KEY")
    own = replace(whole.providers["reference"], kind="live", embedded=None, base_url=address, auth=key)
    named = {f"p{n}": replace(own, id=f"p{n}", title=f"Provider {n}") for n in range(int(number))}
    catalog = replace(whole, providers=named)
    if how == "reports":
        with mock.patch.object(reading, "load_here", return_value=catalog):
            cli.main(["run", "-p", "p*", "--report", how])  # ends the process, with the exit code of the run
    found = run(catalog, every(named.values(), select(whole.scenarios, ())), Path(how))
    assert judge_run(found).exit == 0, judge_run(found).sentence


if __name__ == "__main__":
    main(*sys.argv[1:])
