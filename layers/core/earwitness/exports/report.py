"""The report of a brand and a period as one HTML file that needs nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from earwitness import charts, pages
from earwitness.alerting.wording.phrases import Phrases, phrases
from earwitness.alerting.wording.plain import clean, shorten
from earwitness.alerting.wording.quoting import masked
from earwitness.alerting.wording.summary import change, length
from earwitness.coverage import hours_of
from earwitness.exports.aggregates import Cell
from earwitness.exports.definitions import DEFINITIONS
from earwitness.exports.rows import Row
from earwitness.exports.summing import BrandReport, OnChannel
from earwitness.figures import quantile
from earwitness.model import Sentiment

SHEETS = ("style.css", "figures.css")
FEELINGS = (Sentiment.NEGATIVE, Sentiment.NEUTRAL, Sentiment.POSITIVE)
NAMED_BURST = {"incident": "Trouble", "launch": "Launch", "burst": "Burst"}
_HOURLY_DAYS = 8  # a longer period is drawn by the day
_LEVELS = 5
_HOUR = timedelta(hours=1)
_QUOTE_MAX = 160
_MOST_TICKS = 4


def page(report: BrandReport) -> str:
    """The whole page, in English, on the clock of the brand."""
    say = phrases("en")
    zone = ZoneInfo(report.brand.time_zone)
    own = report.own
    drawn, said = _volume(report, zone)
    return pages.render(
        "figures.html",
        say,
        sheets=SHEETS,
        policy=pages.content_security_policy(SHEETS),
        title=f"{report.brand.name}: {_dates(report, zone)}",
        charts=True,
        report=report,
        summary=_summary(report, say),
        glance=[
            ("Mentions", own.now.mentions, own.before.mentions),
            ("Stories", own.now.stories, own.before.stories),
            ("Authors", own.now.authors, own.before.authors),
            ("Reach", own.now.reach, own.before.reach),
        ],
        negative=[_part(one.sentiment[Sentiment.NEGATIVE], one.mentions)
                  for one in (own.now, own.before)],
        volume=Markup(drawn),  # noqa: S704 - leather escapes names
        volume_said=said,
        day=lambda at: _day(at, zone),
        compared=[own, *(one.compared for one in report.competitors)],
        feelings=FEELINGS,
        definitions=DEFINITIONS,
        weekdays=say.said["form"]["days"].split(),
        named_burst=NAMED_BURST,
        level=_level(report),
        percent=_percent,
        change=lambda now, before: change(now, before, say),
        length=lambda seconds: length(seconds, say),
        hours=lambda span: say("form", "hours", n=round(span / _HOUR)),
        when=lambda at: say.at(at, zone),
        gap=_gap,
        quoted=lambda row: shorten(masked(_said(row)), _QUOTE_MAX),
        shown=lambda text: shorten(masked(text), _QUOTE_MAX),
        plain=clean,
        is_web=lambda url: (url or "").startswith(("https://", "http://")),
    )  # fmt: skip


def _said(row: Row) -> str:
    return f"{row.title}. {row.text}" if row.title and row.title not in row.text else row.text


def _part(number: int, of: int) -> float | None:
    return number / of if of else None


def _percent(part: float | None) -> str:
    """A share in percent; one decimal near the ends, where a point is much. Only all is 100%."""
    if part is None:
        return "-"
    if 0 < part < 0.0005 or 0.9995 <= part < 1:
        return "<0.1%" if part < 0.5 else ">99.9%"
    near_an_end = 0 < part < 0.0995 or 0.9005 < part < 1
    return f"{part:.1%}" if near_an_end else f"{part:.0%}"


def _summary(report: BrandReport, say: Phrases) -> str:
    """The findings in a sentence or two, for who reads no further."""
    own = report.own
    now, before = own.now.mentions, own.before.mentions
    parts = [f"{report.brand.name} was mentioned {now:,} times in {own.now.stories:,} stories"]
    parts[0] += f" ({change(now, before, say)} against the period before)."
    if report.voices and (part := report.voices[0].shares[0].part) is not None:
        unlike = ", not like for like" if report.unlike else ""
        parts.append(f"Its share of voice is {_percent(part)}{unlike}.")
    if negative := own.feels(Sentiment.NEGATIVE):
        parts.append(f"{_percent(negative)} of mentions are negative.")
    if report.incidents:
        number = len(report.incidents)
        parts.append(
            "There was one incident." if number == 1 else f"There were {number} incidents."
        )
    return " ".join(parts)


def _dates(report: BrandReport, zone: ZoneInfo) -> str:
    first = report.period.since.astimezone(zone).date()
    last = (report.period.until.astimezone(zone) - timedelta(microseconds=1)).date()
    return f"{first}" if first == last else f"{first} to {last}"


def _volume(report: BrandReport, zone: ZoneInfo) -> tuple[str, str]:
    """Mentions over time as a chart, and what it shows in words."""
    period = report.period
    hourly = period.until - period.since <= timedelta(days=_HOURLY_DAYS)
    steps = [day.begins for day in report.days]
    values = [day.mentions for day in report.days]
    if hourly:
        steps = hours_of(period.since, period.until)
        values = [report.own.now.hours.get(hour, 0) for hour in steps]
    stretches = [(one.opened_at, one.closed_at or period.until) for one in report.incidents]
    stretches += [(one.since, one.until) for one in report.bursts]
    found = (_strongest(steps, values, *stretch) for stretch in stretches)
    marked = sorted({place for place in found if place is not None})
    begins = [day.begins for day in report.days][:: -(-len(report.days) // _MOST_TICKS)]
    names = {_last(steps, at): f"{at.astimezone(zone):%-d %b}" for at in begins}
    drawn = charts.line(values, marked, names, ("mentions", "incident or burst"))
    return drawn, _volume_said(steps, values, marked, zone, hourly=hourly)


def _volume_said(
    steps: list[datetime], values: list[int], marked: list[int], zone: ZoneInfo, *, hourly: bool
) -> str:
    most = max(values, default=0)
    if not most:
        return "Nothing was said in the whole period."
    peak = steps[values.index(most)].astimezone(zone)
    at = f"{peak:%-d %b, %H:%M}" if hourly else f"{peak:%-d %b}"
    dots = "A red dot is an incident or a burst." if marked else "There was no incident or burst."
    return f"Mentions by the {'hour' if hourly else 'day'}, {most:,} at the most ({at}). {dots}"


def _strongest(
    steps: list[datetime], values: list[int], since: datetime, until: datetime
) -> int | None:
    """The place of the strongest step of a stretch; None where it lies outside."""
    inside = [n for n, at in enumerate(steps) if n >= _last(steps, since) and at < until]
    return max(inside, key=lambda n: values[n]) if inside else None


def _last(steps: list[datetime], at: datetime) -> int:
    """The place of the step that a time is in."""
    return max((n for n, step in enumerate(steps) if step <= at), default=0)


def _day(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b}"


def _level(report: BrandReport) -> Callable[[Cell], int]:
    """How dark a cell is, from 0 to 5: by its rate, as a part of a busy hour's.

    Busy is the 95th percentile of hours with mentions: one outage must not make all else pale.
    """
    rates = [cell.rate for day in report.heat for cell in day if cell.rate]
    busy = quantile(rates, 0.95) or 1.0
    return lambda cell: min(_LEVELS, math.ceil(_LEVELS * (cell.rate or 0) / busy))


def _gap(one: OnChannel) -> str:
    if one.gap is None:
        return "no longer watched"
    dark, watched = one.gap.dark_hours, one.gap.hours
    said = f"{dark} of {watched} h dark" if dark else "none"
    state = one.gap.health
    return f"{said}; now {state}: {one.gap.reason}" if one.gap.reason and state else said
