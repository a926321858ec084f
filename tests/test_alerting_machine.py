"""The whole of alerting against a simple model, whatever happens in whatever order.

Posts come in, people acknowledge, silence, open and close incidents, the clock jumps, processes
die at any write. The model knows nothing of groups: it only remembers what arrived and when,
what might excuse silence about it, and what people were told.
"""

import sys
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from earwitness.alerting import incidents
from earwitness.alerting.inhibition import is_inhibited
from earwitness.alerting.review import Rest
from earwitness.assessing.intake import Intake
from earwitness.model import Event, Intent, Mention, Priority, Reason, Role, Silence
from earwitness.store import Store
from tests.posts import NOW
from tests.simulation.newsroom import BRAND, STORIES, Newsroom

MINUTE = timedelta(minutes=1)
WAIT = {Priority.CRITICAL: MINUTE, Priority.HIGH: 10 * MINUTE}
INTERVAL = timedelta(minutes=15)
# A tick takes a mention up, another says it; a claim whose holder died lasts for two minutes.
TICKS = 2 * MINUTE
SETTLED = 5  # ticks without a kill or a jump, after which nothing may be late
MENTION_EVENTS = {Event.OPENED, Event.GROWN, Event.REPEATED, Event.ESCALATED}


@dataclass
class Arrived:
    """A post as the model remembers it. ``free_since``: from when nothing excused silence."""

    mention: Mention
    text: str
    author: str
    at: datetime
    free_since: datetime
    silenced: bool = False
    set_back: timedelta = timedelta(0)  # since it came: what waits for an hour waits for longer

    @property
    def kind(self):
        return self.mention.judgement.intent

    @property
    def priority(self):
        return self.mention.judgement.priority


