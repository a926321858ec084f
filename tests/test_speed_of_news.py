"""From publication to alert within the channel's interval and a minute, by a simulated clock.

The functions run over the emulated AWS. A queue takes half a second, a poll four seconds and the
other functions two; ticks come each minute, a few seconds late.
"""

import heapq
import itertools
import json
import random
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import itemgetter

import pytest

from tests.stack import Context, deployed, sqs_event
from tests.test_functions import serving

START = datetime(2026, 11, 22, 9, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOP_FOR = SECOND / 2
TAKES_FOR = {"dispatch": SECOND, "poll": 4 * SECOND, "assess": 2 * SECOND, "notify": 2 * SECOND}
DEFAULT = {"critical": "60s", "high": "10m"}
BRANDS = (
    "Northwind Air", "Zephyrline", "Kestrelport", "Altavanta", "Brightmoor", "Quillhaven",
    "Vandermast", "Oxbridgely", "Tarnwick", "Fjellmark",
)  # fmt: skip
WATCHLIST = """
alerting:
  group_wait: {{critical: {critical}, high: {high}}}
brands:
{brands}
channels:
  - {{name: tech news, kind: feed, url: "{url}", every: {every}}}
"""
CRITICAL = "{} leaked my passport number to strangers, a data breach!"
URGENT = "{} lost my bag and nobody answers the phone, worst company ever"


class Clock:
    """``datetime`` at the moment that the simulation has come to."""

    def __init__(self, world):
        self._world = world

    def now(self, zone):
        return self._world.now.astimezone(zone)


class World:
    """The functions, the queues between them and the time."""

    def __init__(self, stack, dice):
        self.stack, self.now = stack, START
        self._numbers, self._to_come = itertools.count(), []
        self._names = {
            stack.polls_url: "poll", stack.assess_url: "assess", stack.notify_url: "notify",
        }  # fmt: skip
        self.ran, self.heard = [], {}
        for name in ("dispatch", "assess", "notify"):
            getattr(stack, name).datetime = Clock(self)
            self.later(name, "{}", timedelta(seconds=dice.random() * 60))
        stack.poll.poller.clock = lambda: self.now
        for owner in (stack.dispatch.polls, stack.poll.polls):
            owner._client = self
        for bell in (stack.poll.poller._assess, stack.assess.again, stack.assess.notify):
            bell._client = self
        stack.notify.topic.publish = self._publish

    def later(self, name, body, after_for):
        heapq.heappush(self._to_come, (self.now + after_for, next(self._numbers), name, body))

    def send_message(self, QueueUrl, MessageBody, DelaySeconds=0):  # noqa: N803 - as SQS has it
        after_for = HOP_FOR + TAKES_FOR[self._runs] + timedelta(seconds=DelaySeconds)
        self.later(self._names[QueueUrl], MessageBody, after_for)

    def _publish(self, message):
        said = json.loads(message.machine)
        self.heard.setdefault((said["brand"], said["priority"]), self.now + TAKES_FOR["notify"])
        return "message"

    def run(self, until, publications):
        """Let the time pass; ``publications`` are (moment, what to do) in order."""
        waiting = list(publications)
        while self._to_come and self._to_come[0][0] < until:
            at, _, name, body = heapq.heappop(self._to_come)
            while waiting and waiting[0][0] <= at:
                waiting.pop(0)[1]()
            self.now, self._runs = at, name
            self.ran.append(name)
            if body == "{}":  # the next tick
                self.later(name, "{}", MINUTE)
            getattr(self.stack, name).handler(sqs_event(body), Context())


@contextmanager
def published(text, every, waits, dice):
    """A world in which each brand has one post, at any second; yields it and when each came."""
    with serving() as feed, deployed() as stack:
        brands = "".join(f"  - {{name: {name}, role: own, terms: [{name}]}}\n" for name in BRANDS)
        stack.push(WATCHLIST.format(brands=brands, url=feed.url, every=every, **waits))
        world, came = World(stack, dice), {}
        publications = []
        for name in BRANDS:
            at = START + 10 * MINUTE + timedelta(seconds=dice.random() * 1800)
            came[name] = at
            item = (name.replace(" ", ""), text.format(name), at)
            publications.append((at, partial(feed.items.append, item)))
        world.run(START + timedelta(hours=1), sorted(publications, key=itemgetter(0)))
        yield world, came


def waits(world, came, priority):
    """How long each brand's alert took, in seconds."""
    return {name: (world.heard[name, priority] - at).total_seconds() for name, at in came.items()}


@pytest.mark.parametrize(("every", "interval"), [("1m", 60), ("2m", 120), ("5m", 300)])
def test_a_critical_post_is_told_within_the_interval_and_a_minute(every, interval):
    """Its group's wait of a minute included."""
    with published(CRITICAL, every, DEFAULT, random.Random(every)) as (world, came):
        took = waits(world, came, "critical")
    assert max(took.values()) <= interval + 60


@pytest.mark.parametrize(("every", "interval"), [("1m", 60), ("5m", 300)])
def test_an_urgent_post_is_told_within_the_interval_and_a_minute_beside_its_wait(every, interval):
    with published(URGENT, every, DEFAULT, random.Random(every)) as (world, came):
        took = waits(world, came, "high")
    assert max(took.values()) <= interval + 600 + 60


def test_all_the_steps_together_take_less_than_half_a_minute():
    at_once = {"critical": "0s", "high": "0s"}
    with published(URGENT, "2m", at_once, random.Random(7)) as (world, came):
        took = waits(world, came, "high")
    assert max(took.values()) <= 120 + 30


def test_rings_do_not_multiply_the_work():
    with published(CRITICAL, "1m", DEFAULT, random.Random(9)) as (world, _):
        ran = Counter(world.ran)
    minutes = 60
    assert ran["assess"] <= minutes + 2 * len(BRANDS) + 1
    assert ran["notify"] <= minutes + 2 * len(BRANDS) + 1  # each alert, and its escalation


def test_where_rings_fail_the_ticks_come(monkeypatch):
    monkeypatch.setattr("earwitness.rings.Bell._rung", lambda *_: False)
    with published(CRITICAL, "2m", DEFAULT, random.Random(5)) as (world, came):
        took = waits(world, came, "critical")
    assert max(took.values()) <= 120 + 60 + 150
