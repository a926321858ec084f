"""An alert is taken on once, claimed by one sender at a time, and proved when sent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from earwitness.model import Alert, NotificationState, Priority, Role
from tests.posts import NOW, a_judgement, a_mention
from tests.tables import RETENTION_FOR, a_client, a_store, a_table, items

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
CLAIM_FOR = timedelta(seconds=60)


@pytest.fixture
def store():
    with a_table():
        yield a_store()


def an_alert(alert_id="alert-1", **changes):
    fields = {
        "alert_id": alert_id,
        "group_id": "group-1",
        "brand": "Northwind Air",
        "role": Role.OWN,
        "priority": Priority.HIGH,
        "kind": "mention",
        "channel": "hn",
        "language": "en",
        "reasons": a_judgement().reasons,
        "mention": a_mention(),
        "respond_by_at": NOW + 60 * MINUTE,
        "created_at": NOW,
    }
    return Alert(**{**fields, **changes})


def opened(store, **changes):
    store.open_notification(an_alert(**changes), NOW, NOW)
    [notification] = store.due_notifications(NOW)
    return notification


def due(store, now=NOW):
    return [one.alert.alert_id for one in store.due_notifications(now)]


def test_an_alert_is_taken_on_whole(store):
    store.open_notification(an_alert(), NOW, NOW)
    [notification] = store.due_notifications(NOW)
    assert notification.alert == an_alert()
    assert (notification.state, notification.attempts) == (NotificationState.PENDING, 0)


def test_the_same_alert_is_taken_on_once(store):
    taken = [store.open_notification(an_alert(), NOW, NOW) for _ in range(2)]
    assert taken == [True, False]
    assert len(due(store)) == 1


def test_an_alert_said_before_is_not_taken_on_again(store):
    store.sent(opened(store), "m-1", NOW)
    assert not store.open_notification(an_alert(), NOW, NOW)
    assert due(store) == []


def test_a_notification_is_due_at_its_time_and_the_longest_due_first(store):
    store.open_notification(an_alert("later"), NOW, NOW + MINUTE)
    store.open_notification(an_alert("now"), NOW, NOW)
    assert due(store, NOW - SECOND) == []
    assert due(store, NOW) == ["now"]
    assert due(store, NOW + MINUTE) == ["now", "later"]


def test_many_notifications_are_all_given(store):
    for number in range(120):
        store.open_notification(an_alert(f"alert-{number}"), NOW, NOW)
    assert len(due(store)) == 120


def test_a_claim_is_one_attempt(store):
    claimed = store.claim(opened(store), NOW, CLAIM_FOR)
    assert (claimed.state, claimed.attempts) == (NotificationState.SENDING, 1)
    assert claimed.claimed_until == NOW + CLAIM_FOR
    assert not claimed.may_repeat


def test_f10_a_second_sender_gets_no_claim(store):
    notification = opened(store)
    store.claim(notification, NOW, CLAIM_FOR)
    assert store.claim(notification, NOW, CLAIM_FOR) is None
    assert due(store) == []


def test_f16_a_claim_that_ended_is_taken_over_as_a_possible_repeat(store):
    store.claim(opened(store), NOW, CLAIM_FOR)
    [again] = store.due_notifications(NOW + CLAIM_FOR)
    taken_over = store.claim(again, NOW + CLAIM_FOR, CLAIM_FOR)
    assert taken_over.may_repeat


def test_a_notification_is_not_claimed_before_it_is_due(store):
    store.open_notification(an_alert(), NOW, NOW + MINUTE)
    [early] = store.due_notifications(NOW + MINUTE)
    assert store.claim(early, NOW, CLAIM_FOR) is None


def test_what_was_sent_is_neither_due_nor_claimed(store):
    claimed = store.claim(opened(store), NOW, CLAIM_FOR)
    store.sent(claimed, "m-1", NOW)
    assert due(store, NOW + CLAIM_FOR) == []
    assert store.claim(claimed, NOW + CLAIM_FOR, CLAIM_FOR) is None


def test_the_proof_holds_what_the_receiver_answered(store):
    store.sent(store.claim(opened(store), NOW, CLAIM_FOR), "m-1", NOW)
    proof = store.notification("alert-1")
    assert (proof.state, proof.message_id) == (NotificationState.SENT, "m-1")


def test_a_late_proof_ends_a_claim_taken_over(store):
    late = store.claim(opened(store), NOW, CLAIM_FOR)
    store.claim(late, NOW + CLAIM_FOR, CLAIM_FOR)
    store.sent(late, "m-1", NOW + CLAIM_FOR)
    assert due(store, NOW + 10 * CLAIM_FOR) == []


def test_a_proof_of_what_has_expired_leaves_nothing(store):
    claimed = store.claim(opened(store), NOW, CLAIM_FOR)
    [(pk, sk)] = items()
    a_client().delete_item(TableName="earwitness", Key={"PK": {"S": pk}, "SK": {"S": sk}})
    store.sent(claimed, "m-1", NOW)
    assert items() == {}


def test_a_notification_expires_with_the_data_it_holds(store):
    store.open_notification(an_alert(), NOW, NOW)
    [item] = items().values()
    assert int(item["expires_at"]["N"]) == (NOW + RETENTION_FOR).timestamp()


def test_an_alert_that_cannot_be_read_silences_no_other(store, caplog):
    store.open_notification(an_alert("damaged"), NOW, NOW)
    store.open_notification(an_alert("whole"), NOW, NOW)
    item = items()[("N#damaged", "N")]
    a_client().put_item(TableName="earwitness", Item=item | {"d": {"B": b"no"}})
    assert due(store) == ["whole"]
    assert "N#damaged" in caplog.text
    unreadable = []
    list(store.due_notifications(NOW, unreadable))
    assert unreadable == ["damaged"]


def test_the_wording_of_the_first_stays(store):
    store.open_notification(an_alert(), NOW, NOW)
    store.open_notification(replace(an_alert(), priority=Priority.NORMAL), NOW, NOW)
    assert store.notification("alert-1").alert.priority is Priority.HIGH


def test_an_alert_unknown_has_no_notification(store):
    assert store.notification("alert-1") is None


def test_a_claim_given_back_is_due_at_once_and_no_repeat(store):
    store.release(store.claim(opened(store), NOW, CLAIM_FOR))
    [again] = store.due_notifications(NOW)
    assert not store.claim(again, NOW, CLAIM_FOR).may_repeat


def test_a_claim_given_back_leaves_the_mark_of_an_earlier_one_that_may_have_told(store):
    store.claim(opened(store), NOW, CLAIM_FOR)
    later = NOW + CLAIM_FOR
    [again] = store.due_notifications(later)
    store.release(store.claim(again, later, CLAIM_FOR))
    assert store.claim(again, later, CLAIM_FOR).may_repeat


def test_f11_a_claim_taken_over_is_not_given_back_by_who_lost_it(store):
    late = store.claim(opened(store), NOW, CLAIM_FOR)
    later = NOW + CLAIM_FOR
    [again] = store.due_notifications(later)
    store.claim(again, later, CLAIM_FOR)
    store.release(late)
    assert store.claim(again, later, CLAIM_FOR) is None
