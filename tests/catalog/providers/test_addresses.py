"""Base URLs."""

from __future__ import annotations

from members import over
from messages_conformance.catalog.providers.addresses import is_nearby


@over(
    "host",
    ["localhost", "127.0.0.1:8080", "[::1]:1", "10.0.0.7", "192.168.1.2", "[fe80::1]", "litellm:4000", "gpu.local"],
)
def test_what_is_nearby(host: str) -> None:
    assert is_nearby(f"http://{host}/v1")


@over("host", ["api.anthropic.com", "8.8.8.8", "[2606:4700::1111]", "local.example.com", "localhost.example.com"])
def test_what_is_not(host: str) -> None:
    assert not is_nearby(f"http://{host}/v1")
