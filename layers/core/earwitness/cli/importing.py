"""``earwitness import``: history from a file, through the path of what is pushed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earwitness.cli import exits, files
from earwitness.cli.stack import Profile, Region, Stack, deployed

if TYPE_CHECKING:
    from earwitness.history import Bad
    from earwitness.model import Post
    from earwitness.offers import Offers

AT_ONCE = 500

EXAMPLES = f"""\b
Examples:
  earwitness import history.jsonl --dry-run
  earwitness import export.csv --column text=Message --column id="Post ID" --channel "old tool"

{exits.EXPLAINED}"""


def import_(  # noqa: PLR0913 - the options of a command
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", callback=files.readable,
            help="Posts: CSV where the name ends with .csv, else JSON lines as for scan.",
        ),
    ],
    column: Annotated[
        list[str] | None,
        typer.Option(help="FIELD=NAME: the CSV column of a field that is not called like it."),
    ] = None,
    channel: Annotated[
        str, typer.Option(help="The channel of posts that name none.")
    ] = "import",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check the file.")] = False,
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:  # fmt: skip
    """Put a file of posts onto the stack's queue: their mentions are found, judged and kept.

    Every post needs id, text and published_at; importing a file twice doubles nothing. Posts
    older than a day alert nobody. A bad row is reported with its number; the rest goes on, and
    the exit status is 1.
    """
    from earwitness.history import FIELDS, HeaderInvalid

    columns = dict(one.partition("=")[::2] for one in column or ())
    unknown = [field for field in columns if field not in FIELDS]
    if unknown:
        raise typer.BadParameter(f"--column {unknown[0]}: the fields are {', '.join(FIELDS)}")
    try:
        if dry_run:
            good, bad = _run(file, columns, channel, None)
        else:
            with deployed(stack, region, profile) as found:
                good, bad = _run(file, columns, channel, found.offers)
    except HeaderInvalid as invalid:
        typer.echo(f"{files.name(file)}:1: {invalid}", err=True)
        raise typer.Exit(exits.PROBLEMS) from None
    done = "can be imported" if dry_run else f"sent to stack {stack}"
    typer.echo(f"{files.name(file)}: {good:,} posts {done}, {bad:,} bad rows")
    raise typer.Exit(exits.PROBLEMS if bad else exits.OK)


def _run(
    file: Path, columns: dict[str, str], channel: str, offers: Offers | None
) -> tuple[int, int]:
    """Send the posts of a file; how many were good, and how many rows were not."""
    from earwitness.history import Bad

    good = bad = 0
    some: list[Post] = []
    for number, row in enumerate(chain(_rows(file, columns, channel), (None,))):
        if isinstance(row, Bad):
            bad += 1
            typer.echo(f"{files.name(file)}:{row.number}: {row.problem}", err=True)
        elif row is not None:
            some.append(row)
        if some and (row is None or len(some) >= AT_ONCE):
            sent, some = some, []
            problems = _send(sent, offers) if offers is not None else []
            good, bad = good + len(sent) - len(problems), bad + len(problems)
            for problem in problems:
                typer.echo(f"{files.name(file)}: near row {number}: {problem}", err=True)
    return good, bad


def _send(posts: list[Post], offers: Offers) -> list[str]:
    """Send posts; what is wrong with those that are too long, which hold up no other."""
    from earwitness.offers import TooLong

    try:
        offers.send(posts)
    except TooLong as long:
        half = len(posts) // 2
        return _send(posts[:half], offers) + _send(posts[half:], offers) if half else [str(long)]
    return []


def _rows(file: Path, columns: dict[str, str], channel: str) -> Iterator[Post | Bad]:
    from earwitness.cli.lines import batches
    from earwitness.history import of_lines, of_table

    with files.opened(file) as stream:
        if file.suffix.lower() == ".csv":
            text = io.TextIOWrapper(stream, "utf-8-sig", errors="replace", newline="")
            yield from of_table(text, columns, channel)
        else:
            for batch in batches(stream):
                yield from of_lines(batch, channel)
