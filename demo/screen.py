"""The terminal: steps as they are done, mentions and alerts as they come, a summary at the end.

Where no person looks on (a pipe, a build server) the same comes as plain lines.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.status import Status
from rich.table import Table
from rich.text import Text

from demo.day import Day
from demo.verdict import Received, Verdict
from earwitness.alerting.wording import HEADLINES, clean, quote
from earwitness.model import Match, Mention, Tier

_COLOUR_OF = {"critical": "red", "high": "yellow", "normal": "cyan"}
_QUOTE_STYLE = "italic"


class Screen:
    """All that the demo prints."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._width = min(self.console.width, 110)

    def say(self, *lines: str) -> None:
        """Plain lines, in which [bold] and the like mark up."""
        for line in lines:
            self.console.print(line, soft_wrap=not self.console.is_terminal)

    def fail(self, sentence: str) -> None:
        """What went wrong, in one sentence."""
        self.console.print(Text(sentence, style="bold red"), soft_wrap=True)

    @contextmanager
    def step(self, doing: str) -> Iterator[None]:
        """Show that a step is being done, then that it is, and how long it took."""
        started = time.monotonic()
        if self.console.is_terminal:
            with Status(f"{doing} ...", console=self.console, spinner="dots"):
                yield
        else:
            self.console.print(f"  {doing} ...")
            yield
        took = f"{time.monotonic() - started:.1f} s"
        self.console.print(f"[green]✓[/] {doing:<58}[dim]{took:>8}[/]")

    @contextmanager
    def live(self, footer: Callable[[], RenderableType]) -> Iterator[None]:
        """Keep a footer below all that is printed meanwhile."""
        if not self.console.is_terminal:
            yield
            return
        with Live(
            get_renderable=footer, console=self.console, refresh_per_second=4, transient=True
        ):
            yield

    def mention(self, hour: str, mention: Mention) -> None:
        """One line on what was found and how it was judged, one with the words."""
        judged = mention.judgement
        colour = _COLOUR_OF[judged.priority]
        line = Text.assemble(
            (hour, "dim"),
            "  ",
            (f"{mention.post.channel:<17}", "dim"),
            (mention.brand, "bold"),
            "  ",
            (_how(best(mention)), "dim" if mention.tier is Tier.DOUBTFUL else ""),
            "  ",
            (f"{judged.language} {judged.sentiment} {judged.intent}", "dim"),
            "  ",
            (str(judged.priority), colour),
        )
        self.console.print(line, soft_wrap=True)
        self._quote(quote(mention.post, mention.matches))

    def alert(self, hour: str, alert: Received, mention: Mention | None, until: str) -> None:
        """An alert stands out."""
        colour = _COLOUR_OF[alert.priority]
        heading = f"{hour}  ALERT  {alert.priority.upper()}  {alert.brand}: {HEADLINES[alert.kind]}"
        said = quote(mention.post, mention.matches) if mention else alert.url
        reasons = "; ".join(_reasons(mention)) if mention else ""
        lines = [Text(f'"{said}"', style=_QUOTE_STYLE)]
        lines += [Text(f"why: {reasons}", style="dim")] if reasons else []
        lines += [Text(f"answer by {until}   {alert.url}", style="dim")]
        if self.console.is_terminal:
            panel = Panel(
                Group(*lines), title=Text(heading, style=f"bold {colour}"), title_align="left",
                border_style=colour, width=self._width,
            )  # fmt: skip
            self.console.print(panel)
            return
        self.console.print(Text(heading, style=f"bold {colour}"), soft_wrap=True)
        for line in lines:
            self.console.print(Text("       ") + line, soft_wrap=True)

    def _quote(self, said: str) -> None:
        line = Text(f"       {said}", style=_QUOTE_STYLE)
        if self.console.is_terminal:
            line.truncate(self._width, overflow="ellipsis")
        self.console.print(line, soft_wrap=True)

    def summary(self, verdict: Verdict) -> None:
        """The day in figures: expected beside got."""
        self.console.print()
        self.console.rule("[bold]The day is over", align="left", style="dim")
        figures = Table.grid(padding=(0, 3))
        for name, value in _figures(verdict):
            figures.add_row(Text(name, style="bold"), value)
        self.console.print(figures)
        self.console.print()
        self.console.print(_stories(verdict))
        self.console.print()
        self._near_misses(verdict)
        self._differences(verdict)

    def _near_misses(self, verdict: Verdict) -> None:
        rejected = {item.number for item in verdict.rejected}
        self.console.print("[bold]Near misses[/]")
        for item in verdict.near_misses:
            sign = "[green]✓[/]" if item.number in rejected else "[red]✗[/]"
            words = item.title or f"{item.text[:60]}..."
            self.console.print(f"{sign} {item.clock}  {words}  [dim]({item.note})[/]")

    def _differences(self, verdict: Verdict) -> None:
        wrong = [f"{i.clock} {brand} was not found in: {i.text}" for i, brand in verdict.missing]
        wrong += [f"{i.clock} {brand} was read into: {i.text}" for i, brand in verdict.mistaken]
        wrong += [f"an alert that nobody expected: {a.kind}, {a.url}" for a in verdict.unasked]
        if wrong:
            self.console.print("\n[bold red]Not as scripted[/]")
        for line in wrong:
            self.console.print(Text(f"✗ {line}"), soft_wrap=True)


def footer(hour: str, done: float, posts: int, mentions: int, alerts: int) -> RenderableType:
    """Where the day is."""
    grid = Table.grid(padding=(0, 2))
    bar = ProgressBar(total=1, completed=done, width=30)
    counts = f"{posts} posts   {mentions} mentions   {alerts} alerts   [dim]Ctrl-C stops[/]"
    grid.add_row(Text(hour, style="bold"), bar, Text.from_markup(counts))
    return Padding(grid, (1, 0, 0, 0))


def best(mention: Mention) -> Match:
    """The match that says most surely that the post is about the brand."""
    return max(mention.matches, key=lambda match: match.confidence)


def _how(match: Match) -> str:
    edits = f", {match.edits} edit{'s' if match.edits > 1 else ''}" if match.edits else ""
    return f"»{clean(match.surface)}« {match.kind}{edits}, {match.tier}"


def _reasons(mention: Mention) -> Iterator[str]:
    for reason in mention.judgement.reasons:
        words = ", ".join(clean(word) for word in reason.evidence[:3])
        yield f"{reason.name.replace('_', ' ')} ({words})" if words else reason.name


def _figures(verdict: Verdict) -> Iterator[tuple[str, str]]:
    yield "Mentions", f"{verdict.found} of {verdict.expected} scripted"
    yield "per brand", _counts(verdict.per_brand)
    yield "per kind of spelling", _counts(verdict.per_slip)
    yield "Alerts", str(verdict.alerts)
    yield "Near misses rejected", f"{len(verdict.rejected)} of {len(verdict.near_misses)}"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"


def _stories(verdict: Verdict) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0), title_justify="left")
    for heading in ("Story", "alerts expected", "got", ""):
        table.add_column(heading, header_style="bold")
    for story in verdict.stories:
        sign = "[green]✓[/]" if story.holds else "[red]✗[/]"
        expected = "1" if story.expected == "one" else "1 or more"
        table.add_row(story.name, expected, str(story.alerts), sign)
    return table


def hour_of(day: Day, mention: Mention) -> str:
    """When a mention's post was scripted for."""
    item = day.item(mention.post.source_id)
    return item.clock if item else "--:--"
