"""The accepted form of a watchlist: checked once, then read by every poll without a parser.

Compact JSON of a Watchlist. Only what differs from a noun's default is written.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import timedelta
from typing import Any

from earwitness.model import (
    Alerting,
    Brand,
    ByPriority,
    Channel,
    Hours,
    Mute,
    Person,
    Reply,
    Role,
    Sensitivity,
    Term,
    TermKind,
    Watchlist,
)

FORM = 1  # raised when an older reader would misread what is written

_WAITS = dataclasses.fields(ByPriority)
_BY_PRIORITY = ("respond_within", "group_wait")


def version(text: bytes) -> str:
    """SHA-256 of a watchlist's source in hexadecimal: what tells one version from the next."""
    return hashlib.sha256(text).hexdigest()


def dump(watchlist: Watchlist) -> str:
    """A watchlist as one line of JSON, for ``restore``."""
    return json.dumps(
        {
            "form": FORM,
            "version": watchlist.version,
            "brands": [
                {
                    **_given(brand),
                    "terms": list(map(_given, brand.terms)),
                    **_section(brand.alerting),
                }
                for brand in watchlist.brands
            ],
            **_section(watchlist.alerting),
            **_people_and_replies(watchlist),
            "channels": [
                {**_given(channel), **_intervals(channel)} for channel in watchlist.channels
            ],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def restore(text: str | bytes) -> Watchlist:
    """The watchlist that ``dump`` wrote. Raises ValueError when the text is anything else."""
    try:
        raw = json.loads(text)
        if raw["form"] != FORM:
            raise ValueError(f"the accepted watchlist has form {raw['form']}, expected {FORM}")
        return Watchlist(
            brands=tuple(map(_brand, raw["brands"])),
            channels=tuple(map(_channel, raw["channels"])),
            version=raw["version"],
            alerting=_alerting(raw),
            replies=tuple(Reply(**reply) for reply in raw.get("replies", ())),
            people=tuple(map(_person, raw.get("people", ()))),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not an accepted watchlist: {error!r}") from error


def _given(noun: Brand | Term | Channel) -> dict[str, Any]:
    values = ((f, getattr(noun, f.name)) for f in dataclasses.fields(noun))
    return {
        f.name: value
        for f, value in values
        if value not in (f.default, {}) and not isinstance(value, Alerting)
    }


def _intervals(channel: Channel) -> dict[str, float]:
    longest = channel.at_least_every_for
    seconds: dict[str, float] = {}
    if longest is not None:
        seconds["at_least_every_for"] = longest.total_seconds()
    return {"every_for": channel.every_for.total_seconds(), **seconds}


def _brand(raw: dict[str, Any]) -> Brand:
    terms = tuple(map(_term, raw["terms"]))
    policy = _alerting(raw)
    return Brand(**{**raw, "role": Role(raw["role"]), "terms": terms, "alerting": policy})


def _section(alerting: Alerting) -> dict[str, Any]:
    """What an alerting section comes to, times in seconds; nothing where nothing is written."""
    if alerting == Alerting():
        return {}
    seconds = {
        name: {f.name: getattr(getattr(alerting, name), f.name).total_seconds() for f in _WAITS}
        for name in _BY_PRIORITY
    }
    return {"alerting": {**dataclasses.asdict(alerting), **seconds}}


def _alerting(raw: dict[str, Any]) -> Alerting:
    if "alerting" not in raw:
        return Alerting()
    section = raw["alerting"]
    waits = {
        name: ByPriority(**{key: timedelta(seconds=value) for key, value in section[name].items()})
        for name in _BY_PRIORITY
    }
    hours = section["hours"]
    given = {
        "hours": hours and Hours(**{**hours, "days": tuple(hours["days"])}),
        "vip_authors": tuple(section["vip_authors"]),
        "mute": Mute(**{key: tuple(value) for key, value in section["mute"].items()}),
        # Accepted before one could choose: until the watchlist is pushed again.
        "spikes": Sensitivity(section.get("spikes", Sensitivity.BALANCED)),
    }
    return Alerting(**{**section, **waits, **given})


def _people_and_replies(watchlist: Watchlist) -> dict[str, Any]:
    held = {
        "replies": [dataclasses.asdict(reply) for reply in watchlist.replies],
        "people": [dataclasses.asdict(person) for person in watchlist.people],
    }
    return {name: values for name, values in held.items() if values}


def _person(raw: dict[str, Any]) -> Person:
    return Person(raw["name"], tuple((kind, handle) for kind, handle in raw["accounts"]))


def _term(raw: dict[str, Any]) -> Term:
    words = {key: tuple(value) for key, value in raw.items() if isinstance(value, list)}
    return Term(**{**raw, **words, "kind": TermKind(raw.get("kind", TermKind.NAME))})


def _channel(raw: dict[str, Any]) -> Channel:
    options = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in raw.get("options", {}).items()
    }
    intervals = ("every_for", "at_least_every_for")
    durations = {key: timedelta(seconds=raw[key]) for key in intervals if key in raw}
    return Channel(
        **{
            **raw,
            **durations,
            "queries": tuple(raw.get("queries", ())),
            "options": options,
        }
    )
