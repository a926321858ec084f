"""Recent mentions read again: which are due, and what reading them again makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, islice

from earwitness.channels import KINDS
from earwitness.judging import judge
from earwitness.model import Brand, Channel, Health, Match, Mention, Post, Refreshed
from earwitness.rereading import Reader
from earwitness.signals import Reading, Usual, interactions, velocity
from earwitness.signals.viral import AGES, age_read, next_reading_at
from earwitness.store import Store

# How late a reading may be taken: two ticks may fail, and none of the ages runs into the next.
LATE_FOR = timedelta(minutes=15)
MOST_LISTED = 5_000  # mentions of a brand of one age: a flood must not fill the memory
MOST_AT_ONCE = 500  # posts of a channel in a tick; the rest is still due in the next
# A post whose source's terms ask to read it again is, when so much of the time has gone by.
_OF_UNREAD = 0.75
_SILENT_FOR = timedelta(hours=2)  # a post of which the source said nothing is asked for again

Find = Callable[[Sequence[Post]], Sequence[Sequence[Match]]]


@dataclass(frozen=True, slots=True)
class Due:
    """A post to be read at an age of the schedule, with the mentions of it."""

    post: Post
    age_for: timedelta  # of the schedule; the post may be some minutes older
    mentions: tuple[Mention, ...]
    earlier: tuple[Reading, ...] = ()  # in order of age
    owed: bool = False  # to the terms of the source, not to the schedule


@dataclass(frozen=True, slots=True)
class Tally:
    """What a channel's posts came to: how many were read, were gone, and look viral.

    ``flagged`` are the mentions that assess owes a look since.
    """

    read: int
    gone: int
    viral: int
    flagged: tuple[Mention, ...] = ()


def windows(now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """When posts were published that a reading may be due of: from and up to, the oldest first."""
    for age_for in reversed(AGES):
        yield now - age_for - LATE_FOR, now - age_for


def due(
    store: Store, brands: Iterable[Brand], channels: Sequence[Channel], now: datetime
) -> Iterator[tuple[Channel, list[Due]]]:
    """The posts of these channels whose reading is due; at most 500 of each, the oldest first.

    After those of the schedule come those that must be read again, as their source's terms ask.
    """
    mentions: dict[str, list[Mention]] = {}
    for brand in brands if channels else ():
        for since, until in windows(now):
            for mention in islice(store.mentions(brand.name, since, until), MOST_LISTED):
                mentions.setdefault(mention.post.channel, []).append(mention)
    for channel in channels:
        found = list(islice(_of_schedule(store, mentions.get(channel.name, ()), now), MOST_AT_ONCE))
        known = {one.post.post_id for one in found}
        owed = _owed(store, channel, MOST_AT_ONCE - len(found), now)
        found += [one for one in owed if one.post.post_id not in known]
        if found:
            yield channel, found


def _of_schedule(store: Store, mentions: Iterable[Mention], now: datetime) -> Iterator[Due]:
    recent = _by_post(mentions, now)
    held = store.readings({d.post.post_id: [a for a in AGES if a <= d.age_for] for d in recent})
    for one in recent:
        readings = held.get(one.post.post_id, {})
        if one.age_for not in readings:
            yield replace(one, earlier=_in_order(readings.values()))


def _owed(store: Store, channel: Channel, limit: int, now: datetime) -> Iterator[Due]:
    if KINDS[channel.kind].unread_for is None or limit <= 0:
        return
    owed = store.to_read_again(channel.channel_id, now, limit)
    posts = _by_post((mention for some in owed for mention in some), now)
    held = store.readings({one.post.post_id: AGES for one in posts})
    for one in posts:
        readings = held.get(one.post.post_id, {})
        yield replace(one, earlier=_in_order(readings.values()), owed=True)


def _by_post(mentions: Iterable[Mention], now: datetime) -> list[Due]:
    by_post: dict[str, list[Mention]] = {}
    for mention in mentions:
        by_post.setdefault(mention.post.post_id, []).append(mention)
    found = []
    for same in by_post.values():
        post = same[0].post
        age_for = age_read(now - (post.published_at or now))
        if age_for is not None:
            found.append(Due(post, age_for, tuple(same)))
    return found


def _in_order(readings: Iterable[Reading | None]) -> tuple[Reading, ...]:
    known = (reading for reading in readings if reading is not None)
    return tuple(sorted(known, key=lambda reading: reading.age_for))


@dataclass(frozen=True, slots=True)
class Rereading:
    """Brings the mentions in posts of a channel up to what its source answers ``now``.

    ``reader`` looks over what the rules say of posts that were edited; None: they judge alone.
    """

    store: Store
    channel: Channel
    find: Find
    now: datetime
    reader: Reader | None = None

    def take_up(self, posts: Sequence[Due], answer: Refreshed) -> Tally:
        """Keep edits and engagement; redact what is gone, or names the brand no more.

        A post that looks viral is flagged for assess. The reading is kept last, so that a crash
        repeats it.
        """
        by_post = {one.post.post_id: one for one in posts}
        gone = [by_post[post_id] for post_id in answer.gone if post_id in by_post]
        for one in gone:
            self._redact(one.mentions)
        known = [post for post in answer.posts if post.post_id in by_post]
        silent = by_post.keys() - {post.post_id for post in known} - set(answer.gone)
        if answer.health is Health.OK:
            for post_id in silent:
                self._see_again(by_post[post_id], _SILENT_FOR)
        judged = self._judged([(by_post[post.post_id], post) for post in known])
        flagged = [
            self._update(
                by_post[post.post_id], post, now, front_page=post.post_id in answer.front_page
            )
            for post, now in zip(known, judged, strict=True)
        ]
        viral = sum(any(self._has_just_fired(one) for one in some) for some in flagged)
        return Tally(len(known), len(gone), viral, tuple(chain.from_iterable(flagged)))

    def _judged(self, posts: Sequence[tuple[Due, Post]]) -> list[list[Mention]]:
        """The mentions in each post as it is now; of edited ones as the reader judges them."""
        now = [list(reread(one.mentions, post, self.find)) for one, post in posts]
        if self.reader is None:
            return now
        edited = [
            mention
            for (one, post), found in zip(posts, now, strict=True)
            if not _reads_as(one.post, post)
            for mention in found
        ]
        read = {one.mention_id: one for one in self.reader.look_over(edited, self.store, self.now)}
        return [[read.get(mention.mention_id, mention) for mention in found] for found in now]

    def _update(
        self, one: Due, post: Post, found: Sequence[Mention], *, front_page: bool
    ) -> tuple[Mention, ...]:
        """Take one post up; those of its mentions that assess owes a look since."""
        count = interactions(post.engagement)
        age_for = self.now - (one.post.published_at or self.now)
        reading = None if count is None else Reading(age_for, count)
        remaining = {mention.mention_id for mention in found}
        self._redact(held for held in one.mentions if held.mention_id not in remaining)
        readings = (*one.earlier, *([reading] if reading else ()))
        measured = [
            self._measured(mention, one, readings, front_page=front_page) for mention in found
        ]
        kept = self.store.keep(measured, self.now)
        self._see_again(one)
        self.store.keep_reading(one.post, self.channel.channel_id, one.age_for, reading, self.now)
        return kept.flagged

    def _has_just_fired(self, mention: Mention) -> bool:
        """Whether its post looks viral, and more so than when that was said last."""
        return mention.velocity is not None and mention.velocity.at == self.now

    def _see_again(self, one: Due, after_for: timedelta | None = None) -> None:
        """Have a post read again in time, where its kind's terms ask for it and the schedule won't.

        A source that is paid for each post is asked for so long only: what is not read again
        expires by itself.
        """
        kind = KINDS[self.channel.kind]
        if kind.unread_for is None:
            return
        published_at = one.post.published_at or self.now
        at = self.now + (after_for or kind.unread_for * _OF_UNREAD)
        scheduled_at = next_reading_at(published_at, self.now)
        if scheduled_at is not None and scheduled_at <= at:
            return
        if kind.reread_for is None or at <= published_at + kind.reread_for:
            ids = [mention.mention_id for mention in one.mentions]
            self.store.read_again(one.post, self.channel.channel_id, ids, at)
        elif one.owed:
            self.store.read_no_more(one.post)

    def _measured(
        self, mention: Mention, one: Due, readings: Sequence[Reading], *, front_page: bool
    ) -> Mention:
        """The mention with the signal of its post's velocity, if that fired."""
        signal = partial(
            velocity,
            one.post.post_id,
            self.now,
            readings,
            kind=self.channel.kind,
            front_page=front_page,
            alerted=mention.velocity,
        )
        found = signal(Usual())
        if found.reason.name not in {"no_readings", "below_floor"}:  # what is usual matters
            channel_id = self.channel.channel_id
            found = signal(self.store.usual(one.post, channel_id, one.age_for, self.now))
        return replace(mention, velocity=found) if found.fired else mention

    def _redact(self, mentions: Iterable[Mention]) -> None:
        for mention in mentions:
            self.store.redact(mention.brand, mention.post.post_id, self.now)


def reread(held: Sequence[Mention], post: Post, find: Find) -> Iterator[Mention]:
    """The mentions of one post with the post as it is now, each judged anew by the rules.

    One is missing whose brand an edit took out of the post. Where the words are the same nothing
    is looked for again. A brand whose terms would not find the old words either, since the
    watchlist has changed, keeps them and their judgement.
    """
    before = held[0].post
    if _reads_as(before, post):
        judged = judge(post, [match for mention in held for match in mention.matches])
        for mention in held:
            yield replace(mention, post=post, judgement=judged[mention.brand])
        return
    was, now = find([before, post])
    judged = judge(post, now)
    found_before = {match.brand for match in was}
    reads_as_before = replace(post, title=before.title, text=before.text)
    for mention in held:
        if mention.brand in judged:
            matches = tuple(match for match in now if match.brand == mention.brand)
            judgement = judged[mention.brand]
            yield replace(mention, post=post, matches=matches, judgement=judgement)
        elif mention.brand not in found_before:
            yield replace(mention, post=reads_as_before)


def _reads_as(before: Post, now: Post) -> bool:
    return (now.title, now.text) == (before.title, before.text)
