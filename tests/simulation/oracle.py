"""What a world must have come to when it is quiet again, whatever happened to it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from earwitness.model import Group, digest
from earwitness.schedule import slot
from earwitness.store.index_keys import ASSESS, NOTIFY
from tests.simulation.excuses import backoffs_for, could_not_be_seen, keeps
from tests.simulation.faults import Fault
from tests.simulation.press import BEGAN, BRANDS, CHANNELS, ITEMS, OUTAGE, Item, by_group
from tests.simulation.recounts import wrong_counts, wrong_files
from tests.simulation.world import MOST_SKEW, World

# From when a source shows a post to when people are told: an interval, the group's wait, and what
# G4 allows: a lease, a claim, a dispatch made again, a message's invisibility, a stall, one tick.
TOLD_WITHIN = timedelta(minutes=60)
READ_AGAIN_WITHIN = timedelta(hours=3)  # what its readings show: the fourth is after two hours
AROUND = timedelta(hours=2)
OPENINGS = ("opened", "incident_opened")
CLOSED = "incident_closed"
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
        *wrong_counts(world),
        *too_often(world),
        *(f"dead letter of {one.queue}: {one.body[:60]}" for one in world.dead),
        *([f"error: {one}" for one in world.errors] if world.is_calm else []),
        *wrong_files(world),
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
    wanted = Counter((brand, one.id) for one in ITEMS for brand in one.about if keeps(world, one))
    for which in wanted | found:
        if found[which] != wanted[which]:
            yield f"{which[1]} about {which[0]}: kept {found[which]} times, not {wanted[which]}"
    if world.is_calm:  # who polls late may miss an edit, as docs/channels.md says
        latest = {one.id: one.text_at(world.now) for one in ITEMS}
        yield from (
            f"{one.post.source_id}: an edit was lost"
            for one in kept
            if latest[one.post.source_id] != one.post.text
        )
    tombstones = {item["PK"]["S"] for item in items if "tombstone_at" in item}
    erased = {
        f"M#{name}"
        for one in ITEMS
        for name in one.mention_ids
        if one.erased is not None or (name in world.observed.kept and not keeps(world, one))
    }
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
    for visit in (one for one in world.visits if one.due_at <= world.now):
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
    for name, members in by_group().items():
        if name == OUTAGE:
            continue
        holders = [group for group in groups if _holds(group, _mention_ids(members))]
        if not holders and could_not_be_seen(world, members):
            continue
        if len(holders) != 1:
            yield f"{name}: in {len(holders)} groups"
            continue
        (group,) = holders
        expected.add(group.group_id)
        if len(opened[group.group_id]) != 1:
            yield f"{name}: opened by {len(opened[group.group_id])} alerts"
        yield from _whole(world, name, group, members)
    for group_id in set(opened) - expected:
        yield f"{group_id}: told for nothing"


def _incident(world: World, opened: Mapping[str, set[str]], groups: list[Group]) -> Iterator[str]:
    """Reports of one trouble by many are said as one incident, which counts them all."""
    about = [group for group in groups if group.kind in TROUBLE_OF_MANY]
    said = [group for group in about if opened[group.group_id]]
    if not said:
        yield "outage: not told"
    if any(len(opened[group.group_id]) > 1 for group in about) and not world.is_skewed:
        yield "outage: told more than once"
    if world.is_skewed or world.schedule.weather.flaky:
        return  # reports that come an hour apart, or look it, are no incident
    ends = [one.said["incident"] for one in world.observed.published if one.event == CLOSED]
    size = len(by_group()[OUTAGE])
    for end in ends or [{"posts": "no", "authors": "no"}]:
        if (end["posts"], end["authors"]) != (size, size):
            yield f"incident closed with {end['posts']} posts by {end['authors']}, not {size}"


def _holds(group: Group, mention_ids: Iterable[str]) -> bool:
    return bool({int(digest("tally", one)[:8], 16) for one in mention_ids} & {*group.posts.hashes})


def _whole(world: World, name: str, group: Group, members: list[Item]) -> Iterator[str]:
    """All of a group is in it, and somebody was told in time and took it."""
    size = len(_mention_ids(members))
    if group.posts.count != size:
        yield f"{name}: counts {group.posts.count} posts of {size}"
    if group.acknowledged is None:
        yield f"{name}: nobody could take it"
    yield from _in_time(world, name, group, members)


def _mention_ids(members: list[Item]) -> list[str]:
    return [mention_id for one in members for mention_id in one.mention_ids]


def _in_time(world: World, name: str, group: Group, members: list[Item]) -> Iterator[str]:
    first = next(
        (p.at for p in world.observed.published if p.said["group_id"] == group.group_id), None
    )
    if first is None:
        return
    began = max(BEGAN, min(one.appears_at for one in members))
    skew = 2 * MOST_SKEW if world.is_skewed else timedelta(0)
    within = READ_AGAIN_WITHIN if any(one.front for one in members) else TOLD_WITHIN
    stalls = within * max(1, len(world.schedule.faults))
    backoffs = backoffs_for(world, {one.source for one in members}, first)
    if not began <= first <= began + stalls + skew + backoffs:
        yield f"{name}: first told {first - began} after it appeared"


def _repeats(world: World) -> Iterator[str]:
    """No more repeats than publishes, claims or proofs of which the outcome stayed unknown."""
    published = world.observed.published
    extra = len(published) - len({one.alert_id for one in published})
    unknown = sum(call.function == "notify" for call, _ in world.injector.fired)
    if extra > unknown:
        yield f"told {extra} times too often, with {unknown} unknown outcomes"


def too_often(world: World) -> Iterator[str]:
    """F9: one run fetches a page in an interval, but for those of a poll that was cut short.

    It fetches it twice at the most: numbered pages of one second are read a second time.
    """
    if world.is_skewed:
        return  # clocks that are hours apart are in different intervals
    cut_short = sum(
        call.function in ("dispatch", "poll") and fault is not Fault.OVERTAKEN
        for call, fault in world.injector.fired
    )
    for channel in CHANNELS:
        by_run = Counter(
            (one.address, slot(channel, one.at), one.run)
            for one in world.observed.fetches
            if one.source == channel.name
        )
        asked = Counter((address, interval) for address, interval, _ in by_run)
        extra = sum(count - 1 for count in asked.values())
        if extra > cut_short:
            yield f"{channel.name}: asked {extra} times too often"
        if (most := max(by_run.values(), default=0)) > 2:
            yield f"{channel.name}: asked {most} times for a page by one run"
