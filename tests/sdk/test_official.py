"""The SDK that is installed beside the program."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import pytest
from messages_conformance.errors import UserError
from messages_conformance.sdk import official as module
from messages_conformance.sdk.official import official


def test_it_is_named_with_its_version_and_does_every_job() -> None:
    sdk = official()
    assert sdk.client == f"anthropic {version('anthropic')}"
    assert len(sdk.jobs) > 20
    assert (sdk.plain, sdk.plain.needs) == (sdk.jobs[0], ())


def test_mistakes_are_made_only_if_they_are_asked_for() -> None:
    assert not any(job.is_mistake for job in official().jobs)
    assert [job.is_mistake for job in official(["refused-stop", "refused"]).jobs] == [False, True]


def test_jobs_are_chosen_by_id_and_glob() -> None:
    assert [job.id for job in official(["tool-l*", "text"]).jobs] == ["text", "tool-loop", "tool-loop-streamed"]


def test_a_job_that_does_not_exist_is_told() -> None:
    with pytest.raises(UserError, match="no job is called `txet`"):
        official(["text", "txet"])


def test_without_it_there_is_a_command_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(module, "version", missing)
    with pytest.raises(UserError) as refused:
        official()
    assert "pip install 'anthropic>=2.10'" in str(refused.value)
