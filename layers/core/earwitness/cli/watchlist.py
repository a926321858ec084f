"""``earwitness watchlist``: check a watchlist, put it into the deployed stack."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earwitness.cli import exits, files, shown
from earwitness.cli.stack import Profile, Region, Stack, installation

if TYPE_CHECKING:
    from earwitness.model import Watchlist

app = typer.Typer(
    help="Check a watchlist, put it into the deployed stack, put an earlier one back.",
    epilog=exits.EXPLAINED,
    no_args_is_help=True,
    rich_markup_mode=None,
)

File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", callback=files.readable,
        help="The watchlist, in YAML. - is standard input.",
    ),
]  # fmt: skip
AllowLoopback = Annotated[
    bool,
    typer.Option(
        "--allow-loopback", envvar="EARWITNESS_ALLOW_LOOPBACK",
        help="Let channels be on this machine, for demos and tests.",
    ),
]  # fmt: skip


@app.command(
    epilog=f"""\b
Examples:
  earwitness watchlist check watchlist.yaml
  earwitness watchlist check watchlist.yaml --json | jq '.problems[].message'

{exits.EXPLAINED}"""
)
def check(
    file: File,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object instead of lines.")
    ] = False,
    allow_loopback: AllowLoopback = False,
) -> None:
    """Check a watchlist and print every problem at once, each with file, line and field.

    Problems make a watchlist unusable. Warnings do not: they name terms that will find more
    than the brand, and what to add.
    """
    from earwitness.watchlist import WatchlistInvalid, load
    from earwitness.watchlist.problems import as_json as problems_as_json

    text = files.read(file)
    try:
        watchlist = load(text, files.name(file), allow_loopback=allow_loopback)
    except WatchlistInvalid as invalid:
        if as_json:
            _print_json({"ok": False, "problems": problems_as_json(invalid.problems)})
        else:
            print_lines(invalid.problems)
            typer.echo(f"{files.name(file)}: {_count(len(invalid.problems), 'problem')}", err=True)
        raise typer.Exit(exits.PROBLEMS) from None
    warned = warnings(watchlist, text)
    if as_json:
        _print_json({"ok": True, "problems": [], "warnings": warned, **_counts(watchlist)})
        return
    print_lines(
        f"{files.name(file)}:{w['line']}: {w['field']}: warning: {w['message']}" for w in warned
    )
    typer.echo(f"{files.name(file)}: ok: {summary(watchlist)}")


@app.command(
    epilog=f"""\b
Examples:
  earwitness watchlist push watchlist.yaml
  earwitness watchlist push watchlist.yaml --stack earwitness-staging --region eu-central-1
  AWS_PROFILE=ops earwitness watchlist push watchlist.yaml

{exits.EXPLAINED}"""
)
def push(
    file: File,
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
    allow_loopback: AllowLoopback = False,
) -> None:
    """Check a watchlist, then put it into the deployed stack's bucket.

    The stack uses it within a minute, without redeployment. Earlier versions stay in the
    bucket. A watchlist with problems is not sent.
    """
    from earwitness.cli.deployment import Unreachable, watchlist_bucket
    from earwitness.watchlist import WatchlistInvalid, load

    text = files.read(file)
    try:
        watchlist = load(text, files.name(file), allow_loopback=allow_loopback)
    except WatchlistInvalid as invalid:
        print_lines(invalid.problems, err=True)
        typer.echo(
            f"{files.name(file)}: not pushed: {_count(len(invalid.problems), 'problem')}", err=True
        )
        raise typer.Exit(exits.PROBLEMS) from None
    try:
        with watchlist_bucket(stack, region, profile) as bucket:
            version_id = bucket.push(text)
    except Unreachable as reason:
        typer.echo(f"{files.name(file)}: not pushed: {reason}", err=True)
        raise typer.Exit(exits.AWS) from None
    typer.echo(f"{files.name(file)}: pushed to stack {stack}: {summary(watchlist)}")
    typer.echo(f"In use within a minute. Version {version_id or 'unknown'} of {bucket.address}")


@app.command(
    epilog=f"""\b
Examples:
  earwitness watchlist versions
  earwitness watchlist versions --json | jq '.[] | select(.standing == "in use")'

