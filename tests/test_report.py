"""The report of a brand: what it says, that it runs nothing, and how a browser shows it."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from earwitness.exports import definitions
from earwitness.exports.report import page
from earwitness.exports.summing import compared_with, history_since, summed_up
from earwitness.model import Alerting, Intent, Mute, Sentiment
from earwitness.periods import named
from tests.browser import CHROMIUM, chromium
from tests.report_scenario import (
    CORVANE,
    LANTERN,
    OURS,
    PERIOD,
    WATCHLIST,
    rows,
    shown_report,
    surroundings,
)
from tests.rows import a_row

ROOT = Path(__file__).parents[1]
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def report():
    return shown_report()


@pytest.fixture(scope="module")
def html(report):
    return page(report)


def test_the_report_counts_the_period_beside_the_one_before(report):
    inside = [row for row in rows() if row.brand == OURS.name]
    now = [row for row in inside if PERIOD.since <= row.posted_at < PERIOD.until]
    before = [row for row in inside if PERIOD.before <= row.posted_at < PERIOD.since]
    assert report.own.now.mentions == len(now)
    assert report.own.before.mentions == len(before)
    assert sum(day.mentions for day in report.days) == len(now)


def test_a_brand_of_ours_is_compared_with_competitors_and_they_with_us():
    assert compared_with(OURS, WATCHLIST) == (OURS.name, CORVANE.name, LANTERN.name)
    assert compared_with(CORVANE, WATCHLIST) == (CORVANE.name, OURS.name)


def test_g5_gaps_are_in_the_coverage_of_the_period_the_day_and_the_channel(report):
    # 14 + 3 hours of 4 channels x 168 hours were dark
    assert report.coverage == pytest.approx(1 - 17 / (4 * 168))
    assert report.coverage_before == 1
    # of Wednesday 12 hours of one channel (the other two are Thursday's)
    assert report.days[2].coverage == pytest.approx(1 - 12 / (4 * 24))
    covered = {one.channel: one.coverage for one in report.channels}
    assert covered["bluesky"] == pytest.approx(1 - 14 / 168)
    assert covered["hn"] == 1


def test_a_launch_and_a_trouble_of_a_competitor_are_told(report):
    corvane = report.competitors[0]
    assert [burst.kind for burst in corvane.bursts] == ["launch", "incident"]
    assert "lisbon route" in {topic.term for topic in corvane.topics}
    assert report.competitors[1].bursts == ()


def test_people_who_change_are_told_with_the_direction(report):
    told = [(one.left, one.joined, one.authors) for one in report.switches]
    assert told == [(OURS.name, CORVANE.name, 6), (CORVANE.name, OURS.name, 3)]


def test_g5_a_share_of_a_brand_not_watched_all_the_time_says_so(report, html):
    assert [(one.brand, one.hours) for one in report.unlike] == [(LANTERN.name, 120)]
    assert "Not like for like: Lantern was watched in 120 of 168 hours of the period." in html
    assert re.search(r"Its share of voice is \d+%, not like for like\.", html)


def test_g5_a_share_to_compare_with_says_so_too(report, html):
    assert [(one.brand, one.hours) for one in report.unlike_before] == [(LANTERN.name, 0)]
    assert "Lantern was watched in 0 of 168 hours of the period before." in html


def test_g5_a_brand_that_was_not_watched_for_a_moment_was_not_watched_all_the_time():
    before, moment = PERIOD.before - HOUR, timedelta(minutes=20)
    both, one = replace(WATCHLIST, brands=(OURS, CORVANE)), replace(WATCHLIST, brands=(OURS,))
    versions = ((before, both), (PERIOD.since, one), (PERIOD.since + moment, both))
    around = replace(surroundings(), watchlist=both, versions=versions)
    html = page(summed_up(OURS, PERIOD, [a_row(1, at=PERIOD.since)], around))
    assert "Corvane Airways was watched in 167 of 168 hours of the period." in html


def test_g5_a_period_that_lacks_an_hour_is_not_wholly_seen():
    fares = [replace(one, dark=frozenset()) for one in surroundings().fares] * 10
    fares[0] = replace(fares[0], dark=frozenset({PERIOD.since}))  # 1 of 40 channels x 168 hours
    html = page(summed_up(OURS, PERIOD, (), replace(surroundings(), fares=tuple(fares))))
    assert "Every figure here is of &gt;99.9% of what should have been seen" in html
    assert "100.0%" not in html


def test_what_is_muted_is_left_out_before_anything_is_counted():
    quiet = replace(OURS, alerting=Alerting(mute=Mute(authors=("@desk",), words=("islands",))))
    around = replace(surroundings(), watchlist=replace(WATCHLIST, brands=(quiet, CORVANE)))
    at = PERIOD.since + HOUR
    held = [
        a_row(1, at=at, author="desk"),
        a_row(2, at=at, text=f"{OURS.name} to the Islands"),
        a_row(3, at=at),
        a_row(4, at=at, author="desk", brand=CORVANE.name),  # it mutes nobody
    ]
    report = summed_up(quiet, PERIOD, held, around)
    assert report.own.now.mentions == 1
    assert report.competitors[0].compared.now.mentions == 1


def test_a_story_told_by_many_sites_reaches_each_once_a_day(report):
    # 24 copies on 8 sites over two days: each site comes on both
    story = report.stories[0]
    assert (story.posts, story.audience) == (24, 16 * 52_000)


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Europe/Berlin", "America/St_Johns"])
def test_a_month_is_drawn_by_days_on_the_brand_s_clock(zone):
    # October 2026: clocks go back in Berlin, never move in Kolkata, stand half an hour off there
    brand = replace(OURS, time_zone=zone)
    period = named("2026-10", zone, datetime(2026, 11, 16, tzinfo=UTC))
    begins = [period.since + timedelta(minutes=10), period.until - timedelta(minutes=10)]
    held = [a_row(n, at=at) for n, at in enumerate(begins)]
    report = summed_up(brand, period, held, surroundings())
    assert len(report.days) == 31
    assert [day.mentions for day in report.days] == [1, *[0] * 29, 1]
    html = page(report)
    assert "Mentions by the day, 1 at the most (1 Oct)." in html
    assert '<th scope="row">Sat 31 Oct</th>' in html


@pytest.mark.parametrize(
    ("zone", "name"),
    [("Africa/Cairo", "2026-04-20..2026-04-26"), ("America/Santiago", "2026-09-01..2026-09-07")],
)
def test_days_after_one_without_a_midnight_begin_at_theirs(zone, name):
    # clocks go from 0:00 to 1:00 on 24 April in Cairo, on 6 September in Santiago
    brand = replace(OURS, time_zone=zone)
    period = named(name, zone, datetime(2026, 11, 16, tzinfo=UTC))
    report = summed_up(
        brand, period, [a_row(1, at=period.until - 23.5 * HOUR)], replace(surroundings(), fares=())
    )
    assert [day.mentions for day in report.days] == [0] * 6 + [1]


def test_an_empty_period_is_a_page_too():
    bare = replace(surroundings(), responses=(), incidents=())
    html = page(summed_up(OURS, PERIOD, (), bare))
    assert "was mentioned 0 times" in html
    assert "Nothing was said in the whole period." in html


class Seen(HTMLParser):
    """The tags and attributes that a browser would see."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes = [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes


