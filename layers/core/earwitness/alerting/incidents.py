"""When an incident opens, what it takes in, how it is measured, and when it is over."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from earwitness.alerting.reports import Reports, authors
from earwitness.model import Group, Incident, Mention, Post, Priority, Reason, Role, digest

# The rule for a spike of volume, on distinct authors: at least 5, twice the usual, and K
# standard deviations above it. It is calm again below CALM_K of them, for CALM_FOR.
FLOOR = 5
DOUBLE = 2.0
K = 4.0
CALM_K = 2.0
CALM_FOR = timedelta(hours=2)

REPORTS, QUIET = "reports", "quiet"  # who opens and who closes what no person did
KIND = "incident"


@dataclass(frozen=True, slots=True)
class Usual:
    """Authors that report trouble in an hour like this one: mean and variance, or zeros."""

    mean: float = 0.0
    variance: float = 0.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What the reports of a brand come to. ``kinds``: of which there are enough for an incident.

    ``loud``: not yet calm. ``reason`` has the numbers.
    """

    opens: bool
    loud: bool
    kinds: tuple[str, ...]
    reason: Reason


def assess(reports: Reports, usual: Usual, now: datetime, last: Group | None = None) -> Finding:
    """Hold the authors of the last hour against what is usual.

    ``last`` is the brand's last incident: what was reported before it was closed is told.
    """
    after = last.incident.closed_at if last and last.incident else None
    count = authors(reports, now, after=after)
    spread = math.sqrt(max(usual.mean, usual.variance))
    threshold = max(FLOOR, DOUBLE * usual.mean, usual.mean + K * spread)
    opens = count >= FLOOR and count >= DOUBLE * usual.mean and count > usual.mean + K * spread
    per_kind = Counter({r.kind: authors(reports, now, r.kind, after) for r in reports.held})
    ranked = [kind for kind, held in per_kind.most_common() if held >= FLOOR]
    first = [kind for kind, held in per_kind.most_common(1) if held]
    evidence = (
        f"{count} authors in 60 minutes",
        f"usual {usual.mean:.1f}",
        f"threshold {threshold:.1f}",
    )
    return Finding(
        opens=opens,
        loud=count >= max(FLOOR, usual.mean + CALM_K * spread),
        kinds=tuple(dict.fromkeys(first + ranked)),
        reason=Reason("many_authors" if opens else "within_usual", evidence),
    )


def group_id_of(brand: str) -> str:
    """A brand has one incident at a time."""
    return digest("incident", brand)[:16]


def opened(  # noqa: PLR0913 - each is one fact about the incident
    before: Group | None,
    brand: str,
    role: Role,
    *,
    kinds: tuple[str, ...],
    by: str,
    reason: Reason,
    now: datetime,
) -> Group:
    """The group of a new incident. ``before`` is that of the brand's last one."""
    at = now if before is None else max(now, before.opened_at + timedelta(seconds=1))
    return Group(
        group_id=group_id_of(brand),
        brand=brand,
        role=role,
        kind=KIND,
        priority=Priority.CRITICAL,
        opened_at=at,
        due_at=now,
        incident=Incident(brand, role, kinds, at, by, reason, now),
        urgent_since=at,
        last_post_at=at,
        version=0 if before is None else before.version,
    )


def is_open(group: Group | None) -> bool:
    """Whether this is the group of an incident that goes on."""
    return (
        group is not None
        and group.incident is not None
        and group.incident.closed_at is None
        and group.ended_at is None
    )


def extended(
    group: Group, kinds: Iterable[str], posts: Iterable[tuple[str, str]], now: datetime
) -> Group:
    """With further kinds and posts, each post given by its id and its place."""
    assert group.incident is not None  # noqa: S101 - the caller asked is_open
    all_kinds = tuple(dict.fromkeys((*group.incident.kinds, *kinds)))
    inside = list(posts)
    tally, places = group.posts, group.authors
    for post_id, place in inside:
        tally, places = tally.counted(post_id), places.counted(place)
    return replace(
        group,
        incident=replace(group.incident, kinds=all_kinds),
        posts=tally,
        authors=places,
        last_post_at=now if inside else group.last_post_at,
    )


def is_quiet(group: Group, reports: Reports, now: datetime) -> bool:
    """Whether nothing out of the usual was reported for two hours."""
    loud_at = max(group.opened_at, reports.loud_at or group.opened_at)
    return now - loud_at >= CALM_FOR


def closed(group: Group, by: str, now: datetime) -> Group:
    """The group with its incident over, to be said at the next review."""
    assert group.incident is not None  # noqa: S101 - the caller asked is_open
    incident = replace(group.incident, closed_at=now, closed_by=by)
    return replace(group, incident=incident, due_at=now)


def measured(
    incident: Incident,
    mentions: Iterable[Mention],
    now: datetime,
    *,
    place: Callable[[Post], str],
    speed: Callable[[Mention], float],
) -> Incident:
    """The incident with its counts, from the mentions of its time, those of other kinds left out.

    ``speed`` is how fast a post spreads, in any unit.
    """
    inside = [one for one in mentions if one.judgement.intent in incident.kinds]
    fastest = max(inside, key=speed, default=None)
    return replace(
        incident,
        measured_at=now,
        posts=len(inside),
        authors=len({place(one.post) for one in inside}),
        channels=_most(one.post.channel for one in inside),
        languages=_most(one.judgement.language for one in inside),
        first=inside[0] if inside else None,
        fastest=fastest if fastest is not None and speed(fastest) > 0 else None,
    )


def _most(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(Counter(names).most_common())
