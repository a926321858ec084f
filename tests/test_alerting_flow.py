"""What people are told of a day, minute by minute: groups, incidents, silences, the clock."""

from dataclasses import replace
from datetime import timedelta

import pytest

from earwitness.alerting import incidents
from earwitness.model import (
    Alerting,
    ByPriority,
    Event,
    Hours,
    Intent,
    Mute,
    Priority,
    Reason,
    Role,
    Silence,
)
from earwitness.store import keys
from tests.posts import NOW
from tests.simulation.newsroom import BRAND, STORIES, Newsroom

ONCE = ByPriority(timedelta(0), timedelta(0))


def events(said):
    return [one.alert.event for one in said]


def a_silence(room, minutes=60, **scope):
    silence = Silence(
        "s1", "planned", "ops", room.now, room.now + timedelta(minutes=minutes), **scope
    )
    room.store.add_silence(silence)
    return silence


def test_a_critical_is_said_after_a_minute_s_wait():
    room = Newsroom()
    room.arrive(Intent.SAFETY, STORIES[0], "a")
    room.assess()
    room.notify()
    assert room.said == []
    assert events(room.tick()) == [Event.OPENED]


def test_a_high_waits_ten_minutes_for_more_and_says_how_many():
    room = Newsroom()
    for author in "abc":
        room.arrive(Intent.COMPLAINT, STORIES[1], author)
        assert room.ticks(3) == []
    (said,) = room.ticks(3)
    assert (said.alert.posts, said.alert.authors) == (3, 3)


def test_a_story_speaks_again_when_its_authors_have_doubled_and_not_before():
    room = Newsroom()
    room.arrive(Intent.SAFETY, STORIES[0], "a")
    room.ticks(2)
    room.store.acknowledge(room.said[0].alert.group_id, "kim", room.now)
    room.arrive(Intent.SAFETY, STORIES[0], "a")
    assert room.ticks(20) == []
    room.arrive(Intent.SAFETY, STORIES[0], "b")
    (said,) = room.ticks(20)
    assert said.alert.event is Event.GROWN
    assert Reason("grown", ("2 authors, 1 when it was said last",)) in said.alert.reasons


def test_f17_every_update_has_an_id_of_its_own_under_one_group():
    room = Newsroom()
    room.arrive(Intent.SAFETY, STORIES[0], "a")
    said = room.ticks(10 * 60)
    assert len({one.alert.group_id for one in said}) == 1
    assert len({one.alert.alert_id for one in said}) == len(said) == 4
    assert [one.alert.sequence for one in said] == [1, 2, 3, 4]


