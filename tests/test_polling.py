"""A poll ends in time, whatever the source does: F13."""

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from earwitness import channels
from earwitness.channels import KINDS
from earwitness.channels.wire.asking import OutOfTime
from earwitness.fetching import Fetcher, Request, Response
from earwitness.model import Health, Poll
from tests.expansion import TEMPLATE, expand
from tests.gap_servers import SERVERS, World, channel, honest
from tests.loopback import serving
from tests.stack import FUNCTIONS, Context, deployed, sqs_event
from tests.template_rules import of_type
from tests.test_functions import WATCHLIST
from tests.test_functions import serving as serving_feed

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def after(requests):
    """``has_time`` that holds for so many further requests."""
    left = iter(range(requests))
    return lambda: next(left, None) is not None


@pytest.fixture(scope="module")
def world():
    world = World(random.Random(2))
    world.publish(2_000, timedelta(minutes=10))
    world.now = world.items[0].at + timedelta(minutes=2)
    return world


@pytest.mark.parametrize("what", ["hackernews", "bluesky", "mastodon", "facebook", "threads", "x"])
def test_f13_a_poll_that_runs_out_of_time_goes_on_where_it_stopped(world, what):
    with serving(honest(world, SERVERS[what])) as server, Fetcher(allow_loopback=True) as fetch:
        watched, cursor, found = channel(what, server.url), None, set()
        for _ in range(500):
            before = len(server.asked)
            poll = channels.poll(watched, cursor, fetch, world.now, after(3))
            assert len(server.asked) - before <= 4
            assert poll.health is Health.OK, poll.reason
            found |= {post.source_id for post in poll.posts}
            cursor = poll.cursor
            if not poll.more and poll.next_poll_at is None:
                break
    assert len(found) == 2_000


def test_f13_one_request_is_made_whatever_the_time(world):
    with (
        serving(honest(world, SERVERS["hackernews"])) as server,
        Fetcher(allow_loopback=True) as fetch,
    ):
        channels.poll(channel("hackernews", server.url), None, fetch, world.now, lambda: False)
    assert len(server.asked) == 1


def test_f13_a_poll_that_gets_no_further_in_its_time_waits_for_its_next_turn():
    """Signing in and looking around take all the time that there is, again and again."""

    def fetch(request):
        return Response(200, request.url, {}, json.dumps({"data": [{"id": "1"}]}).encode())

    watched = channel("facebook", "https://graph.example")
    first = channels.poll(watched, None, fetch, NOW, lambda: False)
    second = channels.poll(watched, first.cursor, fetch, NOW, lambda: False)
    assert not second.more


@pytest.fixture
def stack():
    with serving_feed() as feed, deployed() as stack:
        stack.push(WATCHLIST.format(url=feed.url))
        stack.dispatch.handler(sqs_event("{}"), Context())
        yield stack


class Slow(Context):
    """The time that is left to a function whose requests each take as long as they may."""

    def __init__(self, timeline):
        super().__init__()
        self.timeline = timeline

    def get_remaining_time_in_millis(self):
        return 60_000 - self.timeline["ms"]


def test_f13_requests_of_twenty_seconds_end_before_the_function_does(stack, monkeypatch):
    timeline, asked = {"ms": 0}, []

    def slow(request):
        asked.append(request)
        timeline["ms"] += 20_000
        return Response(200, request.url, {}, b"")

    def twenty_pages(_channel, cursor, fetch, _now):
        try:
            for number in range(20):
                fetch(Request(f"https://a.example/{number}"))
        except OutOfTime as out:
            return replace(out.poll(cursor), cursor=f"after page {len(asked)}")
        raise AssertionError("twenty pages in a minute")

    monkeypatch.setitem(KINDS, "feed", replace(KINDS["feed"], poll=twenty_pages))
    monkeypatch.setattr(stack.poll.poller, "_fetch", slow)
    (body,) = stack.drain(stack.polls_url)
    stack.poll.handler(sqs_event(body), Slow(timeline))
    assert timeline["ms"] <= 60_000 - stack.poll.KEEPING_MS
    (goes_on,) = stack.drain(stack.polls_url)
    assert json.loads(goes_on)["continued"] == 1


def test_f10_between_two_pages_nobody_else_polls_the_channel(stack, monkeypatch):
    (body,) = stack.drain(stack.polls_url)
    pages = []

    def two_pages(_channel, cursor, _fetch, _now):
        pages.append(cursor)
        if cursor is None:
            return Poll((), "page 2", Health.OK, more=True)
        if len(pages) == 2:  # another worker has the same work
            again = sqs_event(body)
            again["Records"][0]["messageId"] = "another"
            stack.poll.handler(again, Context())
        return Poll((), "end", Health.OK)

    monkeypatch.setitem(KINDS, "feed", replace(KINDS["feed"], poll=two_pages))
    stack.poll.handler(sqs_event(body), Context())
    assert pages == [None, "page 2"]


def test_f13_a_source_that_always_has_more_goes_on_in_the_next_slot(stack, monkeypatch):
    turn = iter(range(1000))

    def endless(_channel, _cursor, _fetch, _now):
        return Poll((), f"c{next(turn)}", Health.OK, more=True)

    monkeypatch.setitem(KINDS, "feed", replace(KINDS["feed"], poll=endless))
    (body,) = stack.drain(stack.polls_url)
    spent = json.dumps(json.loads(body) | {"continued": stack.poll.MOST_CONTINUED})
    stack.poll.handler(sqs_event(spent), Context(20_000))
    assert stack.drain(stack.polls_url) == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_f13_no_call_to_aws_outlasts_the_function_that_waits_for_it(stack, timeouts, name):
    """(connect + read) x sends, and the waits between them of at most a second and two."""
    for client in clients_in(getattr(stack, name)):
        config = client.meta.config
        retries = config.retries or {}
        sends = retries.get("total_max_attempts") or retries.get("max_attempts", 4) + 1
        longest = (config.connect_timeout + config.read_timeout) * sends
        waits = sum(2**n for n in range(sends - 1))
        assert longest + waits <= timeouts[name], client.meta.service_model.service_name


@pytest.fixture(scope="module")
def timeouts():
    """Seconds that each function has, as it is deployed."""
    functions = of_type(expand(TEMPLATE), "AWS::Lambda::Function")
    return {name.lower(): function["Timeout"] for name, function in functions}


def clients_in(module):
    """The clients of AWS that the objects of a function hold."""
    seen, found, left = set(), [], list(vars(module).values())
    while left:
        value = left.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if hasattr(value, "meta") and hasattr(value.meta, "service_model"):
            found.append(value)
        elif type(value).__module__.startswith("earwitness"):
            names = [*getattr(value, "__dict__", {}), *getattr(type(value), "__slots__", ())]
            left += [getattr(value, one, None) for one in names if isinstance(one, str)]
    assert found
    return found
