"""What an examination says of one thing: in words, since when, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """How a thing is."""

    OK = "ok"
    NOTE = "note"  # worth knowing, nothing to mend
    WRONG = "wrong"
    UNKNOWN = "unknown"  # it could not be looked at


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about one thing.

    ``what`` says how ``subject`` is, ``since`` from when on (UTC; None: not known), ``do`` what
    mends it, empty when nothing has to be.
    """

    area: str
    subject: str
    state: State
    what: str
    since: datetime | None = None
    do: str = ""


def ok(area: str, subject: str, what: str) -> Finding:
    """All is well."""
    return Finding(area, subject, State.OK, what)


def note(area: str, subject: str, what: str, since: datetime | None = None) -> Finding:
    """Nothing to mend, but worth knowing."""
    return Finding(area, subject, State.NOTE, what, since)


def wrong(area: str, subject: str, what: str, since: datetime | None = None, *, do: str) -> Finding:
    """Something to mend, and how."""
    return Finding(area, subject, State.WRONG, what, since, do)


def is_well(findings: list[Finding]) -> bool:
    """Whether everything was looked at, and nothing is wrong."""
    return all(one.state in (State.OK, State.NOTE) for one in findings)
