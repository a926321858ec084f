"""The single decisions of alerting, by cases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from earwitness.alerting import (
    Admitted,
    Quiet,
    Situation,
    Speak,
    admit,
    caps,
    darkness,
    group_id_of,
    incidents,
    join,
    reports,
    say,
)
from earwitness.alerting.hours import opening
from earwitness.alerting.reports import Reports, Sighting
from earwitness.model import (
    Alerting,
    Channel,
    ChannelState,
    Event,
    Health,
    Intent,
    Priority,
    Tally,
    Tier,
)
from earwitness.watchlist import values
from tests.posts import NOW, a_judgement, a_match, a_mention, a_post

CASES = Path(__file__).parent / "cases" / "alerting"
HOURS = yaml.safe_load((CASES / "hours.yaml").read_text("utf-8"))
OPENING = yaml.safe_load((CASES / "opening.yaml").read_text("utf-8"))


def at(text):
    return datetime.fromisoformat(text.replace("Z", ":00+00:00"))


@pytest.mark.parametrize("case", HOURS, ids=lambda case: case[-1])
def test_what_can_wait_waits_for_the_hours_of_the_zone(case):
    hours, zone, now, opens, _ = case
    assert opening(values.hours(hours), at(now), zone) == at(opens)


@given(st.integers(0, 365 * 24 * 60))
def test_hours_open_within_a_week(minutes):
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    opens = opening(values.hours("Wed 09:00-09:01"), now, "Europe/Berlin")
    assert timedelta(0) <= opens - now <= timedelta(days=7, hours=1)


@pytest.mark.parametrize("case", OPENING, ids=lambda case: case[-1])
def test_an_incident_opens_by_the_rule_of_a_spike_on_authors(case):
    count, mean, variance, opens, _ = case
    seen = [Sighting(f"author {n}", NOW, "outage") for n in range(count)]
    held = reports.counted(Reports("b", NOW), seen, NOW)
    assert incidents.assess(held, incidents.Usual(mean, variance), NOW).opens is opens


def test_an_author_who_reports_ten_times_is_one():
    seen = [Sighting("a", NOW, "outage") for _ in range(10)]
    assert reports.authors(reports.counted(Reports("b", NOW), seen, NOW), NOW) == 1


def test_reports_slide_out_of_the_hour():
    held = reports.counted(Reports("b", NOW), [Sighting("a", NOW, "outage")], NOW)
    assert reports.authors(held, NOW + timedelta(minutes=59)) == 1
    assert reports.authors(held, NOW + timedelta(minutes=61)) == 0


def test_a_flood_of_reports_is_counted_within_a_tenth_in_bounded_space():
    seen = [Sighting(f"author {n}", NOW, "outage") for n in range(20_000)]
    held = reports.counted(Reports("b", NOW), seen, NOW)
    assert len(held.held) <= reports.MOST_HELD
    assert reports.authors(held, NOW) == pytest.approx(20_000, rel=0.1)


def test_hours_without_reports_count_as_zero():
    held = reports.counted(
        Reports("b", NOW - timedelta(hours=3)), [Sighting("a", NOW, "outage")], NOW
    )
    assert list(reports.by_hour(held, NOW).values()) == [0, 0, 0, 1]


@pytest.mark.parametrize("count", [1, 256, 5_000])
def test_a_tally_counts_each_name_once(count):
    tally = Tally()
    for name in [*range(count), *range(count)]:
        tally = tally.counted(str(name))
    assert tally.count == count if count <= 256 else tally.count == pytest.approx(count, rel=0.25)
    assert len(tally.hashes) <= 256


@pytest.mark.parametrize(
    ("mention", "reason"),
    [
        (a_mention(judgement=a_judgement(priority=Priority.NORMAL)), "not_urgent"),
        (a_mention(matches=(a_match(tier=Tier.DOUBTFUL),)), "doubtful_match"),
        (a_mention(post=a_post(published_at=NOW - timedelta(hours=25))), "stale"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_what_can_wait_stays_quiet_with_a_named_reason(mention, reason):
    assert admit(mention, NOW, Alerting()) == Quiet(reason)


def test_an_undated_post_is_admitted():
    undated = a_mention(post=a_post(published_at=None))
    assert admit(undated, NOW, Alerting()) == Admitted(Priority.HIGH)


def test_the_key_depends_on_brand_class_and_story_alone():
    mention = a_mention()
    same = replace(
        mention,
        post=replace(mention.post, url="https://other.example", published_at=None),
        matches=(a_match(confidence=0.7),),
    )
    key = group_id_of(mention, "story")
    assert group_id_of(same, "story") == key
    others = {
        group_id_of(mention, "another story"),
        group_id_of(replace(mention, brand="Air Peregrine"), "story"),
        group_id_of(replace(mention, judgement=a_judgement(intent=Intent.SAFETY)), "story"),
        group_id_of(mention, "story", vip=True),
    }
    assert len(others | {key}) == 5


def test_f17_the_id_of_an_alert_holds_window_and_sequence():
    group = a_group()
    first, said = say(group, Speak(Event.OPENED, "", NOW), Situation(NOW))
    second, _ = say(said, Speak(Event.GROWN, "", NOW), Situation(NOW))
    assert first.alert_id == f"{group.group_id}-{group.window}-1"
    assert second.alert_id == f"{group.group_id}-{group.window}-2"


def test_f16_the_same_decision_made_again_has_the_same_id():
    group, later = a_group(), Situation(NOW + timedelta(minutes=3))
    speak = Speak(Event.OPENED, "", NOW)
    once, again = (say(group, speak, when)[0] for when in (Situation(NOW), later))
    assert once.alert_id == again.alert_id


def a_group(number=0, **changes):
    mention = a_mention(a_post(f"Nortwind Air {number}", source_id=str(number)), **changes)
    admitted = Admitted(mention.judgement.priority)
    return join(None, mention, admitted, story_id=str(number), place="p", now=NOW)


def an_alert(number=0, **changes):
    speak = Speak(Event.OPENED, "", NOW)
    return say(a_group(number, **changes), speak, Situation(NOW))[0]


MANY = caps.Caps(of_topic=10, of_brand=10)


def spent(alerts, now=NOW, most=MANY):
    budget, outcomes = caps.Budget(), []
    for alert in alerts:
        budget, outcome = caps.spend(budget, alert, most, now)
        outcomes.append(outcome)
    return budget, outcomes


def test_a22_a_fifth_of_the_cap_may_come_at_once():
    _, outcomes = spent(an_alert(n) for n in range(4))
    assert outcomes == ["said", "said", "burst", "burst"]


def test_the_same_alert_decided_again_is_counted_once():
    budget, outcomes = spent([an_alert(1), an_alert(1), an_alert(2), an_alert(3), an_alert(3)])
    assert outcomes == ["said", "said", "said", "burst", "folded_before"]
    assert (dict(budget.spent), budget.folded_count) == ({"Northwind Air": 2}, 1)


def test_a22_a_day_holds_no_more_than_the_cap():
    budget, said = caps.Budget(), 0
    midnight = NOW.replace(hour=0)
    for minute in range(0, 24 * 60, 10):
        now = midnight + timedelta(minutes=minute)
        budget, outcome = caps.spend(budget, an_alert(minute), MANY, now)
        said += outcome == "said"
    assert said == 10
    _, outcome = caps.spend(budget, an_alert(9999), MANY, midnight + timedelta(days=1, hours=2))
    assert outcome == "said"


def test_g5_a_critical_is_never_over_the_cap():
    critical = a_judgement(Priority.CRITICAL, Intent.SAFETY)
    _, outcomes = spent(an_alert(n, judgement=critical) for n in range(30))
    assert set(outcomes) == {"said"}


def test_a22_what_has_folded_is_one_alert_with_one_number():
    budget, _ = spent(an_alert(n) for n in range(32))
    assert caps.unfold(budget, NOW + timedelta(minutes=59)) is None
    alert, empty = caps.unfold(budget, NOW + timedelta(minutes=60))
    assert alert.folded_count == 30
    assert len(alert.folded) == caps.MOST_SHOWN
    assert len(alert.folded_groups) == 30
    assert caps.unfold(empty, NOW + timedelta(days=1)) is None


def test_what_folded_alone_is_said_whole():
    alerts = [an_alert(n) for n in range(3)]
    budget, _ = spent(alerts)
    alert, _ = caps.unfold(budget, NOW + timedelta(hours=1))
    assert alert == alerts[2]


CHANNEL = Channel("news", "feed", timedelta(minutes=10))


@pytest.mark.parametrize(
    ("health", "in_a_row", "is_dark"),
    [
        (Health.DEAD, 1, True),
        (Health.TRANSIENT, 2, False),
        (Health.TRANSIENT, 3, True),
        (Health.OK, 0, False),
        (None, 0, False),
    ],
)
def test_a_channel_is_dark_when_dead_or_not_ok_three_times(health, in_a_row, is_dark):
    state = ChannelState("c", health, "http_503", last_ok_at=NOW, not_ok_in_a_row=in_a_row)
    group = darkness.darkened(None, CHANNEL, state, NOW + timedelta(hours=1))
    assert (group is not None) is is_dark
    assert group is None or group.darkness.since == NOW


def test_a_dark_channel_is_told_once_until_it_is_back():
    state = ChannelState("c", Health.DEAD, "http_410", last_ok_at=NOW)
    group = darkness.darkened(None, CHANNEL, state, NOW)
    assert darkness.darkened(group, CHANNEL, state, NOW) is None
    over = replace(group, ended_at=NOW)
    again = darkness.darkened(over, CHANNEL, state, NOW)
    assert again.window > group.window
