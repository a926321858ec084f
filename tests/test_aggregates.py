"""Aggregates: each figure beside an example worked by hand."""

from datetime import UTC, datetime, timedelta
from random import Random

import numpy as np
import pytest

from earwitness.coverage import Fared, PartlyWatched, coverage, fared, hours_of, partly_watched
from earwitness.exports.aggregates import Counting, heat_map, shares
from earwitness.exports.aggregates.heat import quarter_of
from earwitness.exports.aggregates.keys import Keys, Largest, key_of, total
from earwitness.exports.aggregates.shares import GROUPS
from earwitness.exports.aggregates.topics import Sample
from earwitness.figures import quantile
from earwitness.model import (
    Brand,
    Channel,
    ChannelHour,
    ChannelState,
    Health,
    Role,
    Sentiment,
    Tier,
    Watchlist,
)
from earwitness.periods import Period, named
from tests.rows import a_row

SINCE = datetime(2026, 3, 2, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=7)
OURS, THEIRS = "Northwind Air", "Corvane Airways"
HOUR = timedelta(hours=1)


def counted(*rows):
    counting = Counting(SINCE, UNTIL)
    for row in rows:
        counting.add(row)
    return counting


def row(number, hours=0.0, **changes):
    return a_row(number, at=SINCE + hours * HOUR, **changes)


def test_volume_is_by_brand_channel_and_hour():
    counting = counted(row(1), row(2, 0.9), row(3, 1), row(4, 1, channel="forum"),
                       row(5, 1, brand=THEIRS))  # fmt: skip
    assert counting.volume() == {
        (OURS, "hn", SINCE): 2,
        (OURS, "hn", SINCE + HOUR): 1,
        (OURS, "forum", SINCE + HOUR): 1,
        (THEIRS, "hn", SINCE + HOUR): 1,
    }
    figures = counting.figures(OURS)
    assert figures.mentions == 4
    assert figures.channels == {"hn": 3, "forum": 1}
    assert figures.hours == {SINCE: 2, SINCE + HOUR: 2}


def test_what_lies_outside_the_stretch_or_is_doubtful_does_not_count():
    counting = counted(row(1, -0.1), row(2, 7 * 24), row(3, tier=Tier.DOUBTFUL), row(4))
    assert counting.figures(OURS).mentions == 1


def test_copies_are_one_story_and_one_person_is_one_author():
    figures = counted(
        row(1, text="Northwind Air is down", author="ines"),
        row(2, 5, text="NORTHWIND AIR is down!", author="Ines"),  # a copy, by the same person
        row(3, 6, text="Northwind Air is late", author="marek"),
    ).figures(OURS)
    assert (figures.mentions, figures.stories, figures.authors) == (3, 2, 2)


def test_the_same_handle_on_another_kind_of_channel_is_another_author():
    figures = counted(row(1, author="ines"), row(2, author="ines", kind="bluesky")).figures(OURS)
    assert figures.authors == 2


def test_reach_counts_a_place_once_a_day_by_its_largest_audience():
    article = {"title": "News", "author": "desk"}
    figures = counted(
        row(1, 1, url="https://news.example/a", followers=1000, **article),
        row(2, 2, url="https://www.news.example/b", followers=1500, **article),  # same site and day
        row(3, 25, url="https://news.example/c", followers=1000, **article),  # the next day
        row(4, 3, author="ines", views=40),
        row(5, 4, author="marek"),  # tells no audience
    ).figures(OURS)
    # 1500 on the first day and 1000 on the second for the site, 40 for Ines, nothing for Marek
    assert figures.reach == 1500 + 1000 + 40
    assert figures.places == 4
    assert figures.told == pytest.approx(4 / 5)


def test_sentiment_is_split():
    figures = counted(row(1, sentiment=Sentiment.NEGATIVE), row(2, sentiment=Sentiment.NEGATIVE),
                      row(3, sentiment=Sentiment.POSITIVE)).figures(OURS)  # fmt: skip
    assert figures.sentiment == {
        Sentiment.NEGATIVE: 2,
        Sentiment.NEUTRAL: 0,
        Sentiment.POSITIVE: 1,
    }


