"""The first interrupt ends a run with what it has, the second ends the process."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from messages_conformance.run.interrupts import interruptible

BOTH = (signal.SIGINT, signal.SIGTERM)


@pytest.mark.parametrize("way", BOTH)
def test_both_mean_the_same_within_and_what_they_meant_before_afterwards(way: signal.Signals) -> None:
    before = [signal.getsignal(each) for each in BOTH]
    with pytest.raises(KeyboardInterrupt), interruptible():
        signal.raise_signal(way)
    assert [signal.getsignal(each) for each in BOTH] == before


SECOND = """
import signal
from messages_conformance.run.interrupts import at_once_from_now_on, interruptible
with interruptible():
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        at_once_from_now_on()
        signal.raise_signal(signal.SIGINT)
        print("still there")
"""


def test_the_second_ends_the_process_without_a_word() -> None:
    done = subprocess.run([sys.executable, "-c", SECOND], capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, b"", b"")
