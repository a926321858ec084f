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
  earwitness table copy earwitness-Table-1A2B3C --from-region eu-west-1 --region eu-central-1

{exits.EXPLAINED}"""
)
def copy(
    source: Annotated[str, typer.Argument(help="The table to copy from, by its name.")],
    from_region: Annotated[
        str | None, typer.Option(help="Where that table is, if not where the stack is.")
    ] = None,
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Write every item that the stack's table lacks; what stands there is never overwritten.

    It may be repeated and interrupted. Expired items stay behind, and what was erased since stays
    erased: its tombstone stands in its place.
    """
    import boto3

    from earwitness.operations.copying import copy as copied

    with installation(stack, region, profile) as found:
        target = found.client("dynamodb")
        elsewhere = boto3.Session(profile_name=profile, region_name=from_region)
        origin = elsewhere.client("dynamodb") if from_region else target
        if not from_region and source == found.physical_id("Table"):
            raise typer.BadParameter("that is the stack's own table", param_hint="SOURCE")
        done = copied(origin, source, target, found.physical_id("Table"), found.now.timestamp())
    typer.echo(
        f"{done.written:,} items written, {done.stood:,} stood there already, "
        f"{done.expired:,} had expired"
    )
