"""App Store: customer reviews of one app, country by country, from Apple's public feed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from earwitness.channels.wire.asking import NotOk, ask_json
from earwitness.channels.wire.dates import exact_date, rough_date
from earwitness.channels.wire.html import tidy, web_address
from earwitness.channels.wire.options import SINCE, Option, like, starts_at
from earwitness.channels.wire.seen import Seen
from earwitness.channels.wire.values import Entry, mapping, whole, written
from earwitness.fetching import Fetch, Request
from earwitness.model import Author, Channel, Engagement, Health, Poll, Post

OPTIONS = {
    "since": SINCE,
    "app": Option(
        "the number in the app's address: apps.apple.com/us/app/name/id123456789",
        like(r"[0-9]{5,12}", "123456789"),
    ),
    "countries": Option(
        "two-letter codes of the stores to read, joined by commas (default us)",
        like(r"[A-Za-z]{2}(\s*,\s*[A-Za-z]{2})*", "us, de"),
    ),
}
ADDRESS = "https://itunes.apple.com"
MOST_PAGES = 10  # the feed ends there
PAGE = 50  # reviews
MOST_COUNTRIES = 20
_LAST = "last"  # a key of the cursor, beside the countries

_Dated = tuple[Post, datetime | None]  # with when it was written, be it without a zone
_Pages = dict[int, list[Post]]  # what is new, by the number of each page that holds reviews


def poll(channel: Channel, cursor: str | None, fetch: Fetch, now: datetime) -> Poll:
    """New and edited reviews of each country. ``channel.url`` replaces Apple's address."""
    app = str(channel.options.get("app", ""))
    if not re.fullmatch("[0-9]{1,12}", app):
        return Poll((), cursor, Health.DEAD, "no_app: options must hold app, as 123456789")
    held = {} if channel.read_since else _held(cursor)
    posts: list[Post] = []
    outcome = Poll((), cursor, Health.OK)
    try:
        for country in _in_turn(_countries(channel), held.get(_LAST)):
            oldest = None if country in held else starts_at(channel, now)
            seen = Seen(held.get(country, ""))
            pages = _new_pages(_pages(channel, f"{country}/{app}", fetch, now), seen, oldest)
            new = [post for page in pages.values() for post in page]
            posts += new
            _all_of(country, pages)
            if country in held and (deeper_than := _ends_at(pages)):
                reason = f"gap: more than {len(new)} new reviews, the oldest out of reach"
                lost_until = max(deeper_than, outcome.lost_until or deeper_than)
                outcome = replace(outcome, reason=reason, lost_until=lost_until)
            held |= {country: str(seen), _LAST: country}
    except NotOk as not_ok:
        if not_ok.health is not Health.OK:
            held[_LAST] = country
        # A store is read from its top or not at all: at once would be in vain where it is slow.
        outcome = replace(not_ok.poll(cursor), more=False, lost_until=outcome.lost_until)
    return replace(outcome, posts=tuple(posts), cursor=json.dumps(held))


def _all_of(country: str, pages: _Pages) -> None:
    """Raise NotOk where a page is missing: the country is read from its top again."""
    for number in range(1, max(pages, default=0)):
        if number not in pages:
            reason = f"incomplete: page {number} of {country} is empty, the next is not"
            raise NotOk(Health.TRANSIENT, reason)


def _ends_at(pages: _Pages) -> datetime | None:
    """How far back the list reached, where it ended before a page that brought nothing new."""
    last = pages.get(MOST_PAGES)
    return last[-1].published_at if last else None


def _held(cursor: str | None) -> dict[str, str]:
    """What was seen, per country; and which country was tried last."""
    try:
        return {str(country): str(seen) for country, seen in json.loads(cursor or "{}").items()}
    except (ValueError, AttributeError):
        return {}


def _countries(channel: Channel) -> list[str]:
    codes = re.findall("[a-z]{2}", str(channel.options.get("countries", "us")).lower())
    return list(dict.fromkeys(codes))[:MOST_COUNTRIES]


def _in_turn(countries: list[str], last: str | None) -> list[str]:
    """The countries after the one tried last, then the others: none keeps another waiting."""
    first = countries.index(last) + 1 if last in countries else 0
    return countries[first:] + countries[:first]


def _new_pages(
    pages: Iterable[tuple[int, list[_Dated]]], seen: Seen, oldest: datetime | None
) -> _Pages:
    """The new and edited reviews of a store, down to a page that brings none."""
    found: _Pages = {}
    for number, reviews in pages:
        found[number] = list(_new(reviews, seen, oldest))
        if not found[number]:
            break
    return found


def _new(reviews: list[_Dated], seen: Seen, oldest: datetime | None) -> Iterator[Post]:
    for post, at in reviews:
        content = f"{post.title}\n{post.text}"
        if seen.knows_content(post.source_id, content):
            continue
        edited = seen.knows(post.source_id)
        seen.add(post.source_id, content)
        if oldest is None or at is None or at >= oldest:
            yield replace(post, edited_at=post.published_at) if edited else post


def _pages(
    channel: Channel, store: str, fetch: Fetch, now: datetime
) -> Iterator[tuple[int, list[_Dated]]]:
    """The pages of one store that hold reviews, each with its number, the newest first.

    Apple gives an empty one now and then: after a full page it is no end yet, the next tells.
    """
    was_full = False
    for number in range(1, MOST_PAGES + 1):
        reviews = _page(channel, store, number, fetch, now)
        if reviews:
            yield number, reviews
        elif not was_full:
            return
        was_full = len(reviews) >= PAGE


def _page(channel: Channel, store: str, number: int, fetch: Fetch, now: datetime) -> list[_Dated]:
    country, _, app = store.partition("/")
    address = (channel.url or ADDRESS).rstrip("/")
    path = f"{country}/rss/customerreviews/page={number}/id={app}/sortBy=mostRecent/json"
    answer = mapping(ask_json(fetch, Request(f"{address}/{path}"), now))
    if not isinstance(answer.get("feed"), dict):
        raise NotOk(Health.TRANSIENT, "malformed: the answer has no feed")
    found = answer["feed"].get("entry", [])  # one review alone is no list, none is left out
    entries = map(mapping, found if isinstance(found, list) else [found])
    return [
        (_post(channel, country, entry, now), rough_date(_label(entry, "updated")))
        for entry in entries
        # The first may be the app itself, which has no rating.
        if _label(entry, "im:rating") and _label(entry, "id")
    ]


def _label(entry: Entry, name: str) -> str | None:
    """Apple wraps each value in an object with a label."""
    return written(mapping(entry.get(name)).get("label"))


def _post(channel: Channel, country: str, review: Entry, now: datetime) -> Post:
    author = mapping(review.get("author"))
    link = mapping(mapping(review.get("link")).get("attributes")).get("href")
    published_at = exact_date(_label(review, "updated"), now)
    return Post(
        kind=channel.kind,
        source_id=str(_label(review, "id")),
        scope=country,
        channel=channel.name,
        title=tidy(_label(review, "title") or "") or None,
        text=tidy(_label(review, "content") or ""),
        url=web_address(written(link)),
        author=Author(name=_label(author, "name"), url=web_address(_label(author, "uri"))),
        published_at=published_at or now,
        dated_by_us=published_at is None,
        fetched_at=now,
        engagement=Engagement(likes=whole(_label(review, "im:voteSum"))),
    )
