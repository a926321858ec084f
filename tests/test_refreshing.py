"""Recent mentions read again: when, what an answer does to them, and when they are flagged."""

from dataclasses import replace
from datetime import timedelta

import pytest

from earwitness import matching
from earwitness.model import (
    Author,
    Brand,
    Channel,
    Engagement,
    Intent,
    Priority,
    Refreshed,
    Role,
    Term,
    Watchlist,
)
from earwitness.refreshing import Rereading, due
from earwitness.signals import Reading
from earwitness.watch import Watched
from tests.posts import NOW, a_post
from tests.tables import Clock, a_store, a_table

HN = Channel("hn", "hackernews", timedelta(minutes=2))
NORTHWIND = Brand("Northwind Air", Role.OWN, (Term("Northwind Air"),))
CONTOSO = Brand("Contoso", Role.COMPETITOR, (Term("Contoso"),))
WATCHLIST = Watchlist((NORTHWIND, CONTOSO), (HN,), "1")
WATCHED = Watched.of(WATCHLIST)
COMPLAINT = "Northwind Air lost my bag and nobody answers"


@pytest.fixture
def store():
    with a_table():
        yield a_store(clock=Clock(NOW + timedelta(days=1)))


def keep(store, *posts):
    """Keep what is found in posts, and see to it as assess would."""
    store.keep(WATCHED.mentions(posts), NOW)
    clear(store)


def clear(store):
    for mention in store.flagged(100):
        store.assessed(mention)


def due_at(store, minutes):
    now = NOW + timedelta(minutes=minutes)
    return [one for _, posts in due(store, WATCHLIST.brands, [HN], now) for one in posts]


def answered(store, minutes, *posts, gone=(), front_page=()):
    """Read again what is due so many minutes after it was published."""
    now = NOW + timedelta(minutes=minutes)
    reading = Rereading(store, HN, lambda some: matching.find(some, WATCHED.index), now)
    return reading.take_up(due_at(store, minutes), Refreshed(posts, gone, front_page))


def liked(post, likes):
    return replace(post, engagement=Engagement(likes=likes, replies=0))


def learn(store, age_for, counts, author=None):
    """Readings of earlier posts of the channel, or of an author in it."""
    for number, count in enumerate(counts):
        post = a_post(source_id=f"earlier {author} {number}", author=author or Author())
        store.keep_reading(post, HN.channel_id, age_for, Reading(age_for, count), NOW)


@pytest.mark.parametrize(
    ("minutes", "is_due"),
    [(14, False), (16, True), (29, True), (31, True), (46, False), (61, True), (119, False),
     (121, True), (241, True), (256, False), (24 * 60 + 1, True), (24 * 60 + 16, False)],
)  # fmt: skip
def test_a_post_is_due_at_each_age_of_the_schedule(store, minutes, is_due):
    keep(store, a_post(COMPLAINT))
    assert bool(due_at(store, minutes)) is is_due


def test_a_reading_is_taken_once_however_often_the_tick_comes(store):
    keep(store, a_post(COMPLAINT))
    answered(store, 16, liked(a_post(COMPLAINT), 3))
    assert due_at(store, 20) == []
    assert len(due_at(store, 31)) == 1


def test_a_post_of_which_the_source_says_nothing_stays_due(store):
    keep(store, a_post(COMPLAINT))
    answered(store, 16)
    assert len(due_at(store, 20)) == 1


def test_a_post_without_counts_is_not_asked_for_twice(store):
    keep(store, a_post(COMPLAINT, engagement=Engagement()))
    answered(store, 16, a_post(COMPLAINT, engagement=Engagement()))
    assert due_at(store, 20) == []


def test_a_post_about_two_brands_is_read_once(store):
    keep(store, a_post("Northwind Air is worse than Contoso, never again"))
    (one,) = due_at(store, 16)
    assert len(one.mentions) == 2


def test_new_engagement_is_kept_and_owes_no_look(store):
    keep(store, a_post(COMPLAINT))
    answered(store, 16, liked(a_post(COMPLAINT), 14))
    held = store.mention("Northwind Air", a_post().post_id)
    assert held.post.engagement.likes == 14
    assert list(store.flagged(10)) == []


def test_an_edit_is_found_and_judged_anew(store):
    keep(store, a_post("Northwind Air, what time is check-in?"))
    edited = a_post("Edit: Northwind Air has leaked my passport and card data to strangers")
    answered(store, 16, edited)
    (held,) = store.flagged(10)
    assert held.post.text == edited.text
    assert held.judgement.priority is Priority.CRITICAL
    assert held.post.text[held.matches[0].start : held.matches[0].end] == "Northwind Air"


def test_an_unchanged_text_keeps_the_judgement_and_the_reader_that_it_has(store):
    (mention,) = WATCHED.mentions([a_post(COMPLAINT)])
    read = replace(mention.judgement, intent=Intent.CHURN, reader="comprehend")
    store.keep([replace(mention, judgement=read)], NOW)
    answered(store, 16, liked(a_post(COMPLAINT), 14))
    held = store.mention("Northwind Air", a_post().post_id)
    assert (held.post.engagement.likes, held.judgement) == (14, read)


