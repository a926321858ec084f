"""``earwitness table``: what was in another table comes into this stack's."""

from __future__ import annotations

from typing import Annotated

import typer

from earwitness.cli import exits
from earwitness.cli.stack import Profile, Region, Stack, installation

app = typer.Typer(
    help="Bring items of another table into this stack's: after a restore, or to move a region.",
    epilog=exits.EXPLAINED,
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command(
    epilog=f"""\b
Examples:
  earwitness table copy earwitness-restored
  earwitness table copy earwitness-Table-1A2B3C --author-key AuthorKey-4D5E6F \\
    --from-region eu-west-1 --region eu-central-1

{exits.EXPLAINED}"""
)
def copy(  # noqa: PLR0913 - one option each
    source: Annotated[str, typer.Argument(help="The table to copy from, by its name.")],
    from_region: Annotated[
        str | None, typer.Option(help="Where that table is, if not where the stack is.")
    ] = None,
    author_key: Annotated[
        str,
        typer.Option(
            metavar="SECRET",
            help="The secret AuthorKey of the stack that the table was of, if that was another.",
        ),
    ] = "",
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Write every item that the stack's table lacks; what stands there is never overwritten.

    It may be repeated and interrupted. Expired items stay behind, and what was erased since stays
    erased: its tombstone stands in its place. Do it before the stack gets its first watchlist if
    the table was another stack's: its key replaces the one that this stack has.
    """
    import boto3

    from earwitness.operations.copying import copy as copied
    from earwitness.operations.copying import take_key_over

    if from_region and not author_key:
        raise typer.BadParameter(
            "a table of another region was another stack's: give --author-key, the secret that "
            "hid authors' names there (output AuthorKeyArn), or those who were erased come back"
        )
    with installation(stack, region, profile) as found:
        elsewhere = boto3.Session(profile_name=profile, region_name=from_region)
        origin = elsewhere.client if from_region else found.client
        if not from_region and source == found.physical_id("Table"):
            raise typer.BadParameter("that is the stack's own table", param_hint="SOURCE")
        if author_key:
            took = take_key_over(
                origin("secretsmanager"),
                author_key,
                found.client("secretsmanager"),
                found.physical_id("AuthorKey"),
            )
            typer.echo("AuthorKey taken over" if took else "AuthorKey is the same already")
        target, table = found.client("dynamodb"), found.physical_id("Table")
        done = copied(origin("dynamodb"), source, target, table, found.now.timestamp())
    typer.echo(
        f"{done.written:,} items written, {done.stood:,} stood there already, "
        f"{done.expired:,} had expired"
    )
