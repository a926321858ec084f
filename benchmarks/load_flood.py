"""Where a flood of mentions of one brand lands: ``python -m benchmarks.load_flood``.

A seeded second of 10, 100 and 1,000 mentions goes through the store's own keep and assessed. Each
write is put down to the partition keys that it touches, of the table and of each index, and the
busiest key is held against the 1,000 write units a second that one partition takes. The table is
in memory: what is counted is units and keys, which are DynamoDB's by arithmetic, not its speed.
"""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from earwitness.model import (
    Author,
    Engagement,
    Intent,
    Judgement,
    Match,
    Mention,
    Post,
    Priority,
    Role,
    Sentiment,
    Tier,
)  # fmt: skip
from earwitness.store import Store
from earwitness.store.definition import TABLE
from earwitness.store.table import Item, Key, Value
from tests.simulation.plain_table import PlainTable

BRAND = "Northwind Air"
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SECONDS = 3
RATES = (10, 100, 1_000)
PER_PARTITION = 1_000  # write units a second: docs.aws.amazon.com, DynamoDB best practices
MOST_WRITES = 3_000  # MaxWriteRequestUnits of template.yaml, for the table and each index
SPAMMER = 0.3  # of all posts are by one author
_INDEXES = ("g1", "g2", "g3")
_PROJECTED = {
    index["IndexName"].removesuffix("-index"): index["Projection"].get("NonKeyAttributes", ())
    for index in TABLE["GlobalSecondaryIndexes"]
}


@dataclass
class MeteredTable(PlainTable):  # type: ignore[misc]  # the tests' world is not typed
    """Counts the write units of each partition key, by table or index."""

    units: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def __post_init__(self) -> None:
        PlainTable.__init__(self)

    def _write(self, key: Key, item: dict[str, Value]) -> None:
        before: Mapping[str, Value] = self.items.get(key, {})
        self.units["table"][key.PK] += max(_units(before), _units(item))
        for index in _INDEXES:
            self._meter(index, before, item)
        super()._write(key, item)

    def _meter(self, index: str, before: Mapping[str, Value], after: Mapping[str, Value]) -> None:
        """An index writes what leaves a key and what comes to one; a move is both."""
        names = ("PK", "SK", f"{index}pk", f"{index}sk", *_PROJECTED[index])
        old, new = (
            {name: one[name] for name in names if name in one} if f"{index}pk" in one else {}
            for one in (before, after)
        )
        if old == new:
            return
        places = {f"{index}pk", f"{index}sk"}
        moved = not old or not new or any(old[name] != new[name] for name in places)
        if old and moved:
            self.units[index][str(old[f"{index}pk"])] += _units(old)
        if new:
            self.units[index][str(new[f"{index}pk"])] += _units(new)


def _units(item: Item | Mapping[str, Value]) -> int:
    """One unit per started kilobyte of names and values."""
    size = sum(len(name) + len(value if isinstance(value, bytes) else str(value).encode())
               for name, value in item.items())  # fmt: skip
    return -(-size // 1024)


def flood(per_second: int, seconds: int, seed: int = 1) -> list[Mention]:
    """Mentions of one brand, of which one author writes a part."""
    chance = random.Random(seed)
    return [
        _mention(
            number,
            NOW + timedelta(seconds=number / per_second),
            "spammer" if chance.random() < SPAMMER else f"author{chance.randrange(10**6)}",
            chance.choices(list(Priority), (1, 9, 90))[0],
        )
        for number in range(per_second * seconds)
    ]


def _mention(number: int, at: datetime, author: str, priority: Priority) -> Mention:
    text = (
        f"{BRAND} flight {number}: waiting at the gate for hours and nobody tells us anything " * 3
    )
    return Mention(
        BRAND,
        Role.OWN,
        Post(
            kind="hackernews", source_id=str(number), text=text, channel="hn",
            url=f"https://news.example/{number}", author=Author(author, author),
            published_at=at, fetched_at=at, engagement=Engagement(likes=3),
        ),
        (Match(BRAND, BRAND, BRAND, 0, len(BRAND), 0, "exact", 1.0, Tier.SURE),),
        Judgement("en", Sentiment.NEGATIVE, Intent.COMPLAINT, priority, ()),
    )  # fmt: skip


def main() -> None:
    """Print the distribution for each rate."""
    print(f"{SECONDS} seconds of mentions of one brand, {SPAMMER:.0%} by one author; write units")
    print("a second by where they land, and the busiest partition key of each:\n")
    print("  rate | where | units/s | keys used | busiest key | of 1,000 | of the cap of 3,000")
    for rate in RATES:
        table = MeteredTable()
        store = Store("memory", client=object(), author_key=b"secret")  # type: ignore[arg-type]
        store._table = table  # noqa: SLF001
        mentions = flood(rate, SECONDS)
        start = time.process_time()
        store.keep(mentions, NOW + timedelta(seconds=SECONDS))
        for mention in mentions:
            store.assessed(_first_version(mention))
        spent = time.process_time() - start
        for where, keys in sorted(table.units.items(), key=lambda one: one[0] != "table"):
            total, busiest = keys.total() / SECONDS, max(keys.values()) / SECONDS
            print(f"{rate:6,} | {where:5} | {total:7,.0f} | {len(keys):9,} | {busiest:9,.0f}/s "
                  f"| {busiest / PER_PARTITION:7.1%} | {total / MOST_WRITES:6.1%}")  # fmt: skip
        print(f"       {len(mentions) / spent:,.0f} mentions a second of one core, "
              "through keep and assessed without the network\n")  # fmt: skip


def _first_version(mention: Mention) -> Mention:
    return replace(mention, version=1)


if __name__ == "__main__":
    main()