def test_a_brand_of_which_nobody_spoke_has_figures_of_zero():
    figures = counted(row(1)).figures(THEIRS)
    assert (figures.mentions, figures.stories, figures.authors, figures.reach) == (0, 0, 0, 0)
    assert figures.told is None


def test_share_of_voice_is_own_by_own_and_competitors_raw_by_story_and_by_reach():
    rows = [row(n, brand=OURS, views=10) for n in range(30)]
    rows += [
        row(100 + n, brand=THEIRS, text="Corvane Airways: win a seat", views=10, author="bot")
        for n in range(60)
    ]  # one text, one account
    rows += [row(200 + n, brand=THEIRS, views=10) for n in range(9)]
    counting = counted(*rows)
    both = (OURS, THEIRS)
    raw, story, reach = (
        {share.brand: share for share in measured(both)}
        for measured in (counting.shares_of_mentions, counting.shares_of_stories,
                         counting.shares_of_reach)
    )  # fmt: skip
    assert raw[OURS].part == pytest.approx(30 / 99)
    assert story[OURS].part == pytest.approx(30 / 40)
    assert reach[OURS].part == pytest.approx(300 / 400)  # the bot reaches ten people, once
    assert raw[OURS].part + raw[THEIRS].part == pytest.approx(1)
    # Sixty copies are one voice that might as well not have spoken: the interval knows.
    assert raw[OURS].low < 0.30
    assert raw[OURS].high > 0.70
    assert story[OURS].high - story[OURS].low < 0.35


def test_the_interval_of_voices_that_are_not_clumped_is_that_of_a_binomial():
    counting = counted(*(row(n, brand=OURS if n % 2 else THEIRS) for n in range(400)))
    share = counting.shares_of_mentions((OURS, THEIRS))[0]
    # 0.5 +- 1.96 x sqrt(0.5 x 0.5 / 400) = 0.451 .. 0.549
    assert share.low == pytest.approx(0.451, abs=0.006)
    assert share.high == pytest.approx(0.549, abs=0.006)


def test_an_interval_covers_the_truth_as_often_as_it_says():
    # 200 worlds of 300 clumped stories in which our share is truly 1/3: of 200 intervals of 95%
    # 190 hold it on average; 180 or fewer come by chance once in a thousand.
    random = Random(7)
    held = 0
    for _ in range(200):
        measured = {OURS: np.zeros(GROUPS), THEIRS: np.zeros(GROUPS)}
        for group in range(300):
            whose = OURS if random.random() < 1 / 3 else THEIRS
            measured[whose][group] += 1 + int(random.paretovariate(2.5))
        share = shares(measured)[0]
        held += share.low <= 1 / 3 <= share.high
    assert held > 180


def test_the_same_rows_give_the_same_interval_in_whatever_order_they_come():
    rows = [row(n, n % 90, brand=OURS if n % 3 else THEIRS, views=n) for n in range(90)]
    shuffled = list(rows)
    Random(1).shuffle(shuffled)
    one, other = counted(*rows), counted(*shuffled)
    both = (OURS, THEIRS)
    assert one.shares_of_mentions(both) == other.shares_of_mentions(both)
    assert one.shares_of_reach(both) == other.shares_of_reach(both)


def test_of_few_stories_no_interval_is_told():
    share = counted(row(1), row(2, brand=THEIRS)).shares_of_mentions((OURS, THEIRS))[0]
    assert (share.part, share.low, share.high) == (0.5, None, None)


def test_a_brand_that_nobody_named_may_still_have_a_share():
    counting = counted(*(row(n, brand=THEIRS) for n in range(60)))
    ours, theirs = counting.shares_of_mentions((OURS, THEIRS))
    assert (ours.part, ours.low, ours.high) == (0, 0, pytest.approx(3 / 60, abs=0.004))
    assert (theirs.part, theirs.low) == (1, pytest.approx(1 - 3 / 60, abs=0.004))


def test_of_nothing_said_there_is_no_share():
    assert [one.part for one in counted().shares_of_mentions((OURS, THEIRS))] == [None, None]


