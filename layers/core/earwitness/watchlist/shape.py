"""The form of a watchlist as pydantic models, and pydantic's errors in people's words.

The one module that imports pydantic: only what checks a watchlist pays for it, never a poll.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from rapidfuzz import fuzz, process

from earwitness.model import Role
from earwitness.watchlist import values
from earwitness.watchlist.problems import Path, quoted, shown

Name = Annotated[str, AfterValidator(values.name)]
Word = Annotated[str, AfterValidator(values.word)]
Words = Annotated[list[Word], Field(min_length=1)]


def _checked(read: Callable[[str], object]) -> AfterValidator:
    """A text that ``read`` can read, kept as it is written."""

    def check(text: str) -> str:
        read(text)
        return text

    return AfterValidator(check)


Every = Annotated[str, _checked(values.duration)]
Wait = Annotated[str, _checked(values.wait)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class TermShape(_Shape):
    """A term; the short form is its text alone."""

    text: Annotated[str, AfterValidator(values.term)]
    match: Literal["fuzzy", "exact"] | None = None
    case_sensitive: bool = False
    require_any: Words = []
    exclude_any: Words = []
    allow: Words = []

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"text": value} if isinstance(value, str) else value


class ByPriorityShape(_Shape):
    """A length of time for each priority that alerts."""

    critical: str | None = None
    high: str | None = None


class RespondShape(ByPriorityShape):
    """By when somebody must have taken an alert."""

    critical: Every | None = None
    high: Every | None = None


class WaitShape(ByPriorityShape):
    """How long the first alert of a group waits for more posts."""

    critical: Wait | None = None
    high: Wait | None = None


class MuteShape(_Shape):
    """What is left out before anything is counted."""

    authors: Words = []
    sites: Annotated[list[Annotated[str, AfterValidator(values.site)]], Field(min_length=1)] = []
    words: Words = []


class AlertingShape(_Shape):
    """How alerts behave: of the watchlist, or of one brand."""

    hours: Annotated[str, _checked(values.hours)] | None = None
    respond_within: RespondShape | None = None
    group_wait: WaitShape | None = None
    vip_authors: Words = []
    mute: MuteShape | None = None
    daily_cap: Annotated[int, Field(ge=1, le=1000)] | None = None
    escalation: Annotated[int, Field(ge=0, le=3)] | None = None
    spikes: Literal["fewer", "balanced", "more"] | None = None


class BrandShape(_Shape):
    """A brand and its terms."""

    name: Name
    role: Literal["own", "competitor"] = Role.OWN.value
    time_zone: Annotated[str, AfterValidator(values.time_zone)] = "UTC"
    language: Annotated[str, AfterValidator(values.language)] = "en"
    terms: Annotated[list[TermShape], Field(min_length=1)]
    alerting: AlertingShape | None = None
    digest: Literal["hourly", "daily", "weekly", "never"] | None = None


class ChannelShape(_Shape):
    """A channel. Further keys are options of its kind, checked against the table of kinds."""

    model_config = ConfigDict(extra="allow")

    name: Name
    kind: str
    every: Every | None = None
    at_least_every: Every | None = None
    url: str | None = None


class ReplyShape(_Shape):
    """A saved reply of the customer's own."""

    text: Annotated[str, AfterValidator(values.reply)]
    intent: Annotated[str, AfterValidator(values.reply_intent)]
    language: Annotated[str, AfterValidator(values.language)] | None = None
    channel: Name | None = None
    brand: Name | None = None


class AccountShape(_Shape):
    """An account of a person on a kind of channel."""

    channel: Name
    handle: Name


class PersonShape(_Shape):
    """Somebody whose accounts on several channels are known to be one's."""

    name: Name
    accounts: Annotated[list[AccountShape], Field(min_length=1)]


class WatchlistShape(_Shape):
    """The whole watchlist."""

    brands: Annotated[list[BrandShape], Field(min_length=1)]
    channels: Annotated[list[ChannelShape], Field(min_length=1)]
    alerting: AlertingShape | None = None
    replies: list[ReplyShape] = []
    people: list[PersonShape] = []


class _WithoutChannels(WatchlistShape):
    channels: list[ChannelShape] = []


