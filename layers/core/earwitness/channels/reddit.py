"""Reddit: searches, or the new posts and comments of subreddits, through OAuth."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlencode

from earwitness.channels.wire.again import Answer, in_batches
from earwitness.channels.wire.asking import NotOk, ask, ask_json, decoded
from earwitness.channels.wire.credentials import Token, Tokens, credential
from earwitness.channels.wire.dates import from_epoch
from earwitness.channels.wire.html import readable, tidy, web_address
from earwitness.channels.wire.limits import spent_until
from earwitness.channels.wire.options import SINCE, Option, like, secret, starts_at
from earwitness.channels.wire.seen import MOST, Seen
from earwitness.channels.wire.values import Entry, entries, mapping, some_of, whole, written
from earwitness.fetching import Fetch, Request, Response
from earwitness.model import Author, Channel, Engagement, Health, Poll, Post, Refreshed, digest

OPTIONS = {
    "since": SINCE,
    "subreddits": Option(
        "names joined by +, as travel+flights: their new posts and comments are read "
        "instead of searching all of Reddit",
        like(r"\w{2,21}(\+\w{2,21})*", "travel+flights"),
    ),
    "credentials": secret("(client_id, client_secret)"),
}
CREDENTIALS = ("client_id", "client_secret")
ADDRESS = "https://oauth.reddit.com"
SIGN_IN = "https://www.reddit.com/api/v1/access_token"
PAGE = 100
MOST_PAGES = 10  # a listing ends after about 1,000 items
OVERLAP_FOR = timedelta(minutes=10)
_POSTS = ("t1_", "t3_")  # comments and posts, not users or subreddits
_NO_WORDS = ("[deleted]", "[removed]")
_ANCHORS = 3  # items of a page tried as its end: a deleted one gives an empty page

_tokens = Tokens()


def poll(channel: Channel, cursor: str | None, fetch: Fetch, now: datetime) -> Poll:
    """New and edited posts and comments. ``channel.url`` replaces both of Reddit's addresses.

    Listings know no windows of time, so each poll reads from the newest down to what it knows.
    """
    held = _held(cursor)
    posts: dict[str, Post] = {}
    outcome = Poll((), cursor, Health.OK)
    start = int(starts_at(channel, now).timestamp())
    try:
        for path in _paths(channel):
            key = digest("query", path)[:12]
            low, seen = held.get(key, (start, Seen()))
            if channel.read_since is not None:
                low, seen = min(low, start), Seen()
            reading = _Reading(low, seen)
            try:
                outcome = replace(outcome, next_poll_at=reading.read(channel, path, fetch, now))
            finally:
                posts.update(reading.posts)
                held[key] = (reading.low, seen)
            if reading.deeper_than is not None:
                reason = f"gap: more than {len(reading.posts)} new items, the oldest out of reach"
                lost_until = max(reading.deeper_than, outcome.lost_until or reading.deeper_than)
                outcome = replace(outcome, reason=reason, lost_until=lost_until)
    except NotOk as not_ok:
        outcome = replace(not_ok.poll(cursor), lost_until=outcome.lost_until)
    marks = {key: [low, str(seen)] for key, (low, seen) in held.items()}
    return replace(outcome, posts=tuple(posts.values()), cursor=json.dumps(marks))


def refresh(channel: Channel, posts: Sequence[Post], fetch: Fetch, now: datetime) -> Refreshed:
    """The posts and comments as they are now, 100 a request."""

    def ask_for(some: Sequence[Post]) -> Answer:
        path = f"/api/info?id={','.join(post.source_id for post in some)}&"
        things, _, _ = _things(channel, path, [""], fetch, now)
        gone = [thing for thing in things if _is_gone(thing)]
        found = [_post(channel, thing, now) for thing in things if thing not in gone]
        return found, [str(thing["name"]) for thing in gone]

    return in_batches(posts, PAGE, ask_for)


def _is_gone(thing: Entry) -> bool:
    """Reddit keeps the place of what an author deleted or a moderator removed, without its words.

    A deleted account leaves its posts, without its name.
    """
    words = (thing.get("selftext"), thing.get("body"))
    return thing.get("removed_by_category") is not None or any(w in _NO_WORDS for w in words)


def _held(cursor: str | None) -> dict[str, tuple[int, Seen]]:
    try:
        return {k: (int(low), Seen(str(s))) for k, (low, s) in json.loads(cursor or "{}").items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def _paths(channel: Channel) -> list[str]:
    if subreddits := channel.options.get("subreddits"):
        return [f"/r/{subreddits}/new?", f"/r/{subreddits}/comments?"]
    queries = ({"q": query, "sort": "new", "type": "link"} for query in channel.queries)
    return [f"/search?{urlencode(query)}&" for query in queries]


class _Reading:
    """One listing, read from its newest item down to what earlier polls have read."""

    def __init__(self, low: int, seen: Seen) -> None:
        self.low = low
        self.posts: dict[str, Post] = {}
        self.deeper_than: datetime | None = None  # where the list ended before what is known
        self._seen = seen

    def read(self, channel: Channel, path: str, fetch: Fetch, now: datetime) -> datetime | None:
        """Fill ``posts`` and move ``low`` on; returns when the quota refills if it is spent."""
        top, anchors, wait_until = self.low, [""], None
        for _ in range(MOST_PAGES):
            things, more, wait_until = _things(channel, path, anchors, fetch, now)
            times = [whole(thing.get("created_utc")) or 0 for thing in things]
            self._take(channel, things, now)
            top = max([top, *times])
            if not more or min(times) < self.low:
                break
            anchors = [str(thing["name"]) for thing in reversed(things[-_ANCHORS:])]
        else:
            if any(str(thing["name"]) in self.posts for thing in things):
                self.deeper_than = from_epoch(min(times), now)
        newest = min(top, int(now.timestamp()))
        self.low = max(self.low, newest - int(OVERLAP_FOR.total_seconds()))
        return wait_until

    def _take(self, channel: Channel, things: list[Entry], now: datetime) -> None:
        for thing in things:
            if (whole(thing.get("created_utc")) or 0) < self.low:
                continue
            post = _post(channel, thing, now)
            content = f"{post.title}\n{post.text}"
            if not self._seen.knows_content(post.source_id, content):
                edited = self._seen.knows(post.source_id) and post.edited_at is None
                self.posts[post.source_id] = replace(post, edited_at=now) if edited else post
                self._seen.add(post.source_id, content)
        self._seen.keep_newest(MOST)


def _things(
    channel: Channel, path: str, anchors: list[str], fetch: Fetch, now: datetime
) -> tuple[list[Entry], bool, datetime | None]:
    """The items after the first anchor that still has any, and when the quota refills.

    And whether there are more: what Reddit hides makes a page short, so a short one that names
    the item to go on after is not the last.
    """
    things: list[Entry] = []
    more, wait_until = False, None
    for anchor in anchors:
        after = f"&after={anchor}" if anchor else ""
        address = f"{(channel.url or ADDRESS).rstrip('/')}{path}limit={PAGE}&raw_json=1{after}"
        response = _signed(channel, address, fetch, now)
        wait_until = spent_until(response.headers, now)
        data = mapping(mapping(decoded(response)).get("data"))
        children = entries(data, "children")
        things = [mapping(child.get("data")) for child in children]
        things = [thing for thing in things if str(thing.get("name")).startswith(_POSTS)]
        some_of(children, things)
        if things:
            more = len(things) >= PAGE or written(data.get("after")) is not None
            break
    return things, more, wait_until


def _signed(channel: Channel, address: str, fetch: Fetch, now: datetime) -> Response:
    """The answer to a request with the token held, or with a new one where it is refused."""
    for welcome in ((200, 401), (200,)):
        headers = {"authorization": f"Bearer {_token(channel, fetch, now)}"}
        response = ask(fetch, Request(address, headers), now, welcome=welcome)
        if response.status == 200:
            break
        _tokens.forget(credential(channel, "client_id"))
    return response


def _token(channel: Channel, fetch: Fetch, now: datetime) -> str:
    client, secret = credential(channel, "client_id"), credential(channel, "client_secret")
    return _tokens.get(client, now, partial(_sign_in, channel, f"{client}:{secret}", fetch, now))


def _sign_in(channel: Channel, pair: str, fetch: Fetch, now: datetime, _old: Token | None) -> Token:
    headers = {
        "authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
        "content-type": "application/x-www-form-urlencoded",
    }
    address = f"{channel.url.rstrip('/')}/api/v1/access_token" if channel.url else SIGN_IN
    request = Request(address, headers, "POST", b"grant_type=client_credentials")
    answer = mapping(ask_json(fetch, request, now))
    good_for = timedelta(seconds=whole(answer.get("expires_in")) or 3600) - timedelta(minutes=5)
    return Token(str(answer.get("access_token", "")), now + good_for)


def _post(channel: Channel, thing: Entry, now: datetime) -> Post:
    published_at = from_epoch(thing.get("created_utc"), now)
    handle = written(thing.get("author"))
    text = written(thing.get("selftext")) or written(thing.get("body")) or ""
    link = None if thing.get("is_self") else written(thing.get("url"))
    return Post(
        kind=channel.kind,
        source_id=str(thing["name"]),
        channel=channel.name,
        title=readable(written(thing.get("title")) or "") or None,
        text="\n".join(filter(None, (tidy(text), web_address(link)))),
        url=_address_of(thing),
        author=Author(
            name=handle,
            handle=handle,
            url=f"https://www.reddit.com/user/{handle}" if handle else None,
        ),
        published_at=published_at or now,
        dated_by_us=published_at is None,
        edited_at=from_epoch(thing.get("edited"), now) if thing.get("edited") else None,
        fetched_at=now,
        engagement=Engagement(
            likes=whole(thing.get("score")), replies=whole(thing.get("num_comments"))
        ),
    )


def _address_of(thing: Entry) -> str | None:
    """A comment may come without its permalink, but never without its post."""
    permalink, post = written(thing.get("permalink")), written(thing.get("link_id"))
    if permalink is None and post:
        permalink = f"/comments/{post.removeprefix('t3_')}/_/{thing.get('id')}/"
    return f"https://www.reddit.com{permalink}" if permalink else None
