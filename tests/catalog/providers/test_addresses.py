"""Base URLs."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from members import over
from messages_conformance.catalog.providers.addresses import is_nearby, name_of


@over(
    "host",
    ["localhost", "127.0.0.1:8080", "[::1]:1", "10.0.0.7", "192.168.1.2", "[fe80::1]", "litellm:4000", "gpu.local"],
)
def test_what_is_nearby(host: str) -> None:
    assert is_nearby(f"http://{host}/v1")


@over("host", ["api.anthropic.com", "8.8.8.8", "[2606:4700::1111]", "local.example.com", "localhost.example.com"])
def test_what_is_not(host: str) -> None:
    assert not is_nearby(f"http://{host}/v1")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://gateway.example/anthropic", "gateway.example_anthropic"),
        ("https://Gateway.example:443/anthropic/", "gateway.example_anthropic"),
        ("http://localhost:8080", "localhost_8080"),
        ("http://127.0.0.1:8080/a/b", "127.0.0.1_8080_a_b"),
        ("http://litellm", "litellm_80"),
    ],
)
def test_an_endpoint_is_called_after_its_address(url: str, name: str) -> None:
    assert name_of(url) == name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://h.example/a_b", "https://h.example/a/b"),
        ("https://h.example/8080", "http://h.example:8080"),
        ("https://h.example:8080", "http://h.example:8080"),
        ("https://h.example/A", "https://h.example/a"),
        ("http://[::1]:8", "http://[::2]:8"),
        ("https://h.example/" + "a" * 200, "https://h.example/" + "a" * 201),
    ],
)
def test_what_words_cannot_tell_apart_has_a_checksum(one: str, other: str) -> None:
    assert name_of(one) != name_of(other)
    assert name_of(one) == name_of(f"{one}/")


PARTS = st.text("ab1.-_A%~", min_size=1, max_size=4) | st.sampled_from(["80", "443", "1"])
ADDRESSES = st.tuples(
    st.sampled_from(["http", "https"]),
    st.sampled_from(["h", "a.b", "a-b", "a-1", "[::1]", "10.0.0.1"]),
    st.sampled_from([80, 443, 1, 8080]),
    st.lists(PARTS, max_size=3),
)


@given(ADDRESSES, ADDRESSES, st.booleans(), st.booleans())
def test_no_two_addresses_have_one_name_and_each_can_be_the_name_of_a_file(
    one: tuple[str, str, int, list[str]], other: tuple[str, str, int, list[str]], whole: bool, part: bool
) -> None:
    names = [
        name_of(f"{scheme}://{host}:{port}/{'/'.join(path)}", is_whole=is_whole)
        for (scheme, host, port, path), is_whole in ((one, whole), (other, part))
    ]
    assert (names[0] == names[1]) == ((one, whole) == (other, part))
    assert all(re.fullmatch("[a-z0-9]+([._-][a-z0-9]+)*", name) and len(name) <= 90 for name in names)
