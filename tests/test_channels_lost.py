"""What left a source's list before it was read is said to be lost, and nothing else is."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from earwitness import channels
from earwitness.fetching import Fetcher
from earwitness.model import Health
from tests.gap_servers import HOURS, SERVERS, START, Item, World, channel, honest
from tests.loopback import serving

MINUTE = timedelta(minutes=1)
LISTED = {"reddit": 1_000, "feed rss": 100, "appstore": 500, "reddit subreddits": 2_000}
BEFORE = START + timedelta(hours=HOURS)


def world_of(what: str, new: int) -> World:
    """What was read before, and so many posts more, one a second, half an hour later."""
    world = World(random.Random(what))
    world.publish(60, timedelta(minutes=10))
    seconds = (timedelta(seconds=number) for number in range(new))
    later = [BEFORE + 30 * MINUTE + second for second in seconds]
    world.items += [Item(1_000 + number, at, at) for number, at in enumerate(later)]
    world.items.sort(key=lambda item: (item.at, item.number), reverse=True)
    return world


def polled_twice(what, new, **changes):
    """The second poll of a channel, after so many new posts."""
    world = world_of(what, new)
    with serving(honest(world, SERVERS[what])) as server, Fetcher(allow_loopback=True) as fetch:
        watched = channel(what, server.url)
        world.now = BEFORE
        cursor = channels.poll(watched, None, fetch, world.now).cursor
        world.now = BEFORE + timedelta(hours=2)
        poll = channels.poll(replace(watched, **changes), cursor, fetch, world.now)
    assert poll.health is Health.OK, poll.reason
    return poll


@pytest.mark.parametrize(("what", "listed"), LISTED.items())
def test_what_a_list_no_longer_shows_is_lost_down_to_its_oldest_item(what, listed):
    poll = polled_twice(what, listed + 300)
    first = min(post.published_at for post in poll.posts)
    assert BEFORE + 30 * MINUTE < poll.lost_until <= first + timedelta(seconds=1)
    assert poll.reason.startswith("gap: ")


@pytest.mark.parametrize(("what", "listed"), LISTED.items())
def test_nothing_is_lost_where_a_list_reaches_down_to_what_is_known(what, listed):
    poll = polled_twice(what, listed // 2)
    assert (poll.lost_until, poll.reason) == (None, "")
    assert len(poll.posts) == listed // 2


def test_a_first_poll_loses_nothing():
    world = world_of("feed rss", 300)
    world.now = BEFORE + timedelta(hours=2)
    with (
        serving(honest(world, SERVERS["feed rss"])) as server,
        Fetcher(allow_loopback=True) as fetch,
    ):
        poll = channels.poll(channel("feed rss", server.url), None, fetch, world.now)
    assert poll.lost_until is None
