"""An export that somebody asks for: one file, of a period, narrowed as they like."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, Any

import msgspec

from earwitness.exports.formats import MEDIA_TYPES, Format, write
from earwitness.exports.rows import EVERYTHING, Row, Wanted, rows
from earwitness.model import Brand, Watchlist, digest
from earwitness.store import Store

FOLDER = "asked"  # deleted within a day: it is a copy that nobody rewrites
LONGEST_FOR = timedelta(days=3660)


class Unaskable(ValueError):
    """What is asked for cannot be exported; the message says why."""


class OutOfTime(Exception):
    """There is more than can be written in the time there is."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What to export: mentions written from ``since`` to before ``until``.

    ``brands`` are names; none is all of them. ``bom`` begins CSV with a byte order mark.
    """

    since: datetime
    until: datetime
    format: Format = Format.CSV
    brands: tuple[str, ...] = ()
    wanted: Wanted = EVERYTHING
    bom: bool = False

    @property
    def key(self) -> str:
        """Where the file lies: the same for the same wish, and not to be guessed from another's."""
        wish = digest("export", msgspec.json.encode(self).decode())[:32]
        return f"{FOLDER}/{wish}/{self.name}"

    @property
    def name(self) -> str:
        """What the file is called."""
        return f"mentions-{self.since:%Y%m%dT%H%M}-{self.until:%Y%m%dT%H%M}.{self.format}"

    @property
    def media_type(self) -> str:
        """What kind of file it is."""
        return MEDIA_TYPES[self.format]


def read(event: dict[str, Any]) -> Asked:
    """What is asked for in an event.

    Raises:
        Unaskable: it says which field is wrong.
    """
    try:
        return msgspec.convert(event, Asked)
    except msgspec.ValidationError as error:
        raise Unaskable(f"the export asked for cannot be read: {error}") from None


def as_event(asked: Asked) -> dict[str, Any]:
    """The event that ``read`` reads."""
    plain: dict[str, Any] = msgspec.to_builtins(asdict(asked))
    return plain


def checked(asked: Asked, watchlist: Watchlist) -> list[Brand]:
    """The brands to export.

    Raises:
        Unaskable: a brand is not watched, or the period is none.
    """
    for at in (asked.since, asked.until):
        if at.tzinfo is None:
            raise Unaskable(f"{at}: say in which time zone, such as {at}Z")
    if not asked.since < asked.until:
        raise Unaskable(f"the period ends at {asked.until}, before it begins at {asked.since}")
    if asked.until - asked.since > LONGEST_FOR:
        raise Unaskable("the period is longer than ten years")
    watched = {brand.name: brand for brand in watchlist.brands}
    unknown = [name for name in asked.brands if name not in watched]
    if unknown:
        names = ", ".join(sorted(watched)) or "none"
        raise Unaskable(f"no brand {unknown[0]!r} is watched; those that are: {names}")
    return [watched[name] for name in asked.brands or watched]


def export(
    store: Store,
    watchlist: Watchlist,
    asked: Asked,
    file: IO[bytes],
    has_time: Callable[[], bool] = lambda: True,
) -> int:
    """Write what is asked for to a file, in flat memory; returns how many mentions there are.

    Raises:
        Unaskable: it cannot be exported.
        OutOfTime: ``has_time`` said so; the file is not whole.
    """
    brands = checked(asked, watchlist)
    since, until = asked.since.astimezone(UTC), asked.until.astimezone(UTC)
    found = rows(store, brands, since, until, asked.wanted)
    return write(_in_time(found, has_time), Row, file, asked.format, bom=asked.bom)


def _in_time(found: Iterator[Row], has_time: Callable[[], bool]) -> Iterator[Row]:
    for number, row in enumerate(found):
        if number % 1000 == 0 and not has_time():
            raise OutOfTime(f"{number} mentions were written, and there are more")
        yield row
