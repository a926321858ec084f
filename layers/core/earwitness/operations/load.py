"""What a month asks of the stack: how often each thing happens, at a given load.

The counts of calls are measured: tests/test_cost.py runs the functions and holds these figures to
what they did, and the shape to the template.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

HOURS_A_MONTH = 730
MINUTES_A_MONTH = HOURS_A_MONTH * 60
DAYS_A_MONTH = HOURS_A_MONTH / 24
GB = 1024**3

# The shape of the stack, as the template has it.
MINUTE_TICKS = 3  # dispatch, assess, notify
FIVE_MINUTE_TICKS = 1  # refresh
QUARTER_TICKS = 1  # digest: every quarter of an hour
DAILY_TICKS = 1  # export
MAPPINGS = 8  # queues that Lambda polls
ALARMS = 39
METRICS = 22
DASHBOARDS = 1
SECRETS = 2  # that the stack makes; those of channels are counted by channel

# Lambda asks an idle queue from five places at once, for 20 seconds each time.
RECEIVES_A_MINUTE = 5 * 3
# A message costs its sending and its deletion; receiving is among those above.
REQUESTS_A_MESSAGE = 2

# Reads and writes, in request units. A consistent read of an item counts one, another a half.
IDLE_READS_A_MINUTE = 6 * 0.5 + 1 + 0.5  # assess: six queries and an item; notify: a query
READS_A_REFRESH = 150  # of a brand: 56 queries for its mentions by age, the hours compared
READS_A_CHANNEL_AND_MINUTE = 1  # dispatch reads the state of each
WRITES_A_POLL = 4  # dispatched; leased, advanced, the hour's record
WRITES_A_MENTION = 7  # kept: table and three indexes; assessed: table, out of one index and into it
READINGS_A_MENTION = 3  # six of those whose source can be asked again: half, say
WRITES_A_READING = 5  # the reading: table and two indexes; what changed: table and an index
READS_A_MENTION = 1.5  # looked up; read once it is flagged
WRITES_AN_ALERT = 35  # up to 15 keys of its story; group, notification, claim, delivery
READS_AN_ALERT = 30
S3_GETS_A_MINUTE = 2  # dispatch: what was pushed, what is in use
S3_GETS_AN_ALERT = 2

# Sizes and durations, measured on the deployed stack and rounded up.
BYTES_A_MENTION = 1700  # in the table and its indexes
BYTES_A_TICK = 1500  # of log: start, report, metrics
BYTES_A_POLL = 2500
SECONDS_A_TICK = 0.15
SECONDS_A_POLL = 1.0
SECONDS_A_REFRESH = 3.0
TICK_GB = 0.5
POLL_GB = 1.0  # of refresh, too
BRANDS = 3  # of a typical watchlist


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked of the stack.

    ``channels`` are polled every ``every_for``; ``secrets`` of them need credentials. A push is a
    request that brings posts. ``emails`` and ``sms`` are receivers of each alert.
    """

    mentions_a_day: float
    channels: int = 20
    every_for: timedelta = timedelta(minutes=5)
    alerts_a_day: float = 20
    pushes_a_day: float = 0
    secrets: int = 0
    emails: int = 1
    sms_a_month: float = 0
    retention_for: timedelta = timedelta(days=90)

    @property
    def polls(self) -> float:
        """A month."""
        return self.channels * MINUTES_A_MONTH * 60 / self.every_for.total_seconds()

    @property
    def ticks(self) -> float:
        """A month, of every function that ticks, but for refresh: it takes longer."""
        return MINUTES_A_MONTH * (MINUTE_TICKS + QUARTER_TICKS / 15) + DAYS_A_MONTH * DAILY_TICKS

    @property
    def refreshes(self) -> float:
        """A month."""
        return FIVE_MINUTE_TICKS * MINUTES_A_MONTH / 5

    @property
    def mentions(self) -> float:
        """A month."""
        return self.mentions_a_day * DAYS_A_MONTH

    @property
    def alerts(self) -> float:
        """A month."""
        return self.alerts_a_day * DAYS_A_MONTH

    @property
    def pushes(self) -> float:
        """A month."""
        return self.pushes_a_day * DAYS_A_MONTH

    @property
    def kept_gb(self) -> float:
        """What is in the table once the first mentions expire."""
        days = self.retention_for.total_seconds() / 86400
        return self.mentions_a_day * days * BYTES_A_MENTION / GB

    @property
    def logged_gb(self) -> float:
        """A month."""
        polls = self.polls + 2 * self.pushes
        ticks = self.ticks + self.refreshes
        return (ticks * BYTES_A_TICK + polls * BYTES_A_POLL) / GB
