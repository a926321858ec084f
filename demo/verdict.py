"""What came of the day beside what its script expects: a pure comparison."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from demo.day import Day, Item
from earwitness.model import Mention, Tier


@dataclass(frozen=True, slots=True)
class Received:
    """One alert as a subscriber received it, with the item of the script that it quotes."""

    item: Item | None
    brand: str
    priority: str
    kind: str
    respond_by_at: str
    url: str


@dataclass(frozen=True, slots=True)
class Story:
    """How often a story alerted, beside how often it may: ``one`` or ``some``."""

    name: str
    expected: str
    alerts: int

    @property
    def holds(self) -> bool:
        """Whether that is as often as it may."""
        return self.alerts == 1 if self.expected == "one" else self.alerts >= 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """The day in figures, and each way in which it was not as scripted."""

    found: int
    expected: int
    missing: tuple[tuple[Item, str], ...]  # an item, and the brand that was not found in it
    mistaken: tuple[tuple[Item, str], ...]  # an item, and a brand that it is not about
    near_misses: tuple[Item, ...]
    alerts: int
    stories: tuple[Story, ...]
    unasked: tuple[Received, ...]  # alerts about what should have stayed quiet
    per_brand: dict[str, int]
    per_slip: dict[str, int]

    @property
    def holds(self) -> bool:
        """Whether everything scripted was found, and nothing else."""
        all_told = all(story.holds for story in self.stories)
        return all_told and not (self.missing or self.mistaken or self.unasked)

    @property
    def rejected(self) -> tuple[Item, ...]:
        """The near misses that were taken for nobody's name and alerted nobody."""
        wrong = {item.number for item, _ in self.mistaken}
        wrong |= {received.item.number for received in self.unasked if received.item}
        return tuple(item for item in self.near_misses if item.number not in wrong)


def is_sure_enough(mention: Mention) -> bool:
    """Whether a mention counts as found: a doubtful one is kept for review and never alerts."""
    return mention.tier is not Tier.DOUBTFUL


def compare(day: Day, mentions: Iterable[Mention], alerts: Sequence[Received]) -> Verdict:
    """Hold the mentions kept and the alerts received against the script."""
    counted = [mention for mention in mentions if is_sure_enough(mention)]
    brands: dict[str, set[str]] = defaultdict(set)
    for mention in counted:
        brands[mention.post.source_id].add(mention.brand)
    missing = [
        (item, brand)
        for item in day.items
        for brand in item.brands
        if brand not in brands[item.source_id]
    ]
    mistaken = [
        (item, brand)
        for item in day.items
        for brand in sorted(brands[item.source_id] - set(item.brands))
    ]
    told = Counter(alert.item.story for alert in alerts if alert.item)
    return Verdict(
        found=sum(len(item.brands) for item in day.items) - len(missing),
        expected=sum(len(item.brands) for item in day.items),
        missing=tuple(missing),
        mistaken=tuple(mistaken),
        near_misses=tuple(item for item in day.items if not item.brands),
        alerts=len(alerts),
        stories=tuple(Story(name, often, told[name]) for name, often in day.stories.items()),
        unasked=tuple(a for a in alerts if a.item is None or a.item.story is None),
        per_brand=dict(Counter(mention.brand for mention in counted).most_common()),
        per_slip=dict(Counter(match.kind for m in counted for match in m.matches).most_common()),
    )
