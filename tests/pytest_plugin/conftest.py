"""An endpoint that counts what it is asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from counting import Counting, counting


@pytest.fixture(scope="session")
def counted() -> Iterator[Counting]:
    with counting() as state:
        yield state
