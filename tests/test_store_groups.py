"""Groups, silences, stories and tallies: each change under the version that was read."""

from dataclasses import replace
from datetime import timedelta

import pytest

from earwitness.alerting import Admitted, join
from earwitness.alerting.caps import Budget
from earwitness.model import Acknowledgement, Priority, Silence
from earwitness.store import Contended
from earwitness.stories import KnownStory, keys, signature
from tests.posts import NOW, a_mention, a_post
from tests.simulation.faults import Fault, Injector, no_waiting
from tests.tables import a_client, a_store, a_table, items

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def store():
    with a_table():
        yield a_store()


def a_group(story="story", **changes):
    group = join(None, a_mention(), Admitted(Priority.HIGH), story_id=story, place="jroth", now=NOW)
    return replace(group, **changes)


def test_a_group_is_kept_whole_and_gets_a_version(store):
    saved = store.save_group(a_group(), NOW)
    assert saved == replace(a_group(), version=1)
    assert store.groups([saved.group_id, "unknown"]) == {saved.group_id: saved}


def test_a_change_of_what_another_changed_is_refused(store):
    first = store.save_group(a_group(), NOW)
    store.save_group(replace(first, level=1), NOW)
    with pytest.raises(Contended):
        store.save_group(replace(first, level=2), NOW)


def test_a_new_group_in_the_place_of_another_is_refused(store):
    store.save_group(a_group(), NOW)
    with pytest.raises(Contended):
        store.save_group(replace(a_group(), level=2), NOW)


def test_f2_our_own_write_whose_answer_was_lost_counts_as_done():
    with no_waiting(), a_table():
        injector = Injector({0: Fault.ANSWER_LOST_ONCE})
        store = a_store(injector.attach(a_client()))
        assert store.save_group(a_group(), NOW).version == 1


def test_groups_are_due_at_their_time_and_gone_when_at_rest(store):
    group = store.save_group(a_group(due_at=NOW + MINUTE), NOW)
    assert list(store.due_groups(NOW)) == []
    assert list(store.due_groups(NOW + MINUTE)) == [group]
    store.save_group(replace(group, due_at=None), NOW)
    assert list(store.due_groups(NOW + DAY)) == []


def test_a_group_that_cannot_be_read_hides_no_other(store, caplog):
    damaged = store.save_group(a_group("damaged"), NOW)
    whole = store.save_group(a_group("whole"), NOW)
    item = items()[(f"N#{damaged.group_id}", "G")]
    a_client().put_item(TableName="earwitness", Item=item | {"d": {"B": b"no"}})
    assert list(store.due_groups(NOW)) == [whole]
    assert damaged.group_id in caplog.text


def test_the_first_who_takes_a_group_stays_who_took_it(store):
    group = store.save_group(a_group(first_said_at=NOW), NOW)
    store.acknowledge(group.group_id, "kim", NOW + MINUTE)
    taken = store.acknowledge(group.group_id, "lee", NOW + 2 * MINUTE)
    assert taken.acknowledged == Acknowledgement("kim", NOW + MINUTE)


def test_who_deals_with_what_nobody_took_takes_it(store):
    group = store.save_group(a_group(first_said_at=NOW), NOW)
    done = store.handle(group.group_id, "kim", NOW + MINUTE)
    assert done.acknowledged == done.handled == Acknowledgement("kim", NOW + MINUTE)
    assert list(store.open_groups()) == []


def test_nobody_takes_what_is_unknown(store):
    assert store.acknowledge("unknown", "kim", NOW) is None


def test_responses_are_found_by_brand_and_time(store):
    for number in range(3):
        said_at = NOW + number * DAY
        group = store.save_group(a_group(f"story {number}", first_said_at=said_at), NOW)
        store.acknowledge(group.group_id, "kim", said_at + MINUTE)
    found = list(store.responses("Northwind Air", NOW, NOW + 2 * DAY))
    assert [one.said_at for one in found] == [NOW, NOW + DAY]
    assert list(store.responses("Corvane", NOW, NOW + 2 * DAY)) == []


def a_silence(silence_id="s", ends=NOW + MINUTE, **scope):
    return Silence(silence_id, "planned", "kim", NOW, ends, **(scope or {"brand": "b"}))


def test_silences_are_listed_until_they_expire_the_soonest_first(store):
    late, soon = a_silence("late", NOW + DAY), a_silence("soon")
    store.add_silence(late)
    store.add_silence(soon)
    assert list(store.silences(NOW)) == [soon, late]
    assert list(store.silences(NOW + MINUTE)) == [late]


def test_an_expired_silence_stays_on_record(store):
    store.add_silence(a_silence(ends=NOW + DAY))
    ended = store.expire_silence("s", NOW + MINUTE)
    assert ended.expires_at == NOW + MINUTE
    assert list(store.silences(NOW + MINUTE)) == []
    assert store.silence("s") == ended
    assert store.expire_silence("s", NOW + 2 * MINUTE) == ended


def test_an_unknown_silence_cannot_expire(store):
    assert store.expire_silence("s", NOW) is None


def test_under_each_key_stands_the_first_story(store):
    mark = signature(a_post())
    first, later = KnownStory("first", mark, NOW), KnownStory("later", mark, NOW + DAY)
    found = keys(mark)
    store.keep_story(first, found[:3], NOW)
    store.keep_story(later, found, NOW)
    known = store.known_stories(found)
    assert [known[key].story_id for key in found] == ["first"] * 3 + ["later"] * (len(found) - 3)
    assert known[found[0]] == first


def test_tallies_are_kept_under_their_version(store):
    assert store.budget() == Budget()
    saved = store.save_budget(replace(Budget(), burst=2.5), NOW)
    assert store.budget() == saved
    with pytest.raises(Contended):
        store.save_budget(Budget(), NOW)
    reports = store.save_reports(store.reports("b", NOW), NOW)
    assert store.reports("b", NOW + DAY) == reports
