"""``earwitness matches``: near misses, accepted or rejected, and what the watchlist should say."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from earwitness.cli import exits, shown
from earwitness.cli.person import whoami
from earwitness.cli.stack import Profile, Region, Stack, deployed, now
from earwitness.model import Mention, Tier, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from earwitness.cli.deployment import Deployed

_SHOWN = 60  # characters of a post in a line

app = typer.Typer(
    help="Review doubtful matches: accept or reject them, and see what the watchlist should say.",
    epilog=exits.EXPLAINED,
    no_args_is_help=True,
    rich_markup_mode=None,
)
OfBrand = Annotated[str | None, typer.Option("--brand", help="Of this brand only.")]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="As `list` shows them.")]
By = Annotated[str | None, typer.Option(help="Who says so; else the name you are logged in by.")]


@app.command(
    "list",
    epilog=f"""\b
Examples:
  earwitness matches list
  earwitness matches list --brand "Northwind Air" --days 30 --json

{exits.EXPLAINED}""",
)
def list_(  # noqa: PLR0913 - what is listed, and where
    brand: OfBrand = None,
    days: Annotated[int, typer.Option(min=1, max=400, help="How many days to look back.")] = 7,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """List doubtful matches that nobody has ruled on, one of each spelling."""
    with deployed(stack, region, profile) as found:
        for mention in _undecided(found, brand, days):
            typer.echo(shown.as_json(_as_json(mention)) if as_json else _line(mention))


@app.command(
    epilog=f"""\b
Examples:
  earwitness matches accept 0a8d1f6be2f44c1d9b1f77ce1c3b8f21

{exits.EXPLAINED}"""
)
def accept(
    ids: Ids,
    by: By = None,
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Say that posts are about the brand: `suggest` then tells what to allow."""
    _rule(ids, Verdict.OURS, by, (stack, region, profile))


@app.command(
    epilog=f"""\b
Examples:
  earwitness matches reject 0a8d1f6be2f44c1d9b1f77ce1c3b8f21 --by kim

{exits.EXPLAINED}"""
)
def reject(
    ids: Ids,
    by: By = None,
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Say that posts are not about the brand: their spellings are not offered again.

    A spelling that is likely goes on to alert until the watchlist excludes it, as suggest prints.
    """
    _rule(ids, Verdict.NOT_OURS, by, (stack, region, profile))


@app.command(
    epilog=f"""\b
Examples:
  earwitness matches suggest
  earwitness matches suggest --brand "Northwind Air"

{exits.EXPLAINED}"""
)
def suggest(
    brand: OfBrand = None,
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Print what each term of the watchlist should allow and exclude, by what people have said.

    In the watchlist's own notation; nothing is changed.
    """
    from earwitness.near_misses import suggestions

    with deployed(stack, region, profile) as found:
        for one in found.brands():
            if brand not in (None, one.name):
                continue
            ruled = found.store.spellings(one.name, now())
            held: dict[tuple[str, str], list[str]] = {}
            for said in suggestions(ruled, one):
                held.setdefault((said.term, said.key), []).append(shown.clean(said.surface))
            for (term, key), surfaces in held.items():
                listed = shown.as_json(surfaces)
                typer.echo(f'{shown.clean(one.name)}, term "{shown.clean(term)}": {key}: {listed}')


def _undecided(found: Deployed, brand: str | None, days: int) -> Iterator[Mention]:
    from earwitness.near_misses import undecided

    until = now()
    for one in found.brands():
        if brand not in (None, one.name):
            continue
        kept = found.store.mentions(one.name, until - timedelta(days=days), until)
        doubtful = (mention for mention in kept if mention.tier is Tier.DOUBTFUL)
        yield from undecided(doubtful, found.store.spellings(one.name, until))


def _rule(
    ids: list[str], verdict: Verdict, by: str | None, where: tuple[str, str | None, str | None]
) -> None:
    from earwitness.near_misses import rulings

    unknown = False
    person = by or whoami()
    with deployed(*where) as found:
        for mention_id in ids:
            mention = found.store.mention_by_id(mention_id)
            if mention is None:
                unknown = True
                typer.echo(f"{mention_id}: no such mention", err=True)
                continue
            for ruling in rulings(mention, verdict, person, now()):
                found.store.rule(ruling)
            done = "accepted" if verdict is Verdict.OURS else "rejected"
            typer.echo(f"{done}: {_line(mention)}")
    if unknown:
        raise typer.Exit(exits.PROBLEMS)


def _line(mention: Mention) -> str:
    from earwitness.near_misses import deciding

    read = ", ".join(
        f"{match.surface} as {match.term} ({match.confidence:.0%})" for match in deciding(mention)
    )
    text = (mention.post.title or mention.post.text)[:_SHOWN]
    return "  ".join(map(shown.clean, (mention.mention_id, mention.brand, read, text)))


def _as_json(mention: Mention) -> dict[str, object]:
    from earwitness.near_misses import deciding

    return {
        "id": mention.mention_id,
        "brand": mention.brand,
        "matches": [
            {"surface": m.surface, "term": m.term, "kind": m.kind, "confidence": m.confidence}
            for m in deciding(mention)
        ],
        "channel": mention.post.channel,
        "url": mention.post.url,
        "text": mention.post.text,
    }
