"""What a world must have come to when it is quiet again, whatever happened to it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from earwitness.alerting.reports import TROUBLE
from earwitness.model import Group, digest
from earwitness.schedule import slot
from earwitness.store.keys import ASSESS, NOTIFY
from tests.simulation.faults import Fault
from tests.simulation.press import BEGAN, BRANDS, CHANNELS, ITEMS, Item
from tests.simulation.world import MOST_SKEW, Schedule, World

# From when a source shows a post to when people are told: an interval, the group's wait, and what
# G4 allows: a lease, a claim, a dispatch made again, a message's invisibility, a stall, one tick.
TOLD_WITHIN = timedelta(minutes=60)
AROUND = timedelta(hours=2)
OPENINGS = ("opened", "incident_opened")
CLOSED = "incident_closed"
OUTAGE = "outage"
TROUBLE_OF_MANY = (OUTAGE, "incident")  # said by class until it is an incident


def wrongs(world: World) -> list[str]:
    """What is wrong with a world that has settled; nothing, if all is well."""
    items = world.store._table._client.scan(TableName="table")["Items"]
    return [
        *world.observed.wrongs,
        *_mentions(world, items),
        *_obligations(world, items),
        *_alerts(world, _groups(world, items)),
        *_repeats(world),
        *_counts(world, items),
        *_fetches(world),
        *(f"dead letter of {one.queue}: {one.body[:60]}" for one in world.dead),
        *([f"error: {one}" for one in world.errors] if _is_calm(world) else []),
    ]


def _mentions(world: World, items: list[Any]) -> Iterator[str]:
    """G1: each kept once, in its latest words; what was erased stays away."""
    kept = [
        one
        for brand in BRANDS
        for about in (BEGAN - timedelta(hours=30), BEGAN)
        for one in world.store.mentions(brand, about - AROUND, about + AROUND)
    ]
    found = Counter((one.brand, one.post.source_id) for one in kept)
    wanted = Counter((brand, one.id) for one in ITEMS for brand in one.about if one.erased is None)
    for which in wanted | found:
        if found[which] != wanted[which]:
            yield f"{which[1]} about {which[0]}: kept {found[which]} times, not {wanted[which]}"
    if _is_calm(world):  # who polls late may miss an edit, as docs/channels.md says
        latest = {one.id: one.text_at(world.now) for one in ITEMS}
        yield from (
            f"{one.post.source_id}: an edit was lost"
            for one in kept
            if latest[one.post.source_id] != one.post.text
        )
    tombstones = {item["PK"]["S"] for item in items if "tombstone_at" in item}
    erased = {f"M#{name}" for one in ITEMS if one.erased is not None for name in one.mention_ids}
    if tombstones != erased:
        yield f"{len(tombstones)} tombstones, not {len(erased)}"


def _obligations(world: World, items: list[Any]) -> Iterator[str]:
    """Nothing that is owed a look, a review or a word is left waiting."""
    for item in items:
        waits, at = item.get("g3pk", {}).get("S", ""), item.get("g3sk", {}).get("S", "")
        if waits.startswith(ASSESS):
            yield f"{item['PK']['S']}: still flagged"
        if waits == NOTIFY:
            yield f"{item['PK']['S']}: still to be said, since {at}"
    for visit in world.visits:
        yield f"{visit.function} never answered a request"


def _groups(world: World, items: list[Any]) -> list[Group]:
    ids = [item["PK"]["S"].removeprefix("N#") for item in items if item["SK"]["S"] == "G"]
    return list(world.store.groups(ids).values())


def _alerts(world: World, groups: list[Group]) -> Iterator[str]:
    """G3: what is urgent is said in one group, opened once, in time, and taken."""
    opened = defaultdict(set)
    for one in world.observed.published:
        if one.event in OPENINGS:
            opened[one.said["group_id"]].add(one.alert_id)
    expected = {group.group_id for group in groups if group.kind in TROUBLE_OF_MANY}
    yield from _incident(world, opened, groups)
    for name, members in _by_group().items():
        if name == OUTAGE:
            continue
        ids = [mention_id for one in members for mention_id in one.mention_ids]
        holders = [group for group in groups if _holds(group, ids)]
        if len(holders) != 1:
            yield f"{name}: in {len(holders)} groups"
            continue
        (group,) = holders
        expected.add(group.group_id)
        if len(opened[group.group_id]) != 1:
            yield f"{name}: opened by {len(opened[group.group_id])} alerts"
        if group.posts.count != len(ids):
            yield f"{name}: counts {group.posts.count} posts of {len(ids)}"
        if group.acknowledged is None:
            yield f"{name}: nobody could take it"
        yield from _in_time(world, name, group, members)
    for group_id in set(opened) - expected:
        yield f"{group_id}: told for nothing"


def _incident(world: World, opened: Mapping[str, set[str]], groups: list[Group]) -> Iterator[str]:
    """Reports of one trouble by many are said as one incident, which counts them all."""
    about = [group for group in groups if group.kind in TROUBLE_OF_MANY]
    said = [group for group in about if opened[group.group_id]]
    if not said:
        yield "outage: not told"
    if any(len(opened[group.group_id]) > 1 for group in about) and not _is_skewed(world):
        yield "outage: told more than once"
    if _is_skewed(world) or world.schedule.weather.flaky:
        return  # reports that come an hour apart, or look it, are no incident
    ends = [one.said["incident"] for one in world.observed.published if one.event == CLOSED]
    size = len(_by_group()[OUTAGE])
    for end in ends or [{"posts": "no", "authors": "no"}]:
        if (end["posts"], end["authors"]) != (size, size):
            yield f"incident closed with {end['posts']} posts by {end['authors']}, not {size}"


def _is_calm(world: World) -> bool:
    return world.schedule == Schedule() and world.aim is None


def _is_skewed(world: World) -> bool:
    return world.schedule.weather.skewed


def _by_group() -> dict[str, list[Item]]:
    groups: dict[str, list[Item]] = defaultdict(list)
    for one in ITEMS:
        if one.group is not None:
            groups[one.group].append(one)
    return groups


def _holds(group: Group, mention_ids: Iterable[str]) -> bool:
    return bool({int(digest("tally", one)[:8], 16) for one in mention_ids} & {*group.posts.hashes})


def _in_time(world: World, name: str, group: Group, members: list[Item]) -> Iterator[str]:
    first = next(
        (p.at for p in world.observed.published if p.said["group_id"] == group.group_id), None
    )
    if first is None:
        return
    began = max(BEGAN, min(one.appears_at for one in members))
    skew = 2 * MOST_SKEW if _is_skewed(world) else timedelta(0)
    stalls = TOLD_WITHIN * max(1, len(world.schedule.faults))
    if not began <= first <= began + stalls + skew:
        yield f"{name}: first told {first - began} after it appeared"


def _repeats(world: World) -> Iterator[str]:
    """No more repeats than publishes, claims or proofs of which the outcome stayed unknown."""
    published = world.observed.published
    extra = len(published) - len({one.alert_id for one in published})
    unknown = sum(call.function == "notify" for call, _ in world.injector.fired)
    if extra > unknown:
        yield f"told {extra} times too often, with {unknown} unknown outcomes"


def _counts(world: World, items: list[Any]) -> Iterator[str]:
    """G2: every count is what a recount of the mentions gives."""
    held = world.store.reports("Skylark Jet", world.now)
    trouble = _by_group()[OUTAGE]
    reported = sum(count for _, count in held.hours)
    if reported != len(trouble) and not _is_skewed(world):  # what is late by hours is no report
        yield f"{reported} reports of trouble ({', '.join(TROUBLE)}), not {len(trouble)}"
    for one in _last_digests(world):
        for count in one["digest"]["counts"]:
            wanted = sum(
                count["brand"] in item.about and item.published > -600 and item.erased is None
                for item in ITEMS
            )
            if count["mentions"] != wanted:
                yield f"digest: {count['mentions']} mentions of {count['brand']}, not {wanted}"
    yield from _spent(world)


def _last_digests(world: World) -> Iterator[dict[str, Any]]:
    until = (BEGAN + timedelta(hours=17)).isoformat()
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


def _fetches(world: World) -> Iterator[str]:
    """F9: one fetch an interval, but for those of a poll that was cut short."""
    if _is_skewed(world):
        return  # clocks that are hours apart are in different intervals
    cut_short = sum(
        call.function in ("dispatch", "poll") and fault is not Fault.OVERTAKEN
        for call, fault in world.injector.fired
    )
    for channel in CHANNELS:
        asked = Counter(
            (one.address, slot(channel, one.at))
            for one in world.observed.fetches
            if one.source == channel.name
        )
        extra = sum(count - 1 for count in asked.values())
        if extra > cut_short:
            yield f"{channel.name}: asked {extra} times too often"
