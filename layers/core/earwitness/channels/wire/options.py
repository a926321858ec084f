"""What the watchlist may tell a kind of channel beside address and interval."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from earwitness.model import Channel


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a kind: a sentence on what it does, and the check of its value.

    ``check`` raises ValueError, in words for the person who wrote the value.
    """

    about: str
    check: Callable[[object], object]


_DEFAULT_SINCE_FOR = timedelta(hours=24)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def since_for(channel: Channel) -> timedelta:
    """How far back the channel's first poll reads. Raises ValueError for what is no duration."""
    return duration(channel.options.get("since", _DEFAULT_SINCE_FOR))


def starts_at(channel: Channel, now: datetime) -> datetime:
    """From when a poll without a cursor reads. Raises ValueError as ``since_for``."""
    return channel.read_since or now - since_for(channel)


def duration(value: object) -> timedelta:
    """A timedelta, or a number with a unit: 30s, 90m, 24h, 7d, 2w. Raises ValueError."""
    if isinstance(value, timedelta):
        return value
    written = re.fullmatch(r"\s*([0-9]{1,6})\s*([smhdw])\s*", str(value))
    if written is None:
        raise ValueError(f"{value!r} is no duration: write 30s, 90m, 24h, 7d or 2w")
    return timedelta(**{_UNITS[written[2]]: int(written[1])})


def one_of(*words: str) -> Callable[[object], object]:
    """The check of an option that has a few words to choose from."""

    def check(value: object) -> None:
        if value not in words:
            raise ValueError(f"{value!r} is unknown: write {' or '.join(words)}")

    return check


def count(value: object) -> None:
    """The check of an option that is a number of things."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{value!r} is no count: write a whole number from 1, as 50000")


def like(pattern: str, example: str) -> Callable[[object], object]:
    """The check of an option whose text follows a pattern; numbers are read as text."""

    def check(value: object) -> None:
        if not re.fullmatch(pattern, str(value)):
            raise ValueError(f"{value!r} has not the form expected: write {example}")

    return check


def secret(about: str) -> Option:
    """The option that names the secret of a channel's credentials: never a credential itself."""
    named = "the name of the secret that holds its credentials, in Secrets Manager or SSM"
    return Option(f"{named} {about}", like(r"[\w/+=.@-]{1,512}", "its name, as earwitness/x"))


# understood by every kind
SINCE = Option("how far back the first poll reads, as 90m, 24h or 7d (default 24h)", duration)