def test_distinct_names_are_counted_exactly_beyond_what_is_sorted_at_once():
    parts = [Keys() for _ in range(3)]
    for number in range(5000):
        parts[number % 3].add(key_of(str(number % 3200)))
    assert total(parts) == 3200


def test_hashes_come_out_in_order_and_each_once_however_they_are_sorted_in():
    held, largest, given = Keys(), Largest(), {}
    for number in range(30_000):
        key = key_of(str(number * 7 % 20_000))
        held.add(key)
        largest.add(key, number)
        given[key] = number
    assert held.all().tolist() == sorted(given)
    assert dict(zip(*map(np.ndarray.tolist, largest.all()), strict=True)) == given


def test_a_sample_of_stories_does_not_depend_on_their_order():
    rows = [row(n) for n in range(300)]
    one, other = Sample(most=50), Sample(most=50)
    for each in rows:
        one.add(each)
    for each in reversed(rows):
        other.add(each)
    texts = {story.text for story in one.stories()}
    assert texts == {story.text for story in other.stories()}
    assert 20 < len(texts) <= 50


@pytest.mark.parametrize(
    ("values", "part", "expected"),
    [((), 0.9, None), ((7,), 0.9, 7), (range(1, 12), 0.9, 10), ((1, 2), 0.9, 1.9)],
)
def test_a_quantile_lies_on_the_straight_line_between_two_values(values, part, expected):
    assert quantile(values, part) == (expected if expected is None else pytest.approx(expected))


# ---------------------------------------------------------------- the heat map


def heat(period, zone, *times):
    quarters = {}
    for at in times:
        moment = quarter_of(datetime.fromisoformat(at))
        quarters[moment] = quarters.get(moment, 0) + 1
    return heat_map(quarters, zone, period.since, period.until)


def test_peak_hours_are_those_of_the_brand_s_clock():
    period = Period(SINCE - 7 * 24 * HOUR, SINCE, UNTIL)
    cells = heat(period, "Asia/Kolkata", "2026-03-02T18:40+00:00")  # 00:10 on Tuesday there
    assert [(c.weekday, c.hour) for day in cells for c in day if c.mentions] == [(1, 0)]


def test_the_hour_that_a_clock_leaves_out_in_spring_never_came():
    # In Berlin 29 March 2026 goes from 01:59 to 03:00.
    period = named("2026-03-23..2026-03-29", "Europe/Berlin", UNTIL + timedelta(days=60))
    assert (period.until - period.since) == timedelta(hours=167)
    cells = heat(period, "Europe/Berlin", "2026-03-29T00:59+00:00", "2026-03-29T01:00+00:00")
    assert (cells[6][2].hours, cells[6][2].rate) == (0, None)
    assert [(c.hour, c.mentions) for c in cells[6] if c.mentions] == [(1, 1), (3, 1)]
    assert sum(cell.hours for day in cells for cell in day) == 167


def test_the_hour_that_comes_twice_in_autumn_counts_by_the_hour():
    # In Berlin 25 October 2026 goes through 02:00 to 02:59 twice: from 00:00 and from 01:00 UTC.
    period = named("2026-10-19..2026-10-25", "Europe/Berlin", datetime(2026, 11, 1, tzinfo=UTC))
    cells = heat(period, "Europe/Berlin", "2026-10-25T00:30+00:00", "2026-10-25T01:30+00:00",
                 "2026-10-25T02:30+00:00")  # fmt: skip
    twice, once = cells[6][2], cells[6][3]
    assert (twice.mentions, twice.hours, twice.rate) == (2, 2, 1)
    assert (once.mentions, once.hours, once.rate) == (1, 1, 1)
    assert sum(cell.hours for day in cells for cell in day) == 169


# ---------------------------------------------------------------- gaps and coverage

CHANNEL = Channel("news", "feed", timedelta(minutes=10))


def test_coverage_is_the_share_of_channel_hours_that_were_seen():
    hours = hours_of(SINCE, SINCE + 4 * HOUR)
    news = Fared("news", frozenset(hours), frozenset(hours[:1]))  # dark in one of four
    late = Fared("forum", frozenset(hours[2:]), frozenset())  # first watched in the third
    assert coverage([news], hours) == 3 / 4
    assert coverage([late], hours) == 2 / 4
    assert coverage([news, late], hours) == 5 / 8
    assert coverage([news, late], hours[2:]) == 1
    assert coverage([], hours) is None


