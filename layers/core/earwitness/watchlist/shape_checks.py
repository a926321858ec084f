"""Whether a watchlist keeps its shape, and pydantic's errors in people's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from earwitness.watchlist.problems import Path, shown, unknown
from earwitness.watchlist.shape import (
    AccountShape,
    AlertingShape,
    BrandShape,
    ByPriorityShape,
    ChannelShape,
    MuteShape,
    PersonShape,
    ReplyShape,
    TermShape,
    UnpolledShape,
    WatchlistShape,
)

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
    """The watchlist in its shape, or every place where it is out of shape, with a message."""
    model = WatchlistShape if needs_channels else UnpolledShape
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
