"""The words, icons and sentences that every output shares, and the one guard that makes foreign text safe to show."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from messages_conformance.catalog.harm import Severity
from messages_conformance.checks.base import Outcome
from messages_conformance.results.vocabulary import Answer, Conformance, Exit, Question, State

if TYPE_CHECKING:
    from messages_conformance.results.reading import Run
    from messages_conformance.results.records import Profile, Provider


@dataclass(frozen=True, slots=True)
class Word:
    """How outputs name a state: never by colour alone. `icon` is one plain character, `emoji` is for Markdown."""

    word: str
    icon: str
    emoji: str
    means: str


WORDS: Mapping[State, Word] = {
    State.PASS: Word("pass", "✓", "✅", "Everything planned was judged; no MUST is broken or open."),
    State.FAIL: Word("fail", "✕", "❌", "A MUST of the contract is broken."),
    State.DEVIATES: Word("deviates", "≈", "⚠️", "Every MUST holds; a SHOULD or a MAY does not."),
    State.KNOWN: Word("known", "∘", "☑️", "What does not hold is known, and accepted by its owner."),
    State.INCONCLUSIVE: Word(
        "inconclusive", "?", "❔", "An outage, a limit or the model's own choice left a MUST open, or all there was."
    ),
    State.INCOMPLETE: Word("incomplete", "…", "⏳", "Something that was planned was never judged."),
    State.NOT_APPLICABLE: Word("not applicable", "–", "–", "Nothing to judge: not claimed, or not part of the answer."),
    State.FAULT: Word("fault", "!", "💥", "This program failed to judge; it says nothing about the provider."),
}

ANSWERS: Mapping[Answer, Word] = {
    Answer.WORKS: Word("works", "✓", "✅", "Everything that such a client depends on was seen to hold."),
    Answer.BREAKS: Word("breaks", "✕", "❌", "Something that such a client depends on does not hold."),
    Answer.UNKNOWN: Word(
        "unknown", "?", "❔", "Something that such a client depends on was not asked, or not decided."
    ),
}

VERDICTS: Mapping[Exit, str] = {
    Exit.CONFORMS: "conforms",
    Exit.DOES_NOT: "does not conform",
    Exit.USAGE: "could not be asked",
    Exit.INCOMPLETE: "undecided",
    Exit.FAULT: "fault of this program",
}
"""What one provider amounts to, in the fewest words."""

CONFORMANCE: Mapping[Conformance, Word] = {
    Conformance.CONFORMS: Word("conforms", "✓", "✅", "Everything that counts was judged, and holds."),
    Conformance.DOES_NOT: Word("does not conform", "✕", "❌", "Something that counts does not hold."),
    Conformance.UNDECIDED: Word("undecided", "?", "❔", "Something that counts was not asked, or not decided."),
}

SEVERITIES: Mapping[Severity, Word] = {
    Severity.BREAKS: Word("breaks", "✕", "❌", "A real client raises where it did not, or hangs."),
    Severity.CORRUPTS: Word("corrupts", "≠", "⚠️", "A real client says nothing, and hands over a wrong answer."),
    Severity.DEGRADES: Word(
        "degrades",
        "↓",
        "🔸",
        "Only counts, pieces or the words for a mistake are wrong, or a real client asks more often than it must.",
    ),
    Severity.UNKNOWN: Word(
        "unknown", "?", "❔", "Nothing that was tried reaches it, or clients did not do the same twice."
    ),
    Severity.UNNOTICED: Word("unnoticed", "·", "➖", "Every real client that was tried is fine."),
}

IMPACT_PAGE: Final = "https://github.com/messages-conformance/messages-conformance/blob/main/docs/impact.md"
"""Where all that was measured of it is published."""

QUESTION_WORDS: Mapping[Question, str] = {"drop-in": "drop-in", "as-documented": "as documented"}

QUESTION_MEANS: Mapping[Question, str] = {
    "drop-in": "Does a client written for Anthropic's Messages API keep working here?",
    "as-documented": "Does the provider keep what its own pages promise?",
}

KIND_LABELS: Mapping[str, str] = {
    "live": "live service",
    "reference": "embedded reference",
    "played": "played from its documents, not a live service",
}

# What a terminal would obey, an editor would hide, or UTF-8 cannot hold: controls (but tab and newline), soft hyphens,
# joiners, fillers, zero-width and direction marks, tags, lone surrogates.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff"
    "\uffa0\ufff9-\ufffb\ud800-\udfff\U00013430-\U00013438\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)

# What a CI system would obey in what a job prints; each match ends with the character whose escape ends the command.
# GitHub, Gitea: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
# Azure Pipelines: https://learn.microsoft.com/en-us/azure/devops/pipelines/scripts/logging-commands
# TeamCity: https://www.jetbrains.com/help/teamcity/service-messages.html
# GitLab: https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections; Travis has the same form
_OBEYED = re.compile(
    r"^[^\S\n]*:(?=:[^\W\d_][^\n]*::)"  # `::error::text`, at the beginning of a line
    r"|#(?=#[a-z]*\[)"  # `##[error]`, `##vso[…]`, `##teamcity[…]`, anywhere
    r"|(?:section_(?:start|end)|travis_(?:fold|time)):(?=\w)",
    re.IGNORECASE | re.MULTILINE,
)


def visible(text: str) -> str:
    """`text` with all that would be obeyed or hidden instead of shown replaced by what is shown: characters that a
    terminal or an editor takes for more than text, and commands to the CI system that reads what a job prints. The
    escapes are JSON's, so a JSON text still says the same."""
    if text.isascii():  # nearly every text: looking for what it may hold is ten times as quick as for where
        if not text.replace("\n", "").isprintable():
            text = _UNSEEN.sub(_shown, text)
        lower = text.lower()
        if not ("::" in lower or "##" in lower or "section_" in lower or "travis_" in lower):
            return text
    else:
        text = _UNSEEN.sub(_shown, text)
    return _OBEYED.sub(lambda found: found[0][:-1] + _escaped(found[0][-1]), text)


