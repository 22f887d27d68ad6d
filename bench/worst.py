"""What judging costs where a server makes it cost as much as it can: one answer of each kind, as large as the client's
bounds allow.

    PYTHONPATH=tests/support .venv/bin/python bench/worst.py

Prints a table, the dearest first; fails on no number.
"""

from __future__ import annotations

import argparse
import gc

from hostile.floods import BODIES, STREAMS
from hostile.judging import LARGEST, cost
from messages_conformance.catalog import load_catalog
from messages_conformance.run.collecting import collect_seldom


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="of which the quickest counts")
    options = parser.parse_args()
    collect_seldom()  # as every command does
    catalog = load_catalog()
    kinds = {"stream": ("streaming.text", STREAMS), "body": ("messages.basic", BODIES)}
    rows: list[tuple[float, str]] = []
    for kind, (scenario, floods) in kinds.items():
        for name, flood in floods.items():
            content = flood(LARGEST)
            gc.collect()
            best = min((cost(catalog, scenario, content) for _ in range(options.rounds)), key=lambda each: each.judging)
            size, judging, decoding = f"{best.size / 2**20:.1f}", f"{best.judging:.2f}", f"{best.decoding:.2f}"
            rows.append((best.judging, f"| {kind} | {name} | {size} | {best.events:,} | {judging} | {decoding} |"))
    print("| answer | of nothing but | MiB | events | s to judge | s to decode |")
    print("| --- | --- | --- | --- | --- | --- |")
    for _, told in sorted(rows, reverse=True):
        print(told)


if __name__ == "__main__":
    main()
