"""Charts as plain SVG, made by leather: no scripts, drawn for the width of a phone.

Words in a chart shrink with it, so it is drawn 400 units wide and shown no wider than it reads
well. What a chart says stands in words or in a table beside it: it is a picture, no source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import leather

NOW, BEFORE, MARKED = "#0b57d0", "#9aa5b1", "#b3261e"
FEELINGS = ("#b3261e", "#9aa5b1", "#1e7d34")  # negative, neutral, positive: told in words as well
_WIDTH, _BAR, _FRAME, _COLUMNS = 400, 26, 62, 190
_SIZE = re.compile(r'<svg width="(\d+)" height="(\d+)"')
_FONT = re.compile(r'font-family="[^"]*"')
# Leather's greys are too faint to read; in the page's own colour they are never.
_FAINT = re.compile(r'fill="(?:#9c9c9c|#666|#333)"')


def bars(rows: Sequence[tuple[int, str, str]]) -> str:
    """A bar for each value, name and colour, the last on top."""
    chart = leather.Chart()
    chart.add_x_scale(0, max([1, *(value for value, _, _ in rows)]))
    colours = {name: colour for _, name, colour in rows}
    chart.add_bars(
        [(value, name) for value, name, _ in rows],
        fill_color=lambda row: colours[row.y],
    )
    return _plain(chart.to_svg(width=_WIDTH, height=_FRAME + _BAR * len(rows)))


def columns(values: Sequence[tuple[str, int]], named: int = 1) -> str:
    """A column for each name and value; every so many names are written below it."""
    chart = leather.Chart()
    chart.add_x_axis(tick_formatter=lambda name, at, _: "" if at % named else name)
    chart.add_y_scale(0, max([1, *(value for _, value in values)]))
    chart.add_columns(list(values), fill_color=NOW)
    return _plain(chart.to_svg(width=_WIDTH, height=_COLUMNS))


def line(
    values: Sequence[int], marked: Iterable[int], names: Mapping[int, str], legend: tuple[str, str]
) -> str:
    """Values in steps of time, some of them (by their places) marked by dots, some named below.

    ``legend``: what the values and what the marks are.
    """
    chart = leather.Chart()
    chart.add_x_scale(0, max(1, len(values) - 1))
    chart.add_y_scale(0, max([1, *values]))
    chart.add_x_axis(ticks=sorted(names), tick_formatter=lambda at, _, __: names.get(at, ""))
    chart.add_line(list(enumerate(values)), stroke_color=NOW, name=legend[0])
    dots = [(place, values[place]) for place in marked]
    if dots:
        chart.add_dots(dots, fill_color=MARKED, radius=5, name=legend[1])
    return _plain(chart.to_svg(width=_WIDTH, height=_COLUMNS))


def _plain(svg: str) -> str:
    """To be put into a page: it takes the page's width, font and colour."""
    svg = _SIZE.sub(r'<svg viewBox="0 0 \1 \2" role="img" aria-hidden="true"', svg, count=1)
    svg = _FAINT.sub('fill="currentColor"', svg.replace('fill="#f9f9f9"', 'fill="none"'))
    return _FONT.sub('font-family="sans-serif"', svg)
