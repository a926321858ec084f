"""What became of a brand's mentions: which alert was about which post, and what was an incident."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from earwitness.model import Group, Incident, Mention, Response
from earwitness.store import Store

# An alert comes minutes after its post; of a post that was found late, within the two weeks in
# which a story can grow. An incident that began before the period may reach into it as long.
ANSWERED_WITHIN = timedelta(days=14)
_MOST_SAID = 200  # alerts of one incident: an update each quarter of an hour for two days


@dataclass(frozen=True, slots=True)
class Answers:
    """Of one brand: ``responses`` by the id of the mention that the alert was about."""

    responses: Mapping[str, Response] = field(default_factory=dict)
    incidents: tuple[tuple[str, Incident], ...] = ()  # with their ids, the first first

    def incident_of(self, intent: str, at: datetime) -> str | None:
        """The incident in whose stretch a post of that intent was written."""
        for incident_id, incident in self.incidents:
            open_until = incident.closed_at
            if at >= incident.opened_at and (open_until is None or at < open_until):
                return incident_id if intent in incident.kinds else None
        return None


NO_ANSWERS = Answers()


def answers_of(store: Store, brand: str, since: datetime, until: datetime) -> Answers:
    """The answers to alerts about a brand's mentions written in a period, as they are now."""
    found = list(store.responses(brand, since - ANSWERED_WITHIN, until + ANSWERED_WITHIN))
    groups = store.groups(response.group_id for response in found)
    about: dict[str, Response] = {}
    incidents: dict[str, Incident] = {}
    for response in found:
        group = groups.get(response.group_id)
        if response.kind == "incident":
            incident = _incident(store, response, group)
            if incident is not None:
                incidents[_window_id(response)] = incident
        else:
            mention = _mention(store, response, group)
            if mention is not None:
                about.setdefault(mention.mention_id, response)
    ordered = sorted(incidents.items(), key=lambda one: (one[1].opened_at, one[0]))
    return Answers(about, tuple(ordered))


def _window_id(response: Response) -> str:
    return f"{response.group_id}-{response.window}"


def _mention(store: Store, response: Response, group: Group | None) -> Mention | None:
    """What the first alert of that window was about: of the last window the group knows it."""
    if group is not None and group.window == response.window:
        return group.mention
    first = store.notification(f"{_window_id(response)}-1")
    return first.alert.mention if first else None


def _incident(store: Store, response: Response, group: Group | None) -> Incident | None:
    """The incident as it was said last, or as it goes on."""
    if group is not None and group.window == response.window:
        return group.incident
    last: Incident | None = None
    for incident in _said(store, response):
        last = incident
    return last


def _said(store: Store, response: Response) -> Iterator[Incident]:
    for sequence in range(1, _MOST_SAID + 1):
        notification = store.notification(f"{_window_id(response)}-{sequence}")
        if notification is None:
            return
        if notification.alert.incident is not None:
            yield notification.alert.incident
