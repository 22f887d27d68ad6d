from __future__ import annotations

import pytest
from answers import Answer, answers
from recorded import Recorded


@pytest.fixture(scope="session")
def given(whole_run: Recorded) -> list[Answer]:
    """Every answer of the reference in a whole run."""
    return list(answers(whole_run))