@pytest.mark.parametrize("after_effect", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("kill_at", range(22))
@pytest.mark.parametrize(("kind", "authors"), [(Intent.SAFETY, 1), (Intent.OUTAGE, 6)])
def test_f1_killed_at_any_write_what_is_said_at_once_is_said_in_one_window(
    kind, authors, kill_at, after_effect
):
    room = Newsroom(Alerting(group_wait=ONCE))
    for number in range(authors):
        room.arrive(kind, f"{STORIES[0]} {number}", f"a{number}")
    room.kill_at, room.kill_after_effect = kill_at, after_effect
    said = room.ticks(10)
    assert len({one.alert.alert_id for one in said}) == 1
    assert sum(not one.may_repeat for one in said) <= 1


def test_what_nobody_takes_escalates_at_night_and_on_a_sunday_too():
    sunday = NOW.replace(day=8, hour=2)
    room = Newsroom(Alerting(hours=Hours()), now=sunday)
    room.arrive(Intent.COMPLAINT, STORIES[1], "a")
    said = room.ticks(80)
    assert events(said) == [Event.OPENED, Event.ESCALATED]
    assert said[1].at - said[0].at == timedelta(minutes=60)


def test_what_nobody_takes_escalates_once_a_level_then_repeats_every_four_hours_for_a_day():
    room = Newsroom(Alerting(escalation=2))
    room.arrive(Intent.SAFETY, STORIES[0], "a")
    said = room.ticks(48 * 60)
    opened = said[0].at
    assert [(one.alert.event, one.alert.level, one.at - opened) for one in said] == [
        (Event.OPENED, 0, timedelta(0)),
        (Event.ESCALATED, 1, timedelta(minutes=15)),
        (Event.ESCALATED, 2, timedelta(minutes=30)),
        *((Event.REPEATED, 2, timedelta(minutes=30, hours=4 * n)) for n in range(1, 6)),
    ]


@pytest.mark.parametrize("verb", ["acknowledge", "handle"])
def test_what_somebody_has_taken_neither_escalates_nor_repeats(verb):
    room = Newsroom()
    room.arrive(Intent.SAFETY, STORIES[0], "a")
    (said,) = room.ticks(5)
    getattr(room.store, verb)(said.alert.group_id, "kim", room.now)
    assert room.ticks(24 * 60) == []


def test_first_response_and_handling_are_recorded_by_person():
    room = Newsroom()
    room.arrive(Intent.SAFETY, STORIES[0], "a")
    (said,) = room.ticks(5)
    taken, done = room.now, room.now + timedelta(minutes=30)
    room.store.acknowledge(said.alert.group_id, "kim", taken)
    room.store.handle(said.alert.group_id, "lee", done)
    (response,) = room.store.responses(BRAND, NOW, NOW + timedelta(days=1))
    assert (response.acknowledged.by, response.acknowledged.at) == ("kim", taken)
    assert (response.handled.by, response.handled.at) == ("lee", done)
    assert (response.said_at, response.channel, response.priority) == (
        said.at,
        "hn",
        Priority.CRITICAL,
    )


def test_an_alert_that_nobody_answers_is_recorded_as_such():
    room = Newsroom()
    room.arrive(Intent.SAFETY, STORIES[0], "a")
    room.ticks(5)
    (response,) = room.store.responses(BRAND, NOW, NOW + timedelta(days=1))
    assert response.acknowledged is None
    assert response.respond_by_at - response.said_at == timedelta(minutes=15)


def outage(room, authors=6, minutes=1):
    for number in range(authors):
        words = f"the app is down again, number {number}"
        at = room.now - timedelta(seconds=60 - number)
        room.arrive(Intent.OUTAGE, words, f"customer{number}", published_at=at)
    return room.ticks(minutes)


def test_five_authors_open_an_incident_at_once():
    (said,) = outage(Newsroom(), authors=5)
    assert said.alert.event is Event.INCIDENT_OPENED
    assert said.alert.reasons == (
        Reason("many_authors", ("5 authors in 60 minutes", "usual 0.0", "threshold 5.0")),
    )


def test_four_authors_are_one_alert_of_their_class():
    (said,) = outage(Newsroom(), authors=4, minutes=10)
    assert (said.alert.event, said.alert.authors) == (Event.OPENED, 4)


def test_an_incident_says_how_many_where_and_since_which_post():
    room = Newsroom()
    (said,) = outage(room, authors=7)
    incident = said.alert.incident
    assert (incident.posts, incident.authors) == (7, 7)
    assert incident.channels == (("hn", 7),)
    assert incident.languages == (("en", 7),)
    assert incident.first.post.source_id == "1"


def test_posts_inside_an_incident_have_no_clock_of_their_own():
    room = Newsroom()
    (opened,) = outage(room)
    room.store.acknowledge(opened.alert.group_id, "kim", room.now)
    room.arrive(Intent.OUTAGE, "still down for me", "late")
    assert room.ticks(60) == []


def test_an_incident_closes_after_two_quiet_hours_with_a_summary():
    room = Newsroom()
    (opened,) = outage(room)
    room.store.acknowledge(opened.alert.group_id, "kim", room.now)
    (closed,) = room.ticks(6 * 60)
    assert closed.alert.event is Event.INCIDENT_CLOSED
    assert closed.alert.incident.closed_by == incidents.QUIET
    assert closed.alert.incident.posts == 6
    assert timedelta(hours=2) <= closed.at - opened.at <= timedelta(hours=3, minutes=10)


def test_another_story_that_is_critical_speaks_during_an_incident():
    room = Newsroom()
    outage(room)
    room.arrive(Intent.SAFETY, STORIES[0], "x")
    (said,) = room.ticks(2)
    assert (said.alert.event, said.alert.kind) == (Event.OPENED, Intent.SAFETY)


def test_a_complaint_waits_for_the_incident_and_reappears_when_it_closes():
    room = Newsroom()
    (opened,) = outage(room)
    room.store.acknowledge(opened.alert.group_id, "kim", room.now)
    complaint = room.arrive(Intent.COMPLAINT, STORIES[1], "x")
    assert room.ticks(60) == []
    said = room.ticks(4 * 60)
    assert events(said)[:2] == [Event.INCIDENT_CLOSED, Event.OPENED]
    assert said[1].alert.mention.mention_id == complaint.mention_id


def test_a_vip_is_always_said_even_in_an_incident():
    room = Newsroom(Alerting(vip_authors=("@Reporter",)))
    outage(room)
    room.arrive(Intent.OUTAGE, "down for me too", "reporter")
    (said,) = room.ticks(2)
    assert said.alert.event is Event.OPENED
    assert Reason("vip_author") in said.alert.reasons


def test_what_a_vip_praises_is_said_without_a_clock():
    room = Newsroom(Alerting(vip_authors=("reporter",)))
    room.arrive(Intent.PRAISE, "what a lovely crew", "reporter")
    (said,) = room.ticks(60)
    assert said.alert.respond_by_at is None


def test_what_waited_for_an_incident_comes_back_as_one_alert():
    room = Newsroom(Alerting(escalation=0))
    (opened,) = outage(room)
    room.store.acknowledge(opened.alert.group_id, "kim", room.now)
    complaints = [room.arrive(Intent.COMPLAINT, text, text[:5]) for text in STORIES[1:]]
    said = room.ticks(200)
    assert events(said) == [Event.INCIDENT_CLOSED, Event.FOLDED]
    assert said[1].at - said[0].at <= timedelta(minutes=30)
    links = {one.url for one in said[1].alert.folded}
    assert links == {one.post.url for one in complaints}


def test_who_takes_what_has_folded_takes_each():
    room = Newsroom()
    (opened,) = outage(room)
    room.store.acknowledge(opened.alert.group_id, "kim", room.now)
    for text in STORIES[1:]:
        room.arrive(Intent.COMPLAINT, text, text[:5])
    folded = room.ticks(220)[-1]
    taken = room.store.answered_by(folded.alert.alert_id)
    assert len(taken) == 4
    for group_id in taken:
        room.store.acknowledge(group_id, "kim", room.now)
    assert room.ticks(24 * 60) == []


@pytest.mark.parametrize(
    "mute",
    [Mute(authors=("@A",)), Mute(sites=("example",)), Mute(words=("Smoke filled",))],
    ids=["author", "site", "word"],
)
def test_what_is_muted_is_neither_said_nor_counted(mute):
    room = Newsroom(Alerting(mute=mute))
    for _ in range(6):
        room.arrive(Intent.SAFETY, STORIES[0], "a")
    assert room.ticks(30) == []


def test_what_is_muted_is_not_counted_in_an_incident():
    room = Newsroom(Alerting(mute=Mute(words=("coupon",))))
    room.arrive(Intent.OUTAGE, "the app is down, use my coupon", "spammer")
    (said,) = outage(room, authors=5)
    assert (said.alert.incident.posts, said.alert.incident.authors) == (5, 5)


@pytest.mark.parametrize(
    "scope",
    [
        {"brand": BRAND},
        {"channel": "hn"},
        {"author": "@a"},
        {"word": "smoke"},
        {"kind": "safety"},
    ],
    ids=lambda scope: next(iter(scope)),
)
def test_a_silence_holds_for_its_scope_and_ends(scope):
    room = Newsroom()
    a_silence(room, **scope)
    room.arrive(Intent.SAFETY, STORIES[0], "a")
    assert room.ticks(59) == []
    room.ticks(2)
    room.arrive(Intent.SAFETY, STORIES[0], "a")
    assert events(room.ticks(2)) == [Event.OPENED]


@pytest.mark.parametrize(
    "scope",
    [
        {"brand": "Corvane"},
        {"channel": "news"},
        {"author": "b"},
        {"word": "smok"},
        {"kind": "outage"},
    ],
    ids=lambda scope: next(iter(scope)),
)
def test_a_silence_of_something_else_hides_nothing(scope):
    room = Newsroom()
    a_silence(room, **scope)
    room.arrive(Intent.SAFETY, STORIES[0], "a")
    assert events(room.ticks(2)) == [Event.OPENED]


def test_a_silence_expired_by_hand_ends_at_once():
    room = Newsroom()
    a_silence(room, minutes=600, brand=BRAND)
    room.store.expire_silence("s1", room.now)
    room.arrive(Intent.SAFETY, STORIES[0], "a")
    assert events(room.ticks(2)) == [Event.OPENED]


def test_a_silence_holds_back_repeats_of_what_was_said_before():
    room = Newsroom(Alerting(escalation=0))
    room.arrive(Intent.SAFETY, STORIES[0], "a")
    room.ticks(2)
    a_silence(room, minutes=5 * 60, brand=BRAND)
    assert room.ticks(5 * 60 - 1) == []
    assert events(room.ticks(2)) == [Event.REPEATED]


def test_a_silence_of_one_author_does_not_hide_what_others_say():
    room = Newsroom()
    room.arrive(Intent.OUTAGE, "down", "a")
    room.arrive(Intent.OUTAGE, "nothing works", "b")
    room.assess()
    a_silence(room, author="a")
    assert events(room.ticks(2)) == [Event.OPENED]


def test_a_competitor_waits_for_business_hours_and_we_do_not():
    night = NOW.replace(hour=2)
    hours = Hours((0, 1, 2, 3, 4), 9 * 60, 18 * 60)
    room = Newsroom(Alerting(hours=hours, group_wait=ONCE), now=night)
    mention = room.arrive(Intent.COMPLAINT, STORIES[1], "a")
    other = replace(mention, brand="Corvane", role=Role.COMPETITOR)
    room.store.keep([other], room.now)
    assert [one.alert.brand for one in room.ticks(60)] == [BRAND]
    room.store.handle(room.said[0].alert.group_id, "kim", room.now)
    (said,) = room.ticks(12 * 60)
    # The watchlist has no such brand, so its own hours hold, in UTC.
    assert (said.alert.brand, said.at.hour) == ("Corvane", 9)


def test_what_waits_for_monday_is_said_however_soon_its_class_is_over():
    friday = NOW.replace(hour=20) + timedelta(days=(4 - NOW.weekday()) % 7)
    hours = Hours((0, 1, 2, 3, 4), 9 * 60, 18 * 60)
    room = Newsroom(Alerting(hours=hours), now=friday)
    mention = room.arrive(Intent.PRAISE, STORIES[1], "a")
    judged = replace(mention.judgement, intent=Intent.OUTAGE, priority=Priority.CRITICAL)
    other = replace(mention, brand="Corvane", role=Role.COMPETITOR, judgement=judged)
    room.store.keep([other], room.now)
    room.tick()
    room.now = friday.replace(hour=8, minute=58) + timedelta(days=3)
    (said,) = room.ticks(5)
    assert (said.alert.brand, said.at.weekday(), said.at.hour) == ("Corvane", 0, 9)


@pytest.mark.parametrize("key", [keys.budget(), keys.reports(BRAND)], ids=["budget", "reports"])
def test_a_tally_of_another_release_holds_no_critical_back(key):
    room = Newsroom()
    room.table.put({**key._asdict(), "v": 99, "d": b"no", "version": 7})
    room.arrive(Intent.SAFETY, STORIES[0], "a")
    assert events(room.ticks(2)) == [Event.OPENED]


def test_a22_above_the_cap_alerts_fold_into_one_and_criticals_do_not():
    room = Newsroom(Alerting(daily_cap=10, group_wait=ONCE, escalation=0))
    words = [
        "suitcase",
        "refund",
        "seat",
        "meal",
        "queue",
        "voucher",
        "crew",
        "gate",
        "wifi",
        "fee",
    ]
    for number, word in enumerate(words):
        room.arrive(
            Intent.COMPLAINT, f"my {word} was {'very ' * number} bad {word * 2}", f"a{number}"
        )
    assert len(room.tick()) == 2
    room.arrive(Intent.SAFETY, STORIES[0], "x")
    assert events(room.tick()) == [Event.OPENED]
    (folded,) = [one for one in room.ticks(61) if one.alert.event is Event.FOLDED]
    assert folded.alert.folded_count == 8
    assert len(folded.alert.folded) == 8


def test_f34_a_backfill_of_old_posts_pages_nobody():
    room = Newsroom()
    for number in range(20):
        old = room.now - timedelta(hours=30)
        room.arrive(Intent.OUTAGE, f"down {number}", f"a{number}", published_at=old)
    assert room.ticks(30) == []


def test_an_incident_closed_by_hand_stays_closed_until_others_report():
    room = Newsroom()
    (opened,) = outage(room)
    group = room.store.groups([opened.alert.group_id])[opened.alert.group_id]
    room.store.save_group(incidents.closed(group, "kim", room.now), room.now)
    assert events(room.ticks(30)) == [Event.INCIDENT_CLOSED]
    for number in range(5):
        room.arrive(Intent.OUTAGE, f"down once more {number}", f"again{number}")
    assert events(room.tick()) == [Event.INCIDENT_OPENED]


@pytest.mark.parametrize("after_effect", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("write", range(8))
def test_f16_what_is_said_at_once_is_opened_once_however_a_tick_is_killed(write, after_effect):
    room = Newsroom(Alerting(group_wait=ONCE))
    room.arrive(Intent.SAFETY, STORIES[0], "a")
    for author in "bcdef":  # enough for an incident, which waits for nobody either
        room.arrive(Intent.OUTAGE, f"is down, says {author}", author)
    room.kill_at, room.kill_after_effect = write, after_effect
    said = {one.alert.alert_id: one.alert for one in room.ticks(4)}
    firsts = [one.group_id for one in said.values() if one.sequence == 1]
    assert len(firsts) == len(set(firsts)) == 2


def test_f34_an_urgent_post_of_now_is_told_before_a_backlog():
    room = Newsroom()
    for hours, (author, story) in enumerate(zip("abcd", STORIES, strict=False), start=2):
        at = room.now - timedelta(hours=hours)
        room.arrive(Intent.SAFETY, story, author, published_at=at)
    now = room.arrive(Intent.SAFETY, STORIES[4], "e")
    room.arrive(Intent.SAFETY, STORIES[2], "f", published_at=room.now - timedelta(hours=30))
    said = [one.alert.mention.post.author.handle for one in room.ticks(2)]
    assert said == [now.post.author.handle, "a", "b", "c", "d"]
