"""Silences: which alerts they keep quiet, and which they would have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from earwitness.alerting.muting import is_by, says
from earwitness.model import Group, Mention, Silence

SCOPES = ("brand", "channel", "author", "word", "kind")


def is_active(silence: Silence, now: datetime) -> bool:
    """Whether it has begun and not yet expired. There is no other way for one to hold."""
    return silence.created_at <= now < silence.expires_at


def fits(silence: Silence, mention: Mention) -> bool:
    """Whether a mention is in the scope of a silence, whenever that holds."""
    post = mention.post
    return (
        (silence.brand is None or silence.brand == mention.brand)
        and (silence.channel is None or silence.channel == post.channel)
        and (silence.author is None or is_by(post.author, (silence.author,)))
        and (silence.word is None or says(post, silence.word))
        and (silence.kind is None or silence.kind == mention.judgement.intent)
    )


def covers(silence: Silence, mention: Mention, now: datetime) -> bool:
    """Whether a silence keeps a mention quiet now."""
    return is_active(silence, now) and fits(silence, mention)


def covering(group: Group, silences: Iterable[Silence], now: datetime) -> Silence | None:
    """The silence that keeps a group quiet for longest, or None."""
    found = (one for one in silences if is_active(one, now) and _fits_group(one, group))
    return max(found, key=lambda one: one.expires_at, default=None)


def would_have(silence: Silence, mentions: Iterable[Mention]) -> Iterator[Mention]:
    """The preview: what of these mentions a silence would have kept quiet."""
    return (mention for mention in mentions if fits(silence, mention))


def _fits_group(silence: Silence, group: Group) -> bool:
    """A silence of one author, channel or word does not hide what others say in the group."""
    if group.mention is not None and group.volume is None and group.posts.count <= 1:
        return fits(silence, group.mention)
    channel = group.darkness.channel if group.darkness else None
    return (
        silence.brand in (None, group.brand)
        and silence.channel in (None, channel)
        and silence.kind in (None, group.kind)
        and silence.author is None
        and silence.word is None
    )
