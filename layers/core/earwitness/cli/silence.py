"""``earwitness silence``: keep alerts quiet for a while, for a reason."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from earwitness.cli import exits, shown
from earwitness.cli.person import whoami
from earwitness.cli.stack import Profile, Region, Stack, deployed, now
from earwitness.model import Brand, Mention, Silence

if TYPE_CHECKING:
    from earwitness.cli.deployment import Deployed

LONGEST_FOR = timedelta(days=30)
PREVIEW_FOR = timedelta(hours=24)
MOST_SHOWN = 10
SCOPES = ("brand", "channel", "author", "word", "kind")

app = typer.Typer(
    help="Keep alerts quiet for a while, for a reason.",
    epilog=exits.EXPLAINED,
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command(
    epilog=f"""\b
Examples:
  earwitness silence add --brand "Northwind Air" --word strike --for 8h --reason "announced strike"
  earwitness silence add --brand "Northwind Air" --author @dealbot --for 7d --reason spam --dry-run

{exits.EXPLAINED}"""
)
def add(  # noqa: PLR0913 - the scope of a silence
    reason: Annotated[str, typer.Option(help="Why; whoever wonders reads it.")],
    for_: Annotated[str, typer.Option("--for", help="How long: 30m, 8h or 7d; 30d at most.")],
    brand: Annotated[str | None, typer.Option(help="Alerts of this brand.")] = None,
    channel: Annotated[str | None, typer.Option(help="Of posts on this channel.")] = None,
    author: Annotated[str | None, typer.Option(help="Of posts by this handle or name.")] = None,
    word: Annotated[str | None, typer.Option(help="Of posts with this word or words.")] = None,
    kind: Annotated[str | None, typer.Option(help="Of this kind: safety, complaint, ...")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the preview.")] = False,
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Add a silence, after showing what it would have silenced in the last 24 hours.

    A post is silenced when it fits everything that is given.
    """
    scope = {"brand": brand, "channel": channel, "author": author, "word": word, "kind": kind}
    if not any(scope.values()):
        raise typer.BadParameter(
            "give at least one of --brand, --channel, --author, --word, --kind"
        )
    if not reason.strip():
        raise typer.BadParameter("a silence needs a reason", param_hint="--reason")
    begins_at = now()
    silence = Silence(
        silence_id=secrets.token_hex(4),
        reason=reason.strip(),
        created_by=whoami(),
        created_at=begins_at,
        expires_at=begins_at + _length(for_),
        **scope,
    )
    with deployed(stack, region, profile) as found:
        brands = [one for one in found.brands() if brand in (None, one.name)]
        _preview(silence, (m for one in brands for m in _urgent(found, one, begins_at)))
        if not dry_run:
            found.store.add_silence(silence)
            typer.echo(f"added: {_line(silence)}")


@app.command(
    "list",
    epilog=f"""\b
Examples:
  earwitness silence list

{exits.EXPLAINED}""",
)
def list_(stack: Stack = "earwitness", region: Region = None, profile: Profile = None) -> None:
    """List the silences that hold, the soonest to expire first."""
    with deployed(stack, region, profile) as found:
        for silence in found.store.silences(now()):
            typer.echo(_line(silence))


@app.command(
    epilog=f"""\b
Examples:
  earwitness silence expire 9f31c2aa

{exits.EXPLAINED}"""
)
def expire(
    silence_id: Annotated[str, typer.Argument(metavar="ID")],
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """End a silence now. It stays on record until its data expires."""
    with deployed(stack, region, profile) as found:
        silence = found.store.expire_silence(silence_id, now())
    if silence is None:
        typer.echo(f"{silence_id}: no such silence", err=True)
        raise typer.Exit(exits.PROBLEMS)
    typer.echo(f"expired: {_line(silence)}")


def _length(text: str) -> timedelta:
    units = {"m": "minutes", "h": "hours", "d": "days"}
    number, unit = text[:-1], text[-1:]
    usable = number.isdecimal() and unit in units and len(number) <= 5
    length = timedelta(**{units[unit]: int(number)}) if usable else timedelta(0)
    if not timedelta(0) < length <= LONGEST_FOR:
        message = f"expected 30m, 8h or 7d, 30d at most, got {text!r}"
        raise typer.BadParameter(message, param_hint="--for")
    return length


def _urgent(found: Deployed, brand: Brand, until: datetime) -> Iterator[Mention]:
    """The mentions of a brand in the last 24 hours that could be said: as alerting admits them."""
    from earwitness.alerting import Admitted, admit

    for mention in found.store.mentions(brand.name, until - PREVIEW_FOR, until):
        if isinstance(admit(mention, until, brand.alerting), Admitted):
            yield mention


def _preview(silence: Silence, mentions: Iterator[Mention]) -> None:
    from earwitness.alerting import would_have

    urgent = list(mentions)
    silenced = list(would_have(silence, urgent))
    typer.echo(
        f"would have silenced {len(silenced)} of {len(urgent)} urgent mentions in the last 24 hours"
    )
    for mention in silenced[-MOST_SHOWN:]:
        said = f"{mention.judgement.priority} {mention.brand}: {mention.post.text[:80]}"
        typer.echo(f"  {shown.clean(said)}")
    if len(silenced) > MOST_SHOWN:
        typer.echo(f"  ... the latest {MOST_SHOWN} are shown")


def _line(silence: Silence) -> str:
    scope = {name: getattr(silence, name) for name in SCOPES}
    narrowed = ", ".join(f"{name} {value}" for name, value in scope.items() if value)
    until = f"until {silence.expires_at:%Y-%m-%d %H:%M} UTC"
    why = f"({silence.reason}, {silence.created_by})"
    return "  ".join(map(shown.clean, (silence.silence_id, until, narrowed, why)))
