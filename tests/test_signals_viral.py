"""Post velocity: viral-looking or not, by name, with where it will be."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.model import Engagement
from earwitness.signals import viral
from earwitness.signals.viral import Reading, Usual, forecast, loudest_first, velocity

NOW = datetime(2026, 3, 20, 10, tzinfo=UTC)
CHANNEL = Usual(channel=[10] * 20)


def readings(*pairs):
    return [Reading(timedelta(minutes=minutes), count) for minutes, count in pairs]


def assess(pairs, usual=CHANNEL, kind="mastodon", **more):
    return velocity("p1", NOW, readings(*pairs), usual, kind=kind, **more)


@pytest.mark.parametrize(
    ("pairs", "usual", "name"),
    [
        ([(15, 2), (60, 60)], CHANNEL, "viral"),
        ([(15, 2), (60, 5)], CHANNEL, "below_floor"),
        ([(15, 2), (60, 40)], CHANNEL, "usual"),
        ([(15, 2), (60, 60)], Usual(channel=[10] * 19), "not_enough_history"),
        ([], CHANNEL, "no_readings"),
    ],
)
def test_each_outcome_is_named(pairs, usual, name):
    signal = assess(pairs, usual)
    assert (signal.reason.name, signal.fired) == (name, name == "viral")


def test_a_front_page_is_enough():
    assert assess([(15, 2)], Usual(), front_page=True).reason.name == "front_page"


def test_an_author_is_measured_by_the_author_where_there_are_posts_enough():
    loud_author = Usual(author=[100] * 5, channel=[10] * 20)
    assert assess([(60, 300)], loud_author).reason.name == "usual"


def test_an_author_with_few_posts_is_measured_by_the_channel():
    new_author = Usual(author=[100] * 4, channel=[10] * 20)
    assert assess([(60, 300)], new_author).reason.name == "viral"


def test_five_times_nothing_is_nothing():
    silent = Usual(channel=[0] * 30)
    assert assess([(5, 4)], silent).reason.name == "usual"


def test_the_peak_is_kept_when_the_post_slows_down():
    signal = assess([(15, 60), (240, 70)])
    assert signal.numbers["peak_per_hour"] == 240
    assert signal.fired


def test_the_floor_is_that_of_the_channel():
    pairs = [(60, 50)]
    assert assess(pairs, kind="discourse").fired
    assert not assess(pairs, kind="x").fired


def test_it_alerts_once_per_doubling():
    first = assess([(60, 60)])
    assert assess([(60, 60), (120, 119)], alerted=first).reason.name == "not_doubled"
    assert assess([(60, 60), (120, 120)], alerted=first).reason.name == "viral_doubled"


def test_the_numbers_are_said_in_words():
    words = " | ".join(assess([(30, 20), (60, 60)]).reason.evidence)
    assert words == (
        "60 interactions | 80 per hour | about 115 in 1 h and 189 in 4 h | "
        "6.0 times the channel's usual 10 | peak 80 per hour, floor 15"
    )


def test_the_forecast_slows_as_the_post_ages():
    # 60 an hour at one hour: 60 + 60 * 1 * ln 2 after one more
    assert forecast(readings((60, 60)), timedelta(hours=1)) == 102


def test_an_average_that_lost_likes_has_no_negative_velocity():
    assert viral.per_hour(readings((15, 10), (30, 4))) == 0


def test_views_are_no_interactions():
    assert viral.interactions(Engagement(views=10_000)) is None
    assert viral.interactions(Engagement(likes=3, replies=1, views=10_000)) == 4


def test_followers_only_break_ties():
    big, small = assess([(60, 60)]), assess([(60, 90)])
    tied = velocity("p2", NOW, readings((60, 60)), CHANNEL, kind="mastodon")
    assert loudest_first([big, tied, small], {"p2": 10**6}) == [small, tied, big]


@pytest.mark.parametrize(
    ("read_after", "due_after"), [(0, 15), (15, 30), (16, 30), (59, 60), (240, 1440)]
)
def test_the_next_reading_is_the_next_age_of_the_schedule(read_after, due_after):
    published = NOW
    due = viral.next_reading_at(published, published + timedelta(minutes=read_after))
    assert due == published + timedelta(minutes=due_after)


def test_after_a_day_nothing_is_read_again():
    assert viral.next_reading_at(NOW, NOW + timedelta(days=1)) is None


@pytest.mark.parametrize(("age", "equal"), [(14, None), (15, 15), (70, 60), (5000, 1440)])
def test_ages_are_equal_when_they_share_a_reading(age, equal):
    expected = timedelta(minutes=equal) if equal else None
    assert viral.age_read(timedelta(minutes=age)) == expected


@given(st.lists(st.tuples(st.integers(0, 1440), st.integers(0, 10**6)), max_size=8))
def test_any_readings_give_a_reason(pairs):
    ordered = sorted(pairs)
    assert velocity("p", NOW, readings(*ordered), CHANNEL, kind="new").reason.name
