"""``earwitness channels``: how they fare, and what they ask their sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earwitness.cli import exits, files, shown
from earwitness.cli.stack import Profile, Region, Stack, deployed, now

if TYPE_CHECKING:
    from earwitness.model import Channel, ChannelHour, ChannelState, Watchlist

DAY_FOR = timedelta(hours=24)

app = typer.Typer(
    help="See how channels fare, and what they ask their sources.",
    epilog=exits.EXPLAINED,
    no_args_is_help=True,
    rich_markup_mode=None,
)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of lines.")]


@app.command(
    epilog=f"""\b
Examples:
  earwitness channels status
  earwitness channels status --json | jq '.channels[] | select(.health != "ok")'

{exits.EXPLAINED}"""
)
def status(
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Show each channel: health, last success, lag, the last day's yield, quota, next poll.

    The exit status is 1 when a channel is dead or has had no good poll in three of its intervals.
    """
    from earwitness.coverage import recorded_from

    at = now()
    with deployed(stack, region, profile) as found:
        watchlist = found.bucket.accepted()
        channels = watchlist.channels if watchlist else ()
        states = found.store.states(channel.channel_id for channel in channels)
        seen = [
            status_of(
                channel,
                states[channel.channel_id],
                found.store.hours(channel.channel_id, recorded_from(channel, at - DAY_FOR), at),
                at,
            )
            for channel in channels
        ]
    if as_json:
        _print_json({"at": at.isoformat(), "channels": seen})
    else:
        for line in lines_of(seen):
            typer.echo(line)
        if not seen:
            typer.echo("no watchlist in use: `earwitness watchlist push FILE`", err=True)
    wrong = any(one["health"] == "dead" or one["stale"] for one in seen)
    raise typer.Exit(exits.PROBLEMS if wrong else exits.OK)


def status_of(
    channel: Channel, state: ChannelState, hours: Sequence[ChannelHour], at: datetime
) -> dict[str, Any]:
    """What is shown of a channel.

    Times are ISO 8601 in UTC, ``lag_seconds`` is since the last good poll, counts and
    ``gap_hours`` are of the last 24 hours.
    """
    from earwitness.coverage import fared
    from earwitness.schedule import due_at, is_stale

    day = [hour for hour in hours if hour.at > at - DAY_FOR]
    whole_hour = at.replace(minute=0, second=0, microsecond=0)
    dark = fared(channel, state, hours, at - DAY_FOR, whole_hour).dark
    return {
        "channel": channel.name,
        "kind": channel.kind,
        "health": state.health.value if state.health else "never polled",
        "reason": state.reason,
        "stale": is_stale(channel, state, at),
        "last_ok_at": _iso(state.last_ok_at),
        "lag_seconds": round((at - state.last_ok_at).total_seconds()) if state.last_ok_at else None,
        "posts": sum(hour.posts for hour in day),
        "mentions": sum(hour.mentions for hour in day),
        "requests": sum(hour.requests for hour in day),
        "gap_hours": [_iso(gap) for gap in sorted(dark)],
        "quota_left": state.quota_left,
        "next_poll_at": _iso(max(at, due_at(channel, state))),
    }


