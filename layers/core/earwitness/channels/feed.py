"""RSS, Atom, JSON Feed and Discourse: what an address lists, asked for when it has changed."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from earwitness.channels.wire.aggregators import as_published
from earwitness.channels.wire.asking import NotOk, ask, decoded, no_answer
from earwitness.channels.wire.dates import exact_date, possible, rough_date
from earwitness.channels.wire.discourse import is_discourse, read_discourse
from earwitness.channels.wire.feeds import Feed, Item, Unreadable
from earwitness.channels.wire.json_feeds import read_json_feed
from earwitness.channels.wire.limits import capped
from earwitness.channels.wire.options import SINCE, starts_at
from earwitness.channels.wire.seen import Seen
from earwitness.channels.wire.xml_feeds import read_xml_feed
from earwitness.fetching import Fetch, Request, Response
from earwitness.model import Channel, Health, Poll, Post, digest

OPTIONS = {"since": SINCE}
_AHEAD_FOR = timedelta(days=1)  # clocks and zones may be wrong by so much; beyond is no date
_MANY = 10  # items: a feed that lists fewer may well have been renewed as a whole
MOST_LEFT_ALONE_FOR = timedelta(hours=1)  # a feed may ask for a day: news must not wait for it
# An ETag made of a time in whole seconds (WordPress) stays the same when a second change falls
# into the same second: a validator this young is not sent back.
_UNSETTLED_FOR = timedelta(seconds=2)
_ACCEPT = (
    "application/feed+json, application/atom+xml, application/rss+xml, application/xml;q=0.9, "
    "text/xml;q=0.8, */*;q=0.1"
)


@dataclass(frozen=True, slots=True)
class _Memory:
    """What the cursor holds between polls."""

    address: str  # as in the watchlist: another address starts afresh, but keeps what was seen
    moved_to: str | None = None
    etag: str | None = None
    modified: str | None = None
    guids_repeat: bool = False
    seen: Seen = field(default_factory=Seen)
    first: bool = True

    @classmethod
    def read(cls, cursor: str | None, address: str) -> _Memory:
        try:
            held = json.loads(cursor or "")
            seen, repeat = Seen(str(held["seen"])), bool(held["repeat"])
        except (ValueError, KeyError, TypeError):
            return cls(address)
        if held.get("address") != address:
            return cls(address, guids_repeat=repeat, seen=seen, first=False)
        return cls(
            address,
            moved_to=held.get("moved"),
            etag=held.get("etag"),
            modified=held.get("modified"),
            guids_repeat=repeat,
            seen=seen,
            first=False,
        )

    def __str__(self) -> str:
        return json.dumps(
            {
                "address": self.address,
                "moved": self.moved_to,
                "etag": self.etag,
                "modified": self.modified,
                "repeat": self.guids_repeat,
                "seen": str(self.seen),
            }
        )

    def request(self) -> Request:
        headers = {"accept": _ACCEPT}
        if self.etag:
            headers["if-none-match"] = self.etag
        if self.modified:
            headers["if-modified-since"] = self.modified
        return Request(self.moved_to or self.address, headers)


def poll(channel: Channel, cursor: str | None, fetch: Fetch, now: datetime) -> Poll:
    """New and edited items of a feed. The address is ``channel.url``."""
    memory = _Memory.read(cursor, channel.url or "")
    if channel.read_since is not None:
        memory = replace(memory, etag=None, modified=None, seen=Seen(), first=True)
    try:
        response = ask(fetch, memory.request(), now, welcome=(200, 304))
        if response.status == 304:
            return Poll(
                (), str(memory), Health.OK, next_poll_at=_left_alone(channel, response, now)
            )
        feed = _read(response)
    except NotOk as not_ok:
        if not_ok.health is Health.DEAD and memory.moved_to:
            # The feed's new home has died: ask at the address in the watchlist again.
            return not_ok.poll(str(replace(memory, moved_to=None, etag=None, modified=None)))
        return not_ok.poll(cursor)
    memory = replace(memory, moved_to=response.moved_to or memory.moved_to)
    lost_until = _oldest_where_all_are_new(feed, memory, now)
    posts, memory = _new_posts(channel, feed, memory, now)
    memory = _with_validators(memory, feed, response, now)
    return Poll(
        posts,
        str(memory),
        Health.OK,
        reason="gap: all that the feed lists is new, what came before is out of reach"
        if lost_until
        else "",
        next_poll_at=_left_alone(channel, response, now, feed.ttl_for),
        lost_until=lost_until,
    )


def _read(response: Response) -> Feed:
    """The feed in a response; raises NotOk when there is none."""
    start = response.body[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start or re.match(rb"<!doctype html|<html", start, re.IGNORECASE):
        raise no_answer(response, "a feed")
    try:
        if start.startswith(b"{"):
            document = decoded(response)
            read = read_discourse if is_discourse(document) else read_json_feed
            return read(document, response.url)
        content_type = response.headers.get("content-type", "")
        return read_xml_feed(response.body, content_type, response.url)
    except Unreadable as why:
        answer = no_answer(response, "a feed")
        if answer.health is Health.DEAD:
            raise answer from why
        raise NotOk(Health.TRANSIENT, f"malformed: {why}") from why


def _new_posts(
    channel: Channel, feed: Feed, memory: _Memory, now: datetime
) -> tuple[tuple[Post, ...], _Memory]:
    """Posts not offered before, or offered with other content; and the memory that knows them."""
    repeat = memory.guids_repeat or _guids_repeat(feed.items)
    oldest = starts_at(channel, now) if memory.first else None
    posts = []
    for item, source_id in zip(feed.items, identities(feed.items, repeat=repeat), strict=True):
        content = f"{item.title}\n{item.text}"
        known = memory.seen.knows(source_id)
        unchanged = memory.seen.knows_content(source_id, content)
        # Ids become longer when guids turn out to repeat: what was seen under the guid stays seen.
        if repeat and not memory.guids_repeat:
            unchanged = unchanged or memory.seen.knows_content(item.guid, content)
        memory.seen.add(source_id, content)
        if unchanged or (oldest and not _newer(item, oldest, now)):
            continue
        posts.append(_post(channel, as_published(item), source_id, now, edited=known))
    memory.seen.keep_newest(max(200, 2 * len(feed.items)))
    return tuple(posts), replace(memory, guids_repeat=repeat)


def _oldest_where_all_are_new(feed: Feed, memory: _Memory, now: datetime) -> datetime | None:
    """When the oldest item was published, of a feed that lists nothing that was seen before."""
    ids = identities(feed.items, repeat=memory.guids_repeat)
    if memory.first or not len(memory.seen) or len(ids) < _MANY or any(map(memory.seen.knows, ids)):
        return None
    dates = [possible(rough_date(item.published), now) for item in feed.items]
    return min(filter(None, dates), default=None)


def identities(items: Sequence[Item], *, repeat: bool) -> list[str]:
    """A source id per item: guid, else link, else a digest of what it says.

    Where guids ``repeat`` the link goes with them, and where both repeat, what is said.
    """
    if not repeat:
        return [item.guid or item.link or _digest_of(item) for item in items]
    pairs = [f"{item.guid}\n{item.link or ''}" for item in items]
    times = Counter(pairs)
    return [
        pair if times[pair] == 1 else f"{pair}\n{_digest_of(item)}"
        for item, pair in zip(items, pairs, strict=True)
    ]


def _guids_repeat(items: Sequence[Item]) -> bool:
    """Whether one guid stands on items that are plainly different."""
    first: dict[str, tuple[str | None, str]] = {}
    for item in items:
        what = (item.link, _digest_of(item))
        if item.guid and first.setdefault(item.guid, what) != what:
            return True
    return False


def _digest_of(item: Item) -> str:
    return digest(item.title or "", item.text, item.published or "")[:32]


def _newer(item: Item, oldest: datetime, now: datetime) -> bool:
    """Whether an item of a first poll is news: one without a possible date may be years old.

    One of this day to come is news, by our clock or by its source's: it is dated by us.
    """
    at = rough_date(item.published)
    return at is not None and oldest <= at <= now + _AHEAD_FOR


def _post(channel: Channel, item: Item, source_id: str, now: datetime, *, edited: bool) -> Post:
    published_at, updated_at = exact_date(item.published, now), exact_date(item.updated, now)
    edited_at = None
    if edited:
        edited_at = updated_at or now
    elif updated_at and published_at and updated_at > published_at:
        edited_at = updated_at
    return Post(
        kind=channel.kind,
        source_id=source_id,
        scope=channel.channel_id,
        channel=channel.name,
        title=item.title,
        text=item.text,
        url=item.link,
        language=item.language,
        author=item.author,
        published_at=published_at or now,
        dated_by_us=published_at is None,
        edited_at=edited_at,
        fetched_at=now,
        engagement=item.engagement,
    )


def _with_validators(memory: _Memory, feed: Feed, response: Response, now: datetime) -> _Memory:
    """The memory with what makes the next request conditional, unless that could lose a change."""
    headers = response.headers
    answered_at = _header_date(headers, "date") or now
    dates = [exact_date(item.updated or item.published, now) for item in feed.items]
    changed_at = _header_date(headers, "last-modified") or max(filter(None, dates), default=None)
    settled = changed_at is None or answered_at - changed_at > _UNSETTLED_FOR
    if not feed.complete or not settled:
        return replace(memory, etag=None, modified=None, first=False)
    return replace(
        memory, etag=headers.get("etag"), modified=headers.get("last-modified"), first=False
    )


def _header_date(headers: Mapping[str, str], name: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(headers[name])
    except (KeyError, ValueError, OverflowError):
        return None
    return at if at.tzinfo else None


def _left_alone(
    channel: Channel, response: Response, now: datetime, ttl_for: timedelta | None = None
) -> datetime | None:
    """When the feed wants to be asked next, if that is later than the channel's interval."""
    cache = response.headers.get("cache-control", "")
    age = re.search(r"\bmax-age=\"?([0-9]{1,9})", cache)
    fresh_for = timedelta(seconds=int(age[1])) if age else timedelta()
    asked_for = max(fresh_for, ttl_for or timedelta())
    if asked_for <= channel.every_for:
        return None
    return capped(now + asked_for, now, MOST_LEFT_ALONE_FOR)
