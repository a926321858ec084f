"""How little is said of a mass outage, and how soon: ``python -m benchmarks.quality_alerting``.

A day of the demo's script with an outage of 2,000 posts in 20 minutes, matched and judged as they
are deployed, played minute by minute through assess and notify over a table in memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from benchmarks import outage
from demo.day import load as load_day
from earwitness import matching
from earwitness.judging import judge
from earwitness.model import Author, Brand, Event, Intent, Mention, Post, Priority, Role, Term
from tests.simulation.newsroom import Newsroom, Said

MIDNIGHT = datetime(2026, 3, 3, tzinfo=UTC)
OUTAGE_AT = MIDNIGHT + timedelta(hours=18)
MINUTE = timedelta(minutes=1)
THRESHOLD = 5  # authors
TAKEN_AFTER = 5 * MINUTE  # somebody acknowledges what is critical


@dataclass(frozen=True, slots=True)
class Figures:
    """What a replay came to."""

    posts: int
    urgent: int  # mentions of the outage that one alert each would have said
    said: tuple[Said, ...]
    threshold_at: datetime

    def during(self, span: timedelta) -> list[Said]:
        """What was said from the outage's beginning on."""
        return [one for one in self.said if OUTAGE_AT <= one.at < OUTAGE_AT + span]

    def first(self) -> Said:
        """The first alert of the incident."""
        opened = (one for one in self.said if one.alert.event is Event.INCIDENT_OPENED)
        return next(one for one in opened if one.at >= OUTAGE_AT)

    def until_closed(self) -> list[Said]:
        """What was said from the outage's beginning to the incident's end, that included."""
        closed = (one for one in self.said if one.alert.event is Event.INCIDENT_CLOSED)
        end = next(one.at for one in closed if one.at >= OUTAGE_AT)
        return [one for one in self.said if OUTAGE_AT <= one.at <= end]

    def unrelated(self) -> Said | None:
        """The alert of the post in the middle that has nothing to do with it."""
        return next((one for one in self.said if _quotes(one, outage.UNRELATED)), None)


def replay(*, taken: bool, count: int = 2000) -> Figures:
    """Play the day; with ``taken`` somebody acknowledges each alert after five minutes."""
    room = Newsroom(now=MIDNIGHT)
    found = list(_mentions([*_scripted(), *outage.posts(OUTAGE_AT, count)]))
    waiting = sorted(found, key=_at)
    urgent = [
        one
        for one in waiting
        if _is_of_outage(one) and one.judgement.priority is not Priority.NORMAL
    ]
    troubled = [one for one in urgent if one.judgement.intent is Intent.OUTAGE]
    while room.now < MIDNIGHT + timedelta(days=1, hours=2):
        due = [one for one in waiting if _at(one) <= room.now]
        waiting = waiting[len(due) :]
        room.store.keep(due, room.now)
        room.tick()
        for said in room.said if taken else ():
            if room.now - said.at == TAKEN_AFTER:
                for group_id in room.store.answered_by(said.alert.alert_id):
                    room.store.acknowledge(group_id, "kim", room.now)
    return Figures(len(found), len(urgent), tuple(room.said), _at(troubled[THRESHOLD - 1]))


def _scripted() -> Iterator[Post]:
    for item in load_day().items:
        at = MIDNIGHT + item.at
        yield Post(
            kind="feed",
            source_id=item.source_id,
            text=item.text,
            title=item.title or None,
            channel=item.channel,
            author=Author(name=item.author),
            published_at=at,
            fetched_at=at,
        )


def _mentions(posts: Iterable[Post]) -> Iterator[Mention]:
    brand = Brand(outage.BRAND, Role.OWN, (Term(outage.BRAND), Term("Northwind")))
    watchlist = replace(Newsroom().watchlist, brands=(brand,))
    index = matching.build(watchlist)
    every = list(posts)
    for post, matches in zip(every, matching.find(every, index), strict=True):
        for name, judgement in (judge(post, matches) if matches else {}).items():
            yield Mention(name, Role.OWN, post, tuple(matches), judgement)


def _at(mention: Mention) -> datetime:
    return mention.post.published_at or MIDNIGHT


def _is_of_outage(mention: Mention) -> bool:
    return mention.post.source_id.startswith("outage-")


def _quotes(said: Said, text: str) -> bool:
    return said.alert.mention is not None and said.alert.mention.post.text == text


def main() -> None:
    """Print the figures."""
    for taken in (True, False):
        figures = replay(taken=taken)
        first, unrelated = figures.first(), figures.unrelated()
        during, all_of_it = figures.during(outage.LASTS_FOR), figures.until_closed()
        counts = Counter(str(one.alert.event) for one in all_of_it)
        after = [one for one in figures.said if one.at > all_of_it[-1].at]
        who = "somebody takes alerts within 5 minutes" if taken else "nobody takes any alert"
        print(f"\nA mass outage of 2,000 posts in 20 minutes; {who}")
        print(f"  urgent mentions, one alert each     {figures.urgent:6,}")
        print(f"  notifications in the 20 minutes     {len(during):6}")
        print(f"  notifications until it was over     {len(all_of_it):6}  {dict(counts)}")
        print(f"  after it, in the six hours left     {len(after):6}")
        print(f"  threshold to first notification     {first.at - figures.threshold_at}")
        if unrelated is not None and unrelated.alert.mention is not None:
            waited = unrelated.at - _at(unrelated.alert.mention)
            print(f"  unrelated safety post said after    {waited}")
        incident = all_of_it[-1].alert.incident
        if incident is not None:
            print(
                f"  its summary: {incident.posts:,} posts by {incident.authors:,} authors,"
                f" {dict(incident.languages)}"
            )


if __name__ == "__main__":
    main()