EVIL = '<script>alert(1)</script><img src=x onerror=alert(2)> "><b onload=x>'


def attacked():
    hostile = [
        a_row(n, text=f"{OURS.name} {EVIL} {n} write ann@post.example",
              title=EVIL if n % 2 else None, at=PERIOD.since + HOUR,
              author=f"{EVIL}{n}", url="javascript:alert(1)",
              channel=EVIL, views=100, sentiment=Sentiment.NEGATIVE, intent=Intent.OUTAGE)
        for n in range(40)
    ]  # fmt: skip
    return page(summed_up(OURS, PERIOD, hostile, surroundings()))


def test_a9_what_posts_say_runs_nothing():
    seen = Seen(attacked())
    assert set(seen.tags) & {"script", "iframe", "object", "img", "link", "b"} == set()
    assert {name for name, _ in seen.attributes if name.startswith("on")} == set()
    assert all("javascript:" not in (value or "") for _, value in seen.attributes)


def test_personal_data_in_quotes_is_hidden():
    assert "ann@post.example" not in attacked()


def test_a9_the_page_allows_its_own_style_alone(html):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert policy.startswith("default-src &#39;none&#39;; style-src &#39;sha256-")
    assert " style=" not in html


def test_every_figure_has_words_and_a_table(html):
    seen = Seen(html)
    labels = [value for name, value in seen.attributes if name == "aria-label"]
    assert len(labels) == seen.tags.count("figure") == 1
    assert "49 at the most" in labels[0]
    assert "<caption>Mentions by day" in html


