"""The reference as a process of a run."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from making import provider
from messages_conformance.catalog.model import Provider
from messages_conformance.errors import HarnessError
from messages_conformance.run.embedded import REFERENCE_KEY, embedded, starting

REFERENCE = provider(id="reference", kind="reference", embedded="reference", base_url="")
PLAYED = provider(id="played", kind="played", embedded="naga/guide-page", base_url="", path="/v1/messages")
LIVE = provider(id="live", base_url="https://live.example")


def listens(url: str) -> bool:
    try:
        socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), timeout=2).close()
    except OSError:
        return False
    return True


def test_embedded_providers_get_an_address_and_others_keep_theirs() -> None:
    with embedded([LIVE, REFERENCE, PLAYED]) as (live, reference, played):
        assert live is LIVE
        assert reference == replace(REFERENCE, base_url=reference.base_url)
        assert played.base_url == f"{reference.base_url}/as/naga/guide-page"
        body = {"model": "reference", "max_tokens": 16, "messages": [{"role": "user", "content": "Say hi"}]}
        headers = {"x-api-key": REFERENCE_KEY, "anthropic-version": "2023-06-01"}
        assert httpx.post(reference.base_url + reference.path, json=body, headers=headers).status_code == 200
        address = reference.base_url
    assert not listens(address)


def test_the_reference_ends_with_the_block_however_that_ends() -> None:
    addresses: list[str] = []

    def fall() -> None:
        with embedded([REFERENCE]) as (reference,):
            addresses.append(reference.base_url)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fall()
    assert not listens(addresses[0])


def test_nothing_is_started_for_live_providers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent")
    given: list[Provider] = [LIVE]
    with embedded(given) as found:
        assert found == (LIVE,)


def test_it_has_its_address_before_it_has_loaded() -> None:
    with starting([REFERENCE]) as (addressed, ready):
        (reference,) = addressed()
        assert listens(reference.base_url)
        ready()
        assert httpx.get(reference.base_url).status_code == 405


@pytest.mark.parametrize("says", ["", "no JSON", "{}", '{"port": 9}'])
def test_a_reference_that_does_not_start_is_our_fault(
    says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stand_in = tmp_path / "python"
    stand_in.write_text(f"#!/bin/sh\necho '{says}'\n")
    stand_in.chmod(0o755)
    monkeypatch.setattr(sys, "executable", os.fspath(stand_in))
    with pytest.raises(HarnessError, match="the embedded reference did not start"), embedded([REFERENCE]):
        pass
