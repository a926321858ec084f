"""How a channel fared in a period: in how many hours it answered no poll."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from earwitness.digests.periods import Period
from earwitness.model import Channel, ChannelGap, ChannelState, Health


def gap(
    channel: Channel,
    state: ChannelState,
    hours: Mapping[datetime, tuple[int, int]],
    period: Period,
) -> ChannelGap:
    """The hours of the period without a good poll, from when the channel was first seen.

    ``hours`` are the polls that were ok and not ok, by hour. A channel polled less than hourly is
    only dark in an hour in which a poll failed.
    """
    seen_at = max(period.since, state.first_seen_at or period.until)
    dark = total = 0
    hour = seen_at.replace(minute=0, second=0, microsecond=0)
    while hour < period.until:
        ok, not_ok = hours.get(hour, (0, 0))
        expected = channel.every_for <= timedelta(minutes=30) and hour >= seen_at
        dark += not ok and (not_ok > 0 or expected)
        total += 1
        hour += timedelta(hours=1)
    reason = "" if state.health in (None, Health.OK) else state.reason
    return ChannelGap(channel.name, dark, total, state.health, reason)
