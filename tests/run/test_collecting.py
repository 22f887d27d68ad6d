from __future__ import annotations

import subprocess
import sys

LEFT = """
import gc, os
from messages_conformance.run.collecting import collect_seldom
class Ring:
    def __init__(self):
        self.itself = self
    def __del__(self, write=os.write):
        write(1, b"looked through")
Ring()
"""


def said(more: str) -> str:
    return subprocess.run([sys.executable, "-c", LEFT + more], capture_output=True, text=True, check=True).stdout


def test_garbage_is_looked_for_seldom_and_not_when_the_process_ends() -> None:
    assert said("collect_seldom()") == ""
    assert said("collect_seldom(); gc.collect()") == "looked through"
    assert said("collect_seldom(); [[] for _ in range(10_000)]") == ""
    assert said("") == "looked through"
