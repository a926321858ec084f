"""Asking for known posts again, as many at once as a source allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from earwitness.channels.wire.asking import NotOk
from earwitness.model import Health, Post, Refreshed

# What a source answers to some of the posts: as they are now, and the source ids that it says
# are no more.
Answer = tuple[Iterable[Post], Iterable[str]]


def in_batches(
    posts: Sequence[Post], most: int, ask: Callable[[Sequence[Post]], Answer]
) -> Refreshed:
    """Ask for ``most`` at a time. What was read before an error is kept, and the error named.

    Posts that nobody asked for are left out.
    """
    return in_turn([posts[start : start + most] for start in range(0, len(posts), most)], ask)


def in_turn(
    batches: Sequence[Sequence[Post]], ask: Callable[[Sequence[Post]], Answer]
) -> Refreshed:
    """Ask for each batch, like ``in_batches``."""
    wanted = {post.source_id: post for batch in batches for post in batch}
    found: dict[str, Post] = {}
    gone: list[str] = []
    health, reason, next_at = Health.OK, "", None
    try:
        for batch in batches:
            answered, missing = ask(batch)
            found |= {post.source_id: post for post in answered if post.source_id in wanted}
            gone += [wanted[source_id].post_id for source_id in missing if source_id in wanted]
    except NotOk as failure:
        health, reason, next_at = failure.health, failure.reason, failure.next_poll_at
    return Refreshed(
        tuple(found.values()), tuple(gone), health=health, reason=reason, next_at=next_at
    )
