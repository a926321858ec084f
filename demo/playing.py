"""The day: items appear, the stack does its work, what comes of it is shown and compared."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from rich.console import RenderableType

from demo import day as days
from demo import screen as screens
from demo.day import Day, Pace
from demo.deploy import Stack
from demo.driving import Inbox, Table, Ticks, push, received, rewritten
from demo.screen import Screen
from demo.servers import Servers
from demo.steps import StepFailed
from demo.verdict import Received, Verdict, compare
from earwitness.model import Mention, Watchlist

LASTS_FOR = timedelta(seconds=75)
_LATER = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)
_TICK_EVERY = timedelta(seconds=2)
# Twice a channel's interval and what its way through the queues takes: nothing is under way then.
_CALM_FOR = timedelta(seconds=12)
_FIRST_POLL_WITHIN = timedelta(seconds=180)  # four cold starts on a machine busy with other work
_SETTLES_WITHIN = timedelta(seconds=60)


def play(screen: Screen, stack: Stack, lasts_for: timedelta = LASTS_FOR) -> Verdict:
    """Play the scripted day to a deployed stack and show it.

    Returns what came beside what was expected. Raises StepFailed when it cannot begin.
    """
    day = days.load()
    with Servers(day, Pace(_LATER, lasts_for)) as servers:
        text = rewritten(servers.urls)
        with screen.step("Subscribing to the alerts, pushing watchlist.yaml"):
            inbox = Inbox(stack, "earwitness-demo-inbox")
            watchlist = push(stack, text, "watchlist.yaml", allow_loopback=True)
        with screen.step("Warming the functions up: each channel is polled once"):
            _warm_up(stack, servers)
        servers.pace = pace = Pace(days.now(), lasts_for)
        screen.say(
            "",
            f"[bold]A day of Northwind Air[/], 24 hours in {lasts_for.total_seconds():.0f} s:"
            f" {len(day.items)} posts on {len(servers.urls)} channels.",
            "[dim]Hours are the day's; dates in alerts are the true ones.[/]",
            "",
        )
        stage = _Stage(
            screen=screen,
            day=day,
            pace=pace,
            watchlist=watchlist,
            inbox=inbox,
            ticks=Ticks(stack),
            table=Table(stack, watchlist, pace.starts_at),
        )
        with screen.live(stage.footer):
            stage.run()
    return stage.verdict()


def _warm_up(stack: Stack, servers: Servers) -> None:
    """Tick until every channel was asked: what starts cold would otherwise miss half the day."""
    ticks = Ticks(stack)
    deadline = days.now() + _FIRST_POLL_WITHIN
    while len({path for path, _ in servers.asked}) < len(servers.urls):
        if days.now() > deadline:
            why = (
                stack.aws.last_failure() or "no function has failed, so the machine may be too busy"
            )
            raise StepFailed(
                f"Not every channel was polled in {_FIRST_POLL_WITHIN.seconds} s: {why}."
            )
        ticks.send(days.now())
        time.sleep(1)


@dataclass(slots=True)
class _Stage:
    """One run of the day, and what has come of it so far."""

    screen: Screen
    day: Day
    pace: Pace
    watchlist: Watchlist
    inbox: Inbox
    ticks: Ticks
    table: Table
    mentions: dict[str, Mention] = field(default_factory=dict)
    alerts: list[Received] = field(default_factory=list)

    def run(self) -> None:
        """Until all has appeared and come to rest, or nothing more can be hoped for."""
        ticked_at = changed_at = days.now() - _CALM_FOR
        while not self._is_settled(changed_at):
            if days.now() - ticked_at >= _TICK_EVERY:
                ticked_at = days.now()
                self.ticks.send(ticked_at)
            if self._look():
                changed_at = days.now()
            time.sleep(0.2)

    def _is_settled(self, changed_at: datetime) -> bool:
        now = days.now()
        over_at = self.pace.starts_at + self.pace.lasts_for
        if not self.pace.is_over(now) or now - max(changed_at, over_at) < _CALM_FOR:
            return False
        return self.verdict().holds or now - over_at > _SETTLES_WITHIN

    def _look(self) -> bool:
        """Show what is new in the table and in the inbox; returns whether anything was."""
        new = [m for m in self.table.mentions() if m.mention_id not in self.mentions]
        for mention in sorted(new, key=lambda m: m.post.published_at or days.now()):
            self.mentions[mention.mention_id] = mention
            self.screen.mention(screens.hour_of(self.day, mention), mention)
        arrived = [received(envelope, self.day) for envelope in self.inbox.messages()]
        for alert in arrived:
            self.alerts.append(alert)
            hour = days.clock(self.pace.hour(days.now()))
            self.screen.alert(hour, alert, self._about(alert), self._answer_by(alert))
        return bool(new or arrived)

    def _about(self, alert: Received) -> Mention | None:
        return next(
            (
                mention
                for mention in self.mentions.values()
                if alert.item
                and mention.post.source_id == alert.item.source_id
                and mention.brand == alert.brand
            ),
            None,
        )

    def _answer_by(self, alert: Received) -> str:
        """The hour by which someone should have answered, in the brand's own zone."""
        brand = self.watchlist.brand(alert.brand)
        zone = ZoneInfo(brand.time_zone if brand else "UTC")
        return f"{datetime.fromisoformat(alert.respond_by_at).astimezone(zone):%H:%M} ({zone.key})"

    def verdict(self) -> Verdict:
        """What has come so far, beside the script."""
        return compare(self.day, self.mentions.values(), self.alerts)

    def footer(self) -> RenderableType:
        """Where the day is."""
        now = days.now()
        hour = self.pace.hour(now)
        posts = len(self.pace.appeared(self.day.items, now))
        counts = posts, len(self.mentions), len(self.alerts)
        return screens.footer(days.clock(hour), hour / timedelta(days=1), *counts)
