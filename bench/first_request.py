"""A process that begins a run as the command line does, and ends where the first request would leave.

It prints one JSON line: the seconds of CPU that it took. Nothing is sent, so the endpoint need not exist.
"""

from __future__ import annotations

import json
import os
import sys
import time


def _stop(*_: object) -> None:
    print(json.dumps({"cpu": time.process_time()}), flush=True)
    os._exit(0)


if __name__ == "__main__":
    from messages_conformance import cli
    from messages_conformance.run.planning import plan

    del plan
    sys.argv[1:] = ["run", "--base-url", "http://127.0.0.1:9", "--model", "m", "-s", "messages.basic"]
    import messages_conformance.wire.client as wire

    wire.Client.send = _stop  # type: ignore[assignment]
    cli.main()
