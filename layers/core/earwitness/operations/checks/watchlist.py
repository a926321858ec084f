"""Whether what is in use is what was pushed last."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from earwitness import accepted
from earwitness.operations.finding import Finding, note, ok, wrong
from earwitness.operations.installation import Installation
from earwitness.watchlist_bucket import PUSHED_KEY

AREA = "watchlist"
_TAKEN_UP_WITHIN = timedelta(minutes=5)  # a tick a minute, and one that may fail
_MOST_PROBLEMS = 3


def check(site: Installation) -> Iterator[Finding]:
    """The version in use against the one that was pushed."""
    pushed = site.bucket.pushed()
    try:
        in_use = site.bucket.accepted()
    except ValueError as error:
        yield wrong(
            AREA, "in use", f"cannot be read: {error}", do="dispatch writes it anew: see its errors"
        )
        return
    if pushed is None:
        do = "push one: `earwitness watchlist push FILE`"
        what = "nothing is watched: none was ever pushed"
        if in_use:
            do = "push it again, or `earwitness watchlist rollback`"
            what = f"{PUSHED_KEY} was deleted from the bucket; the last good one stays in use"
        yield wrong(AREA, "pushed", what, do=do)
        return
    if in_use and in_use.version == accepted.version(pushed.text):
        brands, channels = len(in_use.brands), len(in_use.channels)
        yield ok(
            AREA,
            f"version {in_use.version[:8]}",
            f"in use, as pushed: {brands} brands, {channels} channels",
        )
        return
    yield _not_in_use(site, pushed.text, in_use.version[:8] if in_use else "nothing")


def _not_in_use(site: Installation, text: bytes, stays: str) -> Finding:
    from earwitness.watchlist import WatchlistInvalid, load  # noqa: PLC0415 - pydantic: 130 ms

    head = site.client("s3").head_object(Bucket=site.physical_id("WatchlistBucket"), Key=PUSHED_KEY)
    since = head["LastModified"]
    subject = f"version {accepted.version(text)[:8]}"
    loopback = site.parameters.get("AllowLoopback") == "true"
    try:
        load(text, PUSHED_KEY, allow_loopback=loopback)
    except WatchlistInvalid as invalid:
        shown = "; ".join(map(str, invalid.problems[:_MOST_PROBLEMS]))
        rest = len(invalid.problems) - _MOST_PROBLEMS
        more = f"; and {rest} more" if rest > 0 else ""
        return wrong(
            AREA,
            subject,
            f"was refused, {stays} stays in use: {shown}{more}",
            since,
            do="correct it and push again, or `earwitness watchlist rollback`",
        )
    if site.now - since < _TAKEN_UP_WITHIN:
        return note(AREA, subject, f"pushed, not yet in use: {stays} is", since)
    return wrong(
        AREA,
        subject,
        f"valid, and not taken up: {stays} is in use",
        since,
        do="dispatch does not run: see its errors, queue and schedule below",
    )
