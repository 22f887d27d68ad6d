"""What servers written for Node have in common."""

from __future__ import annotations

from real.setup import FILES

ON_LOOPBACK = {"NODE_OPTIONS": f"--require={FILES / 'loopback.cjs'}"}
"""Some of them listen on every interface and have no option against it."""