def test_the_dictionary_of_figures_is_in_the_page_and_in_the_documentation(html):
    assert definitions.markdown() in (ROOT / "docs/reports.md").read_text("utf-8")
    text = unescape(html)
    assert all(one.says in text for one in definitions.DEFINITIONS)


def test_the_same_rows_give_the_same_page(html):
    assert page(shown_report()) == html


# ---------------------------------------------------------------- in a browser

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium is not installed: apt install chromium"
)
CONTRASTS = """
[...document.querySelectorAll('body *')].flatMap(element => {
  const own = [...element.childNodes].some(n => n.nodeType === 3 && n.data.trim());
  if (!own || element.closest('svg')) return [];
  const light = color => {
    const [r, g, b] = color.match(/[\\d.]+/g).map(Number).map(c => c / 255)
      .map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  let behind = element, color = 'rgba(0, 0, 0, 0)';
  while (behind && color === 'rgba(0, 0, 0, 0)') {
    color = getComputedStyle(behind).backgroundColor;
    behind = behind.parentElement;
  }
  const pair = [light(getComputedStyle(element).color), light(color)].sort((a, b) => b - a);
  const contrast = (pair[0] + .05) / (pair[1] + .05);
  return contrast < 4.5 ? [element.outerHTML.slice(0, 80) + ' ' + contrast.toFixed(2)] : [];
})
"""


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@needs_chromium
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("what", ["a week", "an attack", "nothing"])
def test_a_browser_shows_it_without_errors_requests_or_scrolling(
    browser, tmp_path, html, what, width
):
    shown = {
        "a week": lambda: html,
        "an attack": attacked,
        "nothing": lambda: page(summed_up(OURS, PERIOD, (), surroundings())),
    }[what]()
    path = tmp_path / "report.html"
    path.write_text(shown, "utf-8")
    seen = browser.look(path, width, mobile=width < 500)
    assert (seen.console, seen.requests) == ([], [])
    assert seen.width == width


@needs_chromium
def test_a9_the_browser_would_see_what_must_not_be_there(browser, tmp_path):
    path = tmp_path / "bad.html"
    path.write_text('<div style="width: 900px">x</div><script>console.error(1)</script>'
                    "<img src=http://127.0.0.1:9/x>", "utf-8")  # fmt: skip
    seen = browser.look(path, 390, mobile=True)
    assert seen.console
    assert seen.requests == ["http://127.0.0.1:9/x"]
    assert seen.width > 390


@needs_chromium
def test_all_text_stands_out_from_what_is_behind_it(browser, tmp_path, html):
    path = tmp_path / "report.html"
    path.write_text(html, "utf-8")
    _, faint = browser.look(path, 1280, evaluate=CONTRASTS)
    assert faint == []


@needs_chromium
def test_a_screen_reader_is_told_of_the_chart_and_of_tables(browser, tmp_path, html):
    path = tmp_path / "report.html"
    path.write_text(html, "utf-8")
    tree = browser.look(path, 1280).tree
    named = [(n["role"]["value"], n.get("name", {}).get("value", "")) for n in tree if "role" in n]
    assert any(role == "image" and "49 at the most" in name for role, name in named)
    assert all(name for role, name in named if role == "image")
    assert sum(role == "table" for role, _ in named) >= 9
    assert next(name for role, name in named if role == "heading").startswith("Northwind Air")


def test_a_period_s_rows_begin_two_weeks_before_it():
    assert history_since(PERIOD) == PERIOD.since - timedelta(days=14, hours=1)
