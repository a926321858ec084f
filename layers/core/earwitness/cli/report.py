"""``earwitness report``: a brand's figures over a period, as one page."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earwitness.cli import exits
from earwitness.cli.stack import Profile, Region, Stack, deployed, now
from earwitness.periods import NAMES, Period, named

if TYPE_CHECKING:
    from earwitness.cli.deployment import Deployed
    from earwitness.exports.summing import BrandReport, Surroundings
    from earwitness.model import Brand, Watchlist

EXAMPLES = f"""\b
Examples:
  earwitness report --brand "Northwind Air" --period last-week
  earwitness report --brand "Northwind Air" --period 2026-11 --output november.html

{exits.EXPLAINED}"""


def report(  # noqa: PLR0913 - what is shown, and whence
    brand: Annotated[str, typer.Option(help="The brand, as in the watchlist.")],
    period: Annotated[str, typer.Option(help=f"{NAMES}, on the brand's clock.")] = "last-week",
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")] = Path(
        "report.html"
    ),
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Write a brand's report of a period: one HTML page that needs nothing else, and prints well.

    Volume with incidents, share of voice beside competitors, sentiment, peak hours, channels and
    their gaps, top stories, response times, competitors' moves.
    """
    at = now()
    with deployed(stack, region, profile) as found:
        watchlist = found.bucket.accepted()
        known = watchlist.brand(brand) if watchlist else None
        if watchlist is None or known is None:
            names = ", ".join(one.name for one in watchlist.brands) if watchlist else "none"
            typer.echo(f"{brand}: no such brand; the watchlist has {names}", err=True)
            raise typer.Exit(exits.PROBLEMS)
        try:
            asked = named(period, known.time_zone, at)
        except ValueError as reason:
            raise typer.BadParameter(str(reason), param_hint="--period") from None
        made = _made(found, watchlist, known, asked, at)
    try:
        output.write_text(_page(made), encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{output}: {error.strerror}", param_hint="--output") from None
    typer.echo(f"{output}: {made.own.now.mentions:,} mentions of {brand}")


def _page(made: BrandReport) -> str:
    from earwitness.exports.report import page

    return page(made)


def _made(
    found: Deployed, watchlist: Watchlist, brand: Brand, period: Period, at: datetime
) -> BrandReport:
    from earwitness.exports.rows import rows
    from earwitness.exports.summing import compared_with, history_since, summed_up

    names = compared_with(brand, watchlist)
    brands = [one for one in watchlist.brands if one.name in names]
    read = rows(found.store, brands, history_since(period), period.until)
    return summed_up(brand, period, read, _around(found, watchlist, brand, period, at))


def _around(
    found: Deployed, watchlist: Watchlist, brand: Brand, period: Period, at: datetime
) -> Surroundings:
    """What stands around the rows: how channels fared, who answered, what was watched."""
    from earwitness.exports.answers import answers_of
    from earwitness.exports.hours import heard
    from earwitness.exports.summing import Surroundings, history_since

    fares = [
        one.fared for one in heard(found.store, watchlist, history_since(period), period.until)
    ]
    states = found.store.states(channel.channel_id for channel in watchlist.channels)
    told = answers_of(found.store, brand.name, period.since - timedelta(days=1), period.until)
    return Surroundings(
        watchlist=watchlist,
        now=at,
        responses=tuple(found.store.responses(brand.name, period.since, period.until)),
        incidents=tuple(
            one
            for _, one in told.incidents
            if one.opened_at < period.until and (one.closed_at or at) > period.since
        ),
        fares=tuple(fares),
        states={one.name: states[one.channel_id] for one in watchlist.channels},
        versions=found.bucket.versions(period.before),
    )
