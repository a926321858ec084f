"""Every count, and every exported file, against what the table gives when it is asked again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import IO, Any

from earwitness.alerting.reports import TROUBLE
from earwitness.exports import days
from earwitness.signals.viral import AGES
from tests.simulation.excuses import keeps
from tests.simulation.press import BEGAN, BRANDS, EVER, HN, ITEMS, OUTAGE, WATCHED, Item, by_group
from tests.simulation.world import World

HOUR = timedelta(hours=1)
DIGEST_AT = 17 * 60  # minutes
STOOD_STILL = BEGAN + 3 * HOUR
DAYS = (BEGAN.date() - timedelta(days=1), BEGAN.date())


def wrong_counts(world: World) -> Iterator[str]:
    """G2: every count is what a recount of the mentions gives."""
    yield from _digests(world)
    yield from _spent(world)
    if world.is_skewed:
        return  # what is late by hours is no report, and hours are counted by two clocks
    trouble = by_group()[OUTAGE]
    reported = sum(count for _, count in world.store.reports("Skylark Jet", world.now).hours)
    if reported != len(trouble):
        yield f"{reported} reports of trouble ({', '.join(TROUBLE)}), not {len(trouble)}"
    yield from _hours(world)
    yield from _readings(world)


def _digests(world: World) -> Iterator[str]:
    for one in _last_digests(world):
        for count in one["digest"]["counts"]:
            wanted = sum(
                count["brand"] in item.about
                and item.published > -600
                and keeps(world, item, DIGEST_AT)
                for item in ITEMS
            )
            if count["mentions"] != wanted:
                yield f"digest: {count['mentions']} mentions of {count['brand']}, not {wanted}"


def _last_digests(world: World) -> Iterator[dict[str, Any]]:
    until = (BEGAN + timedelta(minutes=DIGEST_AT)).isoformat()
    found = {
        one.alert_id: one.said
        for one in world.observed.published
        if one.event == "digest" and one.said["digest"]["until"] == until
    }
    if len(found) != 1:  # Northwind Air has one, Skylark Jet wants none
        yield {"digest": {"counts": [{"brand": f"{len(found)} digests of", "mentions": -1}]}}
    yield from found.values()


def _spent(world: World) -> Iterator[str]:
    said = {one.alert_id for one in world.observed.published if one.event != "digest"}
    budget = set(world.store.budget().said)
    if said != budget:
        yield f"the budget counts {len(budget)} alerts, said were {len(said)}"


def _hours(world: World) -> Iterator[str]:
    """The one hour that is measured, and has mentions: the first whole one."""
    at = BEGAN + HOUR
    for brand in BRANDS:
        kept = world.store.volumes(brand, [at]).get(at)
        wanted = sum(brand in item.about and at <= item.published_at < at + HOUR for item in ITEMS)
        if kept is None or kept.stories != wanted:
            yield f"{at:%H:%M}: measured {kept} of {brand}, not {wanted}"


def _readings(world: World) -> Iterator[str]:
    """Each post read at each age, once, as its source had it then."""
    for one in ITEMS:
        if one.source != HN or not one.about:
            continue
        readings = world.store.readings({one.post_id: AGES})[one.post_id]
        ages = {age for age in AGES if one.published_at + age <= STOOD_STILL}
        if world.is_calm and one.stays(EVER) and not ages <= readings.keys():
            yield f"{one.id}: read again at {len(readings)} ages, not {len(ages)}"
        for reading in filter(None, readings.values()):
            if reading.interactions != one.points_at(reading.age_for):
                yield f"{one.id}: {reading}, not {one.points_at(reading.age_for)}"
        if world.is_calm:
            yield from _engagement(world, one, list(readings.values()))


def _engagement(world: World, item: Item, readings: list[Any]) -> Iterator[str]:
    """A mention has what its post had when it was read last."""
    last = max(filter(None, readings), key=lambda one: one.age_for, default=None)
    for brand in item.about:
        mention = world.store.mention(brand, item.post_id)
        if mention and last and mention.post.engagement.likes != last.interactions:
            yield f"{item.id}: kept with {mention.post.engagement}, read last with {last}"


class Files:
    """A bucket of exports in memory."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def put(self, key: str, file: IO[bytes], media_type: str) -> None:
        """Keep a file; nobody asks for its type here."""
        self.held[key] = file.read() if media_type else b""

    def keys(self, prefix: str) -> Iterator[str]:
        """What lies below a prefix."""
        return iter([key for key in self.held if key.startswith(prefix)])

    def delete(self, keys: Iterable[str]) -> None:
        """Delete files."""
        for key in keys:
            del self.held[key]


def wrong_files(world: World) -> Iterator[str]:
    """F40: the files of each day are those that its mentions in the table make, to the byte."""
    for day in DAYS:
        yield from _day(world, day)


def _day(world: World, day: date) -> Iterator[str]:
    (known,) = world.store.exported_days([day])
    if known.is_stale(world.now):  # it is written again in the next night
        if world.is_calm:
            yield f"{day}: not exported since it changed"
        return
    anew = Files()
    days.write_day(world.store, WATCHED, anew, day, world.now)  # type: ignore[arg-type]
    keys = [key for key in world.exports.keys("") if f"date={day}" in key]
    found = {key: world.exports.read(key) for key in keys}
    for key in sorted(found.keys() | anew.held.keys()):
        if found.get(key) != anew.held.get(key):
            yield f"{key}: {_size(found.get(key))} bytes, not {_size(anew.held.get(key))}"


def _size(file: bytes | None) -> str:
    return "no" if file is None else str(len(file))
