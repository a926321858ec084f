"""YAML -> Watchlist, with every mistake named by file, line and field in one run.

``load`` is the way in. It imports pydantic and a YAML parser, so functions that only use a
watchlist read its accepted form instead (``earwitness.accepted``).
"""

from __future__ import annotations

from collections.abc import Mapping

from earwitness.accepted import version
from earwitness.channels import KINDS
from earwitness.model import (
    Alerting,
    Brand,
    Channel,
    Person,
    Reply,
    Role,
    Term,
    TermKind,
    Watchlist,
)
from earwitness.watchlist import checks, shape, shape_checks, values
from earwitness.watchlist.alerting import alerting
from earwitness.watchlist.kinds import KindRules
from earwitness.watchlist.problems import Problem, WatchlistInvalid, field
from earwitness.watchlist.source import read

__all__ = ["KindRules", "Problem", "WatchlistInvalid", "load"]


def load(
    text: str | bytes,
    source: str,
    *,
    kinds: Mapping[str, KindRules] = KINDS,
    allow_loopback: bool = False,
    needs_channels: bool = True,
) -> Watchlist:
    """Parse and check a watchlist.

    ``source`` names the text in messages. ``allow_loopback`` lets channels be on this machine.
    Without ``needs_channels`` the key ``channels`` may be left out: nothing will be polled.
    Raises WatchlistInvalid with all problems, in order of lines.
    """
    document = read(text, source)
    if document.problems and document.values is None:
        raise WatchlistInvalid(tuple(document.problems))
    checked = shape_checks.check(document.values, needs_channels=needs_channels)
    found = checks.check(document, kinds, allow_loopback=allow_loopback)
    if not isinstance(checked, shape.WatchlistShape):
        found = checked + found
    refused = {problem.field for problem in document.problems}
    for path, message in dict.fromkeys(found):
        if field(path) not in refused:
            document.report(path, message)
    if document.problems or not isinstance(checked, shape.WatchlistShape):
        in_order = sorted(document.problems, key=lambda problem: problem.line)
        raise WatchlistInvalid(tuple(in_order))
    policy = alerting(checked.alerting)
    return Watchlist(
        brands=tuple(_brand(brand, policy) for brand in checked.brands),
        channels=tuple(_channel(channel, kinds) for channel in checked.channels),
        version=version(text.encode() if isinstance(text, str) else text),
        alerting=policy,
        replies=tuple(Reply(**reply.model_dump()) for reply in checked.replies),
        people=tuple(map(_person, checked.people)),
    )


def _person(person: shape.PersonShape) -> Person:
    accounts = ((account.channel, account.handle.removeprefix("@")) for account in person.accounts)
    return Person(person.name, tuple(accounts))


def _brand(brand: shape.BrandShape, policy: Alerting) -> Brand:
    return Brand(
        name=brand.name,
        role=Role(brand.role),
        terms=tuple(map(_term, brand.terms)),
        time_zone=brand.time_zone,
        language=brand.language,
        alerting=alerting(brand.alerting, policy),
        digest=brand.digest,
    )


def _term(term: shape.TermShape) -> Term:
    kind = values.term_kind(term.text)
    return Term(
        text=term.text,
        kind=kind,
        fuzzy=kind is TermKind.NAME and term.match != "exact",
        case_sensitive=term.case_sensitive,
        require_any=tuple(term.require_any),
        exclude_any=tuple(term.exclude_any),
        allow=tuple(term.allow),
    )


def _channel(channel: shape.ChannelShape, kinds: Mapping[str, KindRules]) -> Channel:
    every, at_least = channel.every, channel.at_least_every
    return Channel(
        name=channel.name,
        kind=channel.kind,
        every_for=values.duration(every) if every else kinds[channel.kind].default_every,
        url=channel.url,
        at_least_every_for=values.duration(at_least) if at_least else None,
        options={key: _frozen(value) for key, value in (channel.model_extra or {}).items()},
    )


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value
