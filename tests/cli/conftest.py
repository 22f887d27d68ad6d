"""The program, called in this process."""

from __future__ import annotations

from pathlib import Path

import pytest
from calling import Call, Said
from messages_conformance import cli
from messages_conformance.run.embedded import REFERENCE_KEY


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Call:
    """Calls the program in an empty directory, in this process. Whatever happens, nobody gets to see a traceback."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def calling(*arguments: str) -> Said:
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        told = capfd.readouterr()
        assert "Traceback" not in told.err + told.out
        return Said(ended.value.code, told.out, told.err)

    return calling


@pytest.fixture
def endpoint(reference_url: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    monkeypatch.setenv("OWN_KEY", REFERENCE_KEY)
    return ("--base-url", reference_url, "--model", "reference", "--api-key-env", "OWN_KEY")
