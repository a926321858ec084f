"""``earwitness judge``: look at judgements, correct them, and see which rules people trust."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earwitness.cli import exits, shown
from earwitness.cli.person import whoami
from earwitness.cli.stack import Profile, Region, Stack, deployed
from earwitness.model import Intent, Priority, Sentiment

if TYPE_CHECKING:
    from earwitness.judging.agreement import Agreement
    from earwitness.model import Mention

app = typer.Typer(
    help="Look at judgements, correct them, and see which rules people trust.",
    epilog=exits.EXPLAINED,
    no_args_is_help=True,
    rich_markup_mode=None,
)
_SHOWN = 60  # characters of a post in a line
Days = Annotated[int, typer.Option("--days", min=1, max=400, help="How many days to look back.")]


@app.command(
    epilog=f"""\b
Examples:
  earwitness judge recent --days 1
  earwitness judge recent --brand "Northwind Air" | grep critical

{exits.EXPLAINED}"""
)
def recent(
    brand: Annotated[str | None, typer.Option(help="One brand alone. Default: every one.")] = None,
    days: Days = 1,
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """List recent mentions with their ids and judgements, one a line, the oldest first."""
    now = datetime.now(UTC)
    with deployed(stack, region, profile) as there:
        watchlist = there.bucket.accepted()
        names = [brand] if brand else [b.name for b in watchlist.brands] if watchlist else []
        for name in names:
            for mention in there.store.mentions(name, now - timedelta(days=days), now):
                typer.echo(_line(mention))


@app.command(
    epilog=f"""\b
Examples:
  earwitness judge correct 3f0ac1... --priority normal --intent praise
  earwitness judge correct 3f0ac1... --right

{exits.EXPLAINED}"""
)
def correct(  # noqa: PLR0913 - each is an option
    mention_id: Annotated[str, typer.Argument(metavar="MENTION_ID", help="As `recent` lists it.")],
    priority: Annotated[Priority | None, typer.Option(help="What it should have been.")] = None,
    intent: Annotated[Intent | None, typer.Option(help="Why the author wrote.")] = None,
    sentiment: Annotated[Sentiment | None, typer.Option(help="What the author feels.")] = None,
    language: Annotated[str | None, typer.Option(help="ISO 639-1, such as de.")] = None,
    right: Annotated[bool, typer.Option("--right", help="All of it was right.")] = False,
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Say what a judgement should have been, or that it was right. What is said last stands.

    The judgement itself stays as it was: corrections are what rules are measured by.
    """
    from earwitness.model import Correction

    said = (priority, intent, sentiment, language)
    if right == any(one is not None for one in said):
        raise typer.BadParameter("say either what it should have been, or --right")
    with deployed(stack, region, profile) as there:
        mention = there.store.mention_by_id(mention_id)
        if mention is None:
            typer.echo(f"{mention_id}: no such mention: unknown, erased or expired", err=True)
            raise typer.Exit(exits.PROBLEMS)
        judged = mention.judgement
        correction = Correction(
            mention_id=mention_id,
            brand=mention.brand,
            by=whoami(),
            at=datetime.now(UTC),
            judged=judged,
            language=judged.language if right else language,
            sentiment=judged.sentiment if right else sentiment,
            intent=judged.intent if right else intent,
            priority=judged.priority if right else priority,
        )
        there.store.correct(correction)
    typer.echo(f"{mention_id}: {'agreed' if correction.agrees else 'corrected'}")


@app.command(
    epilog=f"""\b
Examples:
  earwitness judge report --days 90
  earwitness judge report --retune
  earwitness judge report --json | jq 'select(.to_drop)'

{exits.EXPLAINED}"""
)
def report(  # noqa: PLR0913 - each is an option
    retune: Annotated[
        bool, typer.Option("--retune", help="Only the rules that should be dropped.")
    ] = False,
    days: Days = 90,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each rule.")
    ] = False,
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Show how far people agree with each rule, over all and by week, the least trusted first.

    A rule should be dropped if it is surely wrong more often than right: if even the upper end
    of the 95% interval of its agreement lies below a half.
    """
    from earwitness.judging.agreement import agreement

    now = datetime.now(UTC)
    with deployed(stack, region, profile) as there:
        said = list(there.store.corrections(now - timedelta(days=days), now))
    found = [one for one in agreement(said) if one.to_drop or not retune]
    for one in found:
        typer.echo(shown.as_json(_as_json(one)) if as_json else _agreed(one))
    drop = sum(one.to_drop for one in found)
    typer.echo(f"{len(said)} judgements looked at, {drop} rules to drop", err=True)


def _line(mention: Mention) -> str:
    from earwitness.alerting.wording import clean

    judged, post = mention.judgement, mention.post
    text = clean(f"{post.title or ''} {post.text}")
    at = f"{post.published_at:%Y-%m-%d %H:%M}" if post.published_at else "undated"
    told = f"{judged.priority} {judged.intent} {judged.sentiment} {judged.language}"
    quoted = text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
    return f'{mention.mention_id}  {at}  {clean(mention.brand)}  {told}  "{quoted}"'


def _agreed(one: Agreement) -> str:
    weeks = " ".join(f"{monday:%m-%d}:{right}/{looked}" for monday, looked, right in one.weeks)
    drop = "  drop" if one.to_drop else ""
    share = f"{one.right / one.reviewed:4.0%}"
    return f"{share}  {one.right}/{one.reviewed}  {one.language}  {one.rule}  {weeks}{drop}"


def _as_json(one: Agreement) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "language": one.language,
        "reviewed": one.reviewed,
        "right": one.right,
        "at_best": round(one.at_best, 3),
        "to_drop": one.to_drop,
        "weeks": [
            {"monday": monday.isoformat(), "reviewed": looked, "right": right}
            for monday, looked, right in one.weeks
        ],
    }
