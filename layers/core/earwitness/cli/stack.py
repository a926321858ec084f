"""The options by which commands find the deployed stack, and the stack as they find it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from earwitness.cli import exits

if TYPE_CHECKING:
    from earwitness.cli.deployment import Deployed
    from earwitness.operations.installation import Installation
    from earwitness.subscriptions import Subscriptions

Stack = Annotated[str, typer.Option(help="The name the stack was deployed by.")]
Region = Annotated[str | None, typer.Option(help="AWS region; else AWS_REGION or the profile's.")]
Profile = Annotated[
    str | None, typer.Option(help="AWS profile; else AWS_PROFILE or the default one.")
]


@contextmanager
def deployed(stack: str, region: str | None, profile: str | None) -> Iterator[Deployed]:
    """The stack. What AWS refuses ends the command with status 3 and says why."""
    from earwitness.cli import deployment
    from earwitness.store import Contended

    try:
        with deployment.deployed(stack, region, profile) as found:
            yield found
    except deployment.Unreachable as reason:
        typer.echo(str(reason), err=True)
        raise typer.Exit(exits.AWS) from None
    except Contended as changed:
        typer.echo(f"{changed}: try it again", err=True)
        raise typer.Exit(exits.PROBLEMS) from None


@contextmanager
def topic(stack: str, region: str | None, profile: str | None) -> Iterator[Subscriptions]:
    """The topic of alerts. What AWS refuses ends the command with status 3 and says why."""
    from earwitness.cli import deployment

    try:
        with deployment.topic(stack, region, profile) as found:
            yield found
    except deployment.Unreachable as reason:
        typer.echo(str(reason), err=True)
        raise typer.Exit(exits.AWS) from None


@contextmanager
def installation(stack: str, region: str | None, profile: str | None) -> Iterator[Installation]:
    """Everything of the stack. What AWS refuses ends the command with status 3 and says why."""
    from earwitness.cli import deployment

    try:
        with deployment.installation(stack, region, profile) as found:
            yield found
    except deployment.Unreachable as reason:
        typer.echo(str(reason), err=True)
        raise typer.Exit(exits.AWS) from None


def now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)
