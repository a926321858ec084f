"""A day of the demo with a mass outage in it: few alerts, soon, and nothing else drowned."""

from datetime import timedelta

import pytest

from benchmarks import outage
from benchmarks.quality_alerting import replay
from earwitness.model import Event, Intent


@pytest.fixture(scope="module")
def day():
    return replay(taken=True)


def test_two_thousand_posts_are_at_most_five_notifications(day):
    assert day.urgent > 1900
    assert len(day.during(outage.LASTS_FOR)) <= 5
    assert len(day.until_closed()) <= 5


def test_with_nobody_answering_there_are_at_most_five_in_the_twenty_minutes():
    assert len(replay(taken=False).during(outage.LASTS_FOR)) <= 5


def test_the_first_comes_within_two_minutes_of_the_threshold(day):
    assert timedelta(0) <= day.first().at - day.threshold_at <= timedelta(minutes=2)


def test_an_unrelated_safety_post_in_the_middle_is_said_at_once(day):
    said = day.unrelated()
    assert (said.alert.event, said.alert.kind) == (Event.OPENED, Intent.SAFETY)
    assert said.at - said.alert.mention.post.published_at <= timedelta(minutes=2)


def test_the_summary_counts_every_post_inside(day):
    incident = day.until_closed()[-1].alert.incident
    assert incident.posts == incident.authors > 1500
    assert set(dict(incident.languages)) == set(outage.REPORTS)
