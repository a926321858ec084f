"""Quotas and limits, each with the load at which it is hit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from earwitness.operations import load as shape
from earwitness.operations.load import Load

_DAY = 86_400  # seconds


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit, and how near a load comes to it.

    ``most`` of ``unit`` is what the stack takes, ``asked`` what the load asks, ``then`` what
    happens at the limit. ``whose``: ours (the template, the code) or AWS's quota.
    """

    what: str
    most: float
    unit: str
    asked: float
    whose: str
    then: str

    @property
    def share(self) -> float:
        """How much of the limit the load takes; 1 is all of it."""
        return self.asked / self.most


def limits(load: Load) -> Iterator[Limit]:
    """The limits that a load can come near, those nearest to it first."""
    yield from sorted(_limits(load), key=lambda one: -one.share)


def _limits(load: Load) -> Iterator[Limit]:
    mentions, alerts = load.mentions_a_day / _DAY, load.alerts_a_day / _DAY
    yield from _of_polling(load)
    yield from _of_the_table(mentions)
    yield from _of_telling(load, alerts)


def _of_polling(load: Load) -> Iterator[Limit]:
    polls = load.channels / load.every_for.total_seconds()
    yield Limit(
        "polls at once",
        10 / shape.SECONDS_A_POLL,
        "polls a second",
        polls,
        "ours: MaximumConcurrency of PollWork",
        "polls wait in their queue; PollLate goes off",
    )
    at_once = polls * shape.SECONDS_A_POLL + shape.MINUTE_TICKS * shape.SECONDS_A_TICK / 60
    yield Limit(
        "executions of a new account",
        10,
        "functions at once",
        at_once,
        "AWS's: concurrent executions, 1,000 in grown accounts; can be raised",
        "Throttles alarms; work waits in its queue",
    )
    yield Limit(
        "channels that dispatch sends in a tick",
        3_000,
        "channels a minute",
        load.channels / max(1.0, load.every_for.total_seconds() / 60),
        "ours: a claim and a message a channel, 20 ms, within 60 s",
        "the tick is cut short; the next goes on",
    )
    yield Limit(
        "pushed requests",
        10 / shape.SECONDS_A_POLL / 2,
        "requests a second",
        load.pushes_a_day / _DAY,
        "ours: MaximumConcurrency of IngestWork",
        "posts wait in their queue, up to 14 days; IngestLate goes off",
    )


def _of_the_table(mentions: float) -> Iterator[Limit]:
    yield Limit(
        "writes to the index of work",
        3_000 / 3,
        "mentions a second",
        mentions,
        "ours: MaxWriteRequestUnits of g3-index; three writes a mention",
        "writes are throttled and tried again",
    )
    yield Limit(
        "mentions of one brand in an hour",
        8 * 1_000,
        "mentions a second",
        mentions,
        "AWS's: 1,000 writes a second and partition; ours: 8 shards of g1-index",
        "writes of that brand are throttled; add shards in store/index_keys.py",
    )
    yield Limit(
        "writes of the account's tables",
        40_000 / shape.WRITES_A_MENTION,
        "mentions a second",
        mentions,
        "AWS's: 40,000 write units a second and table; can be raised",
        "writes are throttled and tried again",
    )


def _of_telling(load: Load, alerts: float) -> Iterator[Limit]:
    yield Limit(
        "alerts that notify sends",
        10 * 60 / 0.2 / 60,
        "alerts a second",
        alerts,
        "ours: ten executions of a minute, 0.2 s an alert",
        "alerts go out with a later tick",
    )
    yield Limit(
        "emails of a topic",
        10,
        "emails a second",
        alerts * load.emails,
        "AWS's: 10 a second and subscription; can be raised",
        "SNS delivers them later",
    )
    yield Limit(
        "SMS of a new account",
        1 / 0.00645,
        "SMS a month to the US",
        load.sms_a_month,
        "AWS's: $1 a month; can be raised, in End User Messaging",
        "no SMS until the month ends; SNS says so in its delivery log alone",
    )
    yield Limit(
        "filter policies of a topic",
        200,
        "subscriptions with a filter",
        load.emails,
        "AWS's: 200 a topic; can be raised",
        "further ones are refused when they are made",
    )
