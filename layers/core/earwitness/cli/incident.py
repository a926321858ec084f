"""``earwitness incident``: open one by hand, close it, see them."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from earwitness.cli import exits
from earwitness.cli.person import whoami
from earwitness.cli.stack import Profile, Region, Stack, deployed, now
from earwitness.model import Group, Incident, Intent, Reason

app = typer.Typer(
    help="Open an incident by hand, close it, see them.",
    epilog=exits.EXPLAINED,
    no_args_is_help=True,
    rich_markup_mode=None,
)
OfBrand = Annotated[str, typer.Option("--brand", help="The brand, as in the watchlist.")]


@app.command(
    "open",
    epilog=f"""\b
Examples:
  earwitness incident open --brand "Northwind Air" --reason "booking system is down"
  earwitness incident open --brand "Northwind Air" --kind safety --reason "recall announced"

{exits.EXPLAINED}""",
)
def open_(  # noqa: PLR0913 - what is opened, and where
    brand: OfBrand,
    reason: Annotated[str, typer.Option(help="What has happened; it is said in the alert.")],
    kind: Annotated[str, typer.Option(help="Posts that are inside: outage or safety.")] = "outage",
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Open an incident before there are reports enough.

    Alerts of the brand wait until it closes, but for criticals on another story and VIPs.
    """
    from earwitness.alerting import incidents
    from earwitness.alerting.reports import TROUBLE

    if kind not in TROUBLE:
        raise typer.BadParameter("expected outage or safety", param_hint="--kind")
    with deployed(stack, region, profile) as found:
        known = {one.name: one for one in found.brands()}
        if brand not in known:
            _refuse(f"{brand}: no such brand; the watchlist has {', '.join(known) or 'none'}")
        group_id = incidents.group_id_of(brand)
        before = found.store.groups([group_id]).get(group_id)
        if incidents.is_open(before):
            _refuse(f"{brand}: an incident is open since {_since(before)}")
        group = incidents.opened(
            before,
            brand,
            known[brand].role,
            kinds=(Intent(kind),),
            by=whoami(),
            reason=Reason("opened_by_hand", (reason,)),
            now=now(),
        )
        found.store.save_group(group, now())
    typer.echo(f"opened: {_line(group)}")


@app.command(
    epilog=f"""\b
Examples:
  earwitness incident close --brand "Northwind Air"

{exits.EXPLAINED}"""
)
def close(
    brand: OfBrand, stack: Stack = "earwitness", region: Region = None, profile: Profile = None
) -> None:
    """Close a brand's incident, with a summary to all; what waited for it is said."""
    from earwitness.alerting import incidents

    with deployed(stack, region, profile) as found:
        group_id = incidents.group_id_of(brand)
        group = found.store.groups([group_id]).get(group_id)
        if group is None or not incidents.is_open(group):
            _refuse(f"{brand}: no incident is open")
            return
        group = incidents.closed(group, whoami(), now())
        found.store.save_group(group, now())
    typer.echo(f"closed: {_line(group)}")


@app.command(
    "list",
    epilog=f"""\b
Examples:
  earwitness incident list
  earwitness incident list --past --days 365

{exits.EXPLAINED}""",
)
def list_(
    past: Annotated[bool, typer.Option("--past", help="Those that are over.")] = False,
    days: Annotated[int, typer.Option(min=1, max=400, help="How far back, with --past.")] = 90,
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Show the incidents that are open; with --past those that are over, the latest first."""
    from earwitness.alerting import incidents

    with deployed(stack, region, profile) as found:
        names = [one.name for one in found.brands()]
        if past:
            since = now() - timedelta(days=days)
            over = [one for name in names for one in found.store.past_incidents(name, since, now())]
            for incident in sorted(over, key=lambda one: one.opened_at, reverse=True):
                typer.echo(_past(incident))
            return
        groups = found.store.groups([incidents.group_id_of(name) for name in names])
        for group in groups.values():
            if incidents.is_open(group):
                typer.echo(_line(group))


def _refuse(message: str) -> None:
    typer.echo(message, err=True)
    raise typer.Exit(exits.PROBLEMS)


def _since(group: Group | None) -> str:
    return f"{group.opened_at:%Y-%m-%d %H:%M} UTC" if group else ""


def _past(incident: Incident) -> str:
    from earwitness.alerting.wording import clean

    until = f"{incident.closed_at:%Y-%m-%d %H:%M} UTC by {incident.closed_by}"
    told = (
        f"{incident.brand}: {' and '.join(incident.kinds)}",
        f"{incident.opened_at:%Y-%m-%d %H:%M} UTC to {until}",
        f"{incident.posts:,} posts by {incident.authors:,} authors",
        ", ".join(f"{name} {count:,}" for name, count in incident.channels),
        f"{incident.reason.name}: {', '.join(incident.reason.evidence)}",
    )
    return clean("; ".join(filter(None, told)))


def _line(group: Group) -> str:
    from earwitness.alerting.wording import clean

    incident = group.incident
    if incident is None:
        return group.group_id
    state = f"closed {incident.closed_at:%Y-%m-%d %H:%M} UTC" if incident.closed_at else "open"
    counts = f"{group.posts.count:,} posts by {group.authors.count:,} authors"
    kinds = " and ".join(incident.kinds)
    return clean(f"{group.brand}: {kinds}, since {_since(group)}, {state}, {counts}")