class Alertness(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.room = Newsroom()
        self.arrived = []
        self.acknowledged = {}  # group and window: how much had been said by then
        self.undisturbed = SETTLED

    # --- what happens -----------------------------------------------------------------------------

    @rule(
        kind=st.sampled_from([Intent.OUTAGE, Intent.SAFETY, Intent.COMPLAINT]),
        story=st.integers(0, len(STORIES) - 1),
        author=st.integers(0, 8),
    )
    def a_post_arrives(self, kind, story, author):
        name = f"customer{author}"
        mention = self.room.arrive(kind, STORIES[story], name)
        now = self.room.now
        self.arrived.append(Arrived(mention, STORIES[story], name, now, now))

    @rule(count=st.integers(5, 12))
    def an_outage_hits_many(self, count):
        for author in range(count):
            self.a_post_arrives(Intent.OUTAGE, author % len(STORIES), 100 + author)

    @rule(minutes=st.integers(1, 25))
    def minutes_pass(self, minutes):
        for _ in range(minutes):
            self.tick()

    @rule(minutes=st.integers(2, 6 * 60))
    def the_functions_are_down_for_a_while(self, minutes):
        self.room.now += minutes * MINUTE
        self.undisturbed = 0
        self.tick()

    @rule(minutes=st.integers(1, 60))
    def the_clock_is_set_back(self, minutes):
        self.room.now -= minutes * MINUTE
        for one in self.arrived:
            one.set_back += minutes * MINUTE
        self.undisturbed = -minutes
        self.tick()

    @rule(write=st.integers(0, 30), after_effect=st.booleans())
    def a_process_dies_at_some_write(self, write, after_effect):
        self.room.kill_at, self.room.kill_after_effect = write, after_effect
        self.tick()
        self.room.kill_at = None
        self.undisturbed = 0

    @precondition(lambda self: self.room.said)
    @rule(which=st.integers(0), handle=st.booleans())
    def somebody_takes_an_alert(self, which, handle):
        alert = self.room.said[which % len(self.room.said)].alert
        verb = self.room.store.handle if handle else self.room.store.acknowledge
        group = verb(alert.group_id, "kim", self.room.now)
        if group is not None:
            self.acknowledged.setdefault((group.group_id, group.window), group.sequence)

    @rule(
        minutes=st.integers(1, 90),
        scope=st.sampled_from(
            [{"brand": BRAND}, {"author": "customer1"}, {"word": "suitcase"}, {"kind": "safety"}]
        ),
    )
    def somebody_adds_a_silence(self, minutes, scope):
        now = self.room.now
        silence = Silence(f"s{now}", "planned", "kim", now, now + minutes * MINUTE, **scope)
        self.room.store.add_silence(silence)

    @rule()
    def somebody_expires_the_silences(self):
        for silence in list(self.room.store.silences(self.room.now)):
            self.room.store.expire_silence(silence.silence_id, self.room.now)

    @rule(kind=st.sampled_from([Intent.OUTAGE, Intent.SAFETY]))
    def somebody_opens_an_incident(self, kind):
        if self.incident() is None:
            group_id = incidents.group_id_of(BRAND)
            group = incidents.opened(
                self.room.store.groups([group_id]).get(group_id),
                BRAND,
                Role.OWN,
                kinds=(kind,),
                by="kim",
                reason=Reason("opened_by_hand"),
                now=self.room.now,
            )
            self.room.store.save_group(group, self.room.now)

    @precondition(lambda self: self.incident() is not None)
    @rule()
    def somebody_closes_the_incident(self):
        self.room.store.save_group(
            incidents.closed(self.incident(), "kim", self.room.now), self.room.now
        )

    # --- what the model remembers -----------------------------------------------------------------

    def incident(self):
        group_id = incidents.group_id_of(BRAND)
        group = self.room.store.groups([group_id]).get(group_id)
        return group if incidents.is_open(group) else None

    def tick(self):
        self._note_excuses()
        self.room.tick()
        self.undisturbed += 1
        self._note_excuses()

    def _note_excuses(self):
        now, incident = self.room.now, self.incident()
        silences = list(self.room.store.silences(now))
        for one in self.arrived:
            if any(_fits(silence, one) for silence in silences):
                one.silenced = True
            inside = incident is not None and one.kind in incident.incident.kinds
            waits = incident is not None and one.priority is Priority.HIGH
            if inside or waits:
                one.free_since = now

    def told_of(self, one):
        """Whether people were told of a post, alone, with its story or class, or as incident."""
        for said in self.room.said:
            alert = said.alert
            if alert.incident is not None and one.kind in alert.incident.kinds:
                return True
            if any(self._is_told_in(line, one) for line in alert.folded):
                return True
            if alert.mention is None or alert.kind != one.kind:
                continue
            if one.kind is Intent.OUTAGE or one.text in alert.mention.post.text:
                return True
        return False

    def _is_told_in(self, line, one):
        """Whether a folded line links a post of the same kind and text."""
        return any(
            line.endswith(f" {other.mention.post.url}")
            for other in self.arrived
            if (other.kind, other.text) == (one.kind, one.text)
        )

    # --- what must hold ---------------------------------------------------------------------------

    @invariant()
    def nothing_is_lost_or_late(self):
        if self.undisturbed < SETTLED:
            return
        for one in self.arrived:
            wait = WAIT[one.priority]
            if one.priority is Priority.HIGH and one.free_since > one.at:
                wait = 2 * INTERVAL  # all that waited is reviewed by then, then said in one
            late = self.room.now - max(one.at, one.free_since) > wait + TICKS + one.set_back
            assert one.silenced or not late or self.told_of(one), one

    @invariant()
    def no_story_speaks_twice_inside_its_interval(self):
        last = {}
        for said in self.room.said:
            alert = said.alert
            if said.may_repeat or alert.event not in MENTION_EVENTS - {Event.ESCALATED}:
                continue
            rose = any(reason.name == "more_urgent" for reason in alert.reasons)
            before = last.get((alert.group_id, alert.alert_id.split("-")[1]))
            assert rose or before is None or alert.created_at - before >= INTERVAL, alert
            last[alert.group_id, alert.alert_id.split("-")[1]] = alert.created_at

    @invariant()
    def nothing_is_said_twice_but_as_a_possible_repeat(self):
        once = [said.alert.alert_id for said in self.room.said if not said.may_repeat]
        assert len(once) == len(set(once))

    @invariant()
    def what_somebody_took_is_neither_repeated_nor_escalated(self):
        for said in self.room.said:
            group_id, window, sequence = said.alert.alert_id.rsplit("-", 2)
            before = self.acknowledged.get((group_id, int(window)))
            nags = said.alert.event in (Event.REPEATED, Event.ESCALATED)
            assert before is None or not nags or int(sequence) <= before

    @invariant()
    def an_alert_climbs_each_level_once(self):
        climbed = [
            (said.alert.group_id, said.alert.alert_id.split("-")[1], said.alert.level)
            for said in self.room.said
            if said.alert.event is Event.ESCALATED and not said.may_repeat
        ]
        assert len(climbed) == len(set(climbed))

    @invariant()
    def every_silence_ends(self):
        for silence in self.room.store.silences(self.room.now):
            assert silence.expires_at > self.room.now
            assert silence.expires_at - silence.created_at <= timedelta(minutes=90)
            assert silence.reason


def _fits(silence: Silence, one: Arrived) -> bool:
    """The model's own idea of a scope."""
    return (
        silence.brand in (None, BRAND)
        and silence.author in (None, one.author)
        and (silence.word is None or silence.word in one.text)
        and silence.kind in (None, one.kind)
    )


def _drop(group, situation):
    """The mistake of never looking again at what waits for an incident."""
    incident = situation.incident
    return Rest("dropped") if incident and is_inhibited(incident, group) else None


def _slow(group, alerting):
    """The mistake of giving a critical the wait of a high."""
    return group.opened_at + alerting.group_wait.high if group.mention else group.opened_at


def _forget_first(intake, mentions):
    """The mistake of clearing flags before what follows from them is kept."""
    for mention in mentions:
        intake._store.assessed(mention)
    take_up(intake, mentions)


take_up = Intake.take_up
held = Store.silences
review = sys.modules["earwitness.alerting.review"]  # the module: the package has its function
# Each a mistake that the machine must find: what to put in the place of what.
MISTAKES = {
    "flags are cleared first": (Intake, "take_up", _forget_first),
    "what an incident inhibits is dropped": (review, "_STAGES", (_drop, *review._STAGES)),
    "an answer ends nothing": (review, "is_answered", lambda _: False),
    "an interval is no interval": (review, "INTERVAL_FOR", MINUTE),
    "a silence never ends": (Store, "silences", lambda store, _: held(store, NOW)),
    "a critical waits as long as a high": (review, "first_at", _slow),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_machine_finds_a_mistake(mistake, monkeypatch):
    monkeypatch.setattr(*MISTAKES[mistake])
    search = settings(TestAlertness.settings, max_examples=300, database=None, derandomize=True)
    with pytest.raises(BaseException) as found:  # noqa: PT011 - one failure, or a group of them
        run_state_machine_as_test(Alertness, settings=search)
    assert not isinstance(found.value, KeyboardInterrupt)


TestAlertness = Alertness.TestCase
TestAlertness.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    # To shrink a world of many days takes minutes; the steps of the one found say enough.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
