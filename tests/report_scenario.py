"""Two weeks of the fictional airline Northwind Air and its competitors, for reports.

Written for tests and the README's picture; people, brands and addresses are invented. It has
something of everything: an outage, gaps, a competitor's launch and trouble, people who change.
"""

from datetime import UTC, datetime, timedelta
from random import Random

from earwitness.coverage import fared
from earwitness.exports.summing import Surroundings, summed_up
from earwitness.model import (
    Acknowledgement,
    Brand,
    Channel,
    ChannelHour,
    ChannelState,
    Health,
    Incident,
    Intent,
    Priority,
    Reason,
    Response,
    Role,
    Sentiment,
    Term,
    Watchlist,
)
from earwitness.periods import named
from tests.rows import a_row

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
OURS = Brand("Northwind Air", Role.OWN, (Term("Northwind Air"),), "Europe/Berlin")
CORVANE = Brand("Corvane Airways", Role.COMPETITOR, (Term("Corvane Airways"),), "Europe/London")
LANTERN = Brand("Lantern", Role.COMPETITOR, (Term("Lantern"),))
CHANNELS = tuple(
    Channel(name, kind, timedelta(minutes=10))
    for name, kind in (("aviation news", "feed"), ("hn", "hackernews"),
                       ("travellers forum", "feed"), ("bluesky", "bluesky"))
)  # fmt: skip
WATCHLIST = Watchlist((OURS, CORVANE, LANTERN), CHANNELS, "v1")
PERIOD = named("2026-11-09..2026-11-15", OURS.time_zone, NOW)
HOUR = timedelta(hours=1)

# What people say in an ordinary week: words, feeling, intent, how often of a hundred.
TALK = (
    ("{} lost my bag and nobody answers, flight {}", Sentiment.NEGATIVE, Intent.COMPLAINT, 22),
    ("{} is two hours late again, gate {}", Sentiment.NEGATIVE, Intent.COMPLAINT, 15),
    ("How do I change my booking with {}? Reference ends in {}", Sentiment.NEUTRAL,
     Intent.SUPPORT, 16),
    ("Flying {} to the islands on day {}", Sentiment.NEUTRAL, Intent.REFERENCE, 20),
    ("{} keeps its winter timetable, page {}", Sentiment.NEUTRAL, Intent.REFERENCE, 9),
    ("Lovely crew on {} today, row {}", Sentiment.POSITIVE, Intent.PRAISE, 18),
)  # fmt: skip
WEIGHTS = {OURS.name: 7, CORVANE.name: 5, LANTERN.name: 2}  # mentions an hour at noon


def rows():
    """Every row since two weeks before the period, brand by brand."""
    random = Random(11)
    number = 0
    for brand, most in WEIGHTS.items():
        at = PERIOD.since - timedelta(days=15)
        while at < PERIOD.until:
            busy = max(0.15, 1 - abs((at.hour + 1) % 24 - 13) / 10)
            busy *= 0.6 if at.weekday() > 4 else 1
            for _ in range(sum(random.random() < busy / 2 for _ in range(most))):
                number += 1
                yield _talk(random, brand, number, at)
            at += HOUR
        for row in _events(random, brand, number + 1):
            number += 1
            yield row


def _talk(random, brand, number, at):
    words, feels, intent, _ = random.choices(TALK, [one[3] for one in TALK])[0]
    return a_row(
        number, brand=brand, text=words.format(brand, number),
        at=at + timedelta(minutes=random.randrange(60)), sentiment=feels, intent=intent,
        author=f"traveller{random.randrange(400)}", followers=random.randrange(20, 4000),
        **_where(random),
    )  # fmt: skip


def _where(random):
    kinds = {one.name: one.kind for one in CHANNELS}
    name = random.choices(list(kinds), (1, 2, 4, 5))[0]
    return {"channel": name, "kind": kinds[name]}


