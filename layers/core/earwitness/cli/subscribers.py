"""``earwitness subscribers``: who hears of alerts, and confirming so that nobody is cut off."""

from __future__ import annotations

from typing import Annotated

import typer

from earwitness.cli import exits, shown
from earwitness.cli.stack import Profile, Region, Stack, topic

app = typer.Typer(
    help="List who receives alerts, and confirm them so that one click cannot cancel them.",
    epilog=exits.EXPLAINED,
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command(
    "list",
    epilog=f"""\b
Examples:
  earwitness subscribers list
  earwitness subscribers list --json

{exits.EXPLAINED}""",
)
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """List subscriptions: confirmed or pending, what they are sent, and what is amiss.

    Exits 1 when something is amiss: nobody confirmed, or one that a mail scanner can cancel.
    """
    with topic(stack, region, profile) as found:
        held = found.subscriptions()
    for one in held:
        told = {
            "endpoint": one.endpoint,
            "protocol": one.protocol,
            "confirmed": one.confirmed,
            "authenticated": one.authenticated,
            "filter": one.filter_policy,
            "amiss": one.amiss,
        }
        typer.echo(shown.as_json(told) if as_json else one.line)
    if not any(one.confirmed for one in held):
        typer.echo("Nobody receives alerts: no subscription is confirmed.", err=True)
    if any(one.amiss for one in held) or not any(one.confirmed for one in held):
        raise typer.Exit(exits.PROBLEMS)


@app.command(
    epilog=f"""\b
Examples:
  earwitness subscribers confirm 2336412f37fb687f5d51e6e2425ba1f30a...
  earwitness subscribers confirm "https://sns.eu-central-1.amazonaws.com/confirmation.html?Token=2336..."

{exits.EXPLAINED}"""
)
def confirm(
    token: Annotated[
        str, typer.Argument(help="The token in the confirmation mail's link, or the whole link.")
    ],
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Confirm a subscription so that only an authenticated AWS caller can cancel it.

    A subscription confirmed by the link in the mail is cancelled by whoever opens the unsubscribe
    link in any alert, and mail scanners open links.
    """
    with topic(stack, region, profile) as found:
        arn = found.confirm(token)
    typer.echo(f"Confirmed: {arn}")
