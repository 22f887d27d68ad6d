"""The folders of the clients are whole, and what is wrong with one is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from impact.clients import FOLDER, load_clients
from messages_conformance.catalog import load_catalog
from messages_conformance.errors import UserError
from real.environments import Npm, Pip

PROFILES = load_catalog().profiles


def test_every_client_says_what_it_is_and_is_pinned() -> None:
    clients = load_clients()
    assert {client.id for client in clients} >= {"anthropic-python"}
    for client in clients:
        assert re.fullmatch(r"\d+(\.\w+)+", client.version), client
        assert client.profile is None or client.profile in PROFILES
        assert isinstance(client.environment, Npm if client.registry == "npm" else Pip)


def test_no_folder_without_a_description() -> None:
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == {client.id for client in load_clients()}


def test_nothing_pinned_names_a_registry_of_ours() -> None:
    for path in (*FOLDER.glob("*/package-lock.json"), *FOLDER.glob("*/requirements.txt")):
        hosts = set(re.findall(r"https?://([^/\"\s]+)/", path.read_text("utf-8")))
        assert hosts <= {"registry.npmjs.org"} or path.name == "package-lock.json", path
        resolved = re.findall(r'"resolved": "https?://([^/"]+)', path.read_text("utf-8"))
        assert set(resolved) <= {"registry.npmjs.org"}, path


def test_a_client_that_has_no_name_or_no_pin_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no client is called `anthropic-pyton`"):
        load_clients(("anthropic-pyton",))
    (folder := tmp_path / "mine").mkdir()
    (folder / "client.yaml").write_text("title: mine\npackage: mine\n")
    with pytest.raises(UserError, match="no description of a client"):
        load_clients(folder=tmp_path)
    (folder / "client.yaml").write_text("title: mine\npackage: mine\nregistry: PyPI\nlanguage: Python\n")
    (folder / "requirements.txt").write_text("mine-too==1.0\n")
    with pytest.raises(UserError, match="no file here pins mine"):
        load_clients(folder=tmp_path)
    (folder / "requirements.txt").write_text("mine[extra]==1.0\n")
    (client,) = load_clients(folder=tmp_path)
    assert client.version == "1.0"
