"""Digests: when they are due, what they count, what they say, and that each is told once."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from earwitness import digests, stories
from earwitness.alerting.wording import Setting, compose
from earwitness.alerting.wording.phrases import LANGUAGES, phrases
from earwitness.coverage import gap
from earwitness.digests import Around, Period
from earwitness.digests.report import report
from earwitness.digests.telling import to_tell
from earwitness.digests.telling_apart import as_stories
from earwitness.figures import median, response_times, share_of_voice
from earwitness.model import (
    Acknowledgement,
    Alerting,
    Author,
    Brand,
    Channel,
    ChannelGap,
    ChannelHour,
    ChannelState,
    Engagement,
    Group,
    Health,
    Mute,
    Priority,
    Response,
    Role,
    Sentiment,
    Term,
    Tier,
    Verdict,
)
from earwitness.near_misses import rulings
from tests.posts import NOW, a_judgement, a_match, a_mention, a_post
from tests.stack import Context, deployed, sqs_event

BERLIN, KOLKATA = "Europe/Berlin", "Asia/Kolkata"
OURS = Brand("Northwind Air", Role.OWN, (Term("Northwind Air"),), BERLIN, digest="daily")
THEIRS = Brand("Corvane Airways", Role.COMPETITOR, (Term("Corvane Airways"),), BERLIN)
PERIOD = Period(NOW - timedelta(days=2), NOW - timedelta(days=1), NOW)


def at(text):
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("every", "zone", "now", "since", "until"),
    [
        ("daily", BERLIN, "2026-03-02T08:00+01:00",
         "2026-03-01T08:00+01:00", "2026-03-02T08:00+01:00"),
        ("daily", BERLIN, "2026-03-02T13:59+01:00",
         "2026-03-01T08:00+01:00", "2026-03-02T08:00+01:00"),
        ("daily", BERLIN, "2026-03-29T09:00+02:00",
         "2026-03-28T08:00+01:00", "2026-03-29T08:00+02:00"),
        ("daily", KOLKATA, "2026-03-02T02:30+00:00",
         "2026-03-01T08:00+05:30", "2026-03-02T08:00+05:30"),
        ("weekly", BERLIN, "2026-03-02T08:15+01:00",
         "2026-02-23T08:00+01:00", "2026-03-02T08:00+01:00"),
        ("hourly", BERLIN, "2026-03-02T08:15+01:00",
         "2026-03-02T07:00+01:00", "2026-03-02T08:00+01:00"),
    ],
)  # fmt: skip
def test_a_period_ends_by_the_clock_of_the_brand(every, zone, now, since, until):
    period = digests.due(every, zone, at(now))
    assert (period.since, period.until) == (at(since), at(until))


@pytest.mark.parametrize(
    ("every", "now"),
    [
        ("daily", "2026-03-02T07:59+01:00"),  # yesterday's is too late by now
        ("daily", "2026-03-02T14:01+01:00"),
        ("weekly", "2026-03-03T08:01+01:00"),
        ("hourly", "2026-03-02T08:46+01:00"),
    ],
)
def test_a_digest_that_is_too_late_is_left_out(every, now):
    assert digests.due(every, BERLIN, at(now)) is None


def mention(source_id, *, hours=1, brand="Northwind Air", sentiment=Sentiment.NEUTRAL, **changes):
    tier = changes.pop("tier", Tier.SURE)
    text = changes.pop("text", f"{brand} {source_id}")
    post = a_post(
        text,
        source_id=str(source_id),
        published_at=NOW - timedelta(hours=hours),
        **{"author": Author(handle=f"author{source_id}"), "engagement": Engagement(), **changes},
    )
    return a_mention(
        post=post,
        matches=(a_match(brand, text, brand=brand, tier=tier),),
        judgement=a_judgement(sentiment=sentiment),
        brand=brand,
    )


def counted(*mentions, brand=OURS, most=1000):
    return digests.tally(brand, PERIOD, mentions, most)


def test_a_period_is_counted_beside_the_one_before():
    count = counted(
        mention(1, sentiment=Sentiment.NEGATIVE),
        mention(2),
        mention(3, hours=30, sentiment=Sentiment.NEGATIVE),
    ).counted()
    assert (count.mentions, count.before) == (2, 1)
    assert (count.negative, count.neutral, count.positive, count.negative_before) == (1, 1, 0, 1)


def test_a_doubtful_match_is_for_review_and_does_not_count():
    count = counted(mention(1, tier=Tier.DOUBTFUL), mention(2, hours=30, tier=Tier.DOUBTFUL))
    assert (count.total, count.before, len(count.doubtful)) == (0, 0, 1)


def test_hours_are_those_of_the_brand_s_clock():
    local = (NOW - timedelta(hours=1)).astimezone(ZoneInfo(BERLIN)).hour
    assert counted(mention(1)).hours[local] == 1


def test_copies_are_one_story_and_reach_adds_up():
    count = counted(
        mention(1, text="Northwind Air is down", engagement=Engagement(views=100)),
        mention(2, text="NORTHWIND AIR -- is down!", engagement=Engagement(views=50)),
        mention(3, text="Northwind Air is fine", engagement=Engagement(likes=9)),
    )
    digest = digests.sum_up("daily", PERIOD, count, (), Around())
    assert [(one.said.replace("»", "").replace("«", ""), one.number) for one in digest.stories] == [
        ("Northwind Air is down", 150),
        ("Northwind Air is fine", 9),
    ]


def test_near_copies_are_one_story_by_the_id_that_alerts_go_by():
    said = "Northwind Air cancelled every flight out of Lisbon this morning and told nobody at all"
    first = mention(1, hours=9, text=said, engagement=Engagement(views=10))
    others = [
        mention(2, hours=8, text=f"{said}, again", engagement=Engagement(views=100)),
        mention(3, hours=7, text=f"RT @jroth: {said}", engagement=Engagement(views=1000)),
        mention(4, hours=6, text="Northwind Air has a new lounge", engagement=Engagement(views=7)),
    ]
    mark = stories.signature(first.post)
    known = stories.KnownStory("kept", mark, NOW - timedelta(hours=9))
    asked = []

    def kept(keys):
        asked.extend(keys)
        return dict.fromkeys(stories.keys(mark), known)

    around = Around(stories=lambda told: as_stories(told, kept))
    told = digests.sum_up("daily", PERIOD, counted(first, *others), (), around).stories
    assert [(one.mention_id, one.number) for one in told] == [
        (first.mention_id, 1110),
        (others[2].mention_id, 7),
    ]
    assert set(stories.keys(mark)) <= set(asked)


def test_what_is_muted_is_not_counted():
    muted = replace(OURS, alerting=Alerting(mute=Mute(words=("coupon",))))
    count = counted(mention(1, text="Northwind Air coupon"), mention(2), brand=muted)
    assert count.total == 1


def test_a_spelling_that_people_have_ruled_on_is_not_offered_again():
    def near(number, surface):
        text = f"the {surface} blew {number}"
        match = a_match(surface, text, tier=Tier.DOUBTFUL)
        return replace(mention(number, text=text, tier=Tier.DOUBTFUL), matches=(match,))

    count = counted(near(1, "Nordwind"), near(2, "nordwind"), near(3, "nortwynd"))
    digest = digests.sum_up("daily", PERIOD, count, (), Around())
    assert [one.mention_id for one in digest.doubtful] == [
        count.doubtful[0].mention_id,
        count.doubtful[2].mention_id,
    ]
    ruled = rulings(count.doubtful[1], Verdict.NOT_OURS, "kim", NOW)
    digest = digests.sum_up("daily", PERIOD, count, (), Around(ruled=ruled))
    assert [one.mention_id for one in digest.doubtful] == [count.doubtful[2].mention_id]


def waiting(number, minutes, **changes):
    fields = {
        "group_id": f"g{number}",
        "brand": OURS.name,
        "role": Role.OWN,
        "kind": "complaint",
        "priority": Priority.HIGH,
        "opened_at": NOW,
        "due_at": NOW,
        "mention": mention(number),
        "said_at": NOW,
        "respond_by_at": NOW + timedelta(minutes=minutes),
    }
    return Group(**{**fields, **changes})


def test_all_that_is_unanswered_is_counted_and_the_first_due_are_shown():
    groups = (*(waiting(n, 30 - 10 * n) for n in range(8)), waiting(9, 5, acknowledged=True))
    digest = digests.sum_up("daily", PERIOD, counted(), (), Around(groups=groups))
    assert (digest.unanswered_count, digest.overdue) == (8, 4)
    assert [one.mention_id for one in digest.unanswered] == [
        groups[n].mention.mention_id for n in (7, 6, 5, 4, 3)
    ]


def test_an_incident_that_nobody_has_taken_is_unanswered():
    group = waiting(1, -5, mention=None, kind="incident")
    digest = digests.sum_up("daily", PERIOD, counted(), (), Around(groups=(group,)))
    assert [one.said for one in digest.unanswered] == ["many customers are hit"]


def test_a_competitor_s_movement_is_told_with_its_greatest_story():
    theirs = counted(
        mention(1, brand=THEIRS.name, text="Corvane Airways fares", engagement=Engagement(views=9)),
        mention(2, brand=THEIRS.name, text="Corvane Airways strike"),
        mention(3, brand=THEIRS.name, hours=30),
        brand=THEIRS,
    )
    digest = digests.sum_up("daily", PERIOD, counted(), (theirs,), Around())
    email = compose(to_tell(digest, OURS, PERIOD, NOW), Setting(OURS)).email
    assert "Corvane Airways: 2, before 1 (+100%), negative 0, before 0" in email
    assert '- "»Corvane Airways« fares"' in email


def test_a_gap_is_told_with_its_reason():
    fared = ChannelGap("news", 3, 24, Health.DEAD, "http_403")
    digest = digests.sum_up("daily", PERIOD, counted(), (), Around(gaps=(fared,)))
    email = compose(to_tell(digest, OURS, PERIOD, NOW), Setting(OURS)).email
    assert "news: 3 of 24 h without an answer (http_403)" in email


@pytest.mark.parametrize(("language", "hidden"), [("en", "[email]"), ("de", "[E-Mail]")])
def test_personal_data_is_hidden_in_the_reader_s_language(language, hidden):
    brand = replace(OURS, language=language)
    count = counted(mention(1, text="Northwind Air, write ann@post.example"), brand=brand)
    (story,) = digests.sum_up("daily", PERIOD, count, (), Around()).stories
    assert hidden in story.said


def test_a_newcomer_was_not_heard_in_the_period_before():
    known, new = Author(handle="known", followers=900), Author(handle="new", followers=800)
    count = counted(
        mention(1, author=known, hours=30),
        mention(2, author=known),
        mention(3, author=new),
        mention(4),  # reaches nobody that we know of
    )
    assert [one.post.author.handle for one in count.newcomers(5)] == ["new"]


def test_g5_what_was_too_much_to_count_is_said_to_be_missing():
    count = counted(mention(1), mention(2), most=1)
    digest = digests.sum_up("daily", PERIOD, count, (), Around())
    assert (count.total, digest.complete) == (1, False)


def test_share_of_voice_is_a_part_of_all_mentions():
    ours, theirs = counted(mention(1)), counted(mention(2), mention(3), mention(4), brand=THEIRS)
    counts = {one.brand.name: one.total for one in (ours, theirs)}
    assert share_of_voice(counts, "Northwind Air") == 0.25
    assert share_of_voice({}, "Northwind Air") is None


@pytest.mark.parametrize(("values", "middle"), [((), None), ((3, 1, 2), 2), ((4, 1, 2, 3), 2.5)])
def test_a_median_of_two_in_the_middle_is_their_mean(values, middle):
    assert median(values) == middle


def test_response_times_are_medians_and_count_the_late():
    def response(taken, handled, by="Ada"):
        return Response(
            "g", 1, "Northwind Air", "hn", "complaint", Priority.HIGH, NOW,
            NOW + timedelta(minutes=60),
            taken and Acknowledgement(by, NOW + timedelta(minutes=taken)),
            handled and Acknowledgement(by, NOW + timedelta(minutes=handled)),
        )  # fmt: skip

    held = (response(10, 30), response(90, None, "Bo"), response(None, None))
    until = NOW + timedelta(days=1)
    (time,) = response_times(held, lambda one: str(one.priority), until)
    assert (time.alerts, time.taken, time.late) == (3, 2, 2)
    assert (time.first_response, time.handled) == (50 * 60, 30 * 60)
    assert time.slow == 82 * 60  # 10 + 0.9 x (90 - 10) minutes
    assert time.within == pytest.approx(1 / 3)
    (early,) = response_times(held, lambda one: str(one.priority), NOW + timedelta(minutes=30))
    assert (early.late, early.clocked) == (1, 2)  # who may still answer is not late yet
    people = response_times(held, lambda one: one.acknowledged.by if one.acknowledged else "", NOW)
    assert [one.name for one in people] == ["Ada", "Bo"]


@pytest.mark.parametrize(
    ("every", "polls", "dark"),
    [
        (10, {1: (6, 0), 2: (0, 6)}, 22 + 1),  # an hour without any poll is dark as well
        (240, {-3: (1, 0), 1: (1, 0), 5: (1, 0)}, 24 - 10),  # unless it was not to be polled
    ],
)
def test_a_gap_is_an_hour_without_a_good_poll(every, polls, dark):
    channel = Channel("news", "feed", timedelta(minutes=every))
    state = ChannelState("id", Health.OK, first_seen_at=PERIOD.before)
    hours = [
        ChannelHour(PERIOD.since + timedelta(hours=hour), *held) for hour, held in polls.items()
    ]
    found = gap(channel, state, hours, PERIOD)
    assert (found.dark_hours, found.hours) == (dark, 24)


def a_digest(**changes):
    own = counted(
        mention(1, text="<script>alert(1)</script> Northwind Air & co",
                sentiment=Sentiment.NEGATIVE, author=Author(name='"><b onload=x>', followers=12000),
                url="javascript:alert(1)"),
        mention(2, text="Northwind Air, write ann@post.example", sentiment=Sentiment.POSITIVE),
        mention(3, hours=30),
        mention(4, tier=Tier.DOUBTFUL),
    )  # fmt: skip
    theirs = counted(mention(5, brand=THEIRS.name), brand=THEIRS)
    digest = digests.sum_up(
        "daily", PERIOD, own, (theirs,), Around(newcomers=tuple(own.newcomers(5)))
    )
    return replace(digest, **changes)


def shown_digest():
    """A day that has something of everything, for the README's picture."""
    own = counted(
        *(mention(i, hours=i % 23 + 0.5, text=f"Northwind Air flight {i % 9} is late",
                  sentiment=list(Sentiment)[i % 5 % 3], engagement=Engagement(views=i * 31))
          for i in range(140)),
        *(mention(200 + i, hours=30) for i in range(96)),
        mention(400, author=Author(name="Lena Ek", followers=48000),
                text="Northwind Air cancelled my flight twice", engagement=Engagement(views=91000)),
        mention(401, tier=Tier.DOUBTFUL, text="the northwind blew all night"),
    )  # fmt: skip
    rival = counted(*(mention(500 + i, brand=THEIRS.name) for i in range(61)), brand=THEIRS)

    def response(minutes, by):
        mark = Acknowledgement(by, NOW + timedelta(minutes=minutes))
        return Response("g", minutes, OURS.name, "hn", "complaint", Priority.HIGH, NOW,
                        NOW + timedelta(minutes=60), mark, mark)  # fmt: skip

    around = Around(
        newcomers=tuple(own.newcomers(5)),
        responses=(response(12, "Ada"), response(25, "Ada"), response(75, "Kim")),
        gaps=(gap(Channel("aviation news", "feed", timedelta(minutes=10)),
                  ChannelState("id", Health.OK, first_seen_at=PERIOD.before),
                  [ChannelHour(PERIOD.since + timedelta(hours=h), ok=6) for h in range(21)],
                  PERIOD),),
    )  # fmt: skip
    return digests.sum_up("daily", PERIOD, own, (rival,), around)


