"""Peak hours: mentions by weekday and hour on a brand's own clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from earwitness.coverage import Fared, coverage

QUARTER = timedelta(minutes=15)  # every zone's clock is a whole number of these from UTC
_QUARTER_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Cell:
    """An hour of a weekday (0: Monday): ``mentions`` in all the times it came.

    ``hours`` is how often it came: 0 for the hour that a clock leaves out in spring, 2 in a week
    for the one that it goes through twice in autumn. ``coverage`` as everywhere, None: unknown.
    """

    weekday: int
    hour: int
    mentions: int
    hours: float
    coverage: float | None = None

    @property
    def rate(self) -> float | None:
        """Mentions an hour, by which cells compare; None where the hour never came."""
        return self.mentions / self.hours if self.hours else None


def quarter_of(at: datetime) -> int:
    """The number of the quarter of an hour, from 1970 in UTC."""
    return int(at.timestamp()) // _QUARTER_SECONDS


def heat_map(
    quarters: Mapping[int, int],
    time_zone: str,
    since: datetime,
    until: datetime,
    channels: Iterable[Fared] = (),
) -> tuple[tuple[Cell, ...], ...]:
    """The cells of a week, a row a weekday. ``quarters``: mentions by ``quarter_of`` their time.

    ``time_zone`` is an IANA name; changes of its clock inside the period are followed.
    """
    zone, fares = ZoneInfo(time_zone), list(channels)
    mentions = [[0] * 24 for _ in range(7)]
    came = [[0] * 24 for _ in range(7)]
    seen: dict[tuple[int, int], set[datetime]] = {}
    at = since
    while at < until:
        local = at.astimezone(zone)
        day, hour = local.weekday(), local.hour
        mentions[day][hour] += quarters.get(quarter_of(at), 0)
        came[day][hour] += 1
        start = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        seen.setdefault((day, hour), set()).add(start)
        at += QUARTER
    return tuple(
        tuple(
            Cell(day, hour, mentions[day][hour], came[day][hour] / 4,
                 coverage(fares, seen.get((day, hour), ())))
            for hour in range(24)
        )
        for day in range(7)
    )  # fmt: skip
