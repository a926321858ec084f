"""A brand in the news: posts come in, assess and notify tick, people are told.

The functions' own code over a table in memory, on a clock that the test moves.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from earwitness import assessing
from earwitness.alerting import turn
from earwitness.model import (
    Alert,
    Alerting,
    Author,
    Brand,
    Intent,
    Mention,
    Priority,
    Role,
    Sentiment,
    Term,
    Watchlist,
)
from earwitness.store import Store
from tests.posts import NOW, a_judgement, a_match, a_mention, a_post
from tests.simulation.faults import Killed
from tests.simulation.plain_table import PlainTable

MINUTE = timedelta(minutes=1)
CLAIM_FOR = timedelta(minutes=2)
BRAND = "Northwind Air"

# What a post of each kind is judged as.
KINDS = {
    Intent.OUTAGE: Priority.CRITICAL,
    Intent.SAFETY: Priority.CRITICAL,
    Intent.COMPLAINT: Priority.HIGH,
    Intent.PRAISE: Priority.NORMAL,
}
STORIES = (
    "smoke filled the cabin behind the wing shortly after leaving the northern islands today",
    "suitcase vanished somewhere between two airports and nobody answers any telephone number",
    "refund promised in January never arrived despite eleven letters with complete receipts",
    "website shows an empty page whenever anybody tries paying for seats or extra luggage",
    "grandmother waited nine hours inside a locked lounge without water medicine or help",
)


@dataclass(frozen=True)
class Said:
    """An alert as people were told it, and when."""

    alert: Alert
    at: datetime
    may_repeat: bool


@dataclass
class Newsroom:
    """One brand, everything it is told, and a clock. ``kill_at`` counts writes to a kill."""

    alerting: Alerting = field(default_factory=lambda: Alerting(daily_cap=1000))
    now: datetime = NOW
    said: list[Said] = field(default_factory=list)
    posts: int = 0
    kill_at: int | None = None
    kill_after_effect: bool = False

    def __post_init__(self) -> None:
        self.table = PlainTable()
        self.table.before_call = lambda: self._may_die(after_effect=False)
        self.table.after_call = lambda: self._may_die(after_effect=True)
        self.store = Store("memory", object(), author_key=lambda: b"secret", clock=lambda: self.now)
        self.store._table = self.table
        brand = Brand(BRAND, Role.OWN, (Term(BRAND),), alerting=self.alerting)
        self.watchlist = Watchlist((brand,), (), "1", alerting=self.alerting)

    def arrive(self, kind: Intent, text: str, author: str, **changes: object) -> Mention:
        """A post is found, judged and kept."""
        self.posts += 1
        words = f"{BRAND} {text}"
        post = a_post(
            words,
            source_id=str(self.posts),
            url=f"https://news.example/{self.posts}",
            author=Author(handle=author),
            **{"published_at": self.now, "fetched_at": self.now, **changes},
        )
        judged = a_judgement(KINDS[kind], kind)
        if kind is Intent.PRAISE:
            judged = replace(judged, sentiment=Sentiment.POSITIVE)
        mention = a_mention(post, judged, (a_match(BRAND, words, edits=0),))
        self.store.keep([mention], self.now)
        return mention

    def tick(self) -> list[Said]:
        """A minute passes, then assess and notify run, unless they are killed."""
        self.now += MINUTE
        before = len(self.said)
        for function in (self.assess, self.notify):
            with suppress(Killed):
                function()
        return self.said[before:]

    def ticks(self, minutes: int, each: Callable[[], None] = lambda: None) -> list[Said]:
        """So many minutes; what was said in them."""
        before = len(self.said)
        for _ in range(minutes):
            self.tick()
            each()
        return self.said[before:]

    def assess(self) -> None:
        """What the function assess does."""
        assessing.tick(self.store, lambda: self.watchlist, self.now)

    def notify(self) -> None:
        """What the function notify does."""
        waiting = self.store.due_notifications(self.now)
        for due in sorted(waiting, key=lambda one: turn(one.alert)):
            claimed = self.store.claim(due, self.now, CLAIM_FOR)
            if claimed is not None:
                self.said.append(Said(claimed.alert, self.now, claimed.may_repeat))
                self.store.sent(claimed, "message", self.now)

    def _may_die(self, *, after_effect: bool) -> None:
        if self.kill_at is None or after_effect is not self.kill_after_effect:
            return
        self.kill_at -= 1
        if self.kill_at < 0:
            self.kill_at = None
            raise Killed
