"""How far a story reaches: how many places said it, none counted twice a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from earwitness.model import Post
from earwitness.stories.addresses import domain


def place(post: Post) -> str:
    """Where a post was published: an article's domain; for a remark its author."""
    host = domain(post.url)
    if post.title is not None and host:
        return host
    author = post.author.handle or post.author.name
    return f"{post.kind}:{author.casefold()}" if author else post.channel or post.kind


def reach(sightings: Iterable[tuple[str, datetime]]) -> int:
    """Count the places (see ``place``) of a story's copies, each once per day (UTC)."""
    return len({(where, at.astimezone(UTC).date()) for where, at in sightings})
