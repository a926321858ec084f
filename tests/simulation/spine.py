"""The way of a mention through the store, from a source to people, in one small world.

The source offers each post once: there is no overlap in which a lost one would come back. Runs
of the three functions may be killed at any of their AWS calls; a world is asked afterwards what
was lost, doubled or told too often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from earwitness.model import Alert, Health, Mention, Notification, Poll, Priority
from earwitness.store import Store
from tests.posts import NOW, a_judgement, a_mention, a_post
from tests.simulation.faults import Injector, Killed

EVERY_FOR = timedelta(minutes=2)
LEASE_FOR = timedelta(seconds=60)
CLAIM_FOR = timedelta(seconds=60)
PAGES = (("urgent one", "plain two"), ("urgent three",))
# Long enough for a lease or a claim to end, and for a dispatch to be made again.
SETTLE = tuple(timedelta(minutes=minutes) for minutes in (8, 10, 12))


def offered(text: str) -> Mention:
    priority = Priority.HIGH if text.startswith("urgent") else Priority.NORMAL
    return a_mention(a_post(text, source_id=text), a_judgement(priority))


def an_alert(mention: Mention) -> Alert:
    return Alert(
        alert_id=f"alert {mention.post.source_id}",
        group_id=f"group {mention.post.source_id}",
        brand=mention.brand,
        role=mention.role,
        priority=mention.judgement.priority,
        kind="mention",
        channel=mention.post.channel,
        language="en",
        reasons=mention.judgement.reasons,
        mention=mention,
        respond_by_at=NOW,
        created_at=NOW,
    )


@dataclass
class World:
    """One channel of two pages, one table, and the people who are told.

    ``mistakes`` names wrong orders of work, for the check itself to be tried on.
    """

    store: Store
    injector: Injector
    mistakes: frozenset[str] = frozenset()
    told: Counter[str] = field(default_factory=Counter)
    now: datetime = NOW
    runs: int = 0
    unproved: int = 0

    def tick(self, after: timedelta = timedelta(0)) -> None:
        """One minute's work at a time; each function may end as it likes."""
        self.now = NOW + after
        for function in (self.poll, self.assess, self.notify):
            self.runs += 1
            with suppress(Killed, Exception):
                function()

    def run(self, skew: timedelta = timedelta(0)) -> list[str]:
        """A tick with faults and one after it, then ticks without; what is wrong at the end.

        ``skew`` is how far the clock of the second tick is off.
        """
        self.tick()
        self.tick(EVERY_FOR + skew)
        self.injector.plan = {}
        for after in SETTLE:
            self.tick(after + 2 * abs(skew))
        return self.wrongs()

    def poll(self) -> None:
        """Dispatch and poll, one page at a time."""
        slot = int(self.now.timestamp() // EVERY_FOR.total_seconds())
        if not self.store.dispatch("ch", slot, EVERY_FOR, self.now):
            return
        lease = self.store.lease("ch", f"run {self.runs}", self.now, LEASE_FOR)
        if lease is None:
            return
        page = int(lease.state.cursor or 0)
        if page == len(PAGES):
            poll = Poll((), str(page), Health.OK)
        else:
            poll = Poll(tuple(map(a_post, PAGES[page])), str(page + 1), Health.OK)
        self._in_order(
            "cursor moved before the mentions are kept",
            partial(self.store.keep, [offered(post.text) for post in poll.posts], self.now),
            partial(self.store.advance, lease, poll, self.now, len(poll.posts)),
        )

    def assess(self) -> None:
        """Turn what is flagged and urgent into notifications."""
        for mention in self.store.flagged(10):
            self._in_order(
                "flag cleared before the notification is kept",
                partial(self._take_on, mention),
                partial(self.store.assessed, mention),
            )

    def notify(self) -> None:
        """Tell people what is due."""
        for notification in self.store.due_notifications(self.now):
            claimed = self.store.claim(notification, self.now, CLAIM_FOR)
            if claimed is not None:
                self._in_order(
                    "proof before deed",
                    partial(self._tell, claimed),
                    partial(self._prove, claimed),
                )

    def _take_on(self, mention: Mention) -> None:
        if mention.judgement.priority is not Priority.NORMAL:
            self.store.open_notification(an_alert(mention), self.now, self.now)

    def _tell(self, claimed: Notification) -> None:
        self.told[claimed.alert.alert_id] += 1
        self.unproved += 1

    def _prove(self, claimed: Notification) -> None:
        self.store.sent(claimed, "message", self.now)
        self.unproved -= 1

    def wrongs(self) -> list[str]:
        """What was lost, doubled or told too often."""
        texts = [text for page in PAGES for text in page]
        found = Counter(
            mention.post.text
            for mention in self.store.mentions(
                "Northwind Air", NOW - timedelta(hours=2), NOW + EVERY_FOR
            )
        )
        urgent = {f"alert {text}" for text in texts if text.startswith("urgent")}
        return [
            *(f"{text}: kept {found[text]} times" for text in texts if found[text] != 1),
            *(f"{alert}: not told" for alert in urgent if not self.told[alert]),
            *(f"{alert}: told for nothing" for alert in self.told if alert not in urgent),
            *self._repeats(),
            *(f"{mention.post.text}: still flagged" for mention in self.store.flagged(10)),
            *self._cursor_behind(),
        ]

    def _repeats(self) -> list[str]:
        # Whoever told and could not prove it leaves a repeat to the next: that much is allowed.
        repeats = sum(self.told.values()) - len(self.told)
        return [f"told {repeats} times too often"] if repeats > self.unproved else []

    def _cursor_behind(self) -> list[str]:
        cursor = self.store.state("ch").cursor
        return [] if cursor == str(len(PAGES)) else [f"cursor at {cursor}"]

    def _in_order(self, mistake: str, *steps: Callable[[], object]) -> None:
        for step in reversed(steps) if mistake in self.mistakes else steps:
            step()
