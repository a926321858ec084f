"""Mastodon: an instance's public timeline, its timelines of hashtags, or its search."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import quote, urlencode, urlsplit

from earwitness.channels.wire.again import Answer, in_batches
from earwitness.channels.wire.asking import NotOk, ask, decoded, refused
from earwitness.channels.wire.dates import exact_date
from earwitness.channels.wire.html import readable, web_address
from earwitness.channels.wire.limits import spent_until
from earwitness.channels.wire.options import SINCE, Option, one_of, secret
from earwitness.channels.wire.values import Entry, entries, mapping, some_of, whole, written
from earwitness.channels.wire.walk import Found, Listing, Page, Window, first_inside, poll_listing
from earwitness.fetching import Fetch, Request, Response
from earwitness.model import Author, Channel, Engagement, Health, Poll, Post, Refreshed

OPTIONS = {
    "since": SINCE,
    "timeline": Option(
        "public (default): all that the instance sees; local: its own people alone; "
        "tags: the watchlist's terms as hashtags; search: its terms, where the instance "
        "has full-text search and knows us by access_token",
        one_of("public", "local", "tags", "search"),
    ),
    "credentials": secret("(access_token); many instances show timelines to members only"),
}
CREDENTIALS = ()
PAGE = 40  # statuses per request, the most that an instance gives
MOST_REQUESTS = 30
REFRESHED = 20  # statuses per request, the most that an instance gives by their ids (since 4.3)
# A status from elsewhere gets an id by its own time of writing, when it arrives.
OVERLAP_FOR = timedelta(minutes=10)
_ID_BITS_BELOW_MILLISECONDS = 16  # Mastodon's Snowflake ids
_REFUSED = (401, 422)  # "This method requires an authenticated user"
_MEMBERS_ONLY = (
    "shows this to its members only, or does not take our token: name a secret with the "
    "access_token of an account there under credentials, or read another instance"
)
_NO_SUCH_PLACE = (404, 405)
_LINK_NEXT = re.compile(r'[?&]max_id=(\d{1,40})[^<>]{0,500}+>;\s*rel="?next"?')


def poll(channel: Channel, cursor: str | None, fetch: Fetch, now: datetime) -> Poll:
    """New and edited statuses. The address is the instance's, as https://mastodon.example."""
    listed = 0

    def read(timeline: str, window: Window) -> Page:
        nonlocal listed
        page = _read(channel, fetch, now, timeline, window)
        listed += len(page.found)
        return page

    listing = Listing(
        read=read,
        position=_first_id_at,
        overlap_for=OVERLAP_FOR,
        most_requests=MOST_REQUESTS,
    )
    timelines = _timelines(channel)
    outcome = poll_listing(listing, timelines, channel, cursor, now)
    if outcome.health is not Health.OK or listed or not timelines:
        return outcome
    try:
        off = _off(channel, timelines[0], fetch, now)
    except NotOk:  # older instances do not say, and it need not be known now
        return outcome
    return replace(outcome, health=Health.DEAD, reason=off, more=False) if off else outcome


def _off(channel: Channel, timeline: str, fetch: Fetch, now: datetime) -> str:
    """Why there is nothing to see, if the instance says that it shows no timeline. Raises NotOk.

    Since 4.5 it says so in words, and answers with an empty list. Some accounts see it all the
    same: for them it lists something.
    """
    feeds = {"public": "live_feeds", "tag": "hashtag_feeds"}.get(timeline.partition("/")[0])
    about = mapping(decoded(_asked(channel, fetch, now, "v2/instance")))
    access = mapping(mapping(about.get("configuration")).get("timelines_access"))
    shown = mapping(access.get(feeds or ""))
    is_local = channel.options.get("timeline") == "local"
    who = {str(shown.get(place)) for place in ("local", *(() if is_local else ("remote",)))}
    hidden_from_us = {"disabled"} if channel.credentials else {"disabled", "authenticated"}
    if not who <= hidden_from_us:
        return ""
    any_time = f"v1/timelines/{quote(timeline)}?limit=1{'&local=true' if is_local else ''}"
    if decoded(_asked(channel, fetch, now, any_time)):
        return ""
    if "authenticated" in who:
        return f"timeline_off: the instance {_MEMBERS_ONLY}"
    return f"timeline_off: the instance has switched its {feeds} off: read another instance"


def refresh(channel: Channel, posts: Sequence[Post], fetch: Fetch, now: datetime) -> Refreshed:
    """The statuses as they are now, 20 a request; those it leaves out are asked for one by one.

    So are all on instances older than 4.3. Ids are the instance's own: a status that was read
    from another one, before the channel's address was changed, is not asked for.
    """
    ours = f"{_host(channel)}/"
    asked = [post for post in posts if post.asked_by and post.asked_by.startswith(ours)]

    def ask_for(some: Sequence[Post]) -> Answer:
        ids = {str(post.asked_by).removeprefix(ours): post.source_id for post in some}
        parameters = urlencode([("id[]", native_id) for native_id in ids])
        response = _asked(channel, fetch, now, f"v1/statuses?{parameters}", welcome=_NO_SUCH_PLACE)
        together = entries(decoded(response)) if response.status == 200 else []
        found = [
            status for status in together if written(status.get("uri")) and "content" in status
        ]
        gone = []
        for native_id in ids.keys() - {str(status.get("id")) for status in found}:
            response = _asked(channel, fetch, now, f"v1/statuses/{quote(native_id)}", (404,))
            if response.status == 200:
                found.append(mapping(decoded(response)))
            elif "error" not in mapping(_body(response)):  # not the instance's own answer
                raise refused(response, now)
            else:
                gone.append(ids[native_id])
        return [_post(channel, one, now) for one in found if written(one.get("uri"))], gone

    return in_batches(asked, REFRESHED, ask_for)


