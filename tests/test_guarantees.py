"""What is promised when things go wrong: how long until it is made good, and whom it holds up."""

import ast
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from tests.expansion import ROOT
from tests.posts import NOW
from tests.stack import Context, deployed, sqs_event
from tests.test_functions import COMPLAINT, WATCHLIST, serving

SKEW_FOR = timedelta(seconds=4000)
TICK_FOR = timedelta(minutes=1)
BATCHED = {
    "send_message_batch", "publish_batch", "delete_message_batch", "batch_write_item",
    "transact_write_items",
}  # fmt: skip
TWO_CHANNELS = (
    WATCHLIST.replace("{{", "{")
    .replace("}}", "}")
    .replace(
        '  - {name: tech news, kind: feed, url: "{url}", every: 10m}',
        '  - {name: broken, kind: feed, url: "{broken}", every: 10m}\n'
        '  - {name: tech news, kind: feed, url: "{url}", every: 10m}',
    )
)


@pytest.fixture
def feeds():
    with serving() as broken, serving() as feed, deployed() as stack:
        pushed = TWO_CHANNELS.replace("{broken}", broken.url).replace("{url}", feed.url)
        stack.push(pushed)
        yield stack, broken, feed


def test_g4_a_poll_that_was_killed_is_made_within_the_lease_twice_the_skew_and_a_tick(feeds):
    """The one that is killed has a clock that is ahead, the next one's is behind."""
    stack, *_ = feeds
    store, lease_for = stack.poll.store, stack.poll.LEASE_FOR
    assert store.lease("ch", "killed", NOW + SKEW_FOR, lease_for)
    assert store.lease("ch", "next", NOW - SKEW_FOR, lease_for) is None
    later = NOW + lease_for + 2 * SKEW_FOR + TICK_FOR
    assert store.lease("ch", "next", later - SKEW_FOR, lease_for)


def test_g4_an_alert_whose_sender_was_killed_is_claimed_within_the_claim_twice_the_skew_and_a_tick(
    feeds, monkeypatch
):
    stack, _, feed = feeds
    feed.publish(COMPLAINT, "1")
    with monkeypatch.context() as patched:
        patched.setattr(stack.notify.store, "claim", lambda *_: None)
        stack.tick()
    store, claim_for, now = stack.notify.store, stack.notify.CLAIM_FOR, datetime.now(UTC)
    [due] = store.due_notifications(now + SKEW_FOR)
    assert store.claim(due, now + SKEW_FOR, claim_for)
    later = now + claim_for + 2 * SKEW_FOR + TICK_FOR
    [due] = store.due_notifications(later - SKEW_FOR)
    assert store.claim(due, later - SKEW_FOR, claim_for).may_repeat


@pytest.mark.parametrize("status", [404, 429, 500])
def test_g4_f32_a_channel_that_fails_delays_itself_alone(feeds, status):
    stack, broken, feed = feeds
    broken.status = status
    feed.publish(COMPLAINT, "1")
    stack.tick()
    assert broken.fetched == 1
    assert [alert["Subject"] for alert in stack.alerts() if "dark" not in alert["Subject"]]


def test_f30_f32_a_channel_that_crashes_delays_itself_alone(feeds, monkeypatch):
    stack, _, feed = feeds
    feed.publish(COMPLAINT, "1")
    advance = stack.poll.poller.advance

    def crashes(channel, *rest):
        if channel.name == "broken":
            raise UnicodeDecodeError("utf-8", b"\xed\xa0\x80", 0, 1, "half a character")
        return advance(channel, *rest)

    monkeypatch.setattr(stack.poll.poller, "advance", crashes)
    stack.dispatch.handler(sqs_event("{}"), Context())
    answer = stack.poll.handler(sqs_event(*stack.drain(stack.polls_url)), Context())
    assert len(answer["batchItemFailures"]) == 1
    stack.assess.handler(sqs_event("{}"), Context())
    stack.notify.handler(sqs_event("{}"), Context())
    assert len(stack.alerts()) == 1


def test_f4_no_message_is_sent_and_no_item_written_in_a_batch_that_may_fail_in_part():
    code = [*ROOT.glob("functions/*.py"), *ROOT.glob("layers/core/earwitness/**/*.py")]
    called = {
        node.attr
        for path in code
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
    }
    assert "send_message" in called
    assert called & BATCHED == set()


def test_f4_a_poll_that_could_not_be_sent_is_sent_by_a_later_tick(feeds, monkeypatch):
    stack, _, feed = feeds
    feed.publish(COMPLAINT, "1")

    def refused(_request):
        raise ClientError({"Error": {"Code": "ServiceUnavailable"}}, "SendMessage")

    with monkeypatch.context() as patched:
        patched.setattr(stack.dispatch.polls, "send", refused)
        with pytest.raises(ClientError):
            stack.tick()
    ahead = stack.dispatch.datetime.now

    class Later:
        """The clock of a tick one interval later."""

        @staticmethod
        def now(zone):
            return ahead(zone) + timedelta(minutes=10)

    monkeypatch.setattr(stack.dispatch, "datetime", Later)
    stack.dispatch.handler(sqs_event("{}"), Context())
    assert len(stack.drain(stack.polls_url)) == 2


def test_f38_an_index_that_shows_nothing_yet_delays_an_alert_and_no_more(feeds, monkeypatch):
    stack, _, feed = feeds
    feed.publish(COMPLAINT, "1")
    with monkeypatch.context() as patched:
        patched.setattr(stack.assess.store, "flagged", lambda *_: iter(()))
        stack.tick()
        assert stack.alerts() == []
    stack.assess.handler(sqs_event("{}"), Context())
    with monkeypatch.context() as patched:
        patched.setattr(stack.notify.store, "due_notifications", lambda *_: iter(()))
        stack.notify.handler(sqs_event("{}"), Context())
        assert stack.alerts() == []
    stack.notify.handler(sqs_event("{}"), Context())
    assert len(stack.alerts()) == 1


def test_f38_an_index_that_still_shows_what_is_done_repeats_nothing(feeds, monkeypatch):
    stack, _, feed = feeds
    feed.publish(COMPLAINT, "1")
    shown = []
    flagged, due = stack.assess.store.flagged, stack.notify.store.due_notifications

    def remembered(ask):
        def asked(*given):
            found = list(ask(*given))
            shown.append((ask, found))
            return iter(found)

        return asked

    with monkeypatch.context() as patched:
        patched.setattr(stack.assess.store, "flagged", remembered(flagged))
        patched.setattr(stack.notify.store, "due_notifications", remembered(due))
        stack.tick()
    assert len(stack.alerts()) == 1
    was_flagged = next(found for ask, found in shown if ask == flagged and found)
    was_due = next(found for ask, found in shown if ask == due and found)
    monkeypatch.setattr(stack.assess.store, "flagged", lambda *_: iter(was_flagged))
    monkeypatch.setattr(stack.notify.store, "due_notifications", lambda *_: iter(was_due))
    stack.assess.handler(sqs_event("{}"), Context())
    stack.notify.handler(sqs_event("{}"), Context())
    assert stack.alerts() == []
