"""Which exported days have changed since, and what was erased stays out."""

from dataclasses import replace
from datetime import timedelta

import pytest

from earwitness.model import Author
from earwitness.store import keys
from earwitness.store.exported import WRITTEN_WITHIN, ExportedDay
from tests.posts import NOW, a_mention, a_post
from tests.tables import Clock, a_store, a_table, empty_table

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
LATER = NOW + DAY
TODAY = NOW.date()


@pytest.fixture(scope="module")
def table():
    with a_table():
        yield


@pytest.fixture
def store(table):
    yield a_store(clock=Clock(LATER))
    empty_table()


def known(store, day=TODAY):
    (found,) = store.exported_days([day])
    return found


def test_a_day_that_goes_on_is_not_noted(store):
    store.keep([a_mention()], NOW)
    assert known(store) == ExportedDay(TODAY)


def test_a_post_that_comes_late_is_noted(store):
    store.keep([a_mention()], LATER)
    assert known(store).changed_at == LATER


@pytest.mark.parametrize("change", ["edit", "redact", "nothing"])
def test_a_change_of_a_day_that_has_ended_is_noted(store, change):
    mention = a_mention()
    store.keep([mention], NOW)
    if change == "edit":
        mention = replace(mention, post=replace(mention.post, text="edited"))
    if change == "redact":
        store.redact(mention.brand, mention.post.post_id, LATER)
    else:
        store.keep([mention], LATER)
    assert (known(store).changed_at is None) == (change == "nothing")


def test_a_change_is_noted_before_it_is_written(store):
    order = []
    table = store._table
    for verb in ("create", "update"):
        write = getattr(table, verb)
        setattr(table, verb, lambda *a, _w=write, **k: (order.append(str(a[0])), _w(*a, **k))[1])
    store.keep([a_mention()], LATER)
    assert [("D#" in one, "M#" in one) for one in order] == [(True, False), (False, True)]


def test_an_exported_day_is_not_stale_until_it_changes(store):
    store.exported(TODAY, LATER, None)
    assert not known(store).is_stale(LATER)
    store.keep([a_mention()], LATER + WRITTEN_WITHIN)
    assert known(store).is_stale(LATER)


def test_a_change_that_an_export_may_have_missed_makes_the_day_stale(store):
    """Noted before the export began to read, written after it had read."""
    store.note_change(NOW, LATER - MINUTE)
    store.exported(TODAY, LATER, None)
    assert known(store).is_stale(LATER)


def test_a_change_that_an_export_has_seen_is_done(store):
    store.note_change(NOW, LATER - WRITTEN_WITHIN)
    store.exported(TODAY, LATER, None)
    assert not known(store).is_stale(LATER)


@pytest.mark.parametrize(("noted", "exported"), [(0, 4000), (-4000, 0), (-4000, 4000)])
def test_f12_a20_an_erasure_after_an_export_is_noted_whosever_clocks_are_off(
    store, noted, exported
):
    store.exported(TODAY, LATER + timedelta(seconds=exported), None)
    store.note_change(NOW, LATER + MINUTE + timedelta(seconds=noted))
    assert known(store).is_stale(LATER)


def test_f12_a_change_after_midnight_is_noted_by_a_clock_that_is_behind(store):
    midnight = NOW.replace(hour=0, minute=0) + DAY
    store.note_change(NOW, midnight - timedelta(seconds=3999))
    assert known(store).changed_at is not None


def test_a_day_is_stale_when_a_row_of_it_must_be_gone(store):
    store.exported(TODAY, LATER, LATER + DAY)
    assert not known(store).is_stale(LATER)
    assert known(store).is_stale(LATER + DAY)


def test_an_older_export_does_not_undo_a_newer_one(store):
    store.exported(TODAY, LATER, None)
    store.exported(TODAY, NOW, NOW)
    assert known(store) == ExportedDay(TODAY, exported_at=LATER)


def test_a_thousand_changes_of_a_day_are_noted_once_a_minute(store):
    writes = []
    update = store._table.update
    store._table.update = lambda *a, **k: (writes.append(a), update(*a, **k))[1]
    for second in range(120):
        store.note_change(NOW, LATER + timedelta(seconds=second))
    assert len(writes) == 2


@pytest.mark.parametrize("logged", ["author", "author of the channel", "post"])
def test_a20_what_was_erased_is_not_kept_again(store, logged):
    mention = a_mention()
    post = mention.post
    key = {
        "author": store.author_erasure(post.kind, "", "@JRoth"),
        "author of the channel": store.author_erasure(post.kind, post.scope, "jroth"),
        "post": keys.erased_post(post.post_id),
    }[logged]
    store.log_erasure([key], "Ada", NOW)
    other = a_mention(a_post(source_id="2", author=Author(handle="other")))
    kept = store.keep([mention, other], NOW)
    assert kept.redacted == (mention.mention_id,)
    assert kept.new == (other.mention_id,)


def test_another_network_author_of_that_name_is_somebody_else(store):
    store.log_erasure([store.author_erasure("reddit", "", "jroth")], "Ada", NOW)
    assert store.keep([a_mention()], NOW).new
