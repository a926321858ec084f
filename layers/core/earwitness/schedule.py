"""When a channel is polled, and when its silence is an alarm: pure decisions."""

from __future__ import annotations

from datetime import datetime

from earwitness.model import Channel, ChannelState

# So many intervals without a good poll make a channel stale.
STALE_AFTER_PERIODS = 3


def slot(channel: Channel, at: datetime) -> int:
    """The number of the interval that ``at`` falls into; a channel is polled once per slot.

    Slots do not drift, as "last poll plus interval" would with a tick a minute, and each channel
    has its own phase, so that a hundred channels of ten minutes do not all start together.
    """
    every = max(1, round(channel.every_for.total_seconds()))
    phase = int(channel.channel_id[:8], 16) % every
    return (int(at.timestamp()) + phase) // every


def is_due(channel: Channel, state: ChannelState, now: datetime) -> bool:
    """Whether no poll was made in this slot and no server asked us to wait longer."""
    if state.next_poll_at is not None and state.next_poll_at > now:
        return False
    return state.last_poll_at is None or slot(channel, state.last_poll_at) < slot(channel, now)


def is_stale(channel: Channel, state: ChannelState, now: datetime) -> bool:
    """Whether a channel had no successful poll in three periods: dark, however quiet it looks.

    A channel never polled successfully counts from when it was first dispatched.
    """
    since = state.last_ok_at or state.first_seen_at
    # The tick itself takes up to a minute to come.
    return since is not None and now - since > STALE_AFTER_PERIODS * channel.every_for
