"""Charts as plain SVG: bars, made by leather, without scripts and with words beside every bar."""

from __future__ import annotations

import re
from collections.abc import Sequence

import leather

from earwitness.alerting.wording.phrases import Phrases
from earwitness.alerting.wording.plain import shorten
from earwitness.model import Digest

NOW, BEFORE = "#0b57d0", "#9aa5b1"
FEELINGS = ("#b3261e", "#9aa5b1", "#1e7d34")  # negative, neutral, positive: told in words as well
_SIZE = re.compile(r'<svg width="(\d+)" height="(\d+)"')
_FONT = re.compile(r'font-family="[^"]*"')


def mentions(digest: Digest, phrases: Phrases) -> str:
    """Mentions of each brand in the period, beside those of the one before."""
    bars = []
    for count in reversed(digest.counts):
        name = shorten(count.brand, 18)
        bars.append((count.before, f"{name}, {phrases('digest', 'before')}", BEFORE))
        bars.append((count.mentions, name, NOW))
    return _bars(bars)


def sentiment(digest: Digest, phrases: Phrases) -> str:
    """How the brand's mentions feel."""
    own = digest.counts[0]
    values = (own.negative, own.neutral, own.positive)
    said = phrases("digest", "feelings", negative="", neutral="", positive="")
    names = [name.strip() for name in said.split(",")]
    return _bars(list(zip(values, names, FEELINGS, strict=True)))


def hours(digest: Digest) -> str:
    """Mentions by hour of the day on the brand's clock."""
    chart = leather.Chart()
    chart.add_y_scale(0, max([1, *digest.hours]))
    chart.add_columns(
        [(f"{hour:02d}", number) for hour, number in enumerate(digest.hours)], fill_color=NOW
    )
    return _plain(chart.to_svg(width=900, height=260))


def _bars(bars: Sequence[tuple[int, str, str]]) -> str:
    chart = leather.Chart()
    chart.add_x_scale(0, max([1, *(value for value, _, _ in bars)]))
    colours = {name: colour for _, name, colour in bars}
    chart.add_bars(
        [(value, name) for value, name, _ in bars],
        fill_color=lambda row: colours[row.y],
    )
    return _plain(chart.to_svg(width=900, height=80 + 34 * len(bars)))


def _plain(svg: str) -> str:
    """To be put into a page: it takes the page's width and font."""
    svg = _SIZE.sub(r'<svg viewBox="0 0 \1 \2" role="img"', svg, count=1)
    return _FONT.sub('font-family="sans-serif"', svg.replace('fill="#f9f9f9"', 'fill="none"'))
