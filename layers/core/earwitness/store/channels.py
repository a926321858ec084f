"""Channels between polls: who polls one now, where it stopped, how it fared last."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from earwitness.model import ChannelState, Health, Poll
from earwitness.store import keys
from earwitness.store.channel_hours import ChannelHours
from earwitness.store.codec import SCHEMA, stamp, unstamp
from earwitness.store.table import Item, Refused, Table, Value

# A dispatch whose poll never came, since the message was never sent, is made again after this.
# Longer than a message usually waits; a duplicate finds the slot polled.
_PATIENCE_FOR = timedelta(minutes=5)
_MAY_BE_ABSENT = {"reason", "cursor", "last_ok_at", "next_poll_at", "quota_left"}


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to poll a channel until ``until``. ``state`` is as it was when granted.

    ``fence`` grows with every lease of the channel: whoever holds an older one cannot advance.
    """

    channel_id: str
    holder: str
    fence: int
    until: datetime
    state: ChannelState
    polls: int  # counted polls of the channel before this one


class StaleLease(Exception):
    """Another poller holds the channel by now. What we kept is kept; its cursor is not ours."""


class Channels(ChannelHours):
    """The channels of a table."""

    _table: Table

    def dispatch(self, channel_id: str, slot: int, every_for: timedelta, now: datetime) -> bool:
        """Claim the poll of a channel in a slot of its interval; True: send it to be polled.

        However many ticks come, late or twice, one per slot gets True. A slot claimed but not
        polled for five minutes is given out again: its message may never have been sent.
        False too while the server asked us to wait.
        """
        every = round(every_for.total_seconds())
        try:
            self._table.update(
                keys.channel(channel_id),
                "SET #slot = :slot, #every = :every, #dispatched_at = :now, #v = :v, "
                "#first_seen_at = if_not_exists(#first_seen_at, :now)",
                {
                    "slot": slot,
                    "every": every,
                    "now": stamp(now),
                    "v": SCHEMA,
                    "patience": stamp(now - _PATIENCE_FOR),
                },
                when="(attribute_not_exists(#next_poll_at) OR #next_poll_at <= :now) AND ("
                "attribute_not_exists(#slot) OR #slot < :slot OR #every <> :every OR ("
                "#slot = :slot AND #dispatched_at <= :patience AND ("
                "attribute_not_exists(#polled) OR #polled <> :slot)))",
            )
        except Refused:
            return False
        return True

    def read_back(self, channel_id: str, since: datetime) -> None:
        """Ask the next poll of a channel to read from ``since`` on anew. Harmless when repeated."""
        with suppress(Refused):
            self._table.update(
                keys.channel(channel_id),
                "SET #read_since = :since, #v = :v",
                {"since": stamp(since), "v": SCHEMA},
                when="attribute_not_exists(#read_since) OR #read_since <> :since",
            )

    def lease(
        self, channel_id: str, holder: str, now: datetime, lease_for: timedelta
    ) -> Lease | None:
        """Take the right to poll a channel, if nobody has it and its slot is not polled yet.

        ``holder`` names this very attempt; asked twice by the same holder, it is granted twice.
        """
        until = now + lease_for
        try:
            item = self._table.update(
                keys.channel(channel_id),
                "SET #holder = :holder, #lease_until = :until, #v = :v, "
                "#first_seen_at = if_not_exists(#first_seen_at, :now) ADD #fence :one",
                {"holder": holder, "until": stamp(until), "now": stamp(now), "v": SCHEMA, "one": 1},
                when="(attribute_not_exists(#lease_until) OR #lease_until <= :now "
                "OR #holder = :holder) AND (attribute_not_exists(#slot) "
                "OR attribute_not_exists(#polled) OR #polled <> #slot)",
            )
        except Refused:
            return None
        return Lease(
            channel_id=channel_id,
            holder=holder,
            fence=int(item["fence"]),
            until=until,
            state=_state(channel_id, item),
            polls=int(item.get("polls", 0)),
        )

    def advance(
        self, lease: Lease, poll: Poll, now: datetime, mentions: int = 0, *, goes_on: bool = False
    ) -> Lease:
        """Record a poll whose mentions are kept, move the cursor and let the channel go.

        A poll that is not ok moves the cursor as far as it came before it failed. After one with
        ``more`` the slot stays open, to be polled on at once. Who ``goes_on`` with the lease
        returned keeps the channel until the lease ends. ``mentions`` is how many were new.

        Raises:
            StaleLease: another poller took the channel; the cursor did not move.
        """
        state = _after(lease.state, poll, now)
        number = lease.polls + 1
        self._count(lease.channel_id, number, poll, mentions, now)
        self._lose(lease.state, poll, now)
        until = lease.until if goes_on else now
        values = _attributes(state) | {"polls": number, "lease_until": stamp(until)}
        absent = sorted(_MAY_BE_ABSENT - set(values))
        change = "SET " + ", ".join(f"#{name} = :{name}" for name in values)
        if not poll.more:
            change += ", #polled = if_not_exists(#slot, :none)"
            values["none"] = -1
        if absent:
            change += " REMOVE " + ", ".join(f"#{name}" for name in absent)
        try:
            self._table.update(
                keys.channel(lease.channel_id),
                change,
                {**values, "fence": lease.fence},
                when="#fence = :fence",
            )
        except Refused as refused:
            holder = str((refused.item or {}).get("holder", "nobody"))
            raise StaleLease(
                f"channel {lease.channel_id}: lease {lease.fence} was taken over by {holder}"
            ) from None
        if state.read_since != lease.state.read_since:
            self._taken_up(lease)
        return replace(lease, state=state, polls=number, until=until)

    def _taken_up(self, lease: Lease) -> None:
        """Drop the wish to read back that a poll has followed, unless there is another by now."""
        with suppress(Refused):
            self._table.update(
                keys.channel(lease.channel_id),
                "REMOVE #read_since",
                {"followed": _stamped(lease.state.read_since) or ""},
                when="#read_since = :followed",
            )

    def state(self, channel_id: str) -> ChannelState:
        """What is known of a channel, as it is now; a channel never seen is a bare state."""
        item = self._table.get(keys.channel(channel_id))
        return _state(channel_id, item or {})

    def states(self, channel_ids: Iterable[str]) -> dict[str, ChannelState]:
        """What is known of each of these channels."""
        wanted = {channel_id: keys.channel(channel_id) for channel_id in channel_ids}
        items = self._table.fetch(list(wanted.values()))
        return {
            channel_id: _state(channel_id, items.get(key, {})) for channel_id, key in wanted.items()
        }


