"""The first screen says who conforms, which clients work, and what is worst."""

from __future__ import annotations

import gc

import pytest
import samples
from messages_conformance.report.overview import Overview, Spent, overview


@pytest.fixture(scope="module")
def seen() -> Overview:
    return overview(samples.run())


def test_a_headline_counts_the_providers_for_each_question(seen: Overview) -> None:
    assert seen.headlines == (
        "drop-in: 1 of 3 providers conforms, 2 do not",
        "as documented: 1 of 2 providers conforms, 1 does not",
    )


def test_live_providers_come_first_and_played_documents_last(seen: Overview) -> None:
    assert [row.provider.id for row in seen.rows] == ["naga", "reference", "aisa"]
    assert [provider.id for provider, _ in seen.skipped] == ["bifrost"]


def test_every_row_answers_for_every_client_in_the_profiles_order(seen: Overview) -> None:
    titles = [profile.id for profile in seen.profiles]
    assert titles
    assert all([client.profile.id for client in row.clients] == titles for row in seen.rows)


def test_the_worst_causes_are_few_and_the_gravest_first(seen: Overview) -> None:
    naga = seen.rows[0]
    assert naga.worst[0].headline == "Every event is named"
    assert len(naga.worst) == min(3, len(naga.causes))


def test_what_a_run_took_is_known_only_at_its_end(seen: Overview) -> None:
    assert seen.spent == Spent(120.0, 14, 12345, 2345, {"USD": 0.0123})
    assert {row.provider.id: row.spent for row in seen.rows} == {
        "naga": Spent(65.0, 5, 12000, 2300, {"USD": 0.0123}),
        "reference": Spent(1.5, 5, 345, 45, {}),
        "aisa": None,
    }
    cut_off = overview(samples.run(complete=False))
    assert cut_off.spent is None
    assert {row.spent for row in cut_off.rows} == {None}


def test_a_run_that_was_told_goes_without_a_search_for_garbage() -> None:
    run = samples.run()
    overview(run)
    assert not any(isinstance(each, Overview) for each in gc.get_referrers(run))
