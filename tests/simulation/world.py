"""The deployed stack in one process: real functions, a simulated clock, queues, and people.

One thread, one seeded order: a schedule plays the same again. Time passes with ticks and calls.
What one worker does while another stands still at a call runs inside that call.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from earwitness.exports_bucket import ExportsBucket
from earwitness.model import Silence
from earwitness.store import Store
from tests import pushes
from tests.simulation.faults import Call, Fault, Injector, Killed
from tests.simulation.observing import Observed
from tests.simulation.press import BEGAN, EVER, ITEMS, Item, Sources, pushed
from tests.simulation.schedules import Aim, Schedule
from tests.simulation.workers import LITTLE_MS, Worker, hire
from tests.stack import sqs_event

MINUTE = timedelta(minutes=1)
CALL_FOR = timedelta(milliseconds=20)
STALL_FOR = timedelta(minutes=10)  # longer than a lease, a claim and a message's invisibility
INVISIBLE_FOR = timedelta(seconds=360)  # as template.yaml has it, like all that follows
WORK_KEPT_FOR = timedelta(seconds=2400)
EXPORT_INVISIBLE_FOR = timedelta(seconds=5400)
EXPORT_KEPT_FOR = timedelta(seconds=36000)
MOST_RECEIVED = 5
MOST_SKEW = timedelta(seconds=4000)
# A queue, the function it feeds, and every how many minutes it ticks. Add a function here.
QUEUES = {
    "dispatch": ("dispatch", 1),
    "polls": ("poll", None),
    "posts": ("poll", None),
    "assess": ("assess", 1),
    "notify": ("notify", 1),
    "refresh": ("refresh", 5),
    "digest": ("digest", 15),
    "export": ("export", 150),  # not only at night: the first day, the second, and that anew
}
LAST_EXPORT = BEGAN + 9 * timedelta(minutes=150)
SILENCE = Silence(
    "rae",
    "known to us",
    "ops",
    BEGAN - timedelta(days=1),
    BEGAN + timedelta(days=2),
    author="rae",
    brand=None,
)


@dataclass(eq=False)
class Message:
    """A message on a queue."""

    queue: str
    body: str
    sent_at: datetime
    visible_at: datetime
    received: int = 0


@dataclass(eq=False)
class Visit:
    """A request that somebody makes until it is answered as it should be."""

    function: str
    event: Callable[[datetime], dict[str, Any]]
    enough: tuple[int, ...]
    due_at: datetime
    then: Visit | None = None


@dataclass
class World:
    """One run. ``store`` and ``exports`` are not counted; ``observed`` is what took effect."""

    injector: Injector
    store: Store
    exports: ExportsBucket
    schedule: Schedule
    mistakes: Mapping[str, Callable[[str], str]] = field(default_factory=dict)
    aim: Aim | None = None
    now: datetime = BEGAN
    errors: list[str] = field(default_factory=list)
    wrongs: list[str] = field(default_factory=list)
    dead: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.schedule.seed)
        self.queue: list[Message] = []
        self.workers: list[Worker] = []
        self.running: list[Worker] = []
        self.runs = 0
        self.seen_at_aim = 0
        self.store.add_silence(SILENCE)
        self.visits = [Visit("ingest", _push, (202, 409), BEGAN + MINUTE)]
        self.observed = Observed(self)
        moods = random.Random(self.schedule.seed) if self.schedule.weather.flaky else None
        self.sources = Sources(lambda: self.now, self.observed.asked, self._shown, moods)
        self.injector.reset(dict(self.schedule.faults))
        self.injector.before_call = self._before_call
        self.injector.after_effect = self.observed.took_effect
        self.injector.around = self._around
        self.injector.function = lambda: self.running[-1].function

    @property
    def is_calm(self) -> bool:
        """Whether nothing happens to it."""
        return self.schedule == Schedule() and self.aim is None

    @property
    def is_skewed(self) -> bool:
        """Whether its clocks are off."""
        return self.schedule.weather.skewed

    def seconds(self) -> float:
        """How long it has lived."""
        return (self.now - BEGAN).total_seconds()

    def live(self) -> World:
        """Minutes in which all is said, then as long as it takes to settle, a digest, an export."""
        self.run_until(BEGAN + 13 * MINUTE)
        settled = timedelta(hours=5 if self.schedule.weather.skewed else 3)
        self.run_until(BEGAN + settled, every=15)
        self._catch_up()
        self.now = (tomorrow := BEGAN + timedelta(hours=17)) - MINUTE
        self.run_until(tomorrow + 2 * MINUTE)
        self.run_until(tomorrow + settled - timedelta(hours=2), every=30)
        self.now = LAST_EXPORT - MINUTE
        self.run_until(LAST_EXPORT + MINUTE)
        while self.queue:
            self.now = max(self.now, min(one.visible_at for one in self.queue))
            self._work_off()
        return self

    def _catch_up(self) -> None:
        """An hour more, and more of them until all is kept, where sources failed."""
        bedtime = BEGAN + timedelta(hours=15)
        while self.sources.failures and self.now < bedtime:
            had_all = self._has_all()
            self.run_until(self.now + timedelta(hours=1), every=15)
            if had_all:
                return

    def _has_all(self) -> bool:
        staying = (one for one in ITEMS if one.stays(EVER))
        return all(self.observed.kept.issuperset(one.mention_ids) for one in staying)

    def run_until(self, end: datetime, every: int = 1) -> None:
        """Let time pass, with a tick of the schedules every so many minutes."""
        while self.now < end:
            minutes = int((self.now - BEGAN) / MINUTE) // every * every + every
            self.now = BEGAN + minutes * MINUTE
            for name, (_, ticks) in QUEUES.items():
                if ticks and minutes % ticks == 0:
                    for _ in range(self.schedule.weather.instances):
                        self.send(name, "{}")
            self._people_act()
            self._work_off()

    def send(self, queue: str, body: str) -> None:
        """Put a message on a queue; where messages come twice, perhaps two."""
        self.queue.append(Message(queue, body, self.now, self.now))
        if self.schedule.weather.duplicates and self.random.random() < 0.5:
            later = self.now + self.random.random() * timedelta(minutes=10)
            self.queue.append(Message(queue, body, self.now, later))

    def told(self, take: Callable[[datetime], dict[str, Any]], also: Any = None) -> None:
        """Somebody reads an alert, and takes it within a minute."""
        then = Visit("acknowledge", also, (200, 409, 410), self.now + MINUTE) if also else None
        self.visits.append(Visit("acknowledge", take, (200, 409, 410), self.now + MINUTE, then))

    def _work_off(self) -> None:
        """Hand out every message that is visible, until none is."""
        while True:
            self.queue = [one for one in self.queue if self._is_kept(one)]
            visible = [one for one in self.queue if one.visible_at <= self.now]
            if not visible:
                return
            order = list(QUEUES)
            visible.sort(key=lambda one: order.index(one.queue))
            one = self.random.choice(visible) if self.schedule.weather.shuffled else visible[0]
            one.received += 1
            if one.received > MOST_RECEIVED:
                self.queue.remove(one)
                self.dead.append(one)
                continue
            exports = one.queue == "export"
            one.visible_at = self.now + (EXPORT_INVISIBLE_FOR if exports else INVISIBLE_FOR)
            if self._is_done(one) and one in self.queue:
                self.queue.remove(one)

    def _is_kept(self, one: Message) -> bool:
        kept_for = EXPORT_KEPT_FOR if one.queue == "export" else WORK_KEPT_FOR
        return one.queue == "posts" or self.now - one.sent_at < kept_for

    def _is_done(self, one: Message) -> bool:
        """Whether SQS may delete it: the function ended well and did not hand it back."""
        answer = self.invoke(QUEUES[one.queue][0], self._event(one.body))
        return answer is not FAILED and not (answer or {}).get("batchItemFailures")

    def _event(self, body: str) -> dict[str, Any]:
        """A delivery of its own of a message."""
        event = sqs_event(body)
        event["Records"][0]["messageId"] = f"message-{self.runs}"
        return event

    def invoke(self, function: str, event: Any) -> Any:
        """Let a free worker, or a new one, run; FAILED when it ended by an error or a kill."""
        worker = self._free(function)
        self.running.append(worker)
        self.runs += 1
        try:
            return worker.invoke(event, self.runs)
        except Killed:
            self.workers.remove(worker)
            return FAILED
        except Exception as error:  # noqa: BLE001 - Lambda logs it, and tries again
            self.errors.append(f"{function}: {error!r}")
            return FAILED
        finally:
            self.running.pop()

    def _free(self, function: str) -> Worker:
        for worker in self.workers:
            if worker.function == function and worker not in self.running:
                return worker
        skew = timedelta(0)
        if self.schedule.weather.skewed and function != "ingest":  # which refuses far-off times
            skew = self.random.uniform(-1, 1) * MOST_SKEW
        worker = hire(function, lambda: self.now, skew, self.mistakes)
        self.workers.append(worker)
        return worker

    def _shown(self, one: Item) -> None:
        self.running[-1].shown.append(one)

    def _before_call(self, call: Call) -> None:
        self.now += CALL_FOR
        if self.aim is not None and self.aim.matches(call):
            self.seen_at_aim += 1
            if self.seen_at_aim == self.aim.number:
                number = len(self.injector.calls)
                self.injector.plan = {**self.injector.plan, number: self.aim.fault}

    def _around(self, _: Call, fault: Fault) -> None:
        worker = self.running[-1]
        match fault:
            case Fault.OVERTAKEN:
                event = worker.event
                again = self._event(event["Records"][0]["body"]) if "Records" in event else event
                self.invoke(worker.function, again)
            case Fault.STALLED:
                self.run_until(self.now + STALL_FOR)
            case Fault.OUT_OF_TIME:
                worker.remaining_ms = LITTLE_MS

    def _people_act(self) -> None:
        for one in ITEMS:
            if one.erased is not None and self.now >= BEGAN + one.erased * MINUTE:
                for brand, mention_id in zip(one.about, one.mention_ids, strict=True):
                    if mention_id in self.observed.kept - self.observed.erased:
                        self.store.redact(brand, one.post_id, self.now)
                        self.observed.erased.add(mention_id)
        due = [one for one in self.visits if one.due_at <= self.now]
        self.visits = [one for one in self.visits if one not in due]
        for visit in due:
            answer = self.invoke(visit.function, visit.event(self.now))
            if answer is FAILED or answer["statusCode"] not in visit.enough:
                self.visits.append(visit)
            elif visit.then is not None:
                self.visits.append(replace(visit.then, due_at=self.now))


FAILED = object()


def _push(now: datetime) -> dict[str, Any]:
    body = pushed()
    return pushes.request(body, pushes.own(body, now))
