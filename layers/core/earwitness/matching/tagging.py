"""Tokens with signs: @handle, #hashtag, $ticker, under_scores.

A handle is one account, so only the whole of it counts; a hashtag is a phrase without blanks,
so names are looked for inside it as well (#boycottName).
"""

from __future__ import annotations

from collections.abc import Iterator

from earwitness.matching.deletions import LONGEST
from earwitness.matching.index import Index, Reading
from earwitness.matching.inflection import endings_of, is_free
from earwitness.matching.kinds import Kind, Rule
from earwitness.matching.lexicon import COMMON, zipf
from earwitness.matching.lookalikes import disguises


def tagged(index: Index, token: str) -> Iterator[Reading]:
    """@handle, #hashtag and $ticker: whole, and names inside a hashtag."""
    length, body = len(token), token[1:].replace("_", "")
    kind = Kind.HANDLE if token[0] == "@" else Kind.HASHTAG
    for entry in index.tags.get(token, ()):
        yield Reading(entry, 0, length, 0, kind, 0.99, token)
    for entry in index.names.get(body, ()):
        yield Reading(entry, 0, length, 0, kind, 0.97, body)
    if kind is Kind.HANDLE:
        yield from _rejected_account(index, token, body)
        return
    for form in disguises(token) if token[0] == "$" else ():
        for entry in index.names.get(form, ()):
            yield Reading(entry, 0, length, 0, Kind.LOOKALIKE, 0.9, form)
    for rest, ending in endings_of(body):
        for entry in index.names.get(rest, ()):
            if is_free(rest, ending, zipf([body])[0], index.entries[entry].zipf):
                yield Reading(entry, 0, length, 0, Kind.HASHTAG, 0.95, rest)
    yield from _inside_tag(index, token[:LONGEST])


def _rejected_account(index: Index, token: str, body: str) -> Iterator[Reading]:
    for end in range(len(body) - 1, 3, -1):
        if body[:end] in index.names:
            for entry in index.names[body[:end]]:
                yield Reading(
                    entry, 0, len(token), 0, Kind.HANDLE, 0.0, body, rule=Rule.OTHER_ACCOUNT
                )
            return


def _inside_tag(index: Index, token: str) -> Iterator[Reading]:
    """The longest names within a hashtag whose other parts are words, or begin with a capital."""
    length = len(token)
    taken = 1
    spans: list[tuple[int, int]] = []
    while taken < length:
        ends = range(min(length, taken + index.longest_tag), taken + 2, -1)
        end = next((e for e in ends if token[taken:e] in index.names), 0)
        if end and (taken, end) != (1, length):
            spans.append((taken, end))
        taken = max(end, taken + 1)
    if not spans:
        return
    rests = [rest for a, b in spans for rest in (token[1:a].strip("_"), token[b:].strip("_"))]
    frequencies = dict(zip(rests, zipf(rests), strict=True))
    for begin, end in spans:
        sides = [side for side in (token[1:begin].strip("_"), token[end:].strip("_")) if side]
        words = all(
            side.isdigit() or (len(side) > 1 and frequencies[side] >= COMMON) for side in sides
        )
        short = end - begin < 4 and max(map(len, sides)) < 4
        whole = zipf([token[1:]])[0] >= COMMON or short
        needs = "" if words and not whole else "camel"
        for entry in index.names[token[begin:end]]:
            yield Reading(entry, begin, end, 0, Kind.HASHTAG, 0.93, token[begin:end], needs)


def underscored(index: Index, token: str) -> Iterator[Reading]:
    """_name_, na_me and name_with_words."""
    body = token.strip("_")
    begin = token.find(body)
    key = body.replace("_", "")
    for entry in index.names.get(key, ()):
        same = index.entries[entry].words == tuple(body.split("_"))
        kind = Kind.EXACT if same else Kind.SPACING
        yield Reading(
            entry,
            begin,
            begin + len(body),
            0,
            kind,
            0.95 if len(body.split("_")[0]) > 1 else 0.5,
            key,
        )
    if key in index.names or "_" not in body:
        return
    for part in body.split("_"):
        at = token.find(part)
        for entry in index.names.get(part, ()) if part else ():
            yield Reading(entry, at, at + len(part), 0, Kind.COMPOUND, 0.7, part)
