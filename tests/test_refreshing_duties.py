"""Posts whose source's terms ask to read them again are, in time, and for as long as is agreed."""

from datetime import timedelta

import pytest

from earwitness.channels import KINDS, UNREAD_FOR
from earwitness.model import Author, Brand, Channel, Health, Refreshed, Role, Term, Watchlist
from earwitness.refreshing import Rereading, due
from earwitness.watch import Watched
from tests.posts import NOW, a_post
from tests.tables import Clock, a_store, a_table

HOUR = timedelta(hours=1)
DAY = 24 * HOUR
FIVE_MINUTES = timedelta(minutes=5)
NORTHWIND = Brand("Northwind Air", Role.OWN, (Term("Northwind Air"),))
TEXT = "Northwind Air lost my bag and nobody answers"


class Source:
    """A channel of a kind whose source is asked every hour, from the first day on."""

    def __init__(self, kind, store, clock):
        self.channel = Channel("c", kind, timedelta(minutes=10))
        self.watched = Watched.of(Watchlist((NORTHWIND,), (self.channel,), "1"))
        self.post = a_post(TEXT, kind=kind, channel="c", author=Author(handle="kim"))
        self.store, self.clock = store, clock
        self.asked = []
        store.keep(self.watched.mentions([self.post]), NOW)

    def tick(self, answer):
        brands = (NORTHWIND,) if self.clock.now <= NOW + DAY + HOUR else ()  # spares the search
        for channel, posts in list(due(self.store, brands, [self.channel], self.clock.now)):
            self.asked.append(self.clock.now - NOW)
            reading = Rereading(self.store, channel, lambda _: [], self.clock.now)
            reading.take_up(posts, answer)

    def run(self, until, answer):
        """The ages of the schedule up to four hours, then every two hours."""
        first = [NOW + hours * HOUR + FIVE_MINUTES for hours in (1, 2, 4)]
        later = [NOW + hours * HOUR + FIVE_MINUTES for hours in range(6, 24 * 20, 2)]
        for at in first + later:
            if self.clock.now < at <= NOW + until:
                self.clock.now = at
                self.tick(answer)

    def mention(self):
        return self.store.mention("Northwind Air", self.post.post_id)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(clock):
    with a_table():
        yield a_store(clock=clock, unread_for=UNREAD_FOR)


@pytest.mark.parametrize(("kind", "until"), [("x", 6 * DAY), ("reddit", 12 * DAY)])
def test_a_post_is_read_again_before_it_must_go_and_so_it_stays(store, clock, kind, until):
    source = Source(kind, store, clock)
    source.run(until, Refreshed((source.post,)))
    between = [
        later - sooner for sooner, later in zip(source.asked, source.asked[1:], strict=False)
    ]
    assert max(between) < KINDS[kind].unread_for
    assert source.mention() is not None


def test_x_is_paid_for_no_longer_than_agreed_and_then_the_mention_expires(store, clock):
    source = Source("x", store, clock)
    source.run(12 * DAY, Refreshed((source.post,)))
    assert source.asked[-1] <= KINDS["x"].reread_for
    assert source.mention() is None


def test_a_post_deleted_later_is_erased_and_asked_for_no_more(store, clock):
    source = Source("reddit", store, clock)
    source.run(2 * DAY, Refreshed((source.post,)))
    source.run(4 * DAY, Refreshed(gone=(source.post.post_id,)))
    assert source.mention() is None
    asked = len(source.asked)
    source.run(6 * DAY, Refreshed((source.post,)))
    assert len(source.asked) == asked


def test_a_post_of_which_the_source_says_nothing_is_asked_for_again_until_it_expires(store, clock):
    source = Source("reddit", store, clock)
    source.run(2 * DAY, Refreshed((source.post,)))
    asked = len(source.asked)
    source.run(9 * DAY, Refreshed())
    assert 3 < len(source.asked) - asked < 40
    assert source.mention() is None


def test_a_source_that_does_not_answer_leaves_the_duty_as_it_was(store, clock):
    source = Source("reddit", store, clock)
    source.run(2 * DAY, Refreshed((source.post,)))
    clock.now = NOW + 2.6 * DAY
    source.tick(Refreshed(health=Health.TRANSIENT, reason="timeout"))
    asked = len(source.asked)
    source.tick(Refreshed((source.post,)))
    assert len(source.asked) == asked + 1


def test_other_kinds_are_left_alone_after_the_first_day(store, clock):
    source = Source("bluesky", store, clock)
    source.run(5 * DAY, Refreshed((source.post,)))
    assert source.asked[-1] <= DAY + timedelta(minutes=15)