def _asked(
    channel: Channel, fetch: Fetch, now: datetime, path: str, welcome: Sequence[int] = ()
) -> Response:
    token = channel.credentials.get("access_token")
    headers = {"authorization": f"Bearer {token}"} if token else {}
    request = Request(f"{(channel.url or '').rstrip('/')}/api/{path}", headers)
    return ask(fetch, request, now, welcome=(200, *welcome))


def _body(response: Response) -> object:
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError):
        return None


def _host(channel: Channel) -> str:
    return urlsplit(channel.url or "").netloc


def _first_id_at(at: datetime) -> int:
    return int(at.timestamp() * 1000) << _ID_BITS_BELOW_MILLISECONDS


def _timelines(channel: Channel) -> list[str]:
    """What to read: ``public``, ``tag/NAME`` (a term without blanks) or ``search/TERM``."""
    timeline = channel.options.get("timeline")
    if timeline == "search":
        return [f"search/{query}" for query in channel.queries]
    if timeline != "tags":
        return ["public"]
    tags = ("".join(filter(str.isalnum, query)).lower() for query in channel.queries)
    return [f"tag/{tag}" for tag in dict.fromkeys(tags) if tag]


def _read(channel: Channel, fetch: Fetch, now: datetime, timeline: str, window: Window) -> Page:
    searched = timeline.startswith("search/")
    parameters: dict[str, object] = {"limit": PAGE}
    if searched:
        query = timeline.removeprefix("search/")
        parameters |= {"type": "statuses", "q": query, "min_id": window.low - 1}
    else:
        parameters["since_id"] = window.low - 1
    if window.high is not None:
        parameters["max_id"] = window.high  # ids are unique: its own status has been read
    if channel.options.get("timeline") == "local":
        parameters["local"] = "true"
    path = "v2/search" if searched else f"v1/timelines/{quote(timeline)}"
    return first_inside(partial(_page, channel, fetch, now, path, parameters), window)


def _page(  # noqa: PLR0913, PLR0917 - the last one is what changes from page to page
    channel: Channel,
    fetch: Fetch,
    now: datetime,
    path: str,
    parameters: Mapping[str, object],
    older_than: str | None,
) -> tuple[Page, str | None]:
    goes_on = {"max_id": older_than} if older_than else {}
    asked = f"{path}?{urlencode({**parameters, **goes_on})}"
    response = _asked(channel, fetch, now, asked, _REFUSED)
    if response.status != 200:
        reason = f"http_{response.status}: the instance {_MEMBERS_ONLY}"
        raise NotOk(Health.DEAD, reason)
    statuses = entries(decoded(response), "statuses" if path == "v2/search" else None)
    found = [
        Found(whole(status.get("id")) or 0, _post(channel, status, now))
        for status in statuses
        if whole(status.get("id")) and written(status.get("uri")) and "content" in status
    ]
    some_of(statuses, found)
    # Statuses hidden from us make a page short: only the link tells whether there is another.
    link = _LINK_NEXT.search(response.headers.get("link", ""))
    more = link is not None or len(statuses) >= PAGE
    page = Page(found, last=not more, wait_until=spent_until(response.headers, now))
    return page, link[1] if link else None


def _post(channel: Channel, status: Entry, now: datetime) -> Post:
    account = mapping(status.get("account"))
    published_at = exact_date(written(status.get("created_at")), now)
    parts = (status.get("spoiler_text"), status.get("content"))
    return Post(
        kind=channel.kind,
        source_id=str(status["uri"]),  # the same on every instance
        channel=channel.name,
        text="\n".join(filter(None, (readable(str(part)) for part in parts if part))),
        url=web_address(written(status.get("url")) or written(status.get("uri"))),
        language=written(status.get("language")),
        author=Author(
            name=written(account.get("display_name")) or written(account.get("username")),
            handle=written(account.get("acct")),
            followers=whole(account.get("followers_count")),
            url=web_address(written(account.get("url"))),
        ),
        published_at=published_at or now,
        dated_by_us=published_at is None,
        edited_at=exact_date(written(status.get("edited_at")), now),
        fetched_at=now,
        engagement=Engagement(
            likes=whole(status.get("favourites_count")),
            reposts=whole(status.get("reblogs_count")),
            replies=whole(status.get("replies_count")),
        ),
        asked_by=f"{_host(channel)}/{status['id']}" if written(status.get("id")) else None,
    )
