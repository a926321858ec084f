"""Rings wake the next function before its tick, once however many ask for it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.rings import MOST_AHEAD_FOR, STEP_FOR, Bell, heard_at
from tests.tables import a_store, a_table, items

NOW = datetime(2026, 3, 1, 9, 30, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Queue:
    """An SQS client that keeps what it is sent, or fails."""

    def __init__(self, error=None):
        self.delays, self._error = [], error

    def send_message(self, **message):
        if self._error:
            raise self._error
        self.delays.append(message["DelaySeconds"])


@pytest.fixture
def store():
    with a_table():
        yield a_store()


def test_a22_a_flood_of_news_wakes_a_function_once_in_five_seconds(store):
    queue = Queue()
    bell = Bell("assess", "url", queue, store.take_ring)
    for number in range(300):  # in a minute
        at = NOW + number * SECOND / 5
        bell.ring_for(at, at)
    assert len(queue.delays) <= 60 / STEP_FOR.total_seconds() + 1


def test_pollers_that_know_nothing_of_each_other_share_a_ring(store):
    queues = [Queue(), Queue()]
    rung = [Bell("assess", "url", one, store.take_ring).ring_for(NOW, NOW) for one in queues]
    assert rung == [True, False]


def test_each_function_has_rings_of_its_own(store):
    queue = Queue()
    for name in ("assess", "notify"):
        assert Bell(name, "url", queue, store.take_ring).ring_for(NOW, NOW)


def test_a_ring_is_forgotten(store):
    Bell("assess", "url", Queue(), store.take_ring).ring_for(NOW, NOW)
    ((_, item),) = items().items()
    assert 0 < int(item["expires_at"]["N"]) - NOW.timestamp() < 7200


@given(st.integers(0, 10**7), st.integers(0, 890))
def test_a_ring_is_heard_at_its_time_or_at_most_six_seconds_later(now, ahead):
    queue, at = Queue(), NOW + timedelta(milliseconds=now)
    due = at + timedelta(seconds=ahead)
    assert Bell("assess", "url", queue, lambda *_: True).ring_for(due, at)
    late = at + queue.delays[0] * SECOND - due
    assert timedelta() <= late <= STEP_FOR + 2 * SECOND


def test_what_is_too_far_ahead_is_left_to_the_ticks():
    queue = Queue()
    bell = Bell("assess", "url", queue, lambda *_: True)
    assert not bell.ring_for(NOW + MOST_AHEAD_FOR + STEP_FOR, NOW)
    assert queue.delays == []


def test_a_ring_that_fails_harms_nobody():
    bell = Bell("assess", "url", Queue(RuntimeError("SQS is away")), lambda *_: True)
    assert not bell.ring()
    assert not bell.ring_for(NOW, NOW)


def test_the_moments_of_rings_are_the_same_for_all():
    assert heard_at(NOW) == heard_at(heard_at(NOW)) == NOW + 4 * SECOND
