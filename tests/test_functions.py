"""The functions over an emulated AWS and a feed on this machine: from publication to alert."""

import json
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from botocore.exceptions import ClientError

from tests.stack import Context, deployed, sqs_event

EVENTS = sorted((Path(__file__).parents[1] / "events").glob("*.json"))
WATCHLIST = """
brands:
  - name: Northwind Air
    role: own
    time_zone: Europe/Berlin
    terms: [Northwind Air, "@northwind"]
channels:
  - {{name: tech news, kind: feed, url: "{url}", every: 10m}}
alerting:
  group_wait: {{critical: 0s, high: 0s}}
"""
COMPLAINT = "Northwnd Air lost my bag and nobody answers the phone, worst airline ever"


class Feed:
    """A feed on loopback whose items a test sets."""

    def __init__(self, url):
        self.url = url
        self.items = []
        self.title = ""
        self.fetched = 0
        self.status = 200

    def publish(self, text, guid, minutes_ago=1):
        self.items.append((guid, text, datetime.now(UTC) - timedelta(minutes=minutes_ago)))

    def document(self):
        items = "".join(
            f"<item><guid>{guid}</guid><title>{self.title}</title><description>{escape(text)}</description>"
            f"<link>{self.url}/{guid}</link><pubDate>{format_datetime(at)}</pubDate></item>"
            for guid, text, at in self.items
        )
        return f"<rss version='2.0'><channel><title>News</title>{items}</channel></rss>".encode()


@contextmanager
def serving():
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            feed.fetched += 1
            body = feed.document()
            self.send_response(feed.status)
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    feed = Feed(f"http://127.0.0.1:{server.server_port}/feed")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield feed
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def feed():
    with serving() as feed:
        yield feed


@pytest.fixture
def stack(feed):
    with deployed() as stack:
        stack.push(WATCHLIST.format(url=feed.url))
        yield stack


def open_slots(stack):
    """Let the next dispatch poll again, as if the interval had passed."""
    for item in stack.dynamodb.scan(TableName="table")["Items"]:
        if item["PK"]["S"].startswith("CH#") and "polled" in item:
            stack.dynamodb.update_item(
                TableName="table",
                Key={"PK": item["PK"], "SK": item["SK"]},
                UpdateExpression="REMOVE polled, slot, last_poll_at, next_poll_at, lease_until",
            )


def test_a_misspelled_complaint_becomes_one_alert(stack, feed):
    feed.publish(COMPLAINT, "1")
    stack.tick()
    (alert,) = stack.alerts()
    assert json.loads(alert["Message"])["brand"] == "Northwind Air"


def test_further_ticks_and_polls_do_not_repeat_an_alert(stack, feed):
    feed.publish(COMPLAINT, "1")
    stack.tick()
    stack.alerts()
    open_slots(stack)
    stack.tick()
    assert feed.fetched == 2
    assert stack.alerts() == []


def test_f9_a_second_tick_in_the_same_slot_fetches_nothing(stack, feed):
    stack.tick()
    stack.tick()
    assert feed.fetched == 1


def test_a_post_that_names_nobody_is_not_kept(stack, feed):
    feed.publish("Cold northern wind over the weekend, says the forecast", "1")
    stack.tick()
    items = stack.dynamodb.scan(TableName="table")["Items"]
    assert not [item for item in items if item["PK"]["S"].startswith("M#")]


def test_praise_is_kept_and_alerts_nobody(stack, feed):
    feed.publish("Lovely flight with Northwind Air today, thank you to the crew!", "1")
    stack.tick()
    items = stack.dynamodb.scan(TableName="table")["Items"]
    assert len([item for item in items if item["PK"]["S"].startswith("M#")]) == 1
    assert stack.alerts() == []


