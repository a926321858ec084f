"""Labelled pairs of posts, written by us: whether the second is a copy of the first."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from earwitness.model import Author, Post
from earwitness.stories import Decision, KnownStory, assign, keys, signature

CASES = Path(__file__).resolve().parents[1] / "tests" / "cases" / "stories"
FIRST_SEEN_AT = datetime(2026, 3, 20, 10, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two posts, what kind of likeness they show, and whether the second is a copy."""

    case: str
    copy: bool
    first: Post
    second: Post


def load(name: str = "pairs.jsonl") -> list[Pair]:
    """Every pair of the file. Without an author, posts are by different people."""
    pairs = []
    for number, line in enumerate((CASES / name).read_text("utf-8").splitlines()):
        case, copy, first, second = json.loads(line)
        pairs.append(
            Pair(case, bool(copy), _post(first, f"{number}a"), _post(second, f"{number}b"))
        )
    return pairs


def _post(given: str | dict[str, Any], number: str) -> Post:
    fields = {"text": given} if isinstance(given, str) else given
    title = fields.get("title")
    return Post(
        kind="feed" if title else "mastodon",
        source_id=number,
        text=fields.get("text", ""),
        title=title,
        url=fields.get("url", f"https://{number}.example/post/{number}"),
        author=Author(handle=fields.get("author", None if title else f"user{number}")),
    )


def decide(pair: Pair) -> Decision:
    """What the second post of a pair is, an hour after the first, if its keys find the first."""
    first = signature(pair.first)
    found = set(keys(first)) & set(keys(signature(pair.second)))
    known = [KnownStory("first", first, FIRST_SEEN_AT)] if found else []
    return assign(pair.second, known, FIRST_SEEN_AT + timedelta(hours=1))