def lines_of(seen: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A line for each channel under a heading, and why it is not ok in a line below."""
    if not seen:
        return
    heads = ("channel", "kind", "health", "last ok", "posts", "mentions", "gaps", "quota", "next")
    rows = [
        (
            one["channel"], one["kind"], one["health"] + (" STALE" if one["stale"] else ""),
            _ago(one["lag_seconds"]), str(one["posts"]), str(one["mentions"]),
            f"{len(one['gap_hours'])} h" if one["gap_hours"] else "-",
            "-" if one["quota_left"] is None else str(one["quota_left"]),
            one["next_poll_at"][11:16],
        )
        for one in seen
    ]  # fmt: skip
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row, one in zip((heads, *rows), ({}, *seen), strict=True):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        if one.get("reason"):
            yield f"  {shown.clean(one['reason'])}"


@app.command(
    epilog=f"""\b
Examples:
  earwitness channels plan -w watchlist.yaml
  earwitness channels plan -w watchlist.yaml --json | jq '.channels[].queries'

{exits.EXPLAINED}"""
)
def plan(
    watchlist: Annotated[
        Path,
        typer.Option(
            "--watchlist", "-w", callback=files.readable,
            help="The watchlist whose channels and terms to plan for.",
        ),
    ],
    as_json: Json = False,
) -> None:  # fmt: skip
    """Show the queries of each channel as they would be sent, and the requests a day they take.

    Sends nothing. The exit status is 1 when a channel would need more requests than its source
    allows: it is then polled more rarely than it says.
    """
    from earwitness.watchlist import WatchlistInvalid, load

    try:
        loaded = load(files.read(watchlist), files.name(watchlist), allow_loopback=True)
    except WatchlistInvalid as invalid:
        typer.echo(str(invalid), err=True)
        raise typer.Exit(exits.PROBLEMS) from None
    planned = [plan_of(channel, loaded) for channel in loaded.channels]
    if as_json:
        _print_json({"channels": planned})
    else:
        for one in planned:
            typer.echo(_planned(one))
            for query in one["queries"]:
                typer.echo(f"  {query}")
    over = any(one["allowed_a_day"] is not None and _is_over(one) for one in planned)
    raise typer.Exit(exits.PROBLEMS if over else exits.OK)


@app.command(
    epilog=f"""\b
Examples:
  earwitness channels backfill hn --since 7d
  earwitness channels backfill "tech news" --since 30d

{exits.EXPLAINED}"""
)
def backfill(
    channel: Annotated[str, typer.Argument(help="The name of the channel in the watchlist.")],
    since: Annotated[str, typer.Option(help="How far back to read, as 90m, 24h or 30d.")],
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Have a channel read anew from further back, as for a brand that was added to the watchlist.

    Its next poll begins with it, and those after it go on, newest posts first. What was kept
    before is not doubled, and posts older than a day alert nobody.
    """
    from earwitness.channels import KINDS, duration

    try:
        since_at = now() - duration(since)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"--since: {error}") from None
    with deployed(stack, region, profile) as found:
        watchlist = found.bucket.accepted()
        named = next(
            (c for c in (watchlist.channels if watchlist else ()) if c.name == channel), None
        )
        if named is None:
            typer.echo(f"no channel {channel!r} in the watchlist in use", err=True)
            raise typer.Exit(exits.PROBLEMS)
        found.store.read_back(named.channel_id, since_at)
    typer.echo(f"{channel}: reads from {_iso(since_at)} on at its next poll")
    typer.echo(f"  {named.kind} can be read back to: {KINDS[named.kind].reaches}")


def plan_of(channel: Channel, watchlist: Watchlist) -> dict[str, Any]:
    """A channel's queries, and the least number of requests a day that its interval comes to."""
    from earwitness import channels

    kind = channels.KINDS[channel.kind]
    queries = channels.queries(channel.kind, watchlist)
    polls = DAY_FOR / max(channel.every_for, timedelta(minutes=1))
    return {
        "channel": channel.name,
        "kind": channel.kind,
        "every_seconds": round(channel.every_for.total_seconds()),
        "queries": list(queries),
        "requests_a_day": round(polls * max(1, len(queries))),
        "allowed_a_day": kind.requests_per_day(channel),
    }


def _is_over(one: dict[str, Any]) -> bool:
    return bool(one["requests_a_day"] > one["allowed_a_day"])


def _planned(one: dict[str, Any]) -> str:
    every = timedelta(seconds=one["every_seconds"])
    said = (
        f"{one['channel']} ({one['kind']}), every {every}: about {one['requests_a_day']:,} requests"
    )
    if one["allowed_a_day"] is None:
        return f"{said} a day"
    over = ": polled more rarely, to stay within them" if _is_over(one) else ""
    return f"{said} of the {one['allowed_a_day']:,} allowed a day{over}"


def _ago(seconds: int | None) -> str:
    if seconds is None:
        return "never"
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size}{unit} ago"
    return f"{seconds}s ago"


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")


def _print_json(value: object) -> None:
    typer.echo(shown.as_json(value, indent=2))
