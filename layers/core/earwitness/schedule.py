"""When a channel is polled, and when its silence is an alarm: pure decisions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from earwitness.model import Channel, ChannelState, Health, Poll, Refreshed, digest

# So many intervals without a good poll make a channel stale.
STALE_AFTER_PERIODS = 3
MOST_BACKOFF_FOR = timedelta(hours=1)
# After so many polls that brought nothing, a channel that may be polled less often is: twice as
# rarely each time. One poll that brings something sets it back to its shortest interval.
QUIET_POLLS = 3
TICK_FOR = timedelta(minutes=1)  # dispatch looks for channels that are due this often
_PAUSE_FOR = timedelta(minutes=10)  # after posts could not be read again


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


def due_at(channel: Channel, state: ChannelState) -> datetime:
    """From when ``is_due`` holds, unless the channel is polled before: the next tick polls it."""
    waits_until = state.next_poll_at or datetime.fromtimestamp(0, UTC)
    if state.last_poll_at is None:
        return waits_until
    every = max(1, round(channel.every_for.total_seconds()))
    phase = int(channel.channel_id[:8], 16) % every
    begins = (slot(channel, state.last_poll_at) + 1) * every - phase
    return max(waits_until, datetime.fromtimestamp(begins, UTC))


def is_stale(channel: Channel, state: ChannelState, now: datetime) -> bool:
    """Whether a channel had no successful poll in three periods: dark, however quiet it looks.

    A channel never polled successfully counts from when it was first dispatched. One that is ok
    and waits as its source, its quota or its quietness asks, counts from when it may go on.
    """
    since = state.last_ok_at or state.first_seen_at
    if state.health is Health.OK and state.next_poll_at is not None and since is not None:
        since = max(since, state.next_poll_at)
    return since is not None and now - since > STALE_AFTER_PERIODS * channel.every_for


def next_poll_at(
    channel: Channel, state: ChannelState, poll: Poll, now: datetime, requests_per_day: int | None
) -> datetime | None:
    """When a channel may be polled again, after ``poll`` and with its ``state`` from before it.

    The latest of what the source asked for, the channel's circuit (it failed) and, when it is ok,
    its quietness and its quota: ``requests_per_day`` spread over the day by what this poll took.
    None: in its next slot, or at once where the poll has ``more`` and the quota has too.
    """
    if poll.health is not Health.OK:
        quota_for = _quota_for(poll.requests, requests_per_day)
        waits_for = max(backoff_for(channel, _failures(state, poll)), quota_for)
    elif poll.more:
        waits_for = _quota_for(poll.requests, requests_per_day)
        if waits_for <= TICK_FOR:
            return poll.next_poll_at
    else:
        quiet = 0 if poll.posts else state.quiet_in_a_row + 1
        waits_for = max(interval_for(channel, quiet), _quota_for(poll.requests, requests_per_day))
        if waits_for <= channel.every_for:
            return poll.next_poll_at
        waits_for -= TICK_FOR / 2  # or the slot that the wait ends in would be missed by seconds
    return max(now + waits_for, poll.next_poll_at or now)


def _failures(state: ChannelState, poll: Poll) -> int:
    """How many failures in a row a channel waits for, after a poll that was not ok.

    A source that answered some of its requests is not left alone for an hour: a backlog takes many
    requests, one of which fails sooner or later, and must be made up for all the same.
    """
    if poll.health is Health.TRANSIENT and poll.posts:
        return 1
    answered = poll.health is Health.TRANSIENT and poll.requests > 1
    return min(state.not_ok_in_a_row + 1, 2) if answered else state.not_ok_in_a_row + 1


def interval_for(channel: Channel, quiet_in_a_row: int) -> timedelta:
    """The interval of a channel that brought nothing so many times in a row.

    ``every_for``, doubled with every third such poll up to ``at_least_every_for``.
    """
    longest = max(channel.every_for, channel.at_least_every_for or channel.every_for)
    doubled: timedelta = channel.every_for * 2 ** min(quiet_in_a_row // QUIET_POLLS, 16)
    return min(doubled, longest)


def may_refresh(state: ChannelState, waits_until: datetime | None, now: datetime) -> bool:
    """Whether posts of a channel may be read again: not while it is dead or its source overtaxed.

    ``waits_until`` is what ``next_refresh_at`` said last.
    """
    asked_to_wait = state.next_poll_at is not None and state.next_poll_at > now
    if state.health is Health.DEAD or (state.health is Health.TRANSIENT and asked_to_wait):
        return False
    return waits_until is None or waits_until <= now


def next_refresh_at(answer: Refreshed, now: datetime, requests_per_day: int | None) -> datetime:
    """When posts of a channel may be read again, after ``answer``.

    The latest of what the source asked for, a pause where it did not answer, and the allowance
    of ``requests_per_day`` spread over the day by what this took.
    """
    waits_for = _quota_for(answer.requests, requests_per_day)
    if answer.health is not Health.OK:
        waits_for = max(waits_for, MOST_BACKOFF_FOR if answer.health is Health.DEAD else _PAUSE_FOR)
    return max(now + waits_for, answer.next_at or now)


def _quota_for(requests: int, per_day: int | None) -> timedelta:
    """How long so many requests must last for the day's allowance to suffice."""
    return timedelta(days=requests / per_day) if per_day else timedelta()


def backoff_for(channel: Channel, not_ok_in_a_row: int) -> timedelta:
    """How long to leave a channel alone that was not ok that many times in a row.

    Doubles from the channel's interval up to an hour (or the interval, where that is longer),
    then takes off up to a quarter: by digest, so that channels of one source spread out while
    each decision can be repeated.
    """
    longest = max(MOST_BACKOFF_FOR, channel.every_for)
    doubled = min(channel.every_for * 2 ** min(not_ok_in_a_row, 16), longest)
    share = int(digest("backoff", channel.channel_id, str(not_ok_in_a_row))[:8], 16) / 0xFFFFFFFF
    waits_for: timedelta = doubled * (1 - share / 4)
    return max(channel.every_for, waits_for) if not_ok_in_a_row else timedelta()