def _events(random, brand, number):
    """What was out of the ordinary in the period."""
    told = {
        OURS.name: [
            (84, 46, "{} check-in is down for everyone, queue {}", Sentiment.NEGATIVE,
             Intent.OUTAGE),
            (85, 30, "Nothing works at {}, app and check-in down, desk {}", Sentiment.NEGATIVE,
             Intent.OUTAGE),
        ],
        CORVANE.name: [
            (34, 34, "{} launches a Lisbon route, twice a day, fare {}", Sentiment.NEUTRAL,
             Intent.REFERENCE),
            (110, 26, "{} cancelled the strike flights, stuck at gate {}", Sentiment.NEGATIVE,
             Intent.COMPLAINT),
        ],
    }  # fmt: skip
    for hour, many, words, feels, intent in told.get(brand, ()):
        for _ in range(many):
            number += 1
            yield a_row(
                number, brand=brand, text=words.format(brand, number), sentiment=feels,
                intent=intent, at=PERIOD.since + hour * HOUR + timedelta(minutes=number % 60),
                author=f"guest{number}", followers=random.randrange(20, 4000), **_where(random),
            )  # fmt: skip
    if brand in (OURS.name, CORVANE.name):
        for post in range(9):
            text = (
                f"After {post + 2} bad trips I switched from Northwind Air to Corvane Airways"
                if post % 3
                else f"I left Corvane Airways for Northwind Air {post + 2} weeks ago"
            )
            yield a_row(
                90_000 + post, brand=brand, text=text, author=f"mover{post}", kind="bluesky",
                channel="bluesky", at=PERIOD.since + (20 + 9 * post) * HOUR,
            )  # fmt: skip
    if brand == OURS.name:
        for copy in range(24):  # one story, syndicated
            yield a_row(
                91_000 + copy, brand=brand, title="Northwind Air orders twelve aircraft",
                text="The airline takes the first in spring.", at=PERIOD.since + (40 + copy) * HOUR,
                author="desk", followers=52_000, channel="aviation news", kind="feed",
                url=f"https://paper{copy % 8}.example/northwind-orders",
            )  # fmt: skip


def surroundings():
    """Channels with gaps, an incident, answers, and a competitor watched for a part of the week."""
    hours = [PERIOD.since - timedelta(days=15) + n * HOUR for n in range(22 * 24)]
    dark = {"bluesky": range(60, 74), "aviation news": range(130, 133)}
    fares, states = [], {}
    for channel in CHANNELS:
        missing = {PERIOD.since + n * HOUR for n in dark.get(channel.name, ())}
        polls = [
            ChannelHour(at, not_ok=6) if at in missing else ChannelHour(at, ok=6) for at in hours
        ]
        state = ChannelState(channel.channel_id, Health.OK, first_seen_at=hours[0])
        fares.append(fared(channel, state, polls, hours[0], PERIOD.until))
        states[channel.name] = state
    incident = Incident(
        OURS.name, Role.OWN, ("outage",), PERIOD.since + 84 * HOUR, "reports",
        Reason("many_reports"), PERIOD.since + 88 * HOUR, posts=76, authors=74,
        closed_at=PERIOD.since + 88 * HOUR, closed_by="quiet",
    )  # fmt: skip
    return Surroundings(
        watchlist=WATCHLIST, now=NOW, responses=tuple(_responses()), incidents=(incident,),
        fares=tuple(fares), states=states,
        versions=((hours[0], Watchlist((OURS, CORVANE), CHANNELS, "v0")),
                  (PERIOD.since + 48 * HOUR, WATCHLIST)),
    )  # fmt: skip


def _responses():
    random = Random(5)
    for number in range(58):
        priority = Priority.CRITICAL if number % 6 == 0 else Priority.HIGH
        said = PERIOD.since + number * 2.8 * HOUR
        due = said + timedelta(minutes=15 if priority is Priority.CRITICAL else 60)
        taken = Acknowledgement(("Ada", "Kim")[number % 2],
                                said + timedelta(minutes=random.randrange(3, 75)))  # fmt: skip
        yield Response(f"g{number}", 1, OURS.name, ("bluesky", "travellers forum")[number % 2],
                       "complaint", priority, said, due, taken if number % 9 else None)  # fmt: skip


def shown_report():
    """The report of the week."""
    return summed_up(OURS, PERIOD, rows(), surroundings())