class Seen(HTMLParser):
    """The tags and attributes that a browser would see."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes = set(), []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes += attributes


@pytest.mark.parametrize("language", LANGUAGES)
def test_a9_a_report_runs_nothing_and_fetches_nothing(language):
    seen = Seen(report(a_digest(), replace(OURS, language=language), {}))
    assert seen.tags & {"script", "iframe", "object", "img", "link"} == set()
    assert {name for name, _ in seen.attributes if name.startswith("on")} == set()
    assert all("javascript:" not in (value or "") for _, value in seen.attributes)


def test_a_report_shows_the_figures_the_charts_and_the_way_to_review():
    digest = a_digest()
    links = {
        one.mention_id: ("https://p.example/a", "https://p.example/x") for one in digest.doubtful
    }
    html = report(digest, OURS, links)
    assert html.count("<svg") == 3
    assert 'href="https://p.example/a"' in html
    assert "ann@post.example" not in html
    assert "@media print" in html


def test_a9_a_report_allows_its_own_style_alone():
    html = report(a_digest(), OURS, {})
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert policy.startswith("default-src &#39;none&#39;; style-src &#39;sha256-")
    assert " style=" not in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_digest_reads_well_on_a_phone(language):
    setting = Setting(replace(OURS, language=language), links={"report": "https://p.example/r"})
    email = compose(to_tell(a_digest(), OURS, PERIOD, NOW), setting).email
    for line in email.splitlines():
        assert max(map(len, line.split()), default=0) <= 40
        assert not re.search(r"^\s|\t|<[A-Za-z/!?]", line)
    assert email.rstrip().endswith("https://p.example/r")
    assert phrases(language)("digest", "mentions") in email


def test_a_digest_for_programs_has_the_figures():
    message = compose(to_tell(a_digest(), OURS, PERIOD, NOW), Setting(OURS))
    said = json.loads(message.machine)
    assert (said["kind"], said["priority"], said["event"]) == ("digest", "normal", "digest")
    assert said["digest"]["counts"][0]["mentions"] == 2
    assert message.attributes["kind"] == "digest"


WATCHLIST = """
brands:
  - {name: Northwind Air, digest: hourly, terms: [Northwind Air]}
  - {name: Corvane Airways, role: competitor, terms: [Corvane Airways]}
  - {name: Air Peregrine, digest: never, terms: [Air Peregrine]}
