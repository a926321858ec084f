"""Forgetting a person or a post everywhere: the log first, then table, exports and reports.

The log comes first, so that nothing of theirs is kept again while the rest is gone through; and
the last time through, which finds nothing, is the proof.
"""

from __future__ import annotations

import html
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from earwitness.exports import days
from earwitness.exports.asked import FOLDER
from earwitness.exports_bucket import ExportsBucket
from earwitness.model import Watchlist
from earwitness.store import Store, Theirs, keys
from earwitness.store.table import Key

MOST_TIMES = 5  # a writer that began before the log was written ends within one of them


@dataclass(slots=True)
class Forgotten:
    """The report: what was found where, and that the last look found nothing."""

    table: Counter[str] = field(default_factory=Counter)
    days: list[date] = field(default_factory=list)
    files: int = 0
    proved: bool = False


def forget(  # noqa: PLR0913 - the places where something of theirs may lie
    theirs: Theirs,
    store: Store,
    watchlist: Watchlist,
    exports: ExportsBucket,
    reports: ExportsBucket,
    *,
    by: str,
    now: datetime,
) -> Forgotten:
    """Remove a person or a post from everything that is kept, and see to it that it stays so."""
    store.log_erasure(list(_logged(theirs, store, watchlist)), by, now)
    theirs = replace(theirs, urls=frozenset(_urls(theirs, store, watchlist)))
    report = Forgotten()
    for _ in range(MOST_TIMES):
        # Reports before the table, which says what the addresses of a post are: also if this is
        # stopped in between and run again.
        told = [key for key in reports.keys("digests/") if _tells(reports.read(key), theirs)]
        reports.delete(told)
        found = store.forget(theirs, now)
        hits = list(_days_with(theirs, exports))
        for day in hits:
            days.write_day(store, watchlist, exports, day, now)
        gone = [*exports.keys(f"{FOLDER}/"), *exports.keys("queries/")]
        exports.delete(gone)
        report.table += found
        report.days += [day for day in hits if day not in report.days]
        report.files += len(gone) + len(told)
        if not found and not hits and not told:
            report.proved = True
            break
    return report


def _logged(theirs: Theirs, store: Store, watchlist: Watchlist) -> Iterator[Key]:
    """Under which keys it is logged: an author of a channel's own only there."""
    if theirs.post_id:
        yield keys.erased_post(theirs.post_id)
        return
    channel = next((one for one in watchlist.channels if one.name == theirs.channel), None)
    if channel is not None:
        yield store.author_erasure(channel.kind, channel.name, theirs.author)
    else:
        yield store.author_erasure(theirs.channel, "", theirs.author)


def _days_with(theirs: Theirs, exports: ExportsBucket) -> Iterator[date]:
    """The days whose files hold something of theirs."""
    from pyarrow import parquet  # noqa: PLC0415 - 150 MB that only this needs

    columns = ["channel_kind", "channel", "author", "author_name", "post_id"]
    found = set[date]()
    for key in exports.keys(f"{days.MENTIONS}/"):
        table = parquet.read_table(io.BytesIO(exports.read(key)), columns=columns)
        for row in table.to_pylist():
            if _is_theirs(row, theirs):
                found.add(date.fromisoformat(key.split("date=")[1][:10]))
                break
    yield from sorted(found)


def _is_theirs(row: dict[str, str | None], theirs: Theirs) -> bool:
    if theirs.post_id:
        return row["post_id"] == theirs.post_id
    called = {(row[name] or "").removeprefix("@").casefold() for name in ("author", "author_name")}
    here = theirs.channel in (row["channel_kind"], row["channel"])
    return here and theirs.author.removeprefix("@").casefold() in called


def _urls(theirs: Theirs, store: Store, watchlist: Watchlist) -> Iterator[str]:
    """Where the one post that is to be forgotten can be read."""
    for brand in watchlist.brands if theirs.post_id else ():
        mention = store.mention(brand.name, theirs.post_id)
        if mention is not None and mention.post.url:
            yield mention.post.url


def _tells(body: bytes, theirs: Theirs) -> bool:
    """Whether a report names the author or links to the post. It says no ids of posts."""
    text = html.unescape(body.decode("utf-8", "replace"))
    return theirs.is_named_in(text) or any(f'"{url}"' in text for url in theirs.urls)
