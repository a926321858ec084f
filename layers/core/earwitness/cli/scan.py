"""``earwitness scan``: a dry run of finding and judging on posts in JSON lines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from earwitness.cli import exits, files, shown
from earwitness.model import Judgement, Match, Post, Tier

if TYPE_CHECKING:
    from earwitness.cli.lines import Stream
    from earwitness.matching import Explanation, NearMiss
    from earwitness.model import Watchlist
    from earwitness.post_json import Line

EXAMPLES = f"""\b
In, one post a line (wrapped here to be read); only id and text are required:
  {{"id": "1", "text": "Nortwind Air lost my bag",
   "title": null, "url": "https://social.example/1", "channel": "hn", "language": "en",
   "published_at": "2026-03-01T09:30:00Z", "author": {{"name": "Kim", "followers": 120}},
   "engagement": {{"likes": 3, "reposts": 1, "replies": 0, "views": 900}}}}

\b
Out, one mention a line; a post about two brands gives two:
  {{"post_id": "1", "brand": "Northwind Air", "role": "own", "matches": [{{"term":
   "Northwind Air", "surface": "Nortwind Air", "start": 0, "end": 12, "edits": 1,
   "kind": "dropped", "confidence": 0.9, "tier": "likely"}}], "judgement": {{"language": "en",
   "sentiment": "negative", "intent": "complaint", "priority": "high", "reasons":
   [{{"name": "complaint/not delivered", "evidence": ["lost my bag"]}}]}}}}
Offsets count Unicode code points of text; of title where a match has "in_title": true.
With --explain also, after a post's mentions, what was like a term and why it was refused:
  {{"post_id": "1", "near_misses": [{{"brand": "Northwind Air", "term": "Northwind Air",
   "surface": "north wind", ..., "rule": "common parts"}}]}}

\b
Examples:
  earwitness scan --watchlist watchlist.yaml --posts posts.jsonl > mentions.jsonl
  tail -f posts.jsonl | earwitness scan -w watchlist.yaml --tier sure
  earwitness scan -w watchlist.yaml --posts posts.jsonl --tier doubtful --explain

{exits.EXPLAINED}"""

_TIERS = (Tier.SURE, Tier.LIKELY, Tier.DOUBTFUL)


@dataclass(frozen=True, slots=True)
class Engine:
    """Finding, explaining and judging, as the scan uses them."""

    find: Callable[[Sequence[Post]], Sequence[tuple[Match, ...]]]
    explain: Callable[[Post], Explanation]
    judge: Callable[[Post, tuple[Match, ...]], dict[str, Judgement]]


@dataclass(frozen=True, slots=True)
class Scan:
    """What to look for, and what to show of it."""

    watchlist: Watchlist
    engine: Engine
    tier: Tier = Tier.LIKELY
    explains: bool = False


def scan(
    watchlist: Annotated[
        Path,
        typer.Option(
            "--watchlist", "-w", callback=files.readable,
            help="The watchlist whose brands to look for. Its channels are not polled.",
        ),
    ],
    posts: Annotated[
        Path,
        typer.Option(
            callback=files.readable, help="Posts as JSON lines, in UTF-8. - is standard input.",
        ),
    ] = Path("-"),
    tier: Annotated[
        Tier,
        typer.Option(help="The least certain matches to show: sure ones alone, or further ones."),
    ] = Tier.LIKELY,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Add a line for each post with near misses: what was like a term, and the rule "
            "that refused it. Slower.",
        ),
    ] = False,
) -> None:  # fmt: skip
    """Find and judge mentions in posts, as the deployed stack would. Sends nothing, keeps nothing.

    A line that is no post is reported on standard error with its number; the rest goes on, and
    the exit status is 1.
    """
    from earwitness.watchlist import WatchlistInvalid, load

    try:
        loaded = load(
            files.read(watchlist), files.name(watchlist), allow_loopback=True, needs_channels=False
        )
    except WatchlistInvalid as invalid:
        typer.echo(str(invalid), err=True)
        raise typer.Exit(exits.PROBLEMS) from None
    with files.opened(posts) as stream:
        wanted = Scan(loaded, engine(loaded), tier, explain)
        bad = run(stream, files.name(posts), wanted, sys.stdout.buffer)
    raise typer.Exit(exits.PROBLEMS if bad else exits.OK)


def engine(watchlist: Watchlist) -> Engine:
    """The product's own matcher and judge for a watchlist."""
    from earwitness import judging, matching

    index = matching.build(watchlist)
    return Engine(
        find=lambda posts: matching.find(posts, index),
        explain=lambda post: matching.explain(post, index),
        judge=judging.judge,
    )