def test_f1_killed_between_keep_and_advance_nothing_is_lost_or_doubled(stack, feed, monkeypatch):
    feed.publish(COMPLAINT, "1")
    stack.dispatch.handler(sqs_event("{}"), Context())
    (body,) = stack.drain(stack.polls_url)

    class Killed(BaseException):
        pass

    def killed(*_args, **_kwargs):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(stack.poll.store, "advance", killed)
        with pytest.raises(Killed):
            stack.poll.handler(sqs_event(body), Context())
    feed.publish("Northwind Air cancelled my flight and refuses a refund, so angry", "2")
    stack.poll.handler(sqs_event(body), Context())
    stack.tick()
    items = stack.dynamodb.scan(TableName="table")["Items"]
    assert len([item for item in items if item["PK"]["S"].startswith("M#")]) == 2
    assert len(stack.alerts()) == 2


def test_g3_f16_killed_between_publish_and_mark_the_repeat_says_so(stack, feed, monkeypatch):
    feed.publish(COMPLAINT, "1")

    def lost(*_args, **_kwargs):
        raise ClientError({"Error": {"Code": "ServiceUnavailable"}}, "UpdateItem")

    with monkeypatch.context() as patched:
        patched.setattr(stack.notify.store, "sent", lost)
        with pytest.raises(stack.notify.AlertsNotSent):
            stack.tick()
    (first,) = stack.alerts()
    monkeypatch.setattr(stack.notify, "CLAIM_FOR", timedelta(0))
    for item in stack.dynamodb.scan(TableName="table")["Items"]:
        if item["PK"]["S"].startswith("N#"):
            stack.dynamodb.update_item(
                TableName="table",
                Key={"PK": item["PK"], "SK": item["SK"]},
                UpdateExpression="SET claimed_until = :past, g3sk = :past",
                ExpressionAttributeValues={":past": {"S": "2020-01-01T00:00:00.000000Z"}},
            )
    stack.notify.handler(sqs_event("{}"), Context())
    (second,) = stack.alerts()
    told = [json.loads(alert["Message"]) for alert in (first, second)]
    assert told[0]["alert_id"] == told[1]["alert_id"]
    assert [one["may_repeat"] for one in told] == [False, True]
    stack.notify.handler(sqs_event("{}"), Context())
    assert stack.alerts() == []  # one publish without a mark, one repeat


@pytest.mark.parametrize(
    ("status", "is_unknown"),
    [
        pytest.param(400, False, id="throttled: nobody was told"),
        pytest.param(500, True, id="failed: nobody knows"),
    ],
)
def test_g3_what_sns_refused_is_due_at_once_and_what_nobody_knows_is_not(
    stack, feed, monkeypatch, status, is_unknown
):
    feed.publish(COMPLAINT, "1")
    answer = {"Error": {"Code": "Any"}, "ResponseMetadata": {"HTTPStatusCode": status}}

    def refused(*_args, **_kwargs):
        raise ClientError(answer, "Publish")

    with monkeypatch.context() as patched:
        patched.setattr(stack.notify.topic, "_publish", refused)
        with pytest.raises(stack.notify.AlertsNotSent):
            stack.tick()
    waiting = list(stack.notify.store.due_notifications(datetime.now(UTC)))
    assert [one.attempts for one in waiting] == ([] if is_unknown else [0])


def test_an_alert_that_cannot_be_worded_holds_no_other_back(stack, feed, monkeypatch):
    feed.publish(COMPLAINT, "1")
    feed.publish("Northwind Air cancelled my flight and refuses a refund, so angry", "2")
    compose, calls = stack.notify.compose, []

    def fails_once(*args, **options):
        calls.append(args)
        if len(calls) == 1:
            raise ValueError("no words for it")
        return compose(*args, **options)

    monkeypatch.setattr(stack.notify, "compose", fails_once)
    with pytest.raises(stack.notify.AlertsNotSent):
        stack.tick()
    assert len(stack.alerts()) == 1


