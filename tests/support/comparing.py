"""Compares two of the real contracts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from messages_conformance.documents.comparison import Comparison

Compare: TypeAlias = Callable[[str, str], Comparison]
"""By their ids, for a client written for the first."""
