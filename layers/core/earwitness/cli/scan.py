"""``earwitness scan``: a dry run of finding and judging on posts in JSON lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, cast

import typer

from earwitness.cli import exits
from earwitness.model import Judgement, Match, Post, Tier

if TYPE_CHECKING:
    from io import BufferedReader

    from earwitness.cli.lines import Stream
    from earwitness.cli.posts import Line
    from earwitness.model import Watchlist

EXAMPLES = f"""\b
In, one post a line (wrapped here to be read); only id and text are required:
  {{"id": "1", "text": "Nortwind Air lost my bag, flight cancelled again",
   "title": null, "url": "https://social.example/1", "channel": "hn", "language": "en",
   "published_at": "2026-03-01T09:30:00Z", "author": {{"name": "Kim", "followers": 120}},
   "engagement": {{"likes": 3, "reposts": 1, "replies": 0, "views": 900}}}}

\b
Out, one mention a line; a post about two brands gives two:
  {{"post_id": "1", "brand": "Northwind Air", "role": "own", "matches": [{{"term":
   "Northwind Air", "surface": "Nortwind Air", "start": 0, "end": 12, "edits": 1,
   "kind": "dropped", "confidence": 0.97, "tier": "sure"}}], "judgement": {{"language": "en",
   "sentiment": "negative", "intent": "complaint", "priority": "high", "reasons":
   [{{"name": "complaint", "evidence": ["lost my bag"]}}]}}}}
Offsets count Unicode code points of text; of title where a match has "in_title": true.

\b
Examples:
  earwitness scan --watchlist watchlist.yaml --posts posts.jsonl > mentions.jsonl
  tail -f posts.jsonl | earwitness scan -w watchlist.yaml --tier sure
  earwitness scan -w watchlist.yaml --posts posts.jsonl --tier doubtful --explain

{exits.EXPLAINED}"""

_TIERS = (Tier.SURE, Tier.LIKELY, Tier.DOUBTFUL)


@dataclass(frozen=True, slots=True)
class Engine:
    """Finding and judging, as the scan uses them."""

    find: Callable[[Sequence[Post]], Sequence[tuple[Match, ...]]]
    judge: Callable[[Post, tuple[Match, ...]], dict[str, Judgement]]


def scan(
    watchlist: Annotated[
        Path,
        typer.Option(
            "--watchlist", "-w", exists=True, dir_okay=False, readable=True,
            help="The watchlist whose brands to look for. Its channels are not polled.",
        ),
    ],
    posts: Annotated[
        Path,
        typer.Option(
            exists=True, dir_okay=False, readable=True, allow_dash=True,
            help="Posts as JSON lines, in UTF-8. - is standard input.",
        ),
    ] = Path("-"),
    tier: Annotated[
        Tier,
        typer.Option(help="The least certain matches to show: sure ones alone, or further ones."),
    ] = Tier.LIKELY,
) -> None:  # fmt: skip
    """Find and judge mentions in posts, as the deployed stack would. Sends nothing, keeps nothing.

    A line that is no post is reported on standard error with its number; the rest goes on, and
    the exit status is 1.
    """
    from earwitness.watchlist import WatchlistInvalid, load

    try:
        loaded = load(
            watchlist.read_bytes(), str(watchlist), allow_loopback=True, needs_channels=False
        )
    except WatchlistInvalid as invalid:
        typer.echo(str(invalid), err=True)
        raise typer.Exit(exits.PROBLEMS) from None
    source = "standard input" if str(posts) == "-" else str(posts)
    with _opened(posts) as stream:
        bad = run(stream, source, loaded, engine(loaded), tier, sys.stdout.buffer)
    raise typer.Exit(exits.PROBLEMS if bad else exits.OK)


def engine(watchlist: Watchlist) -> Engine:
    """The product's own matcher and judge for a watchlist."""
    from earwitness import judging, matching

    index = matching.build(watchlist)
    return Engine(find=lambda posts: matching.find(posts, index), judge=judging.judge)


def run(  # noqa: PLR0913 - what to read, how, and where to
    stream: Stream,
    source: str,
    watchlist: Watchlist,
    engine: Engine,
    tier: Tier,
    out: IO[bytes],
) -> int:
    """Write the mentions of a stream's posts to ``out``; return how many lines were no post."""
    from earwitness.cli.lines import batches

    bad = 0
    for batch in batches(stream):
        lines = []
        for number, text in batch:
            line = _parsed(text, source, number)
            if line:
                lines.append(line)
            else:
                bad += 1
        for mention in mentions(lines, watchlist, engine, tier):
            # a lone surrogate becomes \udXXX, which is how JSON writes it
            written = json.dumps(mention, ensure_ascii=False) + "\n"
            out.write(written.encode("utf-8", "backslashreplace"))
        out.flush()
    return bad


def _parsed(text: bytes | None, source: str, number: int) -> Line | None:
    from earwitness.cli.posts import LineInvalid, parse

    wrong: object = "longer than 16 MB"
    try:
        if text is not None:
            return parse(text)
    except LineInvalid as invalid:
        wrong = invalid
    typer.echo(f"{source}:{number}: {wrong}", err=True)
    return None


def mentions(
    lines: Sequence[Line], watchlist: Watchlist, engine: Engine, tier: Tier
) -> Iterator[dict[str, Any]]:
    """The mentions in posts, in their order, as the command writes them."""
    shown = _TIERS[: _TIERS.index(tier) + 1]
    roles = {brand.name: brand.role for brand in watchlist.brands}
    found = engine.find([line.post for line in lines])
    for line, all_matches in zip(lines, found, strict=True):
        matches = tuple(match for match in all_matches if match.tier in shown)
        judged = engine.judge(line.post, matches) if matches else {}
        for brand in dict.fromkeys(match.brand for match in matches):
            yield {
                "post_id": line.post_id,
                "brand": brand,
                "role": roles[brand].value,
                "matches": [_match(match) for match in matches if match.brand == brand],
                "judgement": _judgement(judged[brand]),
            }


def _match(match: Match) -> dict[str, Any]:
    written = {
        "term": match.term,
        "surface": match.surface,
        "start": match.start,
        "end": match.end,
        "edits": match.edits,
        "kind": match.kind,
        "confidence": round(match.confidence, 3),
        "tier": match.tier.value,
    }
    return {**written, "in_title": True} if match.in_title else written


def _judgement(judgement: Judgement) -> dict[str, Any]:
    return {
        "language": judgement.language,
        "sentiment": judgement.sentiment.value,
        "intent": judgement.intent.value,
        "priority": judgement.priority.value,
        "reasons": [{"name": r.name, "evidence": list(r.evidence)} for r in judgement.reasons],
    }


def _opened(posts: Path) -> AbstractContextManager[Stream]:
    if str(posts) != "-":
        return posts.open("rb")
    if sys.stdin.isatty():
        typer.echo(
            "Reading posts from the terminal, one JSON object a line. Ctrl-D ends.", err=True
        )
    return nullcontext(cast("BufferedReader", sys.stdin.buffer))
