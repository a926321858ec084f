"""What Algolia's Hacker News search answers: its matching, filters, pages and JSON.

Facts from hn.algolia.com/api and Algolia's documentation: words of a query must all be there,
the last one may be a beginning, words from 4 letters may have one typo and from 8 letters two;
``advancedSyntax`` makes quoted words a phrase without typos; results come newest first.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from rapidfuzz.distance import OSA

_PAGE_LIMIT = 1000  # hits that can be paged through at all
_WORD = re.compile(r"\w+")
_PIECE = re.compile(r'"([^"]*)"|(\S+)')
_FILTER = re.compile(r"(\w+)(<=|>=|=|<|>)(-?\d+)")
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, "=": lambda a, b: a == b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip


class BadRequest(Exception):
    """The query is not one that Algolia would accept; its message is what Algolia answers."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A story, or a comment on one when it has no title."""

    number: int
    author: str
    title: str
    text: str
    created_at: datetime

    @property
    def is_comment(self) -> bool:
        """A comment has text and no title."""
        return not self.title

    @property
    def tags(self) -> list[str]:
        """What ``tags`` filters by."""
        kind = "comment" if self.is_comment else "story"
        return [kind, f"author_{self.author}", f"story_{self.story_number}"]

    @property
    def story_number(self) -> int:
        """The story itself, or the one that a comment belongs to."""
        return 47_000_000 if self.is_comment else self.number


def search_by_date(entries: Sequence[Entry], query: dict[str, str]) -> dict[str, Any]:
    """Answer ``GET /api/v1/search_by_date`` over what has appeared.

    Raises BadRequest for a filter or number that is malformed.
    """
    page, per_page = _number(query, "page", 0), _number(query, "hitsPerPage", 20)
    if not 0 < per_page <= _PAGE_LIMIT:
        raise BadRequest("hitsPerPage must be between 1 and 1000")
    numeric = _numeric_filters(query.get("numericFilters", ""))
    wanted = _wanted(query)
    found = [
        entry
        for entry in sorted(entries, key=lambda e: (e.created_at, e.number), reverse=True)
        if _has_tags(entry, query.get("tags", "")) and numeric(entry) and wanted(entry)
    ]
    pages = min(-(-len(found) // per_page), -(-_PAGE_LIMIT // per_page))
    shown = found[page * per_page : (page + 1) * per_page] if page < pages else []
    return {
        "exhaustive": {"nbHits": True, "typo": True},
        "exhaustiveNbHits": True,
        "exhaustiveTypo": True,
        "hits": [_asked_for(_hit(entry), query) for entry in shown],
        "hitsPerPage": per_page,
        "nbHits": len(found),
        "nbPages": pages,
        "page": page,
        "params": urlencode({**query, "analyticsTags": "backend"}),
        "processingTimeMS": 1,
        "query": query.get("query", ""),
        "serverTimeMS": 1,
    }


def _asked_for(hit: dict[str, Any], query: dict[str, str]) -> dict[str, Any]:
    """``objectID`` always comes; highlighting unless it was declined with an empty list."""
    if query.get("attributesToHighlight") == "":
        del hit["_highlightResult"]
    wanted = query.get("attributesToRetrieve", "*")
    names = {"objectID", "_highlightResult", *wanted.split(",")}
    return hit if wanted == "*" else {name: hit[name] for name in hit if name in names}


def _hit(entry: Entry) -> dict[str, Any]:
    seconds = int(entry.created_at.timestamp())
    hit: dict[str, Any] = {
        "_highlightResult": {
            "author": {"matchLevel": "none", "matchedWords": [], "value": entry.author}
        },
        "_tags": entry.tags,
        "author": entry.author,
        "children": [],
        "created_at": f"{entry.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "created_at_i": seconds,
        "objectID": str(entry.number),
        "story_id": entry.story_number,
        "updated_at": f"{entry.created_at:%Y-%m-%dT%H:%M:%SZ}",
    }
    if entry.is_comment:
        return hit | {
            "comment_text": _as_html(entry.text),
            "parent_id": entry.story_number,
            "story_title": "Ask HN: How was your journey?",
            "story_url": None,
        }
    told = {"story_text": _as_html(entry.text)} if entry.text else {}
    return hit | told | {"num_comments": 0, "points": 1, "title": entry.title}


def _as_html(text: str) -> str:
    """Hacker News escapes slashes and quotes too, and starts each further paragraph with <p>."""
    escaped = html.escape(text).replace("/", "&#x2F;")
    return escaped.replace("\n\n", "<p>")


def _number(query: dict[str, str], name: str, otherwise: int) -> int:
    value = query.get(name, str(otherwise))
    if not value.isdecimal():
        raise BadRequest(f"invalid value for {name!r}: expected a positive integer")
    return int(value)


def _has_tags(entry: Entry, tags: str) -> bool:
    """Commas are "and"; inside parentheses they are "or"."""
    for group in re.findall(r"\(([^)]*)\)|([^,()]+)", tags):
        either = (group[0] or group[1]).split(",")
        if not any(tag.strip() in entry.tags for tag in either):
            return False
    return True


def _numeric_filters(text: str) -> Callable[[Entry], bool]:
    conditions = []
    for part in filter(None, text.split(",")):
        found = _FILTER.fullmatch(part.strip())
        if not found or found[1] != "created_at_i":
            raise BadRequest(f"Invalid numericFilters: {part!r}")
        conditions.append((_COMPARE[found[2]], int(found[3])))
    return lambda entry: all(
        holds(int(entry.created_at.timestamp()), bound) for holds, bound in conditions
    )


def _wanted(query: dict[str, str]) -> Callable[[Entry], bool]:
    advanced = query.get("advancedSyntax") == "true"
    tolerant = query.get("typoTolerance", "true") != "false"
    said = query.get("query", "")
    phrases: list[list[str]] = []
    words: list[list[str]] = []
    for quoted, plain in _PIECE.findall(said if advanced else said.replace('"', " ")):
        (phrases if quoted else words).append(_WORD.findall((quoted or plain).casefold()))
    loose = [word for piece in words for word in piece]
    optional = set(_WORD.findall(query.get("optionalWords", "").casefold()))

    def is_wanted(entry: Entry) -> bool:
        there = _WORD.findall(f"{entry.title} {entry.text}".casefold())
        has = [
            any(_is_word(word, other, tolerant, word is loose[-1]) for other in there)
            for word in loose
        ]
        required = [h for h, word in zip(has, loose, strict=True) if word not in optional]
        if loose and not (all(required) if required else any(has)):
            return False
        return all(_has_phrase(there, phrase) for phrase in phrases)

    return is_wanted


def _has_phrase(there: list[str], phrase: list[str]) -> bool:
    return any(there[i : i + len(phrase)] == phrase for i in range(len(there) - len(phrase) + 1))


def _is_word(word: str, other: str, tolerant: bool, may_begin: bool) -> bool:  # noqa: FBT001
    if word == other or (may_begin and other.startswith(word)):
        return True
    typos = (len(word) >= 4) + (len(word) >= 8) if tolerant else 0
    return typos > 0 and OSA.distance(word, other, score_cutoff=typos) <= typos
