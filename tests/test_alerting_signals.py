"""What spreads and what comes in numbers: how signals become alerts, minute by minute."""

from dataclasses import replace
from datetime import timedelta

import pytest

from earwitness.alerting import Admitted, Quiet, admit, compose
from earwitness.model import (
    Alerting,
    Event,
    Hours,
    Intent,
    Mention,
    Priority,
    Reason,
    Sentiment,
    Signal,
    Silence,
)
from earwitness.signals import raised
from tests.posts import NOW, a_judgement, a_mention, a_post
from tests.simulation.newsroom import BRAND, STORIES, Newsroom

MINUTES = timedelta(minutes=1)
AT_NIGHT = Hours((0, 1, 2, 3, 4, 5, 6), opens=180, closes=181)


def spread(mention: Mention, at, name="viral", interactions=900.0) -> Mention:
    """The mention as refresh keeps it once its post was found to spread."""
    evidence = (f"{interactions:.0f} interactions",)
    signal = Signal(
        "velocity",
        mention.post.post_id,
        at,
        fired=True,
        reason=Reason(name, evidence),
        observed=interactions,
    )
    return replace(mention, velocity=signal, judgement=raised(mention.judgement, signal))


def spike(room: Newsroom, observed=12.0, example: Mention | None = None):
    """A volume signal that fired, kept as refresh does."""
    example = example or room.arrive(Intent.PRAISE, STORIES[2], "fan")
    reason = Reason("spike", (f"observed {observed:.0f}", "expected 2.0"))
    signal = Signal("volume", BRAND, NOW, fired=True, reason=reason, observed=observed)
    room.store.keep_signal(signal, room.now, example)
    return signal


def taken(room: Newsroom):
    """Somebody takes the last that was said: nothing is repeated nor escalated."""
    room.store.acknowledge(room.said[-1].alert.group_id, "kim", room.now)


def said_once(room: Newsroom, kind=Intent.SAFETY, minutes=30) -> Mention:
    mention = room.arrive(kind, STORIES[0], "a")
    room.ticks(2)
    if kind is not Intent.PRAISE:
        taken(room)
    room.ticks(minutes - 2)
    assert len(room.said) == (kind is not Intent.PRAISE)
    return mention


def test_a_post_that_spreads_after_its_first_alert_speaks_again_and_says_how_fast():
    room = Newsroom()
    mention = said_once(room, minutes=10)
    room.store.keep([spread(mention, room.now)], room.now)
    (said,) = room.ticks(60)
    assert (said.alert.event, said.alert.sequence) == (Event.GROWN, 2)
    assert said.alert.reasons[0] == Reason("viral", ("900 interactions",))
    assert "grown" not in {reason.name for reason in said.alert.reasons}


def test_it_speaks_again_no_sooner_than_a_quarter_of_an_hour_after_its_first_alert():
    room = Newsroom()
    mention = said_once(room, minutes=2)
    room.store.keep([spread(mention, room.now)], room.now)
    (said,) = room.ticks(60)
    assert timedelta(0) <= said.at - room.said[0].at - 15 * MINUTES <= 2 * MINUTES


def test_one_spread_is_said_once_and_its_doubling_once_more():
    room = Newsroom()
    mention = said_once(room)
    viral = spread(mention, room.now)
    room.store.keep([viral], room.now)
    assert len(room.ticks(60)) == 1
    room.store.keep([viral], room.now)
    assert room.ticks(60) == []
    room.store.keep([spread(viral, room.now, "viral_doubled", 1800.0)], room.now)
    (said,) = room.ticks(60)
    assert said.alert.reasons[0].name == "viral_doubled"


def test_a_spread_that_is_measured_while_its_first_alert_is_decided_is_not_lost():
    room = Newsroom()
    mention = room.arrive(Intent.SAFETY, STORIES[0], "a")
    measured_at = room.now + timedelta(seconds=30)
    (first,) = room.tick()
    taken(room)
    room.store.keep([spread(mention, measured_at)], room.now)
    (said,) = room.ticks(60)
    assert measured_at < first.at < said.at
    assert said.alert.event is Event.GROWN