def _shown(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else _escaped(match.group())


def _escaped(character: str) -> str:
    """A character as JSON can write it."""
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{int.from_bytes(units[at : at + 2], 'big'):04x}" for at in range(0, len(units), 2))


def one_line(text: str) -> str:
    """`text` made visible and on one line."""
    return " ".join(visible(text).split())


def plural(number: int, one: str, many: str | None = None) -> str:
    """`1 scenario`, `2 scenarios`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def capital(text: str) -> str:
    """With a capital letter at its start."""
    return text[:1].upper() + text[1:]


def duration(seconds: float) -> str:
    """`9 s`, `2 min 5 s`, `1 h 3 min`."""
    minutes, left = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {left} s" if minutes else f"{left} s"
    return f"{minutes // 60} h {minutes % 60} min"


def short(number: int) -> str:
    """`950`, `12.3k`, `1.2M`."""
    for size, unit in ((1_000_000, "M"), (1000, "k")):
        if number >= size:
            return f"{number / size:.1f}{unit}"
    return str(number)


def list_some(names: list[str], limit: int, between: str = ", ") -> str:
    """At most `limit` of `names`, and how many are left."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return between.join(names[:limit]) + more


def place(pointer: str | None, event: int | None) -> str:
    """Where in the answer: `event 7 at /delta/stop_reason`; empty where a check names no place."""
    at = "the whole body" if pointer == "" and not event else pointer
    return " at ".join(visible(part) for part in (f"event {event}" if event else "", at) if part)


def short_title(profile: Profile) -> str:
    """A kind of client as the heading of a narrow column."""
    return profile.short or re.sub("^(the|an?) ", "", profile.title)


def probed(run: Run, provider: Provider) -> Iterator[str]:
    """What was seen of features that a provider does not claim: `not claimed, but seems to work: tools`."""
    for outcome, words in _PROBED.items():
        names = [p.feature for p in run.probed if p.provider == provider.id and p.outcome is outcome]
        if names:
            yield f"{words}: {', '.join(names)}"


_PROBED: Mapping[Outcome, str] = {
    Outcome.PASS: "not claimed, but seems to work",
    Outcome.FAIL: "not claimed, and does not work",
}


def models(provider: Provider) -> str:
    """`cheap: some-model, thinking: another`."""
    return ", ".join(f"{role}: {visible(model)}" for role, model in provider.models.items())
