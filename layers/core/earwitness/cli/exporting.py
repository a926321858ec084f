"""``earwitness export``: mentions of a period in a file, for Excel, pandas and the like."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earwitness.cli import exits
from earwitness.cli.stack import Profile, Region, Stack, installation, now
from earwitness.exports.formats import Format

if TYPE_CHECKING:
    from earwitness.exports.asked import Asked
    from earwitness.operations.installation import Installation

EXAMPLES = f"""\b
Examples:
  earwitness export --since 2026-03-01 --output march.xlsx
  earwitness export --brand "Northwind Air" --priority critical --priority high -o urgent.csv
  earwitness export --since 2026-03-01 --until 2026-03-08 --format jsonl | jq .text
  earwitness export --since 2026-01-01 --format parquet --link

{exits.EXPLAINED}"""

Many = list[str]
_NO_WATCHLIST = "nothing to export before the first watchlist"


def export(  # noqa: PLR0913 - one option each
    since: Annotated[
        str,
        typer.Option(
            help="From when, in UTC: 2026-03-01 or 2026-03-01T09:30. Default: a week ago."
        ),
    ] = "",
    until: Annotated[str, typer.Option(help="To before when. Default: now.")] = "",
    brand: Annotated[Many | None, typer.Option(help="Of this brand. May be repeated.")] = None,
    role: Annotated[Many | None, typer.Option(help="Of own brands, or of competitors.")] = None,
    channel: Annotated[
        Many | None, typer.Option(help="From this channel, or this kind of channel.")
    ] = None,
    language: Annotated[Many | None, typer.Option(help="In this language, such as de.")] = None,
    priority: Annotated[Many | None, typer.Option(help="critical, high or normal.")] = None,
    sentiment: Annotated[Many | None, typer.Option(help="negative, neutral or positive.")] = None,
    kind: Annotated[
        Format | None,
        typer.Option("--format", help="Default: by the end of the file's name, else csv."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file. Default: standard output.")
    ] = None,
    bom: Annotated[
        bool, typer.Option("--bom", help="Begin CSV with a byte order mark, for Excel.")
    ] = False,
    link: Annotated[
        bool, typer.Option("--link", help="Let the stack make it: print a link, good for an hour.")
    ] = False,
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Write the mentions of a period to a file, or have the stack make one and print its link.

    What begins a formula is made harmless in csv and xlsx; docs/exports.md has the dictionary.
    """
    from earwitness.exports.asked import Asked, Unaskable
    from earwitness.exports.rows import Wanted

    wanted = Wanted(*(tuple(one or ()) for one in (role, channel, language, priority, sentiment)))
    _known(role=role, priority=priority, sentiment=sentiment)
    asked = Asked(
        since=_instant("since", since) if since else now() - timedelta(days=7),
        until=_instant("until", until) if until else now(),
        format=kind or _by_name(output),
        brands=tuple(brand or ()),
        wanted=wanted,
        bom=bom,
    )
    try:
        with installation(stack, region, profile) as found:
            if link:
                _link(found, asked)
            else:
                _file(found, asked, output)
    except Unaskable as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(exits.USAGE) from None


def _link(found: Installation, asked: Asked) -> None:
    from earwitness.exports.asked import as_event

    answer = found.client("lambda").invoke(
        FunctionName=found.physical_id("Export"), Payload=json.dumps(as_event(asked)).encode()
    )
    made = json.loads(answer["Payload"].read()) or {}
    if "link" not in made:
        typer.echo(
            made.get("errorMessage", "nothing to export before the first watchlist"), err=True
        )
        raise typer.Exit(exits.PROBLEMS)
    typer.echo(f"{made['mentions']} mentions, {made['bytes']} bytes", err=True)
    typer.echo(f"opens until {made['expires_at']}:", err=True)
    typer.echo(made["link"])


def _file(found: Installation, asked: Asked, output: Path | None) -> None:
    """Written beside its place and moved there whole: a broken export leaves no half file."""
    from earwitness.exports.asked import export as write

    watchlist = found.bucket.accepted()
    if watchlist is None:
        typer.echo(_NO_WATCHLIST, err=True)
        raise typer.Exit(exits.PROBLEMS)
    if output is None:
        count = write(found.store, watchlist, asked, sys.stdout.buffer)
    else:
        partial = output.with_name(f".{output.name}.partial")
        try:
            with partial.open("wb") as file:
                partial.chmod(0o600)  # it quotes people
                count = write(found.store, watchlist, asked, file)
            partial.replace(output)
        finally:
            partial.unlink(missing_ok=True)
    typer.echo(f"{count} mentions", err=True)


def _by_name(output: Path | None) -> Format:
    ending = output.suffix[1:].casefold() if output else ""
    if ending and ending not in set(Format):
        message = f".{ending}: expected .{', .'.join(Format)}, or say --format"
        raise typer.BadParameter(message, param_hint="--output")
    return Format(ending or Format.CSV)


def _known(**given: Many | None) -> None:
    """Refuse a value that nothing ever has, rather than export nothing."""
    from earwitness.model import Priority, Role, Sentiment

    allowed = {"role": Role, "priority": Priority, "sentiment": Sentiment}
    for name, values in given.items():
        for value in values or ():
            if value not in set(allowed[name]):
                told = ", ".join(allowed[name])
                raise typer.BadParameter(f"{value!r}: expected {told}", param_hint=f"--{name}")


def _instant(name: str, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r}: expected a day or a time, such as 2026-03-01 or 2026-03-01T09:30"
        raise typer.BadParameter(message, param_hint=f"--{name}") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
