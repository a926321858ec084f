"""``earwitness forget``: a person or a post, out of everything that is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from earwitness.cli import exits
from earwitness.cli.person import whoami
from earwitness.cli.stack import Profile, Region, Stack, installation, now

EXAMPLES = f"""\b
Examples:
  earwitness forget --author bluesky:jane.example
  earwitness forget --author "Customer reviews:Jane Doe" --yes
  earwitness forget --post 3f9c2a41d07be6553f9c2a41d07be655

{exits.EXPLAINED}"""


def forget(  # noqa: PLR0913 - one option each
    author: Annotated[
        str,
        typer.Option(metavar="CHANNEL:NAME", help="A channel or kind of channel, and the author."),
    ] = "",
    post: Annotated[
        str, typer.Option(metavar="ID", help="One post, by its post_id in an export.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Remove a person or a post from the table, exports and reports, and keep them out.

    Counts stay. The report says what was found where; the status is 0 only where the last look
    found nothing.
    """
    from earwitness.exports_bucket import ExportsBucket
    from earwitness.forgetting import forget as forget_everywhere
    from earwitness.store import Theirs

    channel, separator, name = author.partition(":")
    if bool(author) == bool(post) or (author and not (separator and channel and name.strip("@ "))):
        raise typer.BadParameter("expected --author CHANNEL:NAME or --post ID, one of them")
    theirs = Theirs(channel=channel, author=name.strip(), post_id=post)
    if not yes:
        typer.confirm(f"Forget {author or post} for good?", abort=True, err=True)
    with installation(stack, region, profile) as found:
        watchlist = found.bucket.accepted()
        if watchlist is None:
            typer.echo("nothing to forget before the first watchlist", err=True)
            raise typer.Exit(exits.PROBLEMS)
        exports, reports = (
            ExportsBucket(found.physical_id(name), found.client("s3"))
            for name in ("ExportsBucket", "ReportsBucket")
        )
        report = forget_everywhere(
            theirs,
            found.store,
            watchlist,
            exports,
            reports,
            by=whoami(),
            now=now(),
            versions=found.bucket.versions(datetime.min.replace(tzinfo=UTC)),
        )
    for what, count in sorted(report.table.items()):
        typer.echo(f"{what}: {count}")
    typer.echo(f"days of exports written anew: {', '.join(map(str, report.days)) or 'none'}")
    typer.echo(f"files deleted: {report.files}")
    if report.naming:
        ids = ", ".join(report.naming)
        typer.echo(f"posts by others that name the author, which stay: {ids}")
    if report.configured:
        where = ", ".join(report.configured)
        typer.echo(f"the watchlist names the author, which is yours to take out: {where}")
    if not report.proved:
        typer.echo("the last look still found something: run it again", err=True)
        raise typer.Exit(exits.PROBLEMS)
    typer.echo("proved: the last look through table, exports and reports found nothing")
