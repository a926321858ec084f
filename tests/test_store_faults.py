"""What each verb makes of a call that fails: the obligation stays, and the caller is told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from earwitness.store import Throttled
from tests.posts import NOW, a_mention, a_post
from tests.simulation.faults import Call, Fault, Injector, no_waiting
from tests.simulation.spine import CLAIM_FOR, LEASE_FOR, an_alert
from tests.tables import NAME, a_client, a_store, a_table, items

DAY = timedelta(days=1)


@pytest.fixture
def injector():
    return Injector()


@pytest.fixture
def store(injector):
    with no_waiting(), a_table():
        yield a_store(injector.attach(a_client()))


def at_next(injector, operation, fault):
    """Let the fault happen at the next call of that operation."""

    def plan(call):
        if call.operation == operation and not injector.plan:
            injector.plan = {len(injector.calls): fault}

    injector.before_call = plan


def test_f2_an_answer_lost_once_keeps_one_mention_with_its_flag(store, injector):
    at_next(injector, "PutItem", Fault.ANSWER_LOST_ONCE)
    store.keep([a_mention()], NOW)
    assert injector.unknown == [Call("dynamodb", "PutItem")]
    assert list(store.flagged(10)) == [a_mention()]
    assert list(store.mentions("Northwind Air", NOW - DAY, NOW + DAY)) == [a_mention()]


def test_f6_already_there_after_our_own_lost_answer_is_still_owed_a_look(store, injector):
    at_next(injector, "PutItem", Fault.ANSWERS_LOST)
    with pytest.raises(ReadTimeoutError):
        store.keep([a_mention()], NOW)
    assert store.keep([a_mention()], NOW).known
    assert list(store.flagged(10)) == [a_mention()]


@pytest.mark.parametrize("operation", ["BatchGetItem", "PutItem"])
def test_f3_throttling_is_the_callers_to_know(store, injector, operation):
    at_next(injector, operation, Fault.THROTTLED)
    with pytest.raises(ClientError, match="ThrottlingException"):
        store.keep([a_mention()], NOW)
    assert store.keep([a_mention()], NOW).new


def test_f4_keys_left_unread_are_read_again(store, injector):
    mentions = [a_mention(a_post(source_id=str(number))) for number in range(9)]
    store.keep(mentions, NOW)
    at_next(injector, "BatchGetItem", Fault.HALF_DONE)
    assert len(list(store.flagged(10))) == 9


def test_f4_keys_left_unread_for_ever_are_no_empty_answer(store, injector):
    store.keep([a_mention()], NOW)
    injector.plan = dict.fromkeys(range(1000), Fault.HALF_DONE)
    with pytest.raises(Throttled, match="1 of 1 items stayed unread"):
        list(store.flagged(10))


def test_f5_a_conflict_with_another_s_transaction_is_no_duplicate(store, injector):
    at_next(injector, "PutItem", Fault.CONFLICT)
    with pytest.raises(ClientError, match="TransactionConflict"):
        store.keep([a_mention()], NOW)
    assert store.keep([a_mention()], NOW).new
    assert list(store.flagged(10)) == [a_mention()]


def test_f5_another_refusal_than_our_condition_is_no_duplicate(store):
    a_client().delete_table(TableName=NAME)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        store.keep([a_mention()], NOW)


def test_an_edit_whose_answer_was_lost_is_one_version(store, injector):
    store.keep([a_mention()], NOW)
    at_next(injector, "UpdateItem", Fault.ANSWER_LOST_ONCE)
    edited = replace(a_mention(), post=replace(a_mention().post, text="edited"))
    store.keep([edited], NOW)
    assert store.mention(edited.brand, edited.post.post_id).version == 2


def test_a_flag_whose_clearing_was_not_answered_is_cleared(store, injector):
    store.keep([a_mention()], NOW)
    at_next(injector, "UpdateItem", Fault.ANSWER_LOST_ONCE)
    assert store.assessed(a_mention())
    assert list(store.flagged(10)) == []


def test_a_lease_whose_answer_was_lost_is_ours(store, injector):
    at_next(injector, "UpdateItem", Fault.ANSWER_LOST_ONCE)
    assert store.lease("ch", "a", NOW, LEASE_FOR) is not None


def test_a_claim_whose_answer_was_lost_is_ours_and_no_repeat(store, injector):
    store.open_notification(an_alert(a_mention()), NOW, NOW)
    [due] = store.due_notifications(NOW)
    at_next(injector, "UpdateItem", Fault.ANSWER_LOST_ONCE)
    claimed = store.claim(due, NOW, CLAIM_FOR)
    assert claimed is not None
    assert not claimed.may_repeat


def test_a_page_kept_in_part_is_kept_whole_when_offered_again(store, injector):
    mentions = [a_mention(a_post(source_id=str(number))) for number in range(5)]
    injector.plan = {4: Fault.KILLED_BEFORE}  # after two look-ups and two writes
    with pytest.raises(BaseException, match="PutItem"):
        store.keep(mentions, NOW)
    assert len(items()) == 2
    injector.plan = {}
    kept = store.keep(mentions, NOW)
    assert (len(kept.new), len(kept.known)) == (3, 2)
