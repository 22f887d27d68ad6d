"""The judge is total: whatever comes back, it ends in a verdict, and never in a fault of this program.

Every kind of scenario of a whole run is walked again with its recorded answers distorted, so that each check sees the
steps and the parameters for which it was made, and requests made of what the answers before them held.
`pytest --hypothesis-profile long` searches for minutes instead of seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pytest
from distortions import DISTORTIONS, Distortion, distorted
from hypothesis import given, settings
from hypothesis import strategies as st
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Level, Step
from messages_conformance.checks.base import Check, Outcome
from messages_conformance.report import html, markdown
from messages_conformance.report.terminal import summary
from messages_conformance.run.header import About, header
from messages_conformance.run.judging import judge_walk
from messages_conformance.run.plan import Pair, Plan, Planned, Unit, make_plan
from messages_conformance.run.reading import read_run
from messages_conformance.run.recorder import FileSink, Recorder
from messages_conformance.run.replay import Recording
from messages_conformance.run.session import unique
from messages_conformance.run.unit import Sent, Walk, walk
from messages_conformance.run.verdict import Exit, judge_run
from messages_conformance.wire.exchange import Exchange, Request
from messages_conformance.wire.redact import Redactor
from recorded import Recorded

KEY = "reference-key"
OFTEN = settings.get_profile(settings.get_current_profile_name()).max_examples
