from __future__ import annotations

import pytest
from recorded import Recorded
from witnessed import Answer, answers


@pytest.fixture(scope="session")
def given(whole_run: Recorded) -> list[Answer]:
    """Every answer of the reference in a whole run."""
    return list(answers(whole_run))
