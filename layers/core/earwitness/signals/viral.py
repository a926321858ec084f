"""Post velocity: whether a post looks viral, by its engagement re-read at fixed ages.

How fast it gains, and how far it is above what posts of its author or channel have at that age.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median

from earwitness.model import Engagement, Judgement, Priority, Reason, Sentiment, Signal

HOUR = timedelta(hours=1)
AGES = (*(timedelta(minutes=m) for m in (15, 30, 60, 120, 240)), timedelta(hours=24))
OVERPERFORMANCE = 5.0
ENOUGH_OF_AUTHOR, ENOUGH_OF_CHANNEL = 5, 20  # posts of 30 days at the same age
LEAST_USUAL = 1.0  # interactions: five times nothing is nothing
GROWTH = 2.0
FORECASTS = (HOUR, 4 * HOUR)
FIRED = frozenset({"viral", "front_page", "viral_doubled"})  # the reasons worth an alert
# Interactions per hour below which no post of a kind looks viral, whatever its overperformance.
FLOORS: Mapping[str, float] = {
    "bluesky": 30.0,
    "mastodon": 15.0,
    "reddit": 40.0,
    "hackernews": 20.0,
    "lemmy": 10.0,
    "x": 60.0,
    "youtube": 60.0,
    "telegram": 60.0,
    "discourse": 8.0,
}
OTHER_FLOOR = 20.0


@dataclass(frozen=True, slots=True)
class Reading:
    """A post's interactions (likes, reposts and replies together) when it was ``age_for`` old."""

    age_for: timedelta
    interactions: int


@dataclass(frozen=True, slots=True)
class Usual:
    """Interactions of other posts of 30 days, read at the same age as the post assessed."""

    author: Sequence[int] = ()
    channel: Sequence[int] = ()

    def median(self) -> tuple[float, str] | None:
        """The author's where there are enough, else the channel's, and whose it is."""
        if len(self.author) >= ENOUGH_OF_AUTHOR:
            return median(self.author), "author"
        if len(self.channel) >= ENOUGH_OF_CHANNEL:
            return median(self.channel), "channel"
        return None


def interactions(engagement: Engagement) -> int | None:
    """Likes, reposts and replies together; None where the channel offers none. Views are not."""
    counts = (engagement.likes, engagement.reposts, engagement.replies)
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def age_read(age_for: timedelta) -> timedelta | None:
    """The reading of the schedule that a post of this age is due or has last had; None: none."""
    return max((age for age in AGES if age <= age_for), default=None)


def next_reading_at(published_at: datetime, read_at: datetime) -> datetime | None:
    """When a post last read at ``read_at`` is to be read again; None: no more."""
    due = (published_at + age for age in AGES)
    return next((at for at in due if at > read_at), None)


def per_hour(readings: Sequence[Reading]) -> float:
    """Interactions gained per hour between the last two readings; 0.0 when none were gained.

    A single reading counts from the post's birth. ``readings`` are in order of age.
    """
    if not readings:
        return 0.0
    before = readings[-2] if len(readings) > 1 else Reading(timedelta(0), 0)
    hours = (readings[-1].age_for - before.age_for) / HOUR
    return max(0.0, (readings[-1].interactions - before.interactions) / hours) if hours else 0.0


def peak_per_hour(readings: Sequence[Reading]) -> float:
    """The highest velocity between any two readings that follow each other."""
    return max((per_hour(readings[: n + 1]) for n in range(len(readings))), default=0.0)


def forecast(readings: Sequence[Reading], after_for: timedelta) -> int:
    """Interactions expected ``after_for`` after the last reading.

    Attention to one post relaxes as a power law of its age (Crane and Sornette 2008, PNAS
    105:15649); with exponent 1 velocity falls as 1/age, so interactions grow by
    velocity * age * ln(later age / age).
    """
    last = readings[-1]
    age = max(last.age_for, AGES[0])
    gained = per_hour(readings) * (age / HOUR) * math.log((age + after_for) / age)
    return round(last.interactions + gained)