# by key: what its value must be, and how to write one
_EXPECTED = {
    "brands": ("a list of brands", "- name: Northwind Air"),
    "channels": (
        "a list of channels",
        '- {name: news, kind: feed, url: "https://...", every: 10m}',
    ),
    "terms": ("a list of terms", "[Northwind Air]"),
    "text": ("a name, handle, hashtag or domain", "text: Northwind Air"),
    "name": ("a name", "name: Northwind Air"),
    "role": ("own or competitor", "role: own"),
    "match": ("fuzzy or exact", "match: exact"),
    "case_sensitive": ("true or false", "case_sensitive: true"),
    "require_any": ("a list of words", "[store, shop]"),
    "exclude_any": ("a list of words", "[target audience]"),
    "allow": ("a list of spellings", "[nortwind]"),
    "time_zone": ("an IANA time zone", "time_zone: Europe/Berlin"),
    "language": ("a language of two letters", "language: en"),
    "kind": ("a kind of channel", "kind: feed"),
    "every": ("a duration", "every: 10m"),
    "at_least_every": ("a duration", "at_least_every: 1h"),
    "url": ("an address", 'url: "https://..."'),
    "digest": ("hourly, daily, weekly or never", "digest: daily"),
    "replies": ("a list of replies", "- {intent: complaint, text: We are sorry.}"),
    "intent": ("an intent", "intent: complaint"),
    "channel": ("a kind of channel", "channel: mastodon"),
    "brand": ("the name of a brand", "brand: Northwind Air"),
    "people": ("a list of people", "- {name: Ada, accounts: [{channel: mastodon, handle: ada}]}"),
    "accounts": ("a list of accounts", "[{channel: mastodon, handle: ada}]"),
    "handle": ("a handle", "handle: ada"),
    "alerting": ("a group of keys such as hours", "alerting: {daily_cap: 30}"),
    "hours": ("days and hours", "hours: Mon-Fri 09:00-18:00"),
    "respond_within": ("the keys critical and high", "{critical: 15m, high: 60m}"),
    "group_wait": ("the keys critical and high", "{critical: 60s, high: 10m}"),
    "critical": ("a duration", "critical: 15m"),
    "high": ("a duration", "high: 60m"),
    "vip_authors": ("a list of handles or names", '["@janeroe"]'),
    "mute": ("the keys authors, sites and words", "{sites: [forum.example]}"),
    "authors": ("a list of handles or names", '["@dealbot"]'),
    "sites": ("a list of sites", "[forum.example]"),
    "words": ("a list of words", "[giveaway]"),
    "daily_cap": ("a number from 1 to 1000", "daily_cap: 50"),
    "escalation": ("a number of levels from 0 to 3", "escalation: 1"),
    "spikes": ("fewer, balanced or more", "spikes: fewer"),
}
_ITEMS = {
    "brands": ("a brand with name and terms", "- name: Northwind Air"),
    "channels": (
        "a channel with name, kind and every",
        "- {name: hn, kind: hackernews, every: 2m}",
    ),
    "terms": ("a name, or a group of keys with text", "- Northwind Air"),
    "replies": ("a reply with intent and text", "- {intent: complaint, text: We are sorry.}"),
    "people": ("a person with accounts", "- {name: Ada, accounts: [...]}"),
    "accounts": ("an account", "{channel: mastodon, handle: ada}"),
}
_KEYS = {
    "brands": tuple(BrandShape.model_fields),
    "channels": tuple(ChannelShape.model_fields),
    "terms": tuple(TermShape.model_fields),
    "replies": tuple(ReplyShape.model_fields),
    "people": tuple(PersonShape.model_fields),
    "accounts": tuple(AccountShape.model_fields),
    "alerting": tuple(AlertingShape.model_fields),
    "respond_within": tuple(ByPriorityShape.model_fields),
    "group_wait": tuple(ByPriorityShape.model_fields),
    "mute": tuple(MuteShape.model_fields),
    "": tuple(WatchlistShape.model_fields),
}


def check(raw: object, *, needs_channels: bool) -> WatchlistShape | tuple[tuple[Path, str], ...]:
    """The watchlist in its form, or every place where the form is not kept, with a message."""
    model = WatchlistShape if needs_channels else _WithoutChannels
    if not isinstance(raw, dict):
        return (((), f"expected the keys brands and channels, got {shown(raw)}"),)
    try:
        return model.model_validate(raw)
    except ValidationError as invalid:
        return tuple(_in_words(invalid))


def _in_words(invalid: ValidationError) -> Iterator[tuple[Path, str]]:
    for error in invalid.errors(include_url=False):
        say = _MESSAGES.get(error["type"], _wrong_type)
        yield error["loc"], say(error)


_FREE_TEXT = frozenset({"a name", "a word", *(_EXPECTED["text"][:1]), *(_ITEMS["terms"][:1])})


def _wrong_type(error: ErrorDetails) -> str:
    expected, example = _wanted(error["loc"])
    got = error["input"]
    if isinstance(got, bool | int | float) and expected in _FREE_TEXT:
        return f"expected {expected}, got {shown(got)}; put it in quotes if it is meant as text"
    if got is None and error["loc"][-2:-1] == ("terms",):
        return f'expected {expected}, got nothing; a hashtag must be in quotes: "#northwind"'
    return f"expected {expected}, got {shown(got)}; write {example}"


def _missing(error: ErrorDetails) -> str:
    expected, example = _wanted(error["loc"])
    return f"missing; expected {expected}, such as {example}"


def _empty(error: ErrorDetails) -> str:
    expected, example = _wanted(error["loc"])
    return f"empty; expected {expected}, such as {example}"


def _unknown(error: ErrorDetails) -> str:
    names = [part for part in error["loc"][:-1] if isinstance(part, str)]
    return unknown("key", str(error["loc"][-1]), _KEYS[names[-1] if names else ""])


def unknown(what: str, given: str, known: tuple[str, ...]) -> str:
    """The message for a word nobody knows: the nearest known one, else all of them."""
    near = process.extractOne(given.casefold(), known, scorer=fuzz.ratio, score_cutoff=60)
    hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"
    return f"unknown {what} {quoted(given)}; {hint}"


def _own_words(error: ErrorDetails) -> str:
    return str(error["ctx"]["error"])


def _out_of_range(error: ErrorDetails) -> str:
    expected, _ = _wanted(error["loc"])
    return f"expected {expected}, got {error['input']}"


_MESSAGES: dict[str, Callable[[ErrorDetails], str]] = {
    "missing": _missing,
    "too_short": _empty,
    "extra_forbidden": _unknown,
    "value_error": _own_words,
    "greater_than_equal": _out_of_range,
    "less_than_equal": _out_of_range,
}


def _wanted(path: Path) -> tuple[str, str]:
    """What stands at a path, in words, and an example of it."""
    if isinstance(path[-1], str):
        return _EXPECTED[path[-1]]
    parent = str(path[-2])
    return _ITEMS.get(parent, ("a word", _EXPECTED[parent][1]))
