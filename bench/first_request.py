"""A process that begins a run as the command line does, and ends where the first request would leave.

It prints one JSON line: the seconds of CPU that it took. Nothing is sent, so the endpoint need not exist.
"""

from __future__ import annotations

import json
import os
import time
from typing import NoReturn

from messages_conformance import cli
from messages_conformance.wire.client import Client


def _stop(*_: object, **__: object) -> NoReturn:
    print(json.dumps({"cpu": time.process_time()}), flush=True)
    os._exit(0)


if __name__ == "__main__":
    Client.send = _stop  # `unittest.mock` would take longer to load than a dozen of our modules
    cli.main(["run", "--base-url", "http://127.0.0.1:9", "--model", "m", "-s", "messages.basic"])