def velocity(  # noqa: PLR0913 - each is one fact about the post, and all are named by the caller
    post_id: str,
    at: datetime,
    readings: Sequence[Reading],
    usual: Usual,
    *,
    kind: str,
    front_page: bool = False,
    alerted: Signal | None = None,
) -> Signal:
    """Whether a post looks viral, with every number and where it will be in 1 and in 4 hours.

    ``readings`` are in order of age, the newest last. ``usual`` holds other posts read at the
    newest reading's age. ``kind`` is the channel's, for its floor. ``alerted`` is the last
    velocity signal of this post that fired; ``numbers["alert"]`` counts them. Reasons:
    no_readings, below_floor, not_enough_history, usual, not_doubled, viral, front_page,
    viral_doubled.
    """
    if not readings:
        return Signal(
            "velocity", post_id, at, fired=False, reason=Reason("no_readings"), observed=0
        )
    now, peak = readings[-1].interactions, peak_per_hour(readings)
    floor, known = FLOORS.get(kind, OTHER_FLOOR), usual.median()
    expected = max(known[0], LEAST_USUAL) if known else None
    over = now / expected if expected else None
    name = _outcome(peak >= floor, over, front_page)
    if name in {"viral", "front_page"} and alerted is not None:
        doubled = now >= GROWTH * max(alerted.observed, LEAST_USUAL)
        name = "viral_doubled" if doubled else "not_doubled"
    numbers = _numbers(readings, floor, over)
    if name in FIRED:
        numbers["alert"] = alerted.numbers.get("alert", 1) + 1 if alerted else 1
    return Signal(
        kind="velocity",
        subject=post_id,
        at=at,
        fired=name in FIRED,
        reason=Reason(name, _evidence(now, known, numbers)),
        observed=now,
        expected=expected,
        threshold=OVERPERFORMANCE * expected if expected else None,
        numbers=numbers,
    )


def raised(judgement: Judgement, signal: Signal) -> Judgement:
    """The judgement of a post whose velocity fired: critical where it is negative, else high.

    The signal's reason, with its numbers and the forecast, comes first. Harmless when repeated.
    """
    reasons = tuple(reason for reason in judgement.reasons if reason.name not in FIRED)
    negative = judgement.sentiment is Sentiment.NEGATIVE
    urgent = negative or judgement.priority is Priority.CRITICAL
    priority = Priority.CRITICAL if urgent else Priority.HIGH
    return replace(judgement, priority=priority, reasons=(signal.reason, *reasons))


def _numbers(readings: Sequence[Reading], floor: float, over: float | None) -> dict[str, float]:
    numbers = {"per_hour": per_hour(readings), "peak_per_hour": peak_per_hour(readings)}
    numbers |= {"floor": floor} | ({"overperformance": over} if over is not None else {})
    return numbers | {f"in_{ahead // HOUR}_h": forecast(readings, ahead) for ahead in FORECASTS}


def _outcome(fast: bool, over: float | None, front_page: bool) -> str:  # noqa: FBT001 - two facts
    if front_page:
        return "front_page"
    if not fast:
        return "below_floor"
    if over is None:
        return "not_enough_history"
    return "viral" if over >= OVERPERFORMANCE else "usual"


def _evidence(
    now: int, known: tuple[float, str] | None, numbers: Mapping[str, float]
) -> tuple[str, ...]:
    words = [
        f"{now} interactions",
        f"{numbers['per_hour']:.0f} per hour",
        f"about {numbers['in_1_h']:.0f} in 1 h and {numbers['in_4_h']:.0f} in 4 h",
    ]
    if known is not None:
        words.append(f"{numbers['overperformance']:.1f} times the {known[1]}'s usual {known[0]:g}")
    else:
        words.append("too few posts of this author or channel to compare with")
    words.append(f"peak {numbers['peak_per_hour']:.0f} per hour, floor {numbers['floor']:.0f}")
    return tuple(words)


def loudest_first(signals: Sequence[Signal], followers: Mapping[str, int]) -> list[Signal]:
    """Velocity signals by overperformance, then by peak velocity; followers only break ties."""

    def loudness(signal: Signal) -> tuple[float, float, int]:
        numbers = signal.numbers
        reach = followers.get(signal.subject, 0)
        return numbers.get("overperformance", 0.0), numbers.get("peak_per_hour", 0.0), reach

    return sorted(signals, key=loudness, reverse=True)
