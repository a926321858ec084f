"""``earwitness alerts``: what is open, and who takes it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import typer

from earwitness.cli import exits, shown
from earwitness.cli.person import whoami
from earwitness.cli.stack import Profile, Region, Stack, deployed, now
from earwitness.model import Group, Response, ResponseTime

app = typer.Typer(
    help="List open alerts, take them, say that they are dealt with, and see how fast that was.",
    epilog=exits.EXPLAINED,
    no_args_is_help=True,
    rich_markup_mode=None,
)
By = Annotated[str | None, typer.Option(help="Who takes it; else the name you are logged in by.")]
Ids = Annotated[
    list[str], typer.Argument(metavar="ID...", help="Ids of alerts or of their groups.")
]


class Divided(StrEnum):
    """What response times are divided by."""

    PRIORITY = "priority"
    PERSON = "person"
    CHANNEL = "channel"
    BRAND = "brand"

    def of(self, response: Response) -> str:
        """Under which name a response counts; "": under none."""
        if self is Divided.PERSON:
            return response.acknowledged.by if response.acknowledged else ""
        return str(getattr(response, self))


@app.command(
    "list",
    epilog=f"""\b
Examples:
  earwitness alerts list
  earwitness alerts list --brand "Northwind Air" --json

{exits.EXPLAINED}""",
)
def list_(
    brand: Annotated[str | None, typer.Option(help="Of this brand only.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """List what was said and nobody has dealt with, the most urgent answer first."""
    with deployed(stack, region, profile) as found:
        groups = [
            group
            for group in found.store.open_groups()
            if group.said_at is not None and brand in (None, group.brand)
        ]
    groups.sort(key=lambda group: (group.respond_by_at or group.opened_at, group.group_id))
    for group in groups:
        typer.echo(shown.as_json(_as_json(group)) if as_json else _line(group))


@app.command(
    epilog=f"""\b
Examples:
  earwitness alerts ack 3f9c2a41d07be655
  earwitness alerts ack 3f9c2a41d07be655 --by kim

{exits.EXPLAINED}"""
)
def ack(
    ids: Ids,
    by: By = None,
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Take alerts: they are no longer repeated nor escalated."""
    _answer("acknowledge", "taken", ids, by, (stack, region, profile))


@app.command(
    epilog=f"""\b
Examples:
  earwitness alerts handle 3f9c2a41d07be655
  earwitness alerts handle 3f9c2a41d07be655 --by kim

{exits.EXPLAINED}"""
)
def handle(
    ids: Ids,
    by: By = None,
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Say that alerts are dealt with: they leave the list."""
    _answer("handle", "handled", ids, by, (stack, region, profile))


@app.command(
    epilog=f"""\b
Examples:
  earwitness alerts times
  earwitness alerts times --by person --days 30 --brand "Northwind Air"
  earwitness alerts times --by channel --json

{exits.EXPLAINED}"""
)
def times(  # noqa: PLR0913 - what is counted, and where
    by: Annotated[Divided, typer.Option(help="What the times are divided by.")] = Divided.PRIORITY,
    days: Annotated[int, typer.Option(min=1, max=90, help="How many days to look back.")] = 7,
    brand: Annotated[str | None, typer.Option(help="Of this brand only.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Show how fast alerts were taken and dealt with, nights and weekends included.

    Median and 90th percentile of first responses and the median of handling are of those that
    were taken; late are those not taken by their answer-by time.
    """
    from earwitness.figures import response_times

    until = now()
    with deployed(stack, region, profile) as found:
        names = [one.name for one in found.brands() if brand in (None, one.name)]
        since = until - timedelta(days=days)
        held = [one for name in names for one in found.store.responses(name, since, until)]
    for time in response_times(held, by.of, until):
        typer.echo(shown.as_json(asdict(time)) if as_json else _told(time))


def _told(time: ResponseTime) -> str:
    first, slow, handled = (_length(s) for s in (time.first_response, time.slow, time.handled))
    return shown.clean(
        f"{time.name}: {time.taken} of {time.alerts} taken, {time.late} late, first response "
        f"{first} (90% within {slow}), handled after {handled}"
    )


def _length(seconds: float | None) -> str:
    return "-" if seconds is None else f"{round(seconds / 60)} min"


def _answer(
    verb: str, done: str, ids: list[str], by: str | None, where: tuple[str, str | None, str | None]
) -> None:
    unknown = False
    person = by or whoami()
    with deployed(*where) as found:
        for given in ids:
            for group_id in found.store.answered_by(given):
                group = getattr(found.store, verb)(group_id, person, now())
                unknown |= group is None
                said = f"{done}: {_line(group)}" if group else "no such alert"
                typer.echo(f"{group_id}: {said}", err=group is None)
    if unknown:
        raise typer.Exit(exits.PROBLEMS)


def _line(group: Group) -> str:
    by = f"answer by {group.respond_by_at:%Y-%m-%d %H:%M} UTC" if group.respond_by_at else ""
    taken = f"taken by {group.acknowledged.by}" if group.acknowledged else "taken by nobody"
    said = (group.group_id, group.priority, group.brand, group.kind, _about(group), by, taken)
    return "  ".join(one for one in map(shown.clean, said) if one)


def _about(group: Group) -> str:
    if group.mention is not None:
        return group.mention.post.url or group.mention.post.text[:60]
    return group.darkness.channel if group.darkness is not None else ""


def _as_json(group: Group) -> dict[str, object]:
    by, taken = group.respond_by_at, group.acknowledged
    return {
        "group_id": group.group_id,
        "brand": group.brand,
        "kind": group.kind,
        "priority": group.priority,
        "about": _about(group),
        "posts": group.posts.count,
        "authors": group.authors.count,
        "respond_by_at": by.isoformat() if by else None,
        "level": group.level,
        "acknowledged_by": taken.by if taken else None,
    }
