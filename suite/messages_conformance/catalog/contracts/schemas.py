"""The schemas of all contracts, ready to be applied.

They are made ready when the first is asked for. A plan knows from the contracts what they promise, so a run asks when
its first answer is judged, or where a provider's own document says what may be sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from messages_conformance.catalog.contracts.schema_documents import registry
from messages_conformance.catalog.model import Contract

if TYPE_CHECKING:
    from referencing import Registry

    from messages_conformance.catalog.contracts.reader import SchemaReader
    from messages_conformance.catalog.contracts.request_schema import RequestSchema


class Schemas:
    """Those of `contracts`, by their ids."""

    def __init__(self, contracts: Mapping[str, Contract]) -> None:
        self._contracts = contracts
        self._readers: dict[tuple[str, str], SchemaReader] = {}

    @cached_property
    def registry(self) -> Registry[Any]:
        """Every schema document of every contract, found by its `$id`."""
        return registry(self._contracts)

    @cached_property
    def requests(self) -> Mapping[str, RequestSchema]:
        """The request schema of each contract that describes requests, by the contract's id."""
        from messages_conformance.catalog.contracts.request_schema import RequestSchema

        described = (contract for contract in self._contracts.values() if "request" in contract.schemas)
        return {contract.id: RequestSchema(contract, self.registry) for contract in described}

    def reader(self, contract: str, name: str) -> SchemaReader:
        """One schema of a contract, for reading answers. It is kept: it remembers what it found of values."""
        from messages_conformance.catalog.contracts.reader import SchemaReader

        if (contract, name) not in self._readers:
            self._readers[contract, name] = SchemaReader(self._contracts[contract].schemas[name], self.registry)
        return self._readers[contract, name]