def test_a_mention_that_cannot_be_taken_up_holds_no_other_back(stack, feed, monkeypatch):
    feed.publish(COMPLAINT, "1")
    feed.publish("Northwind Air cancelled my flight and refuses a refund, so angry", "2")
    assessed = stack.assess.store.assessed

    def fails_for_one(mention):
        if "lost my bag" in mention.post.text:
            raise ValueError("cannot be written")
        assessed(mention)

    monkeypatch.setattr(stack.assess.store, "assessed", fails_for_one)
    with pytest.raises(stack.assess.NotAssessed):
        stack.tick()
    left = [m.post.text for m in stack.assess.store.flagged(10)]
    assert left == [COMPLAINT]


def test_a_title_of_600_kilobytes_does_not_keep_the_others_out(stack, feed):
    feed.publish(COMPLAINT, "1")
    feed.title = "Northwind Air " + "a" * 600_000
    stack.tick()
    assert len(stack.alerts()) == 1


def test_f26_a_copy_on_another_page_does_not_alert_again(stack, feed):
    feed.publish(COMPLAINT, "1")
    stack.tick()
    assert len(stack.alerts()) == 1
    feed.publish(f"{COMPLAINT}!!", "2")
    open_slots(stack)
    stack.tick()
    assert stack.alerts() == []


def test_a_channel_that_is_gone_is_told_and_its_return_too(stack, feed):
    feed.status = 410
    stack.tick()
    stack.tick()
    (dark,) = stack.alerts()
    assert json.loads(dark["Message"])["event"] == "channel_dark"
    assert json.loads(dark["Message"])["darkness"]["channel"] == "tech news"
    stack.tick()
    assert stack.alerts() == []
    feed.status = 200
    open_slots(stack)
    stack.tick()
    for group in stack.assess.store.open_groups():
        now = datetime.now(UTC)
        stack.assess.store.save_group(replace(group, due_at=now), now)
    stack.tick()
    (back,) = stack.alerts()
    assert json.loads(back["Message"])["event"] == "channel_back"


def test_an_invalid_push_leaves_the_last_good_watchlist_in_use(stack, feed):
    stack.tick()
    stack.push("brands: nonsense")
    feed.publish(COMPLAINT, "1")
    open_slots(stack)
    stack.tick()
    assert len(stack.alerts()) == 1


def test_an_invalid_push_raises_the_metric_that_alarms(stack, capsys):
    stack.tick()
    stack.push("brands: nonsense")
    capsys.readouterr()
    stack.dispatch.handler(sqs_event("{}"), Context())
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["WatchlistInvalid"] for line in lines if "WatchlistInvalid" in line] == [[1.0]]


def test_f7_a_record_that_fails_comes_back_and_the_others_are_done(stack, feed):
    stack.dispatch.handler(sqs_event("{}"), Context())
    (body,) = stack.drain(stack.polls_url)
    event = sqs_event("no request", body)
    answer = stack.poll.handler(event, Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]}
    assert feed.fetched == 1


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_every_sample_event_passes_through_its_function(stack, path):
    answer = getattr(stack, path.stem).handler(json.loads(path.read_text()), Context())
    # The samples were signed long ago, by nobody: what faces the internet refuses them.
    refused = {"ingest": (401, 503), "acknowledge": (403,)}.get(path.stem)
    if refused:
        assert answer["statusCode"] in refused
    else:
        assert answer in (None, {"batchItemFailures": []})


def test_one_id_follows_a_post_from_its_poll_to_the_delivery_of_its_alert():
    with serving() as feed, deployed() as stack:
        stack.push(WATCHLIST.format(url=feed.url))
        feed.publish(COMPLAINT, "1")
        stack.tick()
        assert stack.alerts()
        lines = [json.loads(line) for line in stack.log.getvalue().splitlines() if line[:1] == "{"]
    (sent,) = [line for line in lines if line["message"] == "alert sent"]
    (polled,) = [line for line in lines if line["message"] == "polled"]
    (assessed,) = [line for line in lines if line["message"] == "assessed"]
    assert polled["mention_ids"] == [sent["mention_id"]] == list(assessed["fates"])
    assert sent["alert_id"].startswith(assessed["fates"][sent["mention_id"]])
    assert polled["correlation_id"]
    assert polled["lag_seconds"] >= 0
