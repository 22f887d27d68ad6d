"""The comparison of the real contracts, each pair once."""

from __future__ import annotations

from functools import cache

import pytest
from comparing import Compare
from messages_conformance.catalog import Catalog
from messages_conformance.documents.comparison import Comparison, compare


@pytest.fixture(scope="session")
def compared(catalog: Catalog) -> Compare:
    @cache
    def comparison(a: str, b: str) -> Comparison:
        return compare(catalog.contracts[a], catalog.contracts[b], catalog.schemas.registry)

    return comparison
