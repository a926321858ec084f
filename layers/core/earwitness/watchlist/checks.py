"""What holds between the values of a watchlist: no duplicates, terms long enough, known kinds.

Reads the raw values, so that one wrong type elsewhere does not hide what is wrong here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from earwitness.fetching.addresses import check_url
from earwitness.model import TermKind
from earwitness.watchlist import values
from earwitness.watchlist.kinds import KindRules
from earwitness.watchlist.problems import Path, field, quoted, unknown
from earwitness.watchlist.shape import ChannelShape
from earwitness.watchlist.source import Document

Found = Iterator[tuple[Path, str]]
_CHANNEL_KEYS = tuple(ChannelShape.model_fields)


def check(
    document: Document, kinds: Mapping[str, KindRules], *, allow_loopback: bool
) -> tuple[tuple[Path, str], ...]:
    """Every place where the values do not go together, with a message."""
    brands = tuple(_entries(document.values, "brands"))
    channels = tuple(_entries(document.values, "channels"))
    found = [*_duplicate_names(document, brands), *_duplicate_names(document, channels)]
    found += _duplicate_terms(document, brands)
    terms = tuple(_terms(brands))
    if len(terms) > values.MOST_TERMS:
        message = f"{len(terms):,} terms; {values.MOST_TERMS:,} are the most: split the watchlist"
        found.append((("brands",), message))
    for path, term in terms:
        found += _fuzzy(path, term)
    for path, channel in channels:
        found += _of_kind(path, channel, kinds)
        found += _intervals(path, channel, kinds)
        found += _address(path, channel, allow_loopback=allow_loopback)
    return tuple(found)


def _entries(raw: object, key: str, path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    listed = raw.get(key) if isinstance(raw, dict) else None
    for index, entry in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(entry, dict):
            yield (*path, key, index), entry


def _terms(
    brands: tuple[tuple[Path, dict[str, Any]], ...],
) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every term in its long form."""
    for path, brand in brands:
        listed = brand.get("terms")
        for index, term in enumerate(listed if isinstance(listed, list) else ()):
            at = (*path, "terms", index)
            if isinstance(term, str):
                yield at, {"text": term}
            elif isinstance(term, dict) and isinstance(term.get("text"), str):
                yield at, term


def _duplicate_names(document: Document, entries: tuple[tuple[Path, dict[str, Any]], ...]) -> Found:
    seen: dict[str, Path] = {}
    for path, entry in entries:
        name = entry.get("name")
        if not isinstance(name, str) or not name.strip():
            continue
        at = (*path, "name")
        first = seen.setdefault(values.folded(name) or name, at)
        if first != at:
            where = f"{field(first)}, line {document.line(first)}"
            yield at, f"{quoted(name)} is there already ({where}); each needs a name of its own"


def _duplicate_terms(document: Document, brands: tuple[tuple[Path, dict[str, Any]], ...]) -> Found:
    seen: dict[tuple[TermKind, str], Path] = {}
    for path, term in _terms(brands):
        for at, text in _spellings(path, term):
            same = values.folded(text)
            first = seen.setdefault((values.term_kind(text.strip()), same), at) if same else at
            if first == at:
                continue
            where = f"{field(first)}, line {document.line(first)}"
            advice = "keep one" if first[:2] == at[:2] else "a term belongs to one brand"
            yield at, f"{quoted(text)} is there already ({where}); {advice}"


def _spellings(path: Path, term: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    yield path, term["text"]
    allowed = term.get("allow")
    for index, text in enumerate(allowed if isinstance(allowed, list) else ()):
        if isinstance(text, str):
            yield (*path, "allow", index), text


def _fuzzy(path: Path, term: dict[str, Any]) -> Found:
    """Only a name is fuzzy, and a short one must say that it is not."""
    text, match = term["text"].strip(), term.get("match")
    kind = values.term_kind(text)
    if kind is not TermKind.NAME:
        if match == "fuzzy":
            message = f"a {kind.value} is found as it is written only; leave match out"
            yield (*path, "match"), message
        return
    if match == "exact" or not values.folded(text) or values.is_long_enough(text):
        return
    least = f"fewer than {values.FEWEST_LETTERS} letters"
    if values.is_written_in_signs(text):
        least = f"fewer than {values.FEWEST_SIGNS} signs"
    cure = f"write {{text: {_scalar(text)}, match: exact}}"
    yield path, f"{quoted(text)} is too short for fuzzy matching ({least}): {cure}"


def _scalar(text: str) -> str:
    return text if text.isalnum() and not text.isdigit() else quoted(text)


def _of_kind(path: Path, channel: dict[str, Any], kinds: Mapping[str, KindRules]) -> Found:
    kind = channel.get("kind")
    if not isinstance(kind, str):
        return
    rules = kinds.get(kind)
    if rules is None:
        yield (*path, "kind"), unknown("kind", kind, tuple(sorted(kinds)))
        return
    if rules.needs_url and channel.get("url") is None:
        message = f'missing; a channel of kind {kind} needs one, such as url: "https://..."'
        yield (*path, "url"), message
    for key in (key for key in channel if key not in _CHANNEL_KEYS):
        if key not in rules.options:
            yield (*path, key), unknown("key", key, (*_CHANNEL_KEYS, *rules.options))
            continue
        try:
            rules.options[key].check(channel[key])
        except ValueError as wrong:
            yield (*path, key), str(wrong)


def _intervals(path: Path, channel: dict[str, Any], kinds: Mapping[str, KindRules]) -> Found:
    """The interval grows from ``every`` to ``at_least_every``, so the second is no shorter."""
    every, at_least, rules = (
        channel.get("every"), channel.get("at_least_every"), kinds.get(str(channel.get("kind")))
    )  # fmt: skip
    try:
        longest = values.duration(at_least) if isinstance(at_least, str) else None
        if isinstance(every, str):
            shortest = values.duration(every)
        else:
            shortest = rules.default_every if rules else values.SHORTEST_EVERY
    except ValueError:
        return  # said where the value is checked
    if longest is not None and longest < shortest:
        message = f"shorter than every ({every or 'the default of its kind'}): write a longer one"
        yield (*path, "at_least_every"), message


def _address(path: Path, channel: dict[str, Any], *, allow_loopback: bool) -> Found:
    url = channel.get("url")
    if isinstance(url, str):
        try:
            check_url(url, allow_loopback=allow_loopback)
        except ValueError as wrong:  # the URL is not repeated: it may hold a secret
            yield (*path, "url"), str(wrong)