{exits.EXPLAINED}"""
)
def versions(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON array instead of lines.")
    ] = False,
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """List what was pushed, the newest first: when, its id and digest, and what became of it."""
    from earwitness.operations.versions import versions as pushed

    with installation(stack, region, profile) as found:
        held = pushed(found)
    if as_json:
        _print_json(
            [
                {
                    "version_id": one.version_id,
                    "pushed_at": one.pushed_at.isoformat(timespec="seconds"),
                    "digest": one.digest,
                    "standing": one.standing.value,
                }
                for one in held
            ]
        )
        return
    for one in held:
        typer.echo(
            f"{one.digest[:8]}  {one.pushed_at:%Y-%m-%d %H:%M} UTC  {one.standing:10}  "
            f"{one.version_id}"
        )
    if not held:
        typer.echo("nothing was pushed yet: `earwitness watchlist push FILE`", err=True)


@app.command(
    epilog=f"""\b
Examples:
  earwitness watchlist rollback
  earwitness watchlist rollback --dry-run
  earwitness watchlist rollback --to 03ab5c1e

{exits.EXPLAINED}"""
)
def rollback(
    to: Annotated[
        str, typer.Option(help="The digest or id it begins with, as `versions` lists them.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be put back.")
    ] = False,
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Push an earlier watchlist again: the last that was in use before what was pushed last.

    It is checked like any other and in use within a minute. Nothing is deleted: what it replaces
    stays in the bucket, and can be put back in the same way.
    """
    from earwitness.operations import versions as kept
    from earwitness.watchlist import WatchlistInvalid, load

    with installation(stack, region, profile) as found:
        loopback = found.parameters.get("AllowLoopback") == "true"
        try:
            version = kept.chosen(found, to)
            text = kept.text(found, version)
            watchlist = load(text, "watchlist.yaml", allow_loopback=loopback)
        except kept.NoSuchVersion as none:
            typer.echo(str(none), err=True)
            raise typer.Exit(exits.PROBLEMS) from None
        except WatchlistInvalid as invalid:
            print_lines(invalid.problems, err=True)
            typer.echo(f"version {version.digest[:8]} is not usable (any more)", err=True)
            raise typer.Exit(exits.PROBLEMS) from None
        told = f"version {version.digest[:8]} of {version.pushed_at:%Y-%m-%d %H:%M} UTC"
        if dry_run:
            typer.echo(f"would put back {told}: {summary(watchlist)}")
            return
        found.bucket.push(text)
    typer.echo(f"put back {told}: {summary(watchlist)}")
    typer.echo("In use within a minute.")


def print_lines(lines: Iterable[object], *, err: bool = False) -> None:
    """Print each on a line of its own."""
    for line in lines:
        typer.echo(str(line), err=err)


def summary(watchlist: Watchlist) -> str:
    """What is in a watchlist, in one line."""
    counts = _counts(watchlist)
    competitors = counts["competitors"]
    return (
        f"{_count(counts['brands'], 'brand')} ({competitors} of competitors), "
        f"{_count(counts['terms'], 'term')}, {_count(counts['channels'], 'channel')}"
    )


def _counts(watchlist: Watchlist) -> dict[str, int]:
    return {
        "brands": len(watchlist.brands),
        "competitors": sum(brand.role == "competitor" for brand in watchlist.brands),
        "terms": sum(len(brand.terms) for brand in watchlist.brands),
        "channels": len(watchlist.channels),
    }


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _print_json(value: object) -> None:
    typer.echo(shown.as_json(value, indent=2))


def warnings(watchlist: Watchlist, text: bytes) -> list[dict[str, Any]]:
    """Terms that will be confused with words: brand, term, line, field, message and words."""
    from earwitness import matching
    from earwitness.watchlist.problems import field
    from earwitness.watchlist.source import read as parse

    document = parse(text, "")
    places = {
        (brand.name, term.text): ("brands", i, "terms", j)
        for i, brand in enumerate(watchlist.brands)
        for j, term in enumerate(brand.terms)
    }
    found = []
    for warning in matching.warnings(watchlist):
        path = places[warning.brand, warning.term]
        found.append(
            {
                "line": document.line(path),
                "field": field(path),
                "brand": warning.brand,
                "term": warning.term,
                "message": str(warning).removeprefix(f"brand {warning.brand!r}, "),
                "words": [{"word": word, "zipf": zipf} for word, zipf in warning.words],
                "proposed_context": list(warning.proposed_context),
            }
        )
    return sorted(found, key=lambda warning: warning["line"])
