"""One module per server: how it is installed, started and claimed."""

from __future__ import annotations

from real.servers import aimock, claude_code_router, litellm, portkey, rolter, smollm2
from real.setup import SetUp

_ALL: tuple[SetUp, ...] = (
    smollm2.PLAIN,
    smollm2.WITH_TOOLS,
    litellm.BEFORE_SMOLLM2,
    litellm.BEFORE_REFERENCE,
    aimock.SCRIPTED,
    claude_code_router.BEFORE_REFERENCE,
    portkey.BEFORE_REFERENCE,
    rolter.BEFORE_REFERENCE,
)

SETUPS: dict[str, SetUp] = {setup.name: setup for setup in _ALL}
"""Every set-up by its name."""
