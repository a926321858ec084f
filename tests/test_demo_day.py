"""The demo's script keeps its promises before anything is deployed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from demo import day as days
from demo.day import Pace
from demo.driving import rewritten
from demo.steps import StepFailed
from demo.verdict import Received, compare
from earwitness import matching
from earwitness.judging import judge
from earwitness.model import Alerting, Author, ByPriority, Mention, Post
from earwitness.watchlist import load
from tests.simulation.newsroom import Newsroom

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
EXAMPLE = Path(__file__).parents[1] / "watchlist.yaml"
DAY = days.load()


@pytest.fixture(scope="module")
def watchlist():
    return load(EXAMPLE.read_bytes(), EXAMPLE.name)


@pytest.fixture(scope="module")
def index(watchlist):
    return matching.build(watchlist)


def mentions_of(item, watchlist, index):
    post = Post(
        kind="feed",
        source_id=item.source_id,
        text=item.text,
        title=item.title or None,
        channel=item.channel,
        author=Author(name=item.author),
        published_at=NOON,
        fetched_at=NOON,
    )
    (matches,) = matching.find([post], index)
    for name, judgement in (judge(post, matches) if matches else {}).items():
        about = tuple(match for match in matches if match.brand == name)
        yield Mention(name, watchlist.brand(name).role, post, about, judgement)


def received(alert, item):
    return Received(item, alert.brand, alert.priority, alert.kind, str(alert.respond_by_at), "")


@pytest.fixture(scope="module")
def verdict(watchlist, index):
    """The day without the stack, as short as the demo's: each alert as the stack sends it."""
    at_once = ByPriority(timedelta(0), timedelta(0))
    room = Newsroom(Alerting(group_wait=at_once, daily_cap=1000, escalation=0), now=NOON)
    mentions = []
    for item in DAY.items:
        found = list(mentions_of(item, watchlist, index))
        room.now += timedelta(seconds=2)
        room.store.keep(found, room.now)
        room.assess()
        room.notify()
        mentions += found
    told = [said.alert for said in room.said]
    return compare(DAY, mentions, [received(alert, quoted(alert)) for alert in told])


def quoted(alert):
    """The item that an alert shows first."""
    mention = alert.mention or alert.incident.first
    return DAY.item(mention.post.source_id)


def test_every_scripted_mention_is_found(verdict):
    assert [(item.text, brand) for item, brand in verdict.missing] == []


def test_no_near_miss_is_taken_for_a_brand(verdict):
    assert [(item.text, brand) for item, brand in verdict.mistaken] == []


def test_every_story_alerts_as_often_as_it_may(verdict):
    assert [story for story in verdict.stories if not story.holds] == []


def test_nothing_else_alerts(verdict):
    assert [alert.item.text for alert in verdict.unasked] == []


def test_the_script_speaks_of_channels_that_the_example_watchlist_has(watchlist):
    named = {channel.name for channel in watchlist.channels}
    assert {item.channel for item in DAY.items} == named


def test_the_script_speaks_of_brands_that_the_example_watchlist_has(watchlist):
    named = {brand.name for brand in watchlist.brands}
    assert {brand for item in DAY.items for brand in item.brands} == named


def test_the_demo_polls_its_own_servers_with_the_example_watchlist():
    urls = dict.fromkeys(("aviation news", "travellers forum", "hn"), "http://127.0.0.1:1/x")
    here = load(rewritten(urls), "watchlist.yaml", allow_loopback=True)
    assert {channel.every_for for channel in here.channels} == {timedelta(seconds=5)}
    assert {channel.url for channel in here.channels} == {"http://127.0.0.1:1/x"}


def test_a_channel_without_a_server_is_named():
    with pytest.raises(StepFailed, match="travellers forum"):
        rewritten({"aviation news": "http://127.0.0.1:1/", "hn": "http://127.0.0.1:1/"})


def test_items_appear_in_their_order_and_none_before_its_hour():
    pace = Pace(NOON, timedelta(seconds=24))
    six = pace.appeared(DAY.items, NOON + timedelta(seconds=7))
    assert [item.clock for item in six] == [i.clock for i in DAY.items if i.clock <= "06:55"]


def test_all_have_appeared_when_the_day_is_over():
    pace = Pace(NOON, timedelta(seconds=24))
    over = next(s for s in range(60) if pace.is_over(NOON + timedelta(seconds=s)))
    assert len(pace.appeared(DAY.items, NOON + timedelta(seconds=over))) == len(DAY.items)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{at: '25h', channel: hn, author: a, text: t, brands: []}", "malformed"),
        ("{at: '10:00', author: a, text: t, brands: []}", "channel"),
        ("{at: '10:00', channel: hn, author: a, text: t, brands: [], alert: x}", "stories differ"),
    ],
)
def test_a_slip_in_the_script_is_named(tmp_path, line, complaint):
    script = tmp_path / "script.yaml"
    script.write_text(f"stories: {{}}\nitems: [{line}]\n")
    with pytest.raises(ValueError, match=complaint):
        days.load(script)


def test_a_missing_mention_and_a_repeated_alert_make_the_day_fail():
    told = next(item for item in DAY.items if item.story == "suitcase")
    twice = [Received(told, "Northwind Air", "high", "complaint", "", "")] * 2
    verdict = compare(DAY, [], twice)
    assert not verdict.holds
    assert len(verdict.missing) == verdict.expected
    assert next(story for story in verdict.stories if story.name == "suitcase").alerts == 2


def test_an_alert_about_a_near_miss_is_unasked_for():
    near_miss = next(item for item in DAY.items if not item.brands)
    verdict = compare(DAY, [], [Received(near_miss, "Northwind Air", "high", "complaint", "", "")])
    assert [alert.item for alert in verdict.unasked] == [near_miss]
    assert near_miss not in verdict.rejected
