"""What a platform's terms ask to be read again is kept only as long as it is."""

from datetime import timedelta

import pytest

from earwitness.channels import KINDS, UNREAD_FOR
from tests.posts import NOW, a_mention, a_post
from tests.tables import Clock, a_store, a_table, items

DAY = timedelta(days=1)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(clock):
    with a_table():
        yield a_store(clock=clock, unread_for=UNREAD_FOR)


def mention(kind, **changes):
    return a_mention(a_post(kind=kind, **changes))


def expires_at(held):
    (found,) = [item for key, item in items().items() if key[0] == f"M#{held.mention_id}"]
    return int(found["expires_at"]["N"]) - NOW.timestamp()


@pytest.mark.parametrize(
    ("kind", "days"), [("x", 1), ("reddit", 2), ("youtube", 30), ("feed", 90), ("bluesky", 90)]
)
def test_a_mention_is_kept_as_long_as_its_platform_allows(store, kind, days):
    assert kind in KINDS
    held = mention(kind)
    store.keep([held], NOW)
    assert expires_at(held) == days * DAY.total_seconds()


def test_a_mention_whose_post_was_not_read_again_is_gone(store, clock):
    held = mention("x")
    store.keep([held], NOW)
    clock.now = NOW + DAY
    assert store.mention(held.brand, held.post.post_id) is None


def test_reading_a_post_again_keeps_its_mention(store, clock):
    held = mention("x")
    store.keep([held], NOW)
    store.keep([held], NOW + DAY / 2)
    clock.now = NOW + DAY
    assert store.mention(held.brand, held.post.post_id) is not None
    assert expires_at(held) == 1.5 * DAY.total_seconds()


def test_an_edit_keeps_it_too(store):
    store.keep([mention("x")], NOW)
    edited = mention("x", text="Nortwind Air found my bag")
    store.keep([edited], NOW + DAY / 2)
    assert expires_at(edited) == 1.5 * DAY.total_seconds()


def test_no_reading_keeps_it_beyond_the_retention(store):
    held = mention("youtube")
    for day in range(0, 80, 10):
        store.keep([held], NOW + day * DAY)
    assert expires_at(held) == 90 * DAY.total_seconds()


def test_a_post_of_last_week_is_kept_from_when_it_is_read(store):
    held = mention("x", published_at=NOW - 7 * DAY)
    assert store.keep([held], NOW).new == (held.mention_id,)
    assert expires_at(held) == DAY.total_seconds()


def test_other_sights_cost_no_write(store):
    held = mention("x")
    store.keep([held], NOW)
    store.keep([held], NOW + DAY / 8)
    assert expires_at(held) == DAY.total_seconds()
