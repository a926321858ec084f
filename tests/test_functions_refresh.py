"""From a post that spreads, or an hour that is full, to the alert that people receive."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta

import pytest

from earwitness import channels
from earwitness.model import Engagement, Reason, Refreshed, Signal
from tests.posts import a_mention, a_post
from tests.stack import Context, deployed, sqs_event
from tests.test_functions import COMPLAINT, WATCHLIST, serving

NEWS = "Northwind Air now flies to Oslo twice a day, says the airport"


@pytest.fixture
def feed():
    with serving() as feed:
        yield feed


@pytest.fixture
def stack(feed):
    with deployed() as stack:
        stack.push(WATCHLIST.format(url=feed.url))
        yield stack


def refresh(stack, monkeypatch, answer):
    """A tick of refresh in which the feed can be asked for its posts again."""
    kind = dataclasses.replace(
        channels.KINDS["feed"], refresh=lambda channel, posts, fetch, now: answer(posts)
    )
    with monkeypatch.context() as patched:
        patched.setitem(channels.KINDS, "feed", kind)
        stack.refresh.handler(sqs_event("{}"), Context())


def on_the_front_page(posts):
    spread = tuple(dataclasses.replace(p, engagement=Engagement(likes=250)) for p in posts)
    return Refreshed(spread, front_page=tuple(post.post_id for post in posts))


def keep(stack, **fields):
    """Keep a mention that is due to be read again, as a poll would."""
    now = datetime.now(UTC)
    post = a_post(NEWS, published_at=now - timedelta(minutes=16), fetched_at=now, **fields)
    stack.refresh.store.keep([a_mention(post)], now)
    return post


def assess_and_notify(stack):
    stack.assess.handler(sqs_event("{}"), Context())
    stack.notify.handler(sqs_event("{}"), Context())
    return [json.loads(alert["Message"]) for alert in stack.alerts()]


def test_news_that_spreads_becomes_one_alert_with_its_numbers(stack, feed, monkeypatch):
    feed.publish(NEWS, "1", minutes_ago=16)
    stack.tick()
    assert stack.alerts() == []
    refresh(stack, monkeypatch, on_the_front_page)
    (alert,) = assess_and_notify(stack)
    assert alert["priority"] == "high"
    assert "250 interactions" in json.dumps(alert)
    refresh(stack, monkeypatch, on_the_front_page)
    assert assess_and_notify(stack) == []


def test_what_was_deleted_is_erased_from_the_table(stack, feed, monkeypatch):
    feed.publish(COMPLAINT, "1", minutes_ago=16)
    stack.tick()
    refresh(stack, monkeypatch, lambda posts: Refreshed(gone=tuple(p.post_id for p in posts)))
    items = stack.dynamodb.scan(TableName="table")["Items"]
    (mention,) = [item for item in items if item["PK"]["S"].startswith("M#")]
    assert set(mention) == {"PK", "SK", "v", "tombstone_at"}


def test_a_channel_that_cannot_be_asked_again_is_left_alone(stack, feed):
    feed.publish(COMPLAINT, "1", minutes_ago=16)
    stack.tick()
    fetched = feed.fetched
    stack.refresh.handler(sqs_event("{}"), Context())
    assert feed.fetched == fetched


def test_without_time_nothing_is_asked_for_and_all_stays_due(stack, feed, monkeypatch):
    feed.publish(NEWS, "1", minutes_ago=16)
    stack.tick()
    asked = []
    kind = dataclasses.replace(
        channels.KINDS["feed"], refresh=lambda *given: asked.append(given) or Refreshed()
    )
    monkeypatch.setitem(channels.KINDS, "feed", kind)
    stack.refresh.handler(sqs_event("{}"), Context(1_000))
    assert asked == []
    stack.refresh.handler(sqs_event("{}"), Context())
    assert len(asked) == 1


def test_a_volume_spike_becomes_one_alert(stack, feed):
    now = datetime.now(UTC)
    example = a_mention(a_post(NEWS, published_at=now - timedelta(minutes=3)))
    stack.refresh.store.keep([example], now)
    stack.refresh.store.assessed(example)
    hour = now.replace(minute=0, second=0, microsecond=0)
    reason = Reason("spike", ("observed 14", "expected 2.0"))
    signal = Signal("volume", "Northwind Air", hour, fired=True, reason=reason, observed=14)
    stack.refresh.store.keep_signal(signal, now, example)
    (alert,) = assess_and_notify(stack)
    assert alert["kind"] == "spike"
    assert "expected 2.0" in json.dumps(alert)
    assert assess_and_notify(stack) == []


def test_g4_a_channel_that_fails_does_not_keep_the_others_from_being_read(stack, feed, monkeypatch):
    second = '  - {{name: other news, kind: hackernews, url: "{url}", every: 10m}}\n'
    stack.push(WATCHLIST.replace("alerting:", f"{second}alerting:").format(url=feed.url))
    stack.dispatch.handler(sqs_event("{}"), Context())
    for channel in ("tech news", "other news"):
        keep(stack, channel=channel, source_id=channel)
    read = []

    def fails(*_):
        raise KeyError("surprise")

    for name, ask in (("feed", fails), ("hackernews", lambda *g: read.append(g) or Refreshed())):
        kind = dataclasses.replace(channels.KINDS[name], refresh=ask)
        monkeypatch.setitem(channels.KINDS, name, kind)
    with pytest.raises(stack.refresh.NotReadAgain, match="tech news"):
        stack.refresh.handler(sqs_event("{}"), Context())
    assert len(read) == 1
