"""``earwitness rules``: try a changed watchlist on one's own history before it goes live."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earwitness.cli import exits, files, shown
from earwitness.cli.stack import Profile, Region, Stack

if TYPE_CHECKING:
    from earwitness.model import Post, Watchlist
    from earwitness.rehearsal import Rehearsed

app = typer.Typer(
    help="Try a changed watchlist on the last days before it goes live.",
    epilog=exits.EXPLAINED,
    no_args_is_help=True,
    rich_markup_mode=None,
)
_SHOWN = 80  # characters of a post in a line
_WIDER = (
    "Posts that named none of your brands were not kept: what a new name would find in them "
    "is not known. Give --posts to try it on posts of your own."
)


@app.callback()
def group() -> None:
    """Keep ``test`` a command of its own while it is the only one."""


@app.command(
    "test",
    epilog=f"""\b
Out, one alert a line; with --json one object a line:
  added  2026-11-20 14:03  HIGH  complaint  Northwind Air: "Nortwind lost my bag"  (before: ...)
  quiet  2026-11-21 08:40  HIGH  complaint  Northwind Air: "north wind tonight"  (not found ...)
  sent   2026-11-21 09:12  CRITICAL  outage  Northwind Air: "app is down"  (as before)

\b
Examples:
  earwitness rules test --watchlist changed.yaml --days 7
  earwitness rules test -w changed.yaml --stack earwitness-staging --region eu-central-1
  earwitness rules test -w changed.yaml --posts posts.jsonl --current watchlist.yaml --json

{exits.EXPLAINED}""",
)
def rehearse(  # noqa: PLR0913 - each is an option
    watchlist: Annotated[
        Path,
        typer.Option(
            "--watchlist", "-w", callback=files.readable, help="The changed watchlist."
        ),
    ],
    days: Annotated[int, typer.Option(min=1, max=90, help="How many days to look back.")] = 7,
    posts: Annotated[
        Path | None,
        typer.Option(
            callback=lambda path: files.readable(path) if path else None,
            help="Posts as JSON lines, as for scan, instead of the stack's table.",
        ),
    ] = None,
    current: Annotated[
        Path | None,
        typer.Option(
            callback=lambda path: files.readable(path) if path else None,
            help="The watchlist to compare with. Default: the one in use in the stack; with "
            "--posts none.",
        ),
    ] = None,
    stack: Stack = "earwitness",
    region: Region = None,
    profile: Profile = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each alert.")
    ] = False,
) -> None:  # fmt: skip
    """Say which alerts of the last days a changed watchlist adds, keeps quiet, or sends as before.

    Changes nothing and sends nothing.
    """
    from earwitness.cli.deployment import Unreachable
    from earwitness.rehearsal import compare

    now = datetime.now(UTC)
    changed = _loaded(watchlist)
    in_use = _loaded(current) if current else None
    bad = 0
    if posts is not None:
        read, bad = _posts_of_file(posts)
        since = now - timedelta(days=days)
        known = [post for post in read if (post.published_at or now) >= since]
    else:
        try:
            known, in_use = _posts_of_stack((stack, region, profile), days, in_use, changed, now)
        except Unreachable as reason:
            typer.echo(f"not tested: {reason}", err=True)
            raise typer.Exit(exits.AWS) from None
        typer.echo(_WIDER, err=True)
    found = compare(known, in_use, changed, now)
    for one in found:
        typer.echo(shown.as_json(_as_json(one)) if as_json else _line(one))
    counts = Counter(str(one.change) for one in found)
    told = ", ".join(f"{counts[change]} {change}" for change in ("added", "quiet", "sent"))
    typer.echo(f"{len(known):,} posts of {days} days: {told}", err=True)
    raise typer.Exit(exits.PROBLEMS if bad else exits.OK)


def _loaded(path: Path) -> Watchlist:
    from earwitness.watchlist import WatchlistInvalid, load

    try:
        return load(files.read(path), files.name(path), allow_loopback=True, needs_channels=False)
    except WatchlistInvalid as invalid:
        typer.echo(str(invalid), err=True)
        raise typer.Exit(exits.PROBLEMS) from None


def _posts_of_file(path: Path) -> tuple[list[Post], int]:
    """The posts of a file, and how many of its lines were none."""
    from earwitness.cli.lines import batches
    from earwitness.cli.scan import parsed

    with files.opened(path) as stream:
        lines = [
            parsed(text, files.name(path), number)
            for batch in batches(stream)
            for number, text in batch
        ]
    return [line.post for line in lines if line], lines.count(None)


def _posts_of_stack(
    where: tuple[str, str | None, str | None],
    days: int,
    in_use: Watchlist | None,
    changed: Watchlist,
    now: datetime,
) -> tuple[list[Post], Watchlist | None]:
    """Each post that the stack has kept in these days, once, and the watchlist to compare with."""
    from earwitness.cli.deployment import deployed

    with deployed(*where) as there:
        in_use = in_use or there.bucket.accepted()
        names = {b.name for w in (in_use, changed) if w for b in w.brands}
        since = now - timedelta(days=days)
        found = {
            mention.post.post_id: mention.post
            for name in sorted(names)
            for mention in there.store.mentions(name, since, now)
        }
    return list(found.values()), in_use


def _line(one: Rehearsed) -> str:
    from earwitness.alerting.wording import clean
    from earwitness.alerting.wording.phrases import phrases

    mention, post = one.mention, one.mention.post
    text = clean(f"{post.title or ''} {post.text}")
    quoted = text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
    return "  ".join(
        (
            f"{one.change:<5}",
            f"{one.at:%Y-%m-%d %H:%M}",
            one.priority.upper(),
            phrases("en")("headline", str(mention.judgement.intent)),
            f'{clean(mention.brand)}: "{quoted}"',
            f"({one.reason})",
        )
    )


def _as_json(one: Rehearsed) -> dict[str, Any]:
    judgement, post = one.mention.judgement, one.mention.post
    return {
        "change": one.change.value,
        "reason": one.reason,
        "at": one.at.isoformat(),
        "brand": one.mention.brand,
        "priority": one.priority.value,
        "priority_before": one.before.value if one.before else None,
        "kind": judgement.intent.value,
        "channel": post.channel,
        "title": post.title,
        "text": post.text,
        "url": post.url,
        "reasons": [{"name": r.name, "evidence": list(r.evidence)} for r in judgement.reasons],
    }