channels:
  - {name: news, kind: feed, url: "https://news.example/feed"}
"""


def test_a_digest_is_told_once_however_often_its_function_runs():
    with deployed() as stack:
        stack.push(WATCHLIST)
        stack.dispatch.handler(sqs_event("{}"), Context())
        store = stack.digest.store
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
        heard = a_mention(post=a_post(published_at=hour - timedelta(minutes=5)))
        store.keep([heard], hour - timedelta(minutes=4))
        fixed = hour + timedelta(minutes=15)
        stack.digest.datetime = Clock(fixed)
        for _ in range(3):
            stack.digest.handler(sqs_event("{}"), Context())
        stack.notify.handler(sqs_event("{}"), Context())
        told = [one for one in stack.alerts() if json.loads(one["Message"])["kind"] == "digest"]
        (said,) = [json.loads(one["Message"]) for one in told]
        assert said["brand"] == "Northwind Air"
        assert said["digest"]["counts"][0]["mentions"] == 1
        kept = stack.s3.list_objects_v2(Bucket="reports")["Contents"]
        assert [one["Key"] for one in kept] == [f"digests/{said['alert_id']}.html"]
        assert said["links"]["report"].startswith("https://page.example/r.")


class Clock:
    """``datetime`` with a clock that stands."""

    def __init__(self, fixed):
        self.fixed = fixed

    def now(self, zone):
        return self.fixed.astimezone(zone)


def test_a_fall_of_confirmed_subscriptions_is_counted_once():
    with deployed() as stack:
        counts = iter((3, 3, 2, 2, 4))
        stack.digest.topic.subscribers = lambda: next(counts)
        lost = []
        stack.digest.metrics.add_metric = lambda name, _, value: (
            lost.append(value) if name == "SubscriptionsLost" else None
        )
        for _ in range(5):
            stack.digest.handler(sqs_event("{}"), Context())
        assert lost == [0, 0, 1, 0, 0]