def test_a20_what_is_gone_is_erased_and_does_not_come_back(store):
    keep(store, a_post(COMPLAINT))
    answered(store, 16, gone=(a_post().post_id,))
    assert store.mention("Northwind Air", a_post().post_id) is None
    keep(store, a_post(COMPLAINT))
    assert store.mention("Northwind Air", a_post().post_id) is None


def test_an_edit_that_takes_the_brand_out_erases_its_mention_alone(store):
    keep(store, a_post("Northwind Air is worse than Contoso, never again"))
    answered(store, 16, a_post("Contoso, never again"))
    assert store.mention("Northwind Air", a_post().post_id) is None
    assert store.mention("Contoso", a_post().post_id).post.text == "Contoso, never again"


def test_a_term_dropped_from_the_watchlist_erases_nothing(store):
    keep(store, a_post(COMPLAINT))
    now = NOW + timedelta(minutes=16)
    reading = Rereading(store, HN, lambda some: [() for _ in some], now)
    reading.take_up(due_at(store, 16), Refreshed((a_post("Edit: " + COMPLAINT),)))
    assert store.mention("Northwind Air", a_post().post_id).post.text == COMPLAINT


def test_a_post_that_looks_viral_is_flagged_with_the_numbers_and_the_forecast(store):
    learn(store, timedelta(minutes=15), [4] * 20)
    keep(store, a_post("Northwind Air now flies to Oslo"))
    answered(store, 16, liked(a_post("Northwind Air now flies to Oslo"), 40))
    (held,) = store.flagged(10)
    assert held.judgement.priority is Priority.HIGH
    reason = held.judgement.reasons[0]
    assert reason.name == "viral"
    assert "10.0 times the channel's usual 4" in reason.evidence
    assert any(said.startswith("about ") and "in 4 h" in said for said in reason.evidence)


def test_a_complaint_that_looks_viral_is_critical(store):
    learn(store, timedelta(minutes=15), [4] * 20)
    keep(store, a_post(COMPLAINT))
    answered(store, 16, liked(a_post(COMPLAINT), 40))
    (held,) = store.flagged(10)
    assert held.judgement.priority is Priority.CRITICAL


def test_an_author_who_is_always_read_is_compared_with_himself(store):
    star = Author(name="Star", handle="star")
    learn(store, timedelta(minutes=15), [4] * 20)
    learn(store, timedelta(minutes=15), [38, 40, 42, 39, 44], author=star)
    post = a_post("Northwind Air now flies to Oslo", author=star)
    keep(store, post)
    answered(store, 16, liked(post, 40))
    assert list(store.flagged(10)) == []


def test_without_enough_history_nothing_looks_viral(store):
    learn(store, timedelta(minutes=15), [4] * 5)
    keep(store, a_post(COMPLAINT))
    answered(store, 16, liked(a_post(COMPLAINT), 400))
    assert list(store.flagged(10)) == []


def test_a_front_page_is_enough(store):
    post = a_post("Northwind Air now flies to Oslo")
    keep(store, post)
    answered(store, 16, liked(post, 3), front_page=(post.post_id,))
    assert next(store.flagged(10)).judgement.reasons[0].name == "front_page"


def test_it_is_flagged_again_for_each_doubling_and_for_nothing_less(store):
    post = a_post(COMPLAINT)
    for age_for in (15, 30, 60, 120):
        learn(store, timedelta(minutes=age_for), [4] * 20)
    keep(store, post)
    flags = []
    for minutes, likes in ((16, 40), (31, 70), (61, 81), (121, 170)):
        answered(store, minutes, liked(post, likes))
        flags.append([m.velocity.numbers["alert"] for m in store.flagged(10)])
        clear(store)
    assert flags == [[1], [], [2], [3]]


def test_a_crash_before_the_reading_is_kept_repeats_without_a_second_flag(store, monkeypatch):
    learn(store, timedelta(minutes=15), [4] * 20)
    keep(store, a_post(COMPLAINT))

    class Killed(BaseException):
        pass

    def killed(*_):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(type(store), "keep_reading", killed)
        with pytest.raises(Killed):
            answered(store, 16, liked(a_post(COMPLAINT), 40))
    clear(store)
    answered(store, 17, liked(a_post(COMPLAINT), 40))
    assert list(store.flagged(10)) == []
    assert due_at(store, 18) == []


def test_a_poll_that_knows_nothing_of_the_spread_does_not_lower_the_priority(store):
    learn(store, timedelta(minutes=15), [4] * 20)
    post = a_post("Northwind Air now flies to Oslo")
    keep(store, post)
    answered(store, 16, liked(post, 40))
    store.keep(WATCHED.mentions([liked(post, 41)]), NOW + timedelta(minutes=17))
    (held,) = store.flagged(10)
    assert held.post.engagement.likes == 41
    assert held.judgement.priority is Priority.HIGH
    assert [reason.name for reason in held.judgement.reasons].count("viral") == 1
