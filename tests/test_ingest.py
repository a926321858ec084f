"""What is pushed: taken from who signed it, once, and kept like what was polled."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from earwitness.deliveries import DeliveryInvalid, decoded, gone, posts
from earwitness.offers import MOST_BYTES, TooLong, _bodies, posts_in
from earwitness.signing import SCHEMES, Unsigned, verify
from tests.posts import a_post
from tests.pushes import KEYS, POSTS, own, put_keys, request, signed_push, slack, zendesk
from tests.stack import Context, deployed, sqs_event

NOW = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
WATCHLIST = """
brands: [{name: Northwind Air, terms: [Northwind Air]}]
channels: [{name: hn, kind: hackernews, every: 1d}]
alerting: {group_wait: {critical: 0s, high: 0s}}
"""
RECORDED = Path(__file__).parents[1] / ".." / "shared" / "data" / "channels" / "zendesk"
SIGNERS = pytest.mark.parametrize("sign", [own, slack, zendesk])


def lower(headers):
    return {name.lower(): value for name, value in headers.items()}


@SIGNERS
def test_each_sender_is_known_by_its_signature(sign):
    sender = verify(lower(sign(b"body", NOW)), b"body", KEYS, NOW)
    assert sender.scheme == {own: "earwitness", slack: "slack", zendesk: "zendesk"}[sign]


@SIGNERS
def test_a19_a_body_that_was_changed_is_refused(sign):
    with pytest.raises(Unsigned, match="not that of this time and body"):
        verify(lower(sign(b"body", NOW)), b"bodY", KEYS, NOW)


@SIGNERS
@pytest.mark.parametrize("off", [timedelta(seconds=301), timedelta(seconds=-301)])
def test_a19_a_request_is_good_for_five_minutes(sign, off):
    headers = lower(sign(b"body", NOW))
    assert verify(headers, b"body", KEYS, NOW + off * (299 / 301))
    with pytest.raises(Unsigned, match="five minutes"):
        verify(headers, b"body", KEYS, NOW + off)


@SIGNERS
def test_a19_a_time_that_was_changed_is_refused(sign):
    headers = lower(sign(b"body", NOW)) | {
        name: value
        for name, value in lower(sign(b"body", NOW + SECOND)).items()
        if name.endswith("timestamp")
    }
    with pytest.raises(Unsigned):
        verify(headers, b"body", KEYS, NOW)


def test_a19_another_idempotency_key_needs_another_signature():
    headers = lower(own(b"body", NOW)) | {"idempotency-key": "nonce-0002"}
    with pytest.raises(Unsigned):
        verify(headers, b"body", KEYS, NOW)


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.name)
def test_a_sender_without_a_key_of_ours_is_refused(scheme):
    sign = {"earwitness": own, "slack": slack, "zendesk": zendesk}[scheme.name]
    keys = {**KEYS, scheme.key: ""}
    with pytest.raises(Unsigned, match="are not taken"):
        verify(lower(sign(b"body", NOW)), b"body", keys, NOW)


@pytest.mark.parametrize("time", ["", "soon", "99999999999999999", "2026-13-01T00:00:00Z"])
def test_a_time_that_is_none_is_refused(time):
    made = SCHEMES[1].made(KEYS["slack_signing_secret"].encode(), time, "", b"body")
    headers = {"x-slack-request-timestamp": time, "x-slack-signature": made}
    with pytest.raises(Unsigned, match="or no time"):
        verify(headers, b"body", KEYS, NOW)


SLACK = {
    "type": "event_callback",
    "team_id": "T1",
    "event_id": "Ev1",
    "event": {
        "type": "message",
        "channel": "C1",
        "user": "U1",
        "text": "Northwind Air is down",
        "ts": "1772456400.000200",
    },
}


def test_a_slack_message_is_a_post():
    (post,) = posts(SLACK)
    assert (post.source_id, post.scope, post.text) == (
        "C1/1772456400.000200",
        "T1",
        "Northwind Air is down",
    )
    assert post.published_at == NOW + timedelta(microseconds=200)


def test_a_slack_message_that_was_edited_is_the_same_post():
    edited = {**SLACK["event"], "text": "Northwind Air is up again", "edited": {"ts": "1772456500"}}
    event = {"type": "message", "subtype": "message_changed", "channel": "C1", "message": edited}
    (first,), (second,) = posts(SLACK), posts({**SLACK, "event": event})
    assert first.post_id == second.post_id
    assert second.edited_at == NOW + 100 * SECOND


@pytest.mark.parametrize(
    "event",
    [
        {**SLACK["event"], "bot_id": "B1"},
        {**SLACK["event"], "subtype": "channel_join"},
        {"type": "reaction_added"},
        {"type": "message", "channel": "C1"},
    ],
    ids=["a bot", "Slack itself", "a reaction", "no text"],
)
def test_a_slack_event_that_nobody_wrote_is_no_post(event):
    assert posts({**SLACK, "event": event}) == []


def slack_event(**event):
    return {**SLACK, "event": {"type": "message", "channel": "C1", **event}}


DELETED = slack_event(
    subtype="message_deleted", hidden=True, ts="1772456500.000300", deleted_ts="1772456400.000200"
)
TOMBSTONE = slack_event(
    subtype="message_changed",
    message={
        "subtype": "tombstone",
        "text": "This message was deleted.",
        "ts": "1772456400.000200",
    },
)


@pytest.mark.parametrize("event", [DELETED, TOMBSTONE], ids=["deleted", "deleted, with answers"])
def test_a_slack_message_that_was_deleted_is_gone_and_no_post(event):
    (post,) = posts(SLACK)
    assert (gone(event), posts(event)) == ([post.post_id], [])


def test_a_slack_message_is_not_gone():
    assert gone(SLACK) == []


ZENDESK = {
    "account_id": 7,
    "id": "ev-1",
    "type": "zen:event-type:ticket.comment_added",
    "time": "2026-03-02T13:00:00Z",
    "detail": {"id": "44", "subject": "Lost bag"},
    "event": {
        "comment": {
            "id": "c9",
            "body": "Still no bag, Northwind Air",
            "author": {"id": "5", "is_staff": False, "name": "Kim"},
        }
    },
}


def test_a_zendesk_comment_is_a_post():
    (post,) = posts(ZENDESK)
    assert (post.source_id, post.scope, post.title) == ("comment/c9", "7", "Lost bag")
    assert (post.author.name, post.published_at) == ("Kim", NOW)


def test_what_our_own_staff_answers_is_no_post():
    ours = {"comment": {**ZENDESK["event"]["comment"], "author": {"is_staff": True}}}
    assert posts({**ZENDESK, "event": ours}) == []


def test_a_new_zendesk_ticket_is_a_post():
    detail = {"id": 44, "subject": "Bag", "description": "Northwind Air lost my bag"}
    event = {**ZENDESK, "type": "zen:event-type:ticket.created", "detail": detail, "event": {}}
    (post,) = posts(event)
    assert (post.source_id, post.text) == ("ticket/44", "Northwind Air lost my bag")


@pytest.mark.parametrize("what", ["soft_deleted", "permanently_deleted", "marked_as_spam"])
def test_a_zendesk_ticket_that_was_deleted_is_gone(what):
    detail = {"id": 44, "subject": "Bag", "description": "Northwind Air lost my bag"}
    event = {**ZENDESK, "type": "zen:event-type:ticket.created", "detail": detail, "event": {}}
    (post,) = posts(event)
    deleted = {**event, "type": f"zen:event-type:ticket.{what}", "detail": {"id": "44"}}
    assert (gone(event), gone(deleted), posts(deleted)) == ([], [post.post_id], [])


def test_a_zendesk_comment_that_was_redacted_is_gone():
    (post,) = posts(ZENDESK)
    redacted = {**ZENDESK, "type": "zen:event-type:ticket.comment_redacted"}
    assert (gone(redacted), posts(redacted)) == ([post.post_id], [])


def test_a_pushed_ticket_whose_status_is_deleted_is_gone():
    ticket = {"id": 44, "description": "Northwind Air lost my bag", "status": "open"}
    (post,) = posts({"ticket": ticket})
    deleted = {"tickets": [{**ticket, "status": "deleted"}]}
    assert (gone({"ticket": ticket}), gone(deleted), posts(deleted)) == ([], [post.post_id], [])


def test_a_post_of_ours_that_is_deleted_is_gone_and_needs_no_text():
    (post,) = posts(POSTS)
    deleted = {"posts": [{"id": "1", "channel": "partner forum", "deleted": True}]}
    assert (gone(POSTS), gone(deleted), posts(deleted)) == ([], [post.post_id], [])


def test_every_recorded_zendesk_ticket_is_a_post():
    if not RECORDED.exists():
        pytest.skip("the recordings are not here")
    counted = 0
    for path in RECORDED.glob("*.json"):
        body = json.loads(path.read_text("utf-8")) if ".meta." not in path.name else {}
        for ticket in body.get("tickets", []):
            (post,) = posts({"ticket": ticket})
            assert (post.text, post.title) == (ticket["description"], ticket["subject"] or None)
            assert post.published_at is not None
            counted += 1
    assert counted > 200


def test_every_bad_post_is_named():
    with pytest.raises(DeliveryInvalid) as raised:
        posts({"posts": [{"id": 1, "text": "a"}, {"id": 2}, {"id": 3, "text": 4}, "b"]})
    assert raised.value.problems == (
        "posts[1]: text: missing",
        "posts[2]: text: expected text, got a number",
        "posts[3]: id: missing",
    )


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(body):
    with pytest.raises(DeliveryInvalid):
        decoded(body)


def test_posts_come_off_the_queue_as_they_went_on():
    offered = [a_post(), a_post(source_id="2", text="half \ud83d a character", edited_at=NOW)]
    (body,) = _bodies(offered)
    assert posts_in(body) == offered


def test_many_posts_take_as_many_messages_as_they_need():
    offered = [a_post("x" * 50_000, source_id=str(number)) for number in range(10)]
    bodies = list(_bodies(offered))
    assert [post for body in bodies for post in posts_in(body)] == offered
    assert max(map(len, bodies)) <= MOST_BYTES


def test_a_post_beyond_a_message_is_refused():
    with pytest.raises(TooLong, match="'1' is longer than"):
        list(_bodies([a_post("x" * MOST_BYTES)]))


@pytest.fixture
def stack():
    with deployed() as stack:
        put_keys()
        stack.push(WATCHLIST)
        stack.dispatch.handler(sqs_event("{}"), Context())
        stack.drain(stack.polls_url)
        yield stack


def push(stack, event):
    answer = stack.ingest.handler(event, Context())
    return answer["statusCode"], json.loads(answer["body"])


def work(stack):
    for body in stack.drain(stack.posts_url):
        assert stack.poll.handler(sqs_event(body), Context()) == {"batchItemFailures": []}
    stack.assess.handler(sqs_event("{}"), Context())
    stack.notify.handler(sqs_event("{}"), Context())
    return stack.alerts()


def test_a_pushed_complaint_becomes_one_alert(stack):
    assert push(stack, signed_push()) == (202, {"accepted": 1})
    (alert,) = work(stack)
    assert json.loads(alert["Message"])["brand"] == "Northwind Air"


def mentions(stack):
    return [
        item
        for item in stack.dynamodb.scan(TableName="table")["Items"]
        if item["PK"]["S"].startswith("M#") and "tombstone_at" not in item
    ]


LATELY = str(int(datetime.now(UTC).timestamp()))[:8]  # to the hundred seconds
SAID = slack_event(user="U1", text="Northwind Air lost my bag", ts="1772456400.000200")


def say(stack, *events):
    """Push what Slack says now, each at a second of its own, and keep it."""
    at = datetime.now(UTC)
    for number, event in enumerate(events):
        told = json.loads(json.dumps(event).replace("17724564", LATELY))
        assert push(stack, signed_push(told, slack, at + number * SECOND))[0] == 202
        for body in stack.drain(stack.posts_url):
            assert stack.poll.handler(sqs_event(body), Context()) == {"batchItemFailures": []}


def test_what_is_deleted_in_slack_is_redacted_here(stack):
    say(stack, SAID)
    assert len(mentions(stack)) == 1
    say(stack, DELETED)
    assert mentions(stack) == []


def test_a_deletion_that_overtakes_its_post_keeps_it_out(stack):
    say(stack, DELETED, SAID)
    assert mentions(stack) == []


def test_an_edit_that_takes_the_brand_out_redacts_the_mention(stack):
    edited = {**SAID["event"], "text": "An airline lost my bag", "edited": {"ts": "1772456499"}}
    say(stack, SAID, slack_event(subtype="message_changed", message=edited))
    assert mentions(stack) == []


def test_an_edit_in_slack_updates_the_mention(stack):
    edited = {**SAID["event"], "text": "Northwind Air found it", "edited": {"ts": "1772456499"}}
    say(stack, SAID, slack_event(subtype="message_changed", message=edited))
    (item,) = mentions(stack)
    assert item["version"] == {"N": "2"}


def test_a_body_in_base64_is_the_body_that_was_signed(stack):
    assert push(stack, signed_push(encoded=True))[0] == 202


def test_a19_a_request_sent_twice_is_refused_and_alerts_once(stack):
    event = signed_push()
    assert [push(stack, event)[0] for _ in range(2)] == [202, 409]
    assert len(work(stack)) == 1


def test_the_same_post_under_another_key_is_the_same_mention(stack):
    push(stack, signed_push())
    push(stack, signed_push(sign=lambda body, at: own(body, at, "nonce-0002")))
    assert len(work(stack)) == 1


def test_a19_what_is_not_signed_is_not_taken(stack):
    assert push(stack, request(json.dumps(POSTS).encode(), {}))[0] == 401
    assert stack.drain(stack.posts_url) == []


def test_a18_a_get_changes_nothing(stack):
    assert push(stack, signed_push(method="GET"))[0] == 405
    assert stack.drain(stack.posts_url) == []


def test_a_bad_post_is_named_and_nothing_of_its_body_taken(stack):
    bad = {"posts": [*POSTS["posts"], {"id": "2"}]}
    assert push(stack, signed_push(bad)) == (400, {"error": "posts[1]: text: missing"})
    assert stack.drain(stack.posts_url) == []


def test_slack_is_told_its_challenge(stack):
    asked = {"type": "url_verification", "challenge": "c-1"}
    assert push(stack, signed_push(asked, slack)) == (200, {"challenge": "c-1"})


def test_a_request_whose_posts_were_not_queued_may_be_sent_again(stack, monkeypatch):
    event = signed_push()
    with monkeypatch.context() as patched:
        patched.setattr(stack.ingest.offers, "send", lambda _posts: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            stack.ingest.handler(event, Context())
    assert push(stack, event)[0] == 202


def test_f34_an_old_post_is_kept_and_pages_nobody(stack):
    old = (datetime.now(UTC) - timedelta(days=3)).isoformat()
    push(stack, signed_push({"posts": [{**POSTS["posts"][0], "published_at": old}]}))
    assert work(stack) == []
    items = stack.dynamodb.scan(TableName="table")["Items"]
    assert [item for item in items if item["PK"]["S"].startswith("M#")]


def test_without_a_watchlist_posts_wait_on_their_queue():
    with deployed() as stack:
        put_keys()
        push(stack, signed_push())
        event = sqs_event(*stack.drain(stack.posts_url))
        with pytest.raises(Exception, match="first watchlist"):
            stack.poll.handler(event, Context())


def test_without_keys_nothing_is_taken_and_the_log_says_why():
    with deployed() as stack:
        assert push(stack, signed_push())[0] == 503
        assert "there is no secret 'earwitness/ingest'" in stack.log.getvalue()


def test_a13_no_log_line_holds_a_key_or_a_text(stack):
    push(stack, signed_push())
    push(stack, request(json.dumps(POSTS).encode(), {}))
    work(stack)
    logged = stack.log.getvalue()
    assert "kept what was pushed" in logged
    assert not [secret for secret in (*KEYS.values(), "lost my bag") if secret in logged]


def test_an_answer_comes_well_within_three_seconds(stack):
    thousand = {"posts": [{"id": str(n), "text": f"Northwind Air {n}"} for n in range(1000)]}
    start = time.monotonic()
    assert push(stack, signed_push(thousand))[0] == 202
    assert time.monotonic() - start < 3
