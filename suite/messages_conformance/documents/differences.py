"""One difference between two contracts, and the sentence that says what it means for a client.

`ours` is the document that the client was written for, `theirs` the one of the endpoint it now talks to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Side(StrEnum):
    """Where a client meets the difference."""

    ENDPOINT = "endpoint"
    REQUEST = "request"
    ANSWER = "answer"


class Severity(StrEnum):
    """How much a difference hurts a client written for one document that talks to the other; worst first. If a document
    is silent, the severity is `may-break`."""

    BREAKS = "breaks"
    MAY_BREAK = "may-break"
    HARMLESS = "harmless"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return tuple(Severity).index(self)


class Kind(StrEnum):
    """The kind of difference between their document and ours."""

    PATH = "path"
    CREDENTIALS = "credentials"
    ROUTE = "route"
    STREAM = "stream"
    ENVELOPE = "envelope"
    MISSING = "missing"
    BY_REFERENCE = "by-reference"
    EXTRA = "extra"
    REQUIRED = "required"
    OPTIONAL = "optional"
    TYPE = "type"
    NARROWER = "narrower"
    WIDER = "wider"
    VALUES_MISSING = "values-missing"
    VALUES_EXTRA = "values-extra"
    PATTERN = "pattern"
    UNDESCRIBED = "undescribed"
    VERSION = "version"
    BETA = "beta"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference at one place: a dotted path such as `messages[].content[type=text].text`, below the name of the
    schema unless that is the request. `ours` and `theirs` say what the two documents say (`0 to 2`, `0 to 1`);
    `clauses_a` are ours, `clauses_b` theirs. `detail` is what else the sentence names."""

    side: Side
    kind: Kind
    place: str
    severity: Severity
    ours: str
    theirs: str
    clauses_a: tuple[str, ...] = ()
    clauses_b: tuple[str, ...] = ()
    detail: str = ""

    @property
    def consequence(self) -> str:
        """What it means for our client, in one sentence."""
        sentence = _SENTENCES.get((self.side, self.kind, self.severity)) or _SENTENCES[self.side, self.kind, None]
        return sentence.format(name=_name(self.place), detail=self.detail)


def _name(place: str) -> str:
    """The place as a noun of a sentence: its last member, or an item of it."""
    member = place.rpartition(".")[2] if place[-1:] != "]" else ""
    return member or f"an item of {_CHOICE.sub('', place.rpartition('[')[0]).rpartition('.')[2]}"


_CHOICE: Final = re.compile(r"\[[^\]]*\]")

_E, _R, _A = Side.ENDPOINT, Side.REQUEST, Side.ANSWER

_SENTENCES: Final[Mapping[tuple[Side, Kind, Severity | None], str]] = {
    (_E, Kind.PATH, None): "Requests to the old path are not answered there.",
    (_E, Kind.PATH, Severity.MAY_BREAK): "The base URL changes: {detail}.",
    (_E, Kind.CREDENTIALS, None): "A key sent as {detail} is not documented there.",
    (_E, Kind.CREDENTIALS, Severity.BREAKS): "A client that sends {detail} is refused there.",
    (_E, Kind.CREDENTIALS, Severity.HARMLESS): "No key is needed there; one that is sent may be ignored.",
    (_E, Kind.ROUTE, None): "The route {name} is not documented there: a request to it may not be answered.",
    (_E, Kind.STREAM, None): "A stream comes as {detail}: a client made for another form cannot read it.",
    (_E, Kind.ENVELOPE, None): "The answer lies elsewhere in the body; a client that reads it as before finds nothing.",
    (_R, Kind.MISSING, None): "{name} is not documented there: it may be refused, or silently dropped.",
    (_R, Kind.MISSING, Severity.BREAKS): "{name} is refused there.",
    (_R, Kind.BY_REFERENCE, None): "{name} is not listed there; it is promised only by reference, and may be dropped.",
    (_R, Kind.EXTRA, None): "{name} exists only there; a client that does not send it loses nothing.",
    (_R, Kind.REQUIRED, None): "A request without {name} is not accepted there.",
    (_R, Kind.OPTIONAL, None): "{name} may be left out there.",
    (_R, Kind.TYPE, None): "{name} as {detail} is not accepted there.",
    (_R, Kind.TYPE, Severity.MAY_BREAK): "{name} as {detail} may be refused there.",
    (_R, Kind.TYPE, Severity.HARMLESS): "{name} may also be {detail} there.",
    (_R, Kind.NARROWER, None): "{name} {detail} is not accepted there.",
    (_R, Kind.WIDER, None): "{name} {detail} is accepted there too.",
    (_R, Kind.VALUES_MISSING, None): "{name} of {detail} is not accepted there.",
    (_R, Kind.VALUES_EXTRA, None): "{name} may also be {detail} there.",
    (_R, Kind.PATTERN, None): "{name} that does not match {detail} is not accepted there.",
    (_R, Kind.UNDESCRIBED, None): "The required form of {name} is described only there.",
    (_R, Kind.UNDESCRIBED, Severity.HARMLESS): "The form of {name} is not described there.",
    (_R, Kind.VERSION, None): "{name} exists there only under version {detail}; under any other it is refused.",
    (_R, Kind.BETA, None): "{name} exists there only with the beta {detail}; without its header it is refused.",
    (_R, Kind.PAGE, None): "Only the page {detail} lists {name} there.",
    (_R, Kind.PAGE, Severity.MAY_BREAK): "Only the page {detail} lists {name} there, and another page contradicts it.",
    (_A, Kind.MISSING, None): "{name} is not promised there: a client that uses it may have to do without.",
    (_A, Kind.MISSING, Severity.BREAKS): "{name} does not come from there: a client that reads it fails.",
    (_A, Kind.BY_REFERENCE, None): "{name} is not listed there; it is promised only by reference.",
    (_A, Kind.EXTRA, None): "{name} comes only from there; a client can ignore it.",
    (_A, Kind.REQUIRED, None): "{name} always comes from there.",
    (_A, Kind.OPTIONAL, None): "{name} may be left out there: a client that relies on it fails.",
    (_A, Kind.TYPE, None): "{name} may come as {detail} from there.",
    (_A, Kind.TYPE, Severity.BREAKS): "{name} comes as {detail} from there: a client that reads it fails.",
    (_A, Kind.WIDER, None): "{name} {detail} may come from there.",
    (
        _A,
        Kind.VALUES_MISSING,
        None,
    ): "{name} of {detail} is not listed there: a client may wait for it in vain.",
    (_A, Kind.VALUES_EXTRA, None): "{name} may be {detail} there, which a client does not expect.",
    (_A, Kind.VALUES_EXTRA, Severity.BREAKS): "{name} is {detail} there: a client takes the answer for something else.",
    (_A, Kind.PATTERN, None): "{name} need not match {detail} there.",
    (_A, Kind.UNDESCRIBED, None): "The form of {name} in answers is not described there.",
}
"""By side, kind and severity; None is for every severity without a sentence of its own."""
