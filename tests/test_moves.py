"""Moves: who goes from one brand to another, what rose, and what burst."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from earwitness import watchlist
from earwitness.exports.aggregates.topics import Sampled, Stops, log_likelihood, topics
from earwitness.exports.moves import Watching
from earwitness.exports.rows import row_of
from earwitness.judging.language import function_words
from earwitness.model import Author, Intent, Sentiment
from earwitness.periods import Period
from earwitness.watch import Watched
from tests.posts import a_post
from tests.rows import a_row

ROOT = Path(__file__).parents[1]
CASES = yaml.safe_load((ROOT / "tests/cases/moves.yaml").read_text("utf-8"))
SINCE = datetime(2026, 3, 2, tzinfo=UTC)
PERIOD = Period(SINCE - timedelta(days=7), SINCE, SINCE + timedelta(days=7))


@pytest.fixture(scope="module")
def watched():
    text = (ROOT / "watchlist.yaml").read_bytes()
    return Watched.of(watchlist.load(text, "watchlist.yaml", allow_loopback=True))


def switches(watched, *texts, language):
    watching = Watching(PERIOD)
    for number, text in enumerate(texts):
        post = a_post(
            text, source_id=str(number), language=language, author=Author(handle=f"a{number}"),
            published_at=SINCE + timedelta(hours=1), fetched_at=SINCE + timedelta(hours=2),
        )  # fmt: skip
        for mention in watched.mentions([post]):
            watching.add(row_of(mention))
    return [(one.left, one.joined, one.authors) for one in watching.switches()]


@pytest.mark.parametrize(
    ("language", "text", "left", "joined"),
    [(language, *case) for language, cases in CASES.items() for case in cases],
)
def test_who_changes_brands_is_told_with_the_direction(watched, language, text, left, joined):
    expected = [] if left == "-" else [(left, joined, 1)]
    assert switches(watched, text, language=language) == expected


def test_a_move_that_is_said_of_one_brand_alone_goes_to_the_one_that_is_praised(watched):
    text = "I left Corvane Airways last spring. Northwind Air is wonderful, lovely crew, thank you"
    assert switches(watched, text, language="en") == [("Corvane Airways", "Northwind Air", 1)]


def test_people_are_counted_who_move_and_not_their_posts(watched):
    text = "I switched from Corvane Airways to Northwind Air"
    watching = Watching(PERIOD)
    for number, author in enumerate(("ines", "ines", "marek")):
        post = a_post(text, source_id=str(number), author=Author(handle=author), language="en",
                      published_at=SINCE, fetched_at=SINCE)  # fmt: skip
        for mention in watched.mentions([post]):
            watching.add(row_of(mention))
    (switch,) = watching.switches()
    assert (switch.authors, switch.examples) == (2, (text,))


def test_a_log_likelihood_is_that_of_the_worked_example():
    # 10 of 100 stories now, 2 of 100 before: both expected at 6.
    # 2 x (10 ln(10/6) + 2 ln(2/6)) = 2 x (5.1083 - 2.1972) = 5.822
    assert log_likelihood(10, 2, 100, 100) == pytest.approx(5.8221, abs=1e-4)
    assert log_likelihood(0, 0, 100, 100) == 0
    assert log_likelihood(5, 5, 100, 100) == 0


STOPS = Stops({one: function_words(one) for one in ("en", "de")}, ["Corvane Airways"])


def said(text, number, language="en"):
    return Sampled(text, language, f"author{number}", SINCE)


def quiet(many):
    return [said(f"Corvane Airways seat {n} was fine", n) for n in range(many)]


def test_the_words_that_rose_are_topics_without_stop_words_and_names():
    now = quiet(40) + [said(f"The Lisbon route of Corvane Airways opens, hop {n}", 100 + n)
                       for n in range(12)]  # fmt: skip
    found = topics(now, quiet(50), STOPS)
    assert next((one.term, one.stories, one.before) for one in found) == ("lisbon route", 12, 0)
    words = {word for one in found for word in one.term.split()}
    assert words & {"the", "of", "corvane", "airways"} == set()


def test_stop_words_are_those_of_the_language():
    now = quiet(40) + [said(f"Corvane Airways die Strecke und die {n}", 100 + n, "de")
                       for n in range(12)]  # fmt: skip
    assert [one.term for one in topics(now, quiet(50), STOPS)] == ["strecke"]


def test_one_text_copied_is_no_topic():
    watching = Watching(PERIOD)
    for number in range(60):
        row = a_row(number, brand="Corvane Airways", at=SINCE - timedelta(days=1),
                    text=f"Corvane Airways seat {number}")  # fmt: skip
        watching.add(row)
    for number in range(100, 160):
        watching.add(a_row(number, brand="Corvane Airways", at=SINCE, text="Corvane Airways: win "
                           "a voucher today"))  # fmt: skip
    assert watching.topics("Corvane Airways", STOPS) == ()


def test_one_author_who_repeats_a_word_is_no_topic():
    now = quiet(20) + [Sampled(f"Corvane Airways voucher {n}", "en", "bot", SINCE)
                       for n in range(20)]  # fmt: skip
    assert topics(now, quiet(50), STOPS) == ()


def burst_of(kind):
    changes = {
        "launch": {"text": "Corvane Airways launches a new route to Lisbon, says number {}"},
        "incident": {"text": "Corvane Airways is down, number {}", "intent": Intent.OUTAGE},
        "burst": {"text": "Corvane Airways in a song, verse {}"},
        "negative": {"text": "Corvane Airways in a row, row {}", "sentiment": Sentiment.NEGATIVE},
    }[kind]
    watching = Watching(PERIOD)
    at = SINCE + timedelta(days=3, hours=10)
    for number in range(30):
        row = dict(changes)
        text = row.pop("text").format(number)
        watching.add(a_row(number, brand="Corvane Airways", text=text, at=at, **row))
    history = {SINCE - timedelta(hours=hour): 1 for hour in range(1, 14 * 24)}
    return watching.bursts("Corvane Airways", {**history, at: 30}, (), STOPS)


@pytest.mark.parametrize(
    ("what", "kind"),
    [("launch", "launch"), ("incident", "incident"), ("burst", "burst"), ("negative", "incident")],
)
def test_a_burst_is_named_by_what_its_posts_tell(what, kind):
    (burst,) = burst_of(what)
    assert (burst.kind, burst.stories, burst.mentions) == (kind, 30, 30)


def test_a_quiet_week_has_no_burst():
    hours = {SINCE + timedelta(hours=hour): 1 for hour in range(-14 * 24, 7 * 24)}
    assert Watching(PERIOD).bursts("Corvane Airways", hours, (), STOPS) == ()


def test_without_two_weeks_that_were_watched_there_is_no_burst():
    at = SINCE + timedelta(days=3)
    dark = {SINCE + timedelta(hours=hour) for hour in range(-14 * 24, 72)}
    assert Watching(PERIOD).bursts("Corvane Airways", {at: 30}, dark, STOPS) == ()