def test_a_channel_is_dark_where_it_should_have_been_polled_and_was_not_well():
    state = ChannelState("id", Health.OK, first_seen_at=SINCE + HOUR)
    polls = [ChannelHour(SINCE + HOUR, ok=6), ChannelHour(SINCE + 2 * HOUR, not_ok=6)]
    found = fared(CHANNEL, state, polls, SINCE, SINCE + 4 * HOUR)
    assert found.watched == {SINCE + HOUR, SINCE + 2 * HOUR, SINCE + 3 * HOUR}
    assert found.dark == {SINCE + 2 * HOUR, SINCE + 3 * HOUR}


def test_the_coverage_of_a_peak_hour_is_that_of_its_own_hours():
    hours = hours_of(SINCE, UNTIL)
    news = Fared("news", frozenset(hours), frozenset(hours[:24]))  # dark all Monday
    cells = heat_map({}, "UTC", SINCE, UNTIL, [news])
    assert {cell.coverage for cell in cells[0]} == {0}
    assert {cell.coverage for cell in cells[1]} == {1}


def watching(*names):
    return Watchlist(tuple(Brand(name, Role.OWN, ()) for name in names), (), "v")


def test_a_share_says_which_brand_was_not_watched_all_the_time():
    versions = [(SINCE - HOUR, watching(OURS)), (SINCE + 42 * HOUR, watching(OURS, THEIRS))]
    assert partly_watched((OURS, THEIRS), versions, SINCE, UNTIL) == (
        PartlyWatched(THEIRS, 126, 168),
    )


def test_brands_that_were_watched_all_the_time_are_alike():
    versions = [(SINCE - HOUR, watching(OURS, THEIRS)), (SINCE + HOUR, watching(OURS, THEIRS))]
    assert partly_watched((OURS, THEIRS), versions, SINCE, UNTIL) == ()


def test_what_was_watched_before_the_oldest_watchlist_is_not_known():
    versions = [(SINCE + HOUR, watching(OURS))]
    assert partly_watched((OURS,), versions, SINCE, UNTIL) == (PartlyWatched(OURS, None, 168),)


# ---------------------------------------------------------------- periods that people name


@pytest.mark.parametrize(
    ("name", "before", "since", "until"),
    [
        ("yesterday", "2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00",
         "2026-03-31T00:00+02:00"),
        ("last-week", "2026-03-16T00:00+01:00", "2026-03-23T00:00+01:00",
         "2026-03-30T00:00+02:00"),
        ("last-month", "2026-01-01T00:00+01:00", "2026-02-01T00:00+01:00",
         "2026-03-01T00:00+01:00"),
        ("2026-02", "2026-01-01T00:00+01:00", "2026-02-01T00:00+01:00",
         "2026-03-01T00:00+01:00"),
        ("2026-03-10", "2026-03-09T00:00+01:00", "2026-03-10T00:00+01:00",
         "2026-03-11T00:00+01:00"),
        ("2026-03-27..2026-03-29", "2026-03-24T00:00+01:00", "2026-03-27T00:00+01:00",
         "2026-03-30T00:00+02:00"),
    ],
)  # fmt: skip
def test_a_named_period_is_of_whole_days_on_the_brand_s_clock(name, before, since, until):
    now = datetime.fromisoformat("2026-03-31T10:00+02:00")
    period = named(name, "Europe/Berlin", now)
    expected = (datetime.fromisoformat(at).astimezone(UTC) for at in (before, since, until))
    assert (period.before, period.since, period.until) == tuple(expected)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("next-week", "expected yesterday, last-week"),
        ("2026-02-30", "day"),
        ("2026-03-31", "has not ended"),
        ("2026-03-10..2026-03-09", "ends before it begins"),
    ],
)
def test_a_period_that_is_none_is_refused_with_what_is_expected(name, said):
    with pytest.raises(ValueError, match=said):
        named(name, "Europe/Berlin", datetime(2026, 3, 31, 10, tzinfo=UTC))