def run(stream: Stream, source: str, scan: Scan, out: IO[bytes]) -> int:
    """Write the mentions of a stream's posts to ``out``; return how many lines were no post."""
    from earwitness.cli.lines import batches

    bad = 0
    for batch in batches(stream):
        found = [parsed(text, source, number) for number, text in batch]
        lines = [line for line in found if line]
        bad += len(found) - len(lines)
        for answer in said(lines, scan):
            # a lone surrogate becomes \udXXX, which is how JSON writes it
            written = shown.as_json(answer) + "\n"
            out.write(written.encode("utf-8", "backslashreplace"))
        out.flush()
    return bad


def parsed(text: bytes | None, source: str, number: int) -> Line | None:
    """The post on a line; None, with the reason on standard error, where there is none."""
    from earwitness.post_json import LineInvalid, parse

    wrong: object = "longer than 16 MB"
    try:
        if text is not None:
            return parse(text)
    except LineInvalid as invalid:
        wrong = invalid
    typer.echo(f"{source}:{number}: {wrong}", err=True)
    return None


def said(lines: Sequence[Line], scan: Scan) -> Iterator[dict[str, Any]]:
    """The mentions in posts, in their order; each post's explanation after them, if wanted."""
    every = scan.engine.find([line.post for line in lines])
    for line, matches in zip(lines, every, strict=True):
        yield from _mentions(line, matches, scan)
        if scan.explains:
            yield from _explanation(line, matches, scan)


def _explanation(line: Line, matches: Iterable[Match], scan: Scan) -> Iterator[dict[str, Any]]:
    """What was like a term in a post, with the rule that refused it; nothing if nothing was."""
    misses = [_near_miss(miss) for miss in scan.engine.explain(line.post).near_misses]
    misses += [
        {"brand": match.brand, **_match(match), "rule": f"less than {scan.tier.value}"}
        for match in matches
        if not _is_shown(match, scan)
    ]
    if misses:
        yield {"post_id": line.post_id, "near_misses": misses}


def _is_shown(match: Match, scan: Scan) -> bool:
    return _TIERS.index(match.tier) <= _TIERS.index(scan.tier)


def _mentions(line: Line, matches: Iterable[Match], scan: Scan) -> Iterator[dict[str, Any]]:
    shown = tuple(match for match in matches if _is_shown(match, scan))
    if not shown:
        return
    judged = scan.engine.judge(line.post, shown)
    for name in dict.fromkeys(match.brand for match in shown):
        brand = scan.watchlist.brand(name)
        yield {
            "post_id": line.post_id,
            "brand": name,
            "role": brand.role.value if brand else None,
            "matches": [_match(match) for match in shown if match.brand == name],
            "judgement": _judgement(judged[name]),
        }


def _near_miss(miss: NearMiss) -> dict[str, Any]:
    written = {
        "brand": miss.brand,
        "term": miss.term,
        "surface": miss.surface,
        "start": miss.start,
        "end": miss.end,
        "edits": miss.edits,
        "kind": miss.kind,
        "rule": miss.rule.value,
    }
    return {**written, "in_title": True} if miss.in_title else written


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
