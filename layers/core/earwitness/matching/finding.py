"""From posts to matches: read the batch, look at the tokens that are not boring, resolve."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate

import numpy as np

from earwitness.matching import folding
from earwitness.matching.hashing import Bools, Ints
from earwitness.matching.index import NOTHING, Index, Verdict
from earwitness.matching.kinds import Kind, Rule
from earwitness.matching.reading import decide
from earwitness.matching.resolution import Field, resolve
from earwitness.matching.screening import screened
from earwitness.matching.sighting import Sighting, place
from earwitness.matching.spanning import spanning
from earwitness.model import Match, Post

_GAPPED = np.uint64(0xD6E8FEB86659FD93)  # tells a token in which something was dropped from others
_FEW = 40  # tokens that are read faster than screened


def find(posts: Sequence[Post], index: Index) -> list[tuple[Match, ...]]:
    """The matches of every brand in each post, in the posts' order.

    Offsets count code points of the title (``in_title``) or the text; matches are sorted by
    field, title first, and start. Time is linear in the total length. Never raises for any text.
    """
    matches: list[tuple[Match, ...]] = [()] * len(posts)
    for number, sightings in sightings_by_post(posts, index).items():
        matches[number] = resolve(posts[number], sightings, index)[0]
    return matches


def sightings_by_post(
    posts: Sequence[Post], index: Index, *, rejected: bool = False
) -> dict[int, list[tuple[Field, Sighting]]]:
    """Sightings of each post that has some; with ``rejected`` also those that a rule refused."""
    titles = [number for number, post in enumerate(posts) if post.title]
    texts = [posts[number].title or "" for number in titles] + [post.text for post in posts]
    stream = folding.read(texts)
    starts: list[int] = []
    found: dict[int, list[tuple[Field, Sighting]]] = defaultdict(list)
    for sighting in _sightings(stream, index, rejected=rejected):
        if rejected or sighting.rule is Rule.FOUND:
            starts = starts or list(accumulate((len(t) + 1 for t in texts), initial=0))
            at = bisect_right(starts, sighting.start) - 1
            number = titles[at] if at < len(titles) else at - len(titles)
            found[number].append((Field(at < len(titles), starts[at]), sighting))
    return found


def _sightings(stream: folding.Stream, index: Index, *, rejected: bool) -> Iterator[Sighting]:
    entries, text = index.entries, stream.text
    gapped = stream.gapped()
    verdicts = _verdicts(stream, gapped, index, rejected=rejected)
    for at, verdict in verdicts:
        for reading in verdict.readings:
            if rejected or gapped[at] or not reading.needs.startswith("apostrophe"):
                start, end = stream.span(at, reading.begin, reading.end)
                yield place(reading, entries[reading.entry], text, start, end)
    yield from spanning(stream, verdicts, index)
    if index.emoji:
        yield from _emoji(text, index)


def _emoji(text: str, index: Index) -> Iterator[Sighting]:
    """Terms of symbols alone, as they stand in the text."""
    for emoji, entries in index.emoji.items():
        start = text.find(emoji)
        while start >= 0:
            for entry in entries:
                yield Sighting(entry, start, start + len(emoji), 0, Kind.EMOJI, 0.99, emoji)
            start = text.find(emoji, start + len(emoji))


def _verdicts(
    stream: folding.Stream, gapped: Bools, index: Index, *, rejected: bool
) -> list[tuple[int, Verdict]]:
    """The tokens that are not boring, each with its verdict; decides on new ones."""
    if rejected:
        tokens = stream.folded.split()
        distinct = list(dict.fromkeys(tokens))
        torn = {token for token, gap in zip(tokens, gapped.tolist(), strict=True) if gap}
        gaps = [token in torn for token in distinct]
        decided = dict(zip(distinct, decide(index, distinct, gaps, rejected=True), strict=True))
        return [(at, v) for at, token in enumerate(tokens) if (v := decided[token])]
    keys = np.where(gapped, stream.hashes ^ _GAPPED, stream.hashes)
    places = index.boring.missing(keys)
    if not len(places):
        return []
    distinct_keys, first, which = np.unique(keys[places], return_index=True, return_inverse=True)
    verdicts = [
        known[1] if (known := index.verdicts.get(key)) and known[0] == stream.token(at) else None
        for key, at in zip(distinct_keys.tolist(), places[first].tolist(), strict=True)
    ]
    unknown = [number for number, verdict in enumerate(verdicts) if verdict is None]
    if unknown:
        fresh = _decided(stream, places[first], gapped, unknown, index)
        for number, (_, verdict) in fresh.items():
            verdicts[number] = verdict
        index.remember({int(distinct_keys[number]): known for number, known in fresh.items()})
        index.boring.add(distinct_keys[[n for n in unknown if n not in fresh]])
    telling = np.array([v is not None and v is not NOTHING for v in verdicts], np.bool_)[which]
    return [
        (at, verdict)
        for at, number in zip(places[telling].tolist(), which[telling].tolist(), strict=True)
        if (verdict := verdicts[number])
    ]


def _decided(
    stream: folding.Stream, places: Ints, gapped: Bools, unknown: list[int], index: Index
) -> dict[int, tuple[str, Verdict]]:
    """Verdicts on the unknown ones of the tokens at some places; the boring ones are left out."""
    at = places[unknown]
    if len(unknown) > _FEW:
        may = screened(stream, at, gapped[at], index.sought).tolist()
    else:
        may = [True] * len(unknown)
    numbers = [number for number, passed in zip(unknown, may, strict=True) if passed]
    tokens = [stream.token(int(places[number])) for number in numbers]
    verdicts = decide(index, tokens, gapped[places[numbers]].tolist())
    return {
        number: (token, verdict or NOTHING)
        for number, token, verdict in zip(numbers, tokens, verdicts, strict=True)
        if verdict or len(unknown) > _FEW or token in index.names
    }
