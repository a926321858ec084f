"""From a post that spreads, or an hour that is full, to the alert that people receive."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.stub import Stubber

from earwitness import channels, rereading
from earwitness.model import Engagement, Health, Reason, Refreshed, Signal
from tests.posts import a_mention, a_post
from tests.stack import Context, deployed, sqs_event
from tests.test_functions import COMPLAINT, WATCHLIST, serving

BRAND = "Northwind Air"
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


def asked_how_often(stack, monkeypatch, answer, ticks=1):
    """How often the source was asked in so many ticks in a row, each with a new post due."""
    asked = []
    kind = dataclasses.replace(
        channels.KINDS["feed"], refresh=lambda *given: asked.append(given) or answer
    )
    monkeypatch.setitem(channels.KINDS, "feed", kind)
    stack.dispatch.handler(sqs_event("{}"), Context())
    for number in range(ticks):
        keep(stack, channel="tech news", source_id=str(number))
        stack.refresh.handler(sqs_event("{}"), Context())
    return len(asked)


def test_a_source_that_asks_for_patience_is_not_asked_by_the_next_tick(stack, monkeypatch):
    later = datetime.now(UTC) + timedelta(hours=1)
    refused = Refreshed(health=Health.TRANSIENT, reason="http_429", next_at=later)
    assert asked_how_often(stack, monkeypatch, refused, ticks=3) == 1


def test_a_refusal_when_reading_again_does_not_touch_polling(stack, feed, monkeypatch):
    later = datetime.now(UTC) + timedelta(hours=1)
    refused = Refreshed(health=Health.TRANSIENT, reason="http_429", next_at=later)
    asked_how_often(stack, monkeypatch, refused)
    feed.publish(NEWS, "1")
    stack.tick()
    assert feed.fetched == 1


def test_a_source_that_is_down_is_left_to_polling(stack, feed, monkeypatch):
    feed.status = 403
    stack.tick()
    assert asked_how_often(stack, monkeypatch, Refreshed()) == 0


def test_credentials_that_were_rotated_cost_one_failed_request(stack, monkeypatch):
    lent = []

    def refresh(channel, posts, fetch, now):
        lent.append(channel.credentials["bearer_token"])
        refused = Refreshed(health=Health.DEAD, reason="http_401")
        return Refreshed(tuple(posts)) if lent[-1] == "new" else refused

    kind = dataclasses.replace(channels.KINDS["x"], refresh=refresh)
    monkeypatch.setitem(channels.KINDS, "x", kind)
    text = WATCHLIST.format(url="https://news.example/feed")
    text = text.replace(
        "channels:\n", "channels:\n  - {name: x, kind: x, credentials: earwitness/x}\n"
    )
    stack.push(text)
    stack.dispatch.handler(sqs_event("{}"), Context())
    manager = boto3.client("secretsmanager")
    manager.create_secret(Name="earwitness/x", SecretString='{"bearer_token": "old"}')
    stack.refresh.secrets.read("earwitness/x", datetime.now(UTC))
    manager.put_secret_value(SecretId="earwitness/x", SecretString='{"bearer_token": "new"}')
    keep(stack, kind="x", channel="x")
    stack.refresh.handler(sqs_event("{}"), Context())
    assert lent == ["old", "new"]


def test_a_secret_that_is_missing_harms_no_other_channel(stack, feed, monkeypatch):
    text = WATCHLIST.format(url=feed.url)
    text = text.replace(
        "channels:\n", "channels:\n  - {name: x, kind: x, credentials: earwitness/x}\n"
    )
    stack.push(text)
    stack.dispatch.handler(sqs_event("{}"), Context())
    keep(stack, kind="x", channel="x", source_id="of x")
    assert asked_how_often(stack, monkeypatch, Refreshed()) == 1
    assert "no_credentials" in stack.log.getvalue()


def test_a_post_that_looks_viral_rings_for_its_alert_at_once(stack, feed, monkeypatch):
    feed.publish(NEWS, "1", minutes_ago=16)
    stack.tick()
    stack.drain(stack.assess_url)
    refresh(stack, monkeypatch, on_the_front_page)
    assert rings(stack) == 1


def test_an_edit_that_raises_the_priority_rings_for_its_alert_at_once(stack, feed, monkeypatch):
    feed.publish(NEWS, "1", minutes_ago=16)
    stack.tick()
    stack.drain(stack.assess_url)
    refresh(stack, monkeypatch, edited("Northwind Air has leaked my passport to strangers"))
    assert rings(stack) == 1


def test_an_edit_and_likes_that_raise_nothing_ring_for_nobody(stack, feed, monkeypatch):
    feed.publish(NEWS, "1", minutes_ago=16)
    stack.tick()
    stack.drain(stack.assess_url)
    refresh(stack, monkeypatch, edited(NEWS + ", at last"))
    assert rings(stack) == 0


def test_a_volume_spike_rings_for_its_alert_at_once(stack, feed, monkeypatch):
    stack.tick()
    stack.drain(stack.assess_url)
    reason = Reason("spike", ("observed 14", "expected 2.0"))
    signal = Signal("volume", BRAND, datetime.now(UTC), fired=True, reason=reason, observed=14)
    monkeypatch.setattr(stack.refresh, "measure", lambda *_: [signal])
    stack.refresh.handler(sqs_event("{}"), Context())
    assert rings(stack) == 1


def rings(stack):
    """How many wait for assess, were they not heard a few seconds later."""
    counts = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed")
    held = stack.sqs.get_queue_attributes(QueueUrl=stack.assess_url, AttributeNames=["All"])[
        "Attributes"
    ]
    return sum(int(held[name]) for name in counts)


def edited(text):
    def answer(posts):
        return Refreshed(
            tuple(
                dataclasses.replace(post, text=text, engagement=Engagement(likes=9))
                for post in posts
            )
        )

    return answer


@pytest.fixture
def comprehend(monkeypatch):
    """Comprehend is on, and finds one text negative; a second call would raise."""
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    client = boto3.client("comprehend", "eu-central-1", **keys)
    stub = Stubber(client)
    score = {"Positive": 0.1, "Negative": 0.7, "Neutral": 0.1, "Mixed": 0.1}
    result = {"Index": 0, "Sentiment": "NEGATIVE", "SentimentScore": score}
    stub.add_response("batch_detect_sentiment", {"ResultList": [result], "ErrorList": []})
    stub.activate()
    monkeypatch.setenv("JUDGE", "comprehend")
    monkeypatch.setenv("JUDGE_DOLLARS_PER_MONTH", "1")
    monkeypatch.setattr(rereading, "_client", lambda _: client)


def test_the_reader_is_asked_of_what_was_edited_and_of_nothing_else(comprehend, feed, monkeypatch):
    with deployed() as stack:
        stack.push(WATCHLIST.format(url=feed.url))
        stack.dispatch.handler(sqs_event("{}"), Context())
        edited = keep(stack, source_id="edited", channel="tech news")
        same = keep(stack, source_id="same", channel="tech news")

        def answer(posts):
            text = "Northwind Air no longer flies to Oslo"
            return Refreshed(
                tuple(
                    dataclasses.replace(post, engagement=Engagement(likes=9))
                    if post.post_id == same.post_id
                    else dataclasses.replace(post, text=text)
                    for post in posts
                )
            )

        refresh(stack, monkeypatch, answer)
        mentions = [stack.refresh.store.mention(BRAND, p.post_id) for p in (edited, same)]
    assert [mention.judgement.reader for mention in mentions] == ["comprehend", "rules"]
    assert mentions[1].post.engagement.likes == 9


def test_a_reader_gets_its_time_of_a_tick(comprehend):
    with deployed() as stack:
        assert stack.refresh.SPARE_MS >= 20_000 + rereading.SPARE_MS
