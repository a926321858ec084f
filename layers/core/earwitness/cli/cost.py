"""``earwitness cost``: what a load costs a month, and which limit it meets first."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earwitness.cli import exits, files, shown

if TYPE_CHECKING:
    from earwitness.operations.limits import Limit
    from earwitness.operations.load import Load

EXAMPLES = f"""\b
Examples:
  earwitness cost --mentions-per-day 1000
  earwitness cost --mentions-per-day 50000 --channels 200 --every 10m --limits
  earwitness cost --mentions-per-day 1000 --watchlist watchlist.yaml --json

{exits.EXPLAINED}"""
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def cost(  # noqa: PLR0913 - what a load is made of
    mentions_per_day: Annotated[float, typer.Option(min=0, help="Posts a day about the brands.")],
    channels: Annotated[int, typer.Option(min=0, help="Channels that are polled.")] = 20,
    every: Annotated[str, typer.Option(help="How often each is polled: 30s, 5m, 1h.")] = "5m",
    watchlist: Annotated[
        Path | None,
        typer.Option(
            "--watchlist", "-w", callback=lambda path: path and files.readable(path),
            help="Count channels, intervals and secrets in this one instead.",
        ),
    ] = None,
    alerts_per_day: Annotated[
        float | None, typer.Option(min=0, help="Alerts a day; else one for 50 mentions.")
    ] = None,
    pushes_per_day: Annotated[
        float, typer.Option(min=0, help="Requests a day that push posts.")
    ] = 0,
    emails: Annotated[int, typer.Option(min=0, help="Subscribers by email.")] = 1,
    sms_per_month: Annotated[float, typer.Option(min=0, help="SMS a month, to the US.")] = 0,
    retention: Annotated[int, typer.Option(min=1, help="DataRetention, in days.")] = 90,
    limits: Annotated[bool, typer.Option("--limits", help="Show the limits as well.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object instead of lines.")
    ] = False,
) -> None:  # fmt: skip
    """Show what a load costs a month at AWS's list prices, with the arithmetic of each line.

    Nothing is asked of AWS. With --limits also each quota and limit, how much of it this load
    takes, and what happens at it.
    """
    from earwitness.operations.load import Load

    polled = _of_watchlist(watchlist) if watchlist else (channels, _duration(every), 0)
    load = Load(
        mentions_a_day=mentions_per_day,
        channels=polled[0],
        every_for=polled[1],
        secrets=polled[2],
        alerts_a_day=mentions_per_day / 50 if alerts_per_day is None else alerts_per_day,
        pushes_a_day=pushes_per_day,
        emails=emails,
        sms_a_month=sms_per_month,
        retention_for=timedelta(days=retention),
    )
    if as_json:
        typer.echo(shown.as_json(as_dict(load), indent=2))
        return
    for line in [*lines_of(load), *(_limit_lines(load) if limits else ())]:
        typer.echo(line)


def lines_of(load: Load) -> list[str]:
    """Where the prices are from, a line a charge, and the sums."""
    from earwitness.operations.costing import (
        charges,
        per_million_mentions,
        prices,
        total,
        total_after_free,
    )

    held = prices()
    lines = [f"List prices of {held['as_of']}, {held['region']}, US dollars a month of 730 hours"]
    lines += [f"{one.dollars:9.2f}  {one.part:9}  {one.arithmetic}" for one in charges(load)]
    lines.append(f"{total(load):9.2f}  total")
    lines.append(f"{total_after_free(load):9.2f}  if nothing else uses AWS's monthly free amounts")
    lines.append("A million mentions more:")
    lines += [f"{one.dollars:9.2f}  {one.part:9}  {one.arithmetic}"
              for one in per_million_mentions()]  # fmt: skip
    return lines


def _limit_lines(load: Load) -> list[str]:
    from earwitness.operations.limits import limits

    return ["Limits, the nearest first:", *(line for one in limits(load) for line in _lines(one))]


def _lines(one: Limit) -> list[str]:
    asked = f"{one.share:9.1%}  {one.what}: {one.asked:,.4g} of {one.most:,.4g} {one.unit}"
    return [asked, f"           {one.whose}. At it: {one.then}"]


def as_dict(load: Load) -> dict[str, Any]:
    """For programs: every charge with its arithmetic, the sums, the limits."""
    from earwitness.operations.costing import charges, prices, total, total_after_free
    from earwitness.operations.limits import limits

    held = prices()
    return {
        "as_of": held["as_of"],
        "region": held["region"],
        "charges": [
            {"part": one.part, "dollars": round(one.dollars, 4), "arithmetic": one.arithmetic}
            for one in charges(load)
        ],
        "total": round(total(load), 2),
        "total_after_free": round(total_after_free(load), 2),
        "limits": [
            {"what": one.what, "most": one.most, "unit": one.unit, "asked": one.asked,
             "share": one.share, "whose": one.whose, "then": one.then}
            for one in limits(load)
        ],
    }  # fmt: skip


def _of_watchlist(path: Path) -> tuple[int, timedelta, int]:
    """How many channels there are, the interval that makes as many polls, and their secrets."""
    from earwitness.watchlist import WatchlistInvalid, load

    try:
        held = load(files.read(path), files.name(path), allow_loopback=True)
    except WatchlistInvalid as invalid:
        typer.echo(str(invalid), err=True)
        raise typer.Exit(exits.PROBLEMS) from None
    named = {one.options["credentials"] for one in held.channels if "credentials" in one.options}
    polls_a_second = sum(1 / one.every_for.total_seconds() for one in held.channels)
    count = len(held.channels)
    every_for = timedelta(seconds=count / polls_a_second) if count else timedelta(minutes=5)
    return count, every_for, len(named)


def _duration(text: str) -> timedelta:
    """``5m`` and the like."""
    found = re.fullmatch(r"([1-9]\d{0,5})([smhd])", text)
    if not found:
        raise typer.BadParameter(f"expected 30s, 5m, 1h or 1d, got {text}", param_hint="--every")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])
