"""When posts of a channel may be read again: what polling needs goes before."""

from datetime import UTC, datetime, timedelta

import pytest

from earwitness.channels import KINDS
from earwitness.model import Channel, ChannelState, Health, Refreshed
from earwitness.schedule import may_refresh, next_refresh_at

NOW = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("health", "next_poll", "waits", "may"),
    [
        (None, None, None, True),
        (Health.OK, 5 * MINUTE, None, True),  # its interval, its quiet or its quota for polls
        (Health.TRANSIENT, 5 * MINUTE, None, False),
        (Health.TRANSIENT, -MINUTE, None, True),
        (Health.DEAD, None, None, False),
        (Health.OK, None, MINUTE, False),
        (Health.OK, None, timedelta(), True),
    ],
)
def test_a_channel_is_left_alone_while_its_source_wants_that(health, next_poll, waits, may):
    state = ChannelState(
        "c", health=health, next_poll_at=None if next_poll is None else NOW + next_poll
    )
    assert may_refresh(state, None if waits is None else NOW + waits, NOW) is may


@pytest.mark.parametrize(
    ("answer", "per_day", "waits_for"),
    [
        (Refreshed(requests=9), None, timedelta()),
        (Refreshed(requests=5), 100, timedelta(minutes=72)),
        (Refreshed(health=Health.TRANSIENT), None, timedelta(minutes=10)),
        (Refreshed(health=Health.TRANSIENT, next_at=NOW + 90 * MINUTE), None, 90 * MINUTE),
        (Refreshed(health=Health.DEAD), None, timedelta(hours=1)),
    ],
)
def test_the_next_reading_waits_for_the_quota_the_source_and_a_failure(answer, per_day, waits_for):
    assert next_refresh_at(answer, NOW, per_day) - NOW == waits_for


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_polls_and_readings_share_what_a_source_allows(kind):
    row, channel = KINDS[kind], Channel("c", kind, MINUTE)
    allowed = row.requests_per_day(channel)
    if allowed is None or row.paces_itself:
        assert row.polls_per_day(channel) is None
        return
    readings = row.refreshes_per_day(channel) or 0
    assert row.polls_per_day(channel) + readings == allowed
    assert bool(readings) is (row.refresh is not None)
