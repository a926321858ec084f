"""A channel that brings nothing: an alert of its own kind, and its recovery."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from earwitness.model import (
    Channel,
    ChannelState,
    Darkness,
    Group,
    Health,
    Priority,
    Role,
    digest,
)

KIND = "channel"
NOT_OK_POLLS = 3  # in a row: what mends itself has mostly done so by then


def group_id_of(channel_id: str) -> str:
    """A channel is dark once at a time."""
    return digest("channel_dark", channel_id)[:16]


def is_dark(state: ChannelState) -> bool:
    """Whether a channel will not mend itself, or has not for three polls."""
    return state.health is Health.DEAD or state.not_ok_in_a_row >= NOT_OK_POLLS


def darkened(
    before: Group | None, channel: Channel, state: ChannelState, now: datetime
) -> Group | None:
    """The group of a channel that has gone dark; None: it has not, or is known to be."""
    known = before is not None and before.ended_at is None
    if known or not is_dark(state) or state.health is None:
        return None
    at = now if before is None else max(now, before.opened_at + timedelta(seconds=1))
    since = state.last_ok_at or state.first_seen_at or now
    return Group(
        group_id=group_id_of(channel.channel_id),
        brand="",
        role=Role.OWN,
        kind=KIND,
        priority=Priority.HIGH,
        opened_at=at,
        due_at=now,
        darkness=Darkness(
            channel.channel_id, channel.name, channel.kind, state.health, state.reason, since
        ),
        version=0 if before is None else before.version,
    )


def is_back(group: Group, state: ChannelState) -> bool:
    """Whether the channel of a dark group has brought something since."""
    return (
        group.darkness is not None
        and group.darkness.back_at is None
        and state.health is Health.OK
        and (state.last_ok_at is None or state.last_ok_at > group.darkness.since)
    )


def back(group: Group, state: ChannelState, now: datetime) -> Group:
    """The group with its channel back."""
    assert group.darkness is not None  # noqa: S101 - the caller asked is_back
    darkness = replace(group.darkness, back_at=state.last_ok_at or now)
    return replace(group, darkness=darkness, due_at=now)