def _after(state: ChannelState, poll: Poll, now: datetime) -> ChannelState:
    ok = poll.health is Health.OK
    moved = poll.cursor not in (None, state.cursor)
    return replace(
        state,
        read_since=None if ok or moved else state.read_since,
        health=poll.health,
        reason=poll.reason,
        cursor=state.cursor if poll.cursor is None else poll.cursor,
        last_poll_at=now,
        last_ok_at=now if ok else state.last_ok_at,
        next_poll_at=poll.next_poll_at,
        not_ok_in_a_row=0 if ok else state.not_ok_in_a_row + 1,
        quiet_in_a_row=_quiet(state, poll) if ok else state.quiet_in_a_row,
        quota_left=poll.quota_left,
    )


def _quiet(state: ChannelState, poll: Poll) -> int:
    """Good polls in a row that brought nothing; one that is not at its end does not count."""
    if poll.posts:
        return 0
    return state.quiet_in_a_row + (not poll.more)


def _attributes(state: ChannelState) -> dict[str, Value]:
    """The attributes of a state that ``advance`` moves; what is None or empty is left out."""
    held: dict[str, Value | None] = {
        "health": state.health,
        "reason": state.reason,
        "cursor": state.cursor,
        "last_poll_at": _stamped(state.last_poll_at),
        "last_ok_at": _stamped(state.last_ok_at),
        "next_poll_at": _stamped(state.next_poll_at),
        "not_ok_in_a_row": state.not_ok_in_a_row,
        "quiet_in_a_row": state.quiet_in_a_row,
        "quota_left": state.quota_left,
    }
    return {name: value for name, value in held.items() if value is not None and value != ""}


def _stamped(at: datetime | None) -> str | None:
    return None if at is None else stamp(at)


def _state(channel_id: str, item: Item) -> ChannelState:
    def at(name: str) -> datetime | None:
        return unstamp(item[name]) if name in item else None

    cursor = item.get("cursor")
    return ChannelState(
        channel_id=channel_id,
        health=Health(str(item["health"])) if "health" in item else None,
        reason=str(item.get("reason", "")),
        cursor=None if cursor is None else str(cursor),
        first_seen_at=at("first_seen_at"),
        last_poll_at=at("last_poll_at"),
        last_ok_at=at("last_ok_at"),
        read_since=at("read_since"),
        next_poll_at=at("next_poll_at"),
        not_ok_in_a_row=int(item.get("not_ok_in_a_row", 0)),
        quiet_in_a_row=int(item.get("quiet_in_a_row", 0)),
        quota_left=int(item["quota_left"]) if "quota_left" in item else None,
    )
