"""No false red: what the real API sends, or may send, comes back clean from the judge, however it travels."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from golden import CORPUS, Judge, Pair, Recording, manifest, of_outcome
from members import over
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Level
from messages_conformance.checks.base import Check, Outcome, Verdict
from messages_conformance.wire.exchange import Exchange

_RECORDINGS, _PAIRS = manifest()
_STREAMS = [recording for recording in _RECORDINGS if recording.is_stream]
_BY_FILE = {recording.file: recording for recording in _RECORDINGS}

_SHORT = 1200
"""Bytes of a stream that is cut at every one of them; longer ones are cut into small pieces."""


@pytest.fixture(scope="module")
def judge(catalog: Catalog, checks: Mapping[str, Check]) -> Judge:
    return Judge(catalog, checks)


@over("recording", _RECORDINGS)
def test_nothing_is_red(judge: Judge, recording: Recording) -> None:
    verdicts = judge.verdicts(recording)
    assert of_outcome(verdicts, Outcome.HARNESS_ERROR) == {}
    assert set(of_outcome(verdicts, Outcome.FAIL)) == set(recording.informational)
    causes = {str(verdict.cause) for verdict in of_outcome(verdicts, Outcome.INCONCLUSIVE).values()}
    assert causes == ({recording.undecided} if recording.undecided else set())


@over("recording", _RECORDINGS)
def test_what_it_stands_for_was_looked_at(judge: Judge, recording: Recording) -> None:
    assert recording.passes or recording.undecided
    assert set(recording.passes) - set(of_outcome(judge.verdicts(recording), Outcome.PASS)) == set()


@over("pair", _PAIRS)
def test_two_answers_that_belong_together_agree(judge: Judge, pair: Pair) -> None:
    verdicts = judge.compared(pair, _BY_FILE[pair.first], _BY_FILE[pair.second])
    assert of_outcome(verdicts, Outcome.FAIL, Outcome.HARNESS_ERROR) == {}
    assert set(pair.checks) - set(of_outcome(verdicts, Outcome.PASS)) == set()


def test_every_check_of_an_answer_passes_on_some_recording(judge: Judge) -> None:
    verdicts = [judge.verdicts(recording) for recording in _RECORDINGS]
    planned = set[str]().union(*verdicts)
    assert planned - set[str]().union(*(of_outcome(found, Outcome.PASS) for found in verdicts)) == set()


def test_only_what_no_page_promises_may_fail(judge: Judge) -> None:
    named = {check for recording in _RECORDINGS for check in recording.informational}
    assert {judge.level(check) for check in named} == {Level.MAY}


def test_every_file_is_in_the_manifest() -> None:
    files = {str(path.relative_to(CORPUS)) for path in CORPUS.glob("*/*.*") if path.suffix != ".pyc"}
    assert files == set(_BY_FILE)
    assert len(_BY_FILE) == len(_RECORDINGS)


# --- how it travels -------------------------------------------------------------------------------------------------

_PLAIN = "stream.plain-framing"
"""A MAY by design: it fails on every lawful framing but Anthropic's own."""


def _events(body: bytes) -> bytes:
    """The same events with comments, `id:` and `retry:` lines, and no blank after the colon."""
    lines = b"\n" + body
    lines = lines.replace(b"\ndata: ", b"\ndata:").replace(b"\nevent: ", b"\n: hello\nid: 7\nevent:")
    return b": welcome\n\nretry: 3000\n" + lines


_FRAMINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "CR LF": lambda body: body.replace(b"\n", b"\r\n"),
    "CR": lambda body: body.replace(b"\n", b"\r"),
    "byte order mark": lambda body: b"\xef\xbb\xbf" + body,
    "comments, ids and no blanks": _events,
    "no last blank line": lambda body: body[:-1],
}


def _same(judge: Judge, recording: Recording, one: Exchange, other: Exchange, *but: str) -> None:
    expected, found = judge.verdicts(recording, one), judge.verdicts(recording, other)
    assert _outcomes(found, but) == _outcomes(expected, but)


def _outcomes(verdicts: Mapping[str, Verdict], but: tuple[str, ...]) -> dict[str, Outcome]:
    return {check: verdict.outcome for check, verdict in verdicts.items() if check not in but}


@pytest.mark.parametrize("framing", _FRAMINGS)
@over("recording", _STREAMS)
def test_framing_changes_nothing(judge: Judge, recording: Recording, framing: str) -> None:
    plain, framed = recording.body, _FRAMINGS[framing](recording.body)
    _same(judge, recording, recording.arriving([(1.0, plain)]), recording.arriving([(1.0, framed)]), _PLAIN)


@over("recording", _STREAMS)
def test_where_the_bytes_are_cut_changes_nothing(judge: Judge, recording: Recording) -> None:
    size = 1 if len(recording.body) <= _SHORT else 7
    pieces = [(when, data[at : at + size]) for when, data in recording.pieces for at in range(0, len(data), size)]
    _same(judge, recording, recording.exchange, recording.arriving(pieces))


@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_how_the_body_was_encoded_changes_nothing(judge: Judge, coding: str) -> None:
    for recording in _RECORDINGS:
        encoded = recording.arriving(recording.pieces, (("content-encoding", coding),))
        _same(judge, recording, recording.exchange, encoded)
