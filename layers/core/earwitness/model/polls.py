"""What a poll brings, and what is remembered of a channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from earwitness.model.mentions import Post
from earwitness.model.words import Health


@dataclass(frozen=True, slots=True)
class Poll:
    """What one poll of a channel brought. ``reason`` names why health is not ok.

    ``next_poll_at`` is the latest of all limits known; None: the channel's own interval rules.
    ``more``: the page limit was reached, poll on at once. ``requests`` is how many it made,
    ``quota_left`` how many more the source said it lets us make; None: it said nothing.
    ``lost_until``: the source lists nothing from before it, and the poll before did not reach it;
    ``lost_since``: from when on nothing was read (None: since the good poll before).
    """

    posts: tuple[Post, ...]
    cursor: str | None
    health: Health
    reason: str = ""
    next_poll_at: datetime | None = None
    more: bool = False
    requests: int = 0
    quota_left: int | None = None
    lost_until: datetime | None = None
    lost_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What reading known posts again brought.

    ``posts`` are as they are now; ``gone`` are the ids of those that the source says do not exist
    any more: silence about a post is not enough. Of posts in neither nothing was learned.
    ``front_page``: ids of posts that the source shows to everyone. ``next_at`` is before when the
    source wants to hear nothing more; ``requests`` is how many were made.
    """

    posts: tuple[Post, ...] = ()
    gone: tuple[str, ...] = ()
    front_page: tuple[str, ...] = ()
    health: Health = Health.OK
    reason: str = ""
    next_at: datetime | None = None
    requests: int = 0


@dataclass(frozen=True, slots=True)
class ChannelState:
    """What is known of a channel between polls.

    ``quiet_in_a_row`` counts the last good polls that brought nothing, ``not_ok_in_a_row`` those
    that were not good. ``quota_left`` is what the source said at the last poll. ``read_since`` is
    from where somebody asked to read anew, until a poll has taken that up.
    """

    channel_id: str
    health: Health | None = None  # None: never polled
    reason: str = ""
    cursor: str | None = None
    first_seen_at: datetime | None = None
    last_poll_at: datetime | None = None
    last_ok_at: datetime | None = None
    next_poll_at: datetime | None = None
    not_ok_in_a_row: int = 0
    quiet_in_a_row: int = 0
    quota_left: int | None = None
    read_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChannelHour:
    """What the polls of a channel came to in the hour from ``at``.

    ``lost``: posts of the hour had left the source's lists before they were read.
    """

    at: datetime
    ok: int = 0
    not_ok: int = 0
    posts: int = 0
    mentions: int = 0  # new ones
    requests: int = 0
    lost: bool = False
