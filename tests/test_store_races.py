"""Several at once, in every order in which their calls to the table can fall (F10)."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from earwitness.model import Health, NotificationState, Poll
from earwitness.store import StaleLease
from tests.posts import NOW, a_mention, a_post
from tests.simulation.faults import Injector
from tests.simulation.interleave import every_order
from tests.simulation.spine import an_alert
from tests.tables import a_client, a_store, a_table, empty_table

MINUTE = timedelta(minutes=1)
MENTION = a_mention()
EDITED = replace(MENTION, post=replace(MENTION.post, text="Nortwind Air lost my bag. EDIT"))


@pytest.fixture
def race():
    """Run acts on one table in every order; gives what each act came to, order by order."""
    injector = Injector()
    with a_table():
        store = a_store(injector.attach(a_client()))

        def run(*acts, before=lambda _: None):
            for turns in every_order():
                empty_table()
                injector.before_call = turns.wait
                before(store)
                yield turns.run([lambda act=act: act(store) for act in acts]), store

        yield run


def keep(mention):
    return lambda store: store.keep([mention], NOW)


def news(kept):
    return sum(len(one.new) for one in kept)


def test_g1_two_that_keep_the_same_mention_have_one_news(race):
    orders = list(race(keep(MENTION), keep(MENTION)))
    assert {news(kept) for kept, _ in orders} == {1}
    assert len(orders) > 1


def test_two_that_keep_an_edit_end_with_the_edit(race):
    for kept, store in race(keep(EDITED), keep(EDITED), before=keep(MENTION)):
        assert sum(len(one.updated) for one in kept) == 1
        assert store.mention(MENTION.brand, MENTION.post.post_id) == replace(EDITED, version=2)


def test_an_edit_while_a_mention_is_assessed_keeps_the_flag_of_what_was_not_seen(race):
    def assess(store):
        return store.assessed(MENTION)

    orders = []
    for (_, assessed), store in race(keep(EDITED), assess, before=keep(MENTION)):
        still = [mention.version for mention in store.flagged(10)]
        assert still == ([] if assessed else [2])
        orders.append(assessed)
    assert {*orders} == {True, False}


def test_a20_an_erasure_while_a_mention_is_kept_wins(race):
    def redact(store):
        store.redact(MENTION.brand, MENTION.post.post_id, NOW)

    for _, store in race(keep(EDITED), redact, before=keep(MENTION)):
        assert store.mention(MENTION.brand, MENTION.post.post_id) is None


def test_of_two_ticks_one_dispatches(race):
    def dispatch(store):
        return store.dispatch("ch", 7, 2 * MINUTE, NOW)

    for dispatched, _ in race(dispatch, dispatch):
        assert sorted(dispatched) == [False, True]


def test_of_two_pollers_one_polls(race):
    def poll(holder, store):
        lease = store.lease("ch", holder, NOW, MINUTE)
        if lease is None:
            return False
        store.advance(lease, Poll((), "c1", Health.OK), NOW)
        return True

    def dispatch(store):
        store.dispatch("ch", 7, 2 * MINUTE, NOW)

    for polled, _ in race(partial(poll, "a"), partial(poll, "b"), before=dispatch):
        assert sorted(polled) == [False, True]


def test_of_a_stalled_poller_and_the_one_after_it_the_cursor_follows_the_latter(race):
    leases = []

    def lease_twice(store):
        leases[:] = [
            store.lease("ch", who, at, MINUTE) for who, at in (("a", NOW), ("b", NOW + MINUTE))
        ]

    def advance(number):
        return lambda store: store.advance(
            leases[number], Poll((), f"cursor {number}", Health.OK), NOW + MINUTE
        )

    for (stalled, _), store in race(advance(0), advance(1), before=lease_twice):
        assert isinstance(stalled, StaleLease)
        assert store.state("ch").cursor == "cursor 1"


def test_g3_an_alert_is_taken_on_by_one(race):
    def take_on(store):
        return store.open_notification(an_alert(a_mention(a_post())), NOW, NOW)

    for taken, _ in race(take_on, take_on):
        assert sorted(taken) == [False, True]


def test_g3_of_two_senders_one_sends(race):
    notifications = []

    def send(store):
        [due] = notifications
        claimed = store.claim(due, NOW, MINUTE)
        if claimed is None:
            return False
        store.sent(claimed, "message", NOW)
        return True

    def take_on(store):
        store.open_notification(an_alert(MENTION), NOW, NOW)
        notifications[:] = store.due_notifications(NOW)

    for sent, store in race(send, send, before=take_on):
        assert sorted(sent) == [False, True]
        assert store.notification(an_alert(MENTION).alert_id).state is NotificationState.SENT
