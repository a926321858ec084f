"""What a digest's charts show."""

from __future__ import annotations

from earwitness import charts
from earwitness.alerting.wording.phrases import Phrases
from earwitness.alerting.wording.plain import shorten
from earwitness.charts import BEFORE, FEELINGS, NOW
from earwitness.model import Digest


def mentions(digest: Digest, phrases: Phrases) -> str:
    """Mentions of each brand in the period, beside those of the one before."""
    bars = []
    for count in reversed(digest.counts):
        name = shorten(count.brand, 18)
        bars.append((count.before, f"{name}, {phrases('digest', 'before')}", BEFORE))
        bars.append((count.mentions, name, NOW))
    return charts.bars(bars)


def sentiment(digest: Digest, phrases: Phrases) -> str:
    """How the brand's mentions feel."""
    own = digest.counts[0]
    values = (own.negative, own.neutral, own.positive)
    said = phrases("digest", "feelings", negative="", neutral="", positive="")
    names = [name.strip() for name in said.split(",")]
    return charts.bars(list(zip(values, names, FEELINGS, strict=True)))


def hours(digest: Digest) -> str:
    """Mentions by hour of the day on the brand's clock."""
    return charts.columns([(f"{hour:02d}", n) for hour, n in enumerate(digest.hours)], named=3)