def test_a_copy_that_spreads_becomes_what_its_story_is_shown_by():
    room = Newsroom()
    said_once(room)
    copy = room.arrive(Intent.SAFETY, STORIES[0], "a")
    assert room.ticks(20) == []
    room.store.keep([spread(copy, room.now)], room.now)
    (said,) = room.ticks(60)
    assert said.alert.mention.mention_id == copy.mention_id
    assert said.alert.group_id == room.said[0].alert.group_id


def test_praise_that_spreads_is_said_though_praise_is_not():
    room = Newsroom()
    mention = said_once(room, Intent.PRAISE)
    assert room.said == []
    room.store.keep([spread(mention, room.now)], room.now)
    (said,) = room.ticks(30)
    assert (said.alert.event, said.alert.priority) == (Event.OPENED, Priority.HIGH)


@pytest.mark.parametrize(
    ("age_for", "measured_for", "decision"),
    [
        (timedelta(hours=24, minutes=5), timedelta(minutes=1), Admitted(Priority.HIGH)),
        (timedelta(days=3), timedelta(hours=25), Quiet("stale")),
        (timedelta(hours=25), None, Quiet("stale")),
    ],
)
def test_how_old_news_is_counts_from_when_a_post_was_last_found_to_spread(
    age_for, measured_for, decision
):
    praised = replace(a_judgement(Priority.HIGH, Intent.PRAISE), sentiment=Sentiment.POSITIVE)
    mention = a_mention(a_post("Northwind Air!", published_at=NOW - age_for), praised)
    if measured_for is not None:
        mention = spread(mention, NOW - measured_for)
    assert admit(mention, NOW, Alerting()) == decision


def test_a_volume_spike_is_one_alert_however_often_assess_runs():
    room = Newsroom()
    spike(room)
    (said,) = room.ticks(30)
    assert (said.alert.kind, said.alert.event) == ("spike", Event.OPENED)
    assert said.alert.reasons[0] == Reason("spike", ("observed 12", "expected 2.0"))
    assert "far more posts than usual" in compose(said.alert).subject
    assert list(room.store.flagged_signals(10)) == []


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize("write", range(6))
def test_a_spike_is_said_once_wherever_assess_is_killed(write, after_effect):
    room = Newsroom()
    spike(room)
    room.kill_at, room.kill_after_effect = write, after_effect
    assert len({said.alert.alert_id for said in room.ticks(10)}) == 1
    assert list(room.store.flagged_signals(10)) == []


def test_a_spike_that_doubles_is_an_alert_of_its_own():
    room = Newsroom()
    signal = spike(room)
    room.ticks(5)
    taken(room)
    spike(room, observed=2 * signal.observed)
    (said,) = room.ticks(30)
    assert said.alert.group_id != room.said[0].alert.group_id


def test_a_spike_that_nobody_takes_escalates_though_its_example_asks_for_no_answer():
    room = Newsroom()
    spike(room)
    assert Event.ESCALATED in {said.alert.event for said in room.ticks(2 * 60)}


def test_a_spike_does_not_wait_for_business_hours():
    room = Newsroom(Alerting(hours=AT_NIGHT))
    spike(room)
    assert len(room.ticks(5)) == 1


def test_a_spike_whose_example_was_erased_is_not_said():
    room = Newsroom()
    example = room.arrive(Intent.PRAISE, STORIES[2], "fan")
    spike(room, example=example)
    room.store.redact(example.brand, example.post.post_id, room.now)
    assert room.ticks(5) == []
    assert list(room.store.flagged_signals(10)) == []


@pytest.mark.parametrize(
    ("scope", "alerts"),
    [
        ({"brand": BRAND}, 0),
        ({"kind": "spike"}, 0),
        ({"kind": "praise"}, 1),
        ({"author": "fan"}, 1),
    ],
)
def test_a_silence_hides_a_spike_by_brand_and_kind_and_not_by_its_example(scope, alerts):
    room = Newsroom()
    until = room.now + timedelta(hours=1)
    room.store.add_silence(Silence("s1", "planned", "ops", room.now, until, **scope))
    spike(room)
    assert len(room.ticks(30)) == alerts
