"""The digest as an email: figures first, lists of five, the report last."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from earwitness.alerting.wording.phrases import Phrases
from earwitness.alerting.wording.plain import clean, unbroken, wrappable
from earwitness.alerting.wording.setting import Setting
from earwitness.figures import share_of_voice
from earwitness.model import BrandCount, Digest, Entry, ResponseTime

_MOST_HOURS = 3
_MOST_GAPS = 8


def summary(digest: Digest, setting: Setting) -> str:
    """The whole text."""
    say, zone = setting.phrases, setting.zone
    period = say("digest", digest.every)
    head = [
        say("digest", "title", brand=clean(digest.brand), period=period),
        say(
            "digest", "from_to", since=say.at(digest.since, zone), until=say.at(digest.until, zone)
        ),
    ]
    blocks = ["\n".join(head), *_blocks(digest, say, zone)]
    if setting.may_repeat:
        blocks.append(say("said", "repeat"))
    if "report" in setting.links:
        blocks.append(f"{say('label', 'report')}\n{setting.links['report']}")
    return unbroken("\n\n".join(filter(None, blocks))) + "\n"


def _blocks(digest: Digest, say: Phrases, zone: ZoneInfo) -> Iterator[str]:
    own, *others = digest.counts
    count = say("digest", "count", n=say.number(own.mentions), before=say.number(own.before))
    yield _block(say, "mentions", [count + _moved(own, say)])
    if not digest.complete:
        yield say("digest", "incomplete")
    yield _block(say, "share", [share(digest, digest.brand, say)] if others else [])
    feelings = say(
        "digest", "feelings", negative=say.number(own.negative), neutral=say.number(own.neutral),
        positive=say.number(own.positive),
    )  # fmt: skip
    yield _block(say, "sentiment", [feelings])
    late = say("digest", "open", n=digest.unanswered_count, late=digest.overdue)
    if digest.unanswered:
        yield _block(say, "unanswered", [late, *_entries(digest.unanswered, say, zone)])
    yield _block(say, "stories", _entries(digest.stories, say, zone))
    yield _block(say, "new_authors", _entries(digest.new_authors, say, zone))
    rivals = [_movement(one, say) for one in others]
    yield _block(say, "competitors", [*rivals, *_entries(digest.rival_stories, say, zone)])
    yield _block(say, "hours", _busiest(digest, say))
    yield _block(say, "gaps", _gaps(digest, say) or [say("digest", "no_gaps")])
    yield _block(say, "responses", [_time(one, say) for one in digest.by_priority])
    if digest.doubtful:
        hint = say("digest", "doubtful_hint")
        yield _block(say, "doubtful", [hint, *_entries(digest.doubtful, say, zone)])


def _block(say: Phrases, name: str, lines: list[str]) -> str:
    held = [wrappable(line) for line in lines if line]
    return "\n".join([say("digest", name), *held]) if held else ""


def _movement(one: BrandCount, say: Phrases) -> str:
    count = say("digest", "count", n=say.number(one.mentions), before=say.number(one.before))
    negative = say("digest", "negative", negative=one.negative, before=one.negative_before)
    return say.pair(clean(one.brand), f"{count}{_moved(one, say)}, {negative}")


def _moved(one: BrandCount, say: Phrases) -> str:
    return f" ({change(one.mentions, one.before, say)})" if one.before else ""


def _entries(entries: tuple[Entry, ...], say: Phrases, zone: ZoneInfo) -> list[str]:
    lines: list[str] = []
    for entry in entries:
        known = [clean(entry.by), clean(entry.channel), say.at(entry.at, zone)]
        if entry.number:
            known.append(say("digest", "reach", n=say.number(entry.number)))
        lines += [f'- "{entry.said}"', ", ".join(filter(None, known)), clean(entry.url)]
    return lines


def _busiest(digest: Digest, say: Phrases) -> list[str]:
    ranked = sorted(enumerate(digest.hours), key=lambda held: -held[1])[:_MOST_HOURS]
    return [say("digest", "hour", hour=f"{hour:02d}", n=say.number(n)) for hour, n in ranked if n]


def _gaps(digest: Digest, say: Phrases) -> list[str]:
    return [
        say.pair(clean(gap.channel), say("digest", "gap", dark=gap.dark_hours, hours=gap.hours))
        + (f" ({clean(gap.reason)})" if gap.reason else "")
        for gap in digest.gaps[:_MOST_GAPS]
    ]


def _time(time: ResponseTime, say: Phrases) -> str:
    named = say.named("priority", time.name)
    told = say(
        "digest", "response", alerts=time.alerts, taken=time.taken, late=time.late,
        first=length(time.first_response, say), handled=length(time.handled, say),
    )  # fmt: skip
    return say.pair(named, told)


def change(now: int, before: int, say: Phrases) -> str:
    """How much more or less, in percent of before; a dash where that was nothing."""
    return say.percent((now - before) / before, "+") if before else "-"


def share(digest: Digest, brand: str, say: Phrases) -> str:
    """A brand's part of all mentions, now and before."""
    now, before = (
        share_of_voice({one.brand: getattr(one, name) for one in digest.counts}, brand)
        for name in ("mentions", "before")
    )
    return say("digest", "count", n=_percent(now, say), before=_percent(before, say))


def _percent(part: float | None, say: Phrases) -> str:
    return "-" if part is None else say.percent(part)


def length(seconds: float | None, say: Phrases) -> str:
    """A median in words."""
    return "-" if seconds is None else say.span(timedelta(seconds=seconds))
