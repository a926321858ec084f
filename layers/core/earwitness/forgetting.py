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

from earwitness.coverage import Versions
from earwitness.exports import days
from earwitness.exports.asked import FOLDER
from earwitness.exports_bucket import ExportsBucket
from earwitness.model import Watchlist
from earwitness.store import Store, Theirs, keys
from earwitness.store.table import Key
from earwitness.store.theirs import strings_in

MOST_TIMES = 5  # a writer that began before the log was written ends within one of them
_DIGESTS = "digests/"


@dataclass(slots=True)
class Forgotten:
    """The report: what was found where, and that the last look found nothing.

    What stays is for people to decide: ``naming`` are ids of posts by others that name the author,
    ``configured`` is where the watchlist does.
    """

    table: Counter[str] = field(default_factory=Counter)
    days: list[date] = field(default_factory=list)
    files: int = 0
    proved: bool = False
    naming: list[str] = field(default_factory=list)
    configured: list[str] = field(default_factory=list)


def forget(  # noqa: PLR0913 - the places where something of theirs may lie
    theirs: Theirs,
    store: Store,
    watchlist: Watchlist,
    exports: ExportsBucket,
    reports: ExportsBucket,
    *,
    by: str,
    now: datetime,
    versions: Versions = (),
) -> Forgotten:
    """Remove a person or a post from everything that is kept, and see to it that it stays so.

    ``versions`` of the watchlist name the brands that days hold, as in ``days.write_day``.
    """
    logged = set(_logged(theirs, store, watchlist))
    store.log_erasure(logged, by, now)
    report = Forgotten(configured=_configured(theirs, watchlist))
    for _ in range(MOST_TIMES):
        theirs = store.learn(theirs)
        more = set(_logged_there(theirs, store)) - logged
        store.log_erasure(more, by, now)
        logged |= more
        theirs = replace(theirs, hidden=frozenset(key.PK.partition("#")[2] for key in logged))
        # Reports before the table, by which their pages are known.
        told = [key for key in reports.keys(_DIGESTS) if _tells(key, reports, theirs)]
        reports.delete(told)
        found = store.forget(theirs, now)
        hits = list(_days_with(theirs, exports))
        for day in hits:
            days.write_day(store, watchlist, exports, day, now, versions=versions)
        gone = [*exports.keys(f"{FOLDER}/"), *exports.keys("queries/")]
        exports.delete(gone)
        report.table += found
        report.days += [day for day in hits if day not in report.days]
        report.files += len(gone) + len(told)
        report.naming = sorted(theirs.known.naming)
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


def _logged_there(theirs: Theirs, store: Store) -> Iterator[Key]:
    """Where the author of a channel is logged by the posts found: of a network, in all of it."""
    for kind, scope in () if theirs.post_id else theirs.known.places:
        yield store.author_erasure(kind, scope, theirs.author)


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
    if row["post_id"] in {theirs.post_id, *theirs.known.posts}:
        return True
    called = {(row[name] or "").removeprefix("@").casefold() for name in ("author", "author_name")}
    here = theirs.channel in (row["channel_kind"], row["channel"])
    name = theirs.author.removeprefix("@").casefold()
    return here and bool(name) and name in called


def _tells(key: str, reports: ExportsBucket, theirs: Theirs) -> bool:
    """Whether a digest's page tells of them: by its own lines, a link, or the author's name."""
    if key.removeprefix(_DIGESTS).removesuffix(".html") in theirs.known.digests:
        return True
    text = html.unescape(reports.read(key).decode("utf-8", "replace"))
    return theirs.is_named_in(text) or any(f'"{url}"' in text for url in theirs.known.urls)


def _configured(theirs: Theirs, watchlist: Watchlist) -> list[str]:
    """Where the watchlist names the author: it is the customer's own, and stays."""
    named = (where for where, text in strings_in(watchlist) if theirs.is_named_in(text))
    return list(dict.fromkeys(named))
