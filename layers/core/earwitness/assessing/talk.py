"""Groups under review: what is due is taken on to be said, and the group kept as it is then."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from earwitness import alerting, signals, stories
from earwitness.alerting import Rest, Speak, Wait, caps, darkness, incidents, volume
from earwitness.alerting.muting import mutes
from earwitness.alerting.reports import SLIDING_FOR
from earwitness.assessing.surroundings import Surroundings
from earwitness.model import Alert, Group, Incident, Mention, Signal
from earwitness.store import Contended, Store

_log = logging.getLogger(__name__)

# What an incident or a dark channel waits for comes from outside, so it is looked at this often.
WATCH_FOR = timedelta(minutes=5)
_NEWS = ("group_wait", "more_urgent")  # why a group waits with what nobody was told yet
MOST_MEASURED = 20_000  # mentions of an incident


class Talk:
    """Settles groups within one tick."""

    def __init__(
        self,
        store: Store,
        surroundings: Surroundings,
        outcome: Counter[str],
        waits: set[datetime],
    ) -> None:
        """``outcome`` counts what is said, ``waits`` takes the moments of what is said first."""
        self._store = store
        self._around = surroundings
        self._outcome = outcome
        self._waits = waits

    def look_after(self, group: Group) -> None:
        """Review a group that is due. What another changed meanwhile is left to them."""
        try:
            self.settle(self._as_it_is(group))
        except Contended:
            _log.info("group %s changed meanwhile; reviewed at the next tick", group.group_id)

    def take_up(self, signal: Signal, example: Mention | None) -> None:
        """See to a volume signal: its group is kept before its flag is cleared."""
        group_id = volume.group_id_of(signal)
        if example is None:
            _log.info("nothing is said of a spike whose example was erased: %s", signal.subject)
        elif group_id not in self._store.groups([group_id]):
            try:
                self.settle(volume.opened(signal, example, self._around.now))
            except Contended:
                _log.info("group %s is taken up elsewhere; looked at again later", group_id)
                return
        self._store.signal_assessed(signal)

    def settle(self, group: Group) -> Group:
        """Decide what becomes of a group, take on what it says, and keep it.

        Raises:
            Contended: it changed since it was read; nothing of this group is kept.
        """
        situation = self._around.situation(group.brand)
        decision = alerting.review(group, situation)
        said = isinstance(decision, Speak)
        if group.incident is not None and (said or group.incident.closed_at is not None):
            group = replace(group, incident=self._measured(group))
        if isinstance(decision, Speak):
            if group.sequence == 0:  # after a kill the same window speaks, under the same id
                group = self._store.save_group(replace(group, due_at=situation.now), situation.now)
            closed_at = self._around.incident_closed_at(group.brand)
            # What folded once goes on with the others it folded with.
            waited = group.folded or alerting.has_waited(group, closed_at)
            alert, group = alerting.say(group, decision, situation)
            group = replace(group, folded=self._take_on(alert, waited=waited))
            decision = alerting.review(group, situation)
        if isinstance(decision, Wait) and decision.reason in _NEWS:
            self._waits.add(decision.until)
        if group.incident is not None and group.incident.closed_at is not None:
            self._store.keep_incident(group.incident, self._around.now)
        group = self._store.save_group(self._next(group, decision), self._around.now)
        if group.incident is not None:
            self._around.note_incident(group)
        if said and group.respond_by_at is not None:
            self._store.record_response(group, self._around.now)
        return group

    def unfold(self) -> None:
        """Say in one what was over the cap, once that is due."""
        now = self._around.now
        try:
            unfolded = caps.unfold(self._store.budget(), now)
            if unfolded is not None:
                alert, budget = unfolded
                self._outcome[alert.event] += self._store.open_notification(alert, now, now)
                self._store.save_budget(budget, now)
        except Contended:
            _log.info("the budget changed meanwhile; what has folded is said at the next tick")

    def _take_on(self, alert: Alert, *, waited: bool) -> bool:
        """Say an alert, unless it folds into one with others: then True."""
        now = self._around.now
        topic = self._around.alerting("").daily_cap
        brand = self._around.alerting(alert.brand).daily_cap
        most = caps.Caps(topic, brand)
        budget, outcome = caps.spend(self._store.budget(), alert, most, now, waited=waited)
        self._store.save_budget(budget, now)
        if outcome == "said":
            self._outcome[alert.event] += self._store.open_notification(alert, now, due_at=now)
            return False
        self._outcome[outcome] += 1
        return True

    def _next(self, group: Group, decision: alerting.Decision) -> Group:
        now = self._around.now
        match decision:
            case Rest():
                return replace(group, due_at=None, ended_at=group.ended_at or now)
            case Wait(until=until):
                watched = group.incident is not None or group.darkness is not None
                return replace(group, due_at=min(until, now + WATCH_FOR) if watched else until)
            case Speak():  # more is due already: said at the next tick
                return replace(group, due_at=now)

    def _as_it_is(self, group: Group) -> Group:
        """An incident that has gone quiet is closed; a channel that is back is no longer dark."""
        now = self._around.now
        if group.darkness is not None:
            state = self._store.state(group.darkness.channel_id)
            watchlist = self._around.watchlist
            if watchlist and watchlist.channel(group.darkness.channel_id) is None:
                return replace(group, ended_at=now)
            return darkness.back(group, state, now) if darkness.is_back(group, state) else group
        if incidents.is_open(group):
            held = self._store.reports(group.brand, now)
            if incidents.is_quiet(group, held, now):
                group = incidents.closed(group, incidents.QUIET, now)
        return group

    def _measured(self, group: Group) -> Incident:
        """The incident with counts set from the mentions kept, never added up."""
        now = self._around.now
        incident = group.incident
        assert incident is not None  # noqa: S101 - the caller looked
        kept = self._store.mentions(
            group.brand, incident.opened_at - SLIDING_FOR, now + timedelta(seconds=1)
        )
        mute = self._around.alerting(group.brand).mute
        return incidents.measured(
            incident,
            (one for one in islice(kept, MOST_MEASURED) if not mutes(mute, one.post)),
            now,
            place=stories.place,
            speed=self._speed,
        )

    def _speed(self, mention: Mention) -> float:
        """Interactions an hour since the post was written."""
        post = mention.post
        gained = signals.interactions(post.engagement) or 0
        age_for = self._around.now - (post.published_at or self._around.now)
        return gained / max(age_for / timedelta(hours=1), 0.25)
