"""How a channel fared, hour by hour: what its polls came to, and what is lost for good."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from earwitness.model import ChannelHour, ChannelState, Health, Poll
from earwitness.store import keys
from earwitness.store.codec import SCHEMA
from earwitness.store.table import Item, Refused, Table

_HOUR = timedelta(hours=1)


class ChannelHours:
    """The hours of a table's channels."""

    _table: Table
    _retention_for: timedelta

    def hours(self, channel_id: str, since: datetime, until: datetime) -> tuple[ChannelHour, ...]:
        """What the polls of each hour from that of ``since`` up to ``until`` came to, in order.

        Hours without a poll are left out. Reads an item an hour.
        """
        starts = {keys.channel_hour(channel_id, at): at for at in _starts(since, until)}
        items = self._table.fetch(list(starts), consistent=False)
        return tuple(_hour(at, items[key]) for key, at in starts.items() if key in items)

    def _count(
        self, channel_id: str, number: int, poll: Poll, mentions: int, now: datetime
    ) -> None:
        """Count a poll into its hour, once: its number tells a repetition."""
        with suppress(Refused):
            self._table.update(
                keys.channel_hour(channel_id, now),
                f"SET #last = :last, #v = :v, #expires_at = :expires_at "
                f"ADD #{'ok' if poll.health is Health.OK else 'not_ok'} :one, "
                f"#posts :posts, #mentions :mentions, #requests :requests",
                {
                    "last": number,
                    "v": SCHEMA,
                    "expires_at": self._kept_until(now),
                    "one": 1,
                    "posts": len(poll.posts),
                    "mentions": mentions,
                    "requests": poll.requests,
                },
                when="attribute_not_exists(#last) OR #last < :last",
            )

    def _lose(self, state: ChannelState, poll: Poll, now: datetime) -> None:
        """Mark the hours whose posts are out of reach, since the last good poll or as it says."""
        since = state.last_ok_at or state.first_seen_at
        if poll.lost_until is None or since is None:
            return
        if poll.lost_since is not None:  # not before there was a channel, nor beyond all keeping
            since = max(poll.lost_since, state.first_seen_at or since, now - self._retention_for)
        for at in _starts(since, min(poll.lost_until, now)):
            with suppress(Refused):
                self._table.update(
                    keys.channel_hour(state.channel_id, at),
                    "SET #lost = :lost, #v = :v, #expires_at = :expires_at",
                    {"lost": 1, "v": SCHEMA, "expires_at": self._kept_until(now)},
                    when="attribute_not_exists(#lost)",
                )

    def _kept_until(self, now: datetime) -> int:
        return int((now + self._retention_for).timestamp())


def _starts(since: datetime, until: datetime) -> Iterator[datetime]:
    """When each hour begins, from that of ``since`` up to ``until``."""
    at = since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while at < until:
        yield at
        at += _HOUR


def _hour(at: datetime, item: Item) -> ChannelHour:
    counts = ("ok", "not_ok", "posts", "mentions", "requests")
    held = {name: int(item.get(name, 0)) for name in counts}
    return ChannelHour(at, lost=bool(item.get("lost")), **held)
