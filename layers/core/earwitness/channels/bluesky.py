"""Bluesky: searchPosts through the account's own server (PDS), signed in by app password."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from earwitness.channels.wire.again import Answer, in_batches
from earwitness.channels.wire.asking import NotOk, ask, decoded, refused
from earwitness.channels.wire.credentials import Token, Tokens, credential
from earwitness.channels.wire.dates import possible, rough_date
from earwitness.channels.wire.html import tidy
from earwitness.channels.wire.limits import spent_until
from earwitness.channels.wire.options import SINCE, secret
from earwitness.channels.wire.values import Entry, entries, mapping, some_of, whole, written
from earwitness.channels.wire.walk import Found, Listing, Page, Window, first_inside, poll_listing
from earwitness.fetching import Fetch, Request, Response
from earwitness.model import Author, Channel, Engagement, Poll, Post, Refreshed

OPTIONS = {"since": SINCE, "credentials": secret("(identifier, app_password)")}
CREDENTIALS = ("identifier", "app_password")
ADDRESS = "https://bsky.social"
REFRESHED = 25  # posts per request, the most that getPosts gives
PAGE = 100  # posts per request, the most that the search gives
MOST_REQUESTS = 20
PROFILES = 25  # authors per request
MOST_PROFILE_REQUESTS = 4  # per poll: a hundred authors
OVERLAP_FOR = timedelta(minutes=5)  # posts reach the search late, and not in order
_TOKEN_GOOD_FOR = timedelta(minutes=90)  # a server's access tokens live for two hours

_tokens = Tokens()


def poll(channel: Channel, cursor: str | None, fetch: Fetch, now: datetime) -> Poll:
    """New and edited posts for each query. ``channel.url`` is the account's server."""
    listing = Listing(
        read=partial(_read, channel, fetch, now),
        position=_in_milliseconds,
        overlap_for=OVERLAP_FOR,
        most_requests=MOST_REQUESTS,
    )
    outcome = poll_listing(listing, channel.queries, channel, cursor, now)
    followers = _followers(channel, fetch, now, outcome.posts)
    posts = (_followed(post, followers.get(_did(post))) for post in outcome.posts)
    return replace(outcome, posts=tuple(posts))


def _did(post: Post) -> str:
    return post.source_id.removeprefix("at://").partition("/")[0]


def _followed(post: Post, followers: int | None) -> Post:
    return replace(post, author=replace(post.author, followers=followers))


def _followers(
    channel: Channel, fetch: Fetch, now: datetime, posts: Iterable[Post]
) -> dict[str, int | None]:
    """How many follow each author, as far as a few requests tell; failing costs no post."""
    authors = list(dict.fromkeys(map(_did, posts)))[: MOST_PROFILE_REQUESTS * PROFILES]
    followers: dict[str, int | None] = {}
    try:
        for first in range(0, len(authors), PROFILES):
            asked = urlencode({"actors": authors[first : first + PROFILES]}, doseq=True)
            response = _signed(channel, fetch, now, f"app.bsky.actor.getProfiles?{asked}")
            for profile in entries(decoded(response), "profiles"):
                followers[str(profile.get("did"))] = whole(profile.get("followersCount"))
    except NotOk:
        pass
    return followers


def refresh(channel: Channel, posts: Sequence[Post], fetch: Fetch, now: datetime) -> Refreshed:
    """The posts as they are now, 25 a request; those it leaves out are asked for one by one."""

    def ask_for(some: Sequence[Post]) -> Answer:
        parameters = urlencode([("uris", post.source_id) for post in some])
        response = _signed(channel, fetch, now, f"app.bsky.feed.getPosts?{parameters}")
        views = {str(view.get("uri")): view for view in entries(decoded(response), "posts")}
        missing = [post.source_id for post in some if post.source_id not in views]
        gone = [uri for uri in missing if _is_gone(channel, uri, fetch, now)]
        return [_post(channel, view, now) for view in views.values()], gone

    return in_batches(posts, REFRESHED, ask_for)


def _is_gone(channel: Channel, uri: str, fetch: Fetch, now: datetime) -> bool:
    parameters = urlencode({"uri": uri, "depth": 0, "parentHeight": 0})
    response = _answered(channel, fetch, now, f"app.bsky.feed.getPostThread?{parameters}")
    return response.status == 400 and mapping(_body(response)).get("error") == "NotFound"


def _in_milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _read(channel: Channel, fetch: Fetch, now: datetime, query: str, window: Window) -> Page:
    parameters: dict[str, object] = {
        "q": query,
        "sort": "latest",
        "limit": PAGE,
        "since": _moment(window.low),
    }
    if window.high is not None:
        parameters["until"] = _moment(window.high + 1)  # the search leaves its bound out
    undated = _in_milliseconds(now) if window.high is None else window.high

    def page(token: str | None) -> tuple[Page, str | None]:
        asked = urlencode({**parameters, **({"cursor": token} if token else {})})
        response = _signed(channel, fetch, now, f"app.bsky.feed.searchPosts?{asked}")
        return _page(channel, response, undated, now)

    return first_inside(page, window)


def _page(
    channel: Channel, response: Response, undated: int, now: datetime
) -> tuple[Page, str | None]:
    answer = decoded(response)
    views = entries(answer, "posts")
    found = []
    for view in views:
        if written(view.get("uri")):
            at = _sorted_at(view)
            found.append(Found(_in_milliseconds(at) if at else undated, _post(channel, view, now)))
    some_of(views, found)
    following = written(mapping(answer).get("cursor"))
    wait_until = spent_until(response.headers, now)
    return Page(
        found, last=following is None and len(views) < PAGE, wait_until=wait_until
    ), following


def _moment(milliseconds: int) -> str:
    at = datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _sorted_at(view: Entry) -> datetime | None:
    """What the search sorts by: the earlier of the author's date and the network's."""
    record = mapping(view.get("record"))
    dates = (written(view.get("indexedAt")), written(record.get("createdAt")))
    return min(filter(None, map(rough_date, dates)), default=None)


def _signed(channel: Channel, fetch: Fetch, now: datetime, method: str) -> Response:
    """The answer to a call in the account's name; raises NotOk unless it is good."""
    response = _answered(channel, fetch, now, method)
    if response.status != 200:
        raise refused(response, now)
    return response


def _answered(channel: Channel, fetch: Fetch, now: datetime, method: str) -> Response:
    """What was answered, be it that it cannot.

    A token that is refused is renewed by its refresh token, and if that is no use by signing in
    anew: servers allow few sign-ins a day.
    """
    account = f"{channel.url} {credential(channel, 'identifier')}"
    sign_in = partial(_sign_in, channel, fetch, now)
    for give_up in (_tokens.expire, _tokens.forget, None):
        token = _tokens.get(account, now, sign_in)
        request = Request(_address(channel, method), {"authorization": f"Bearer {token}"})
        response = ask(fetch, request, now, welcome=(200, 400, 401))
        told = str(mapping(_body(response)).get("error"))
        expired = response.status == 401 or (response.status == 400 and "Token" in told)
        if give_up is None or not expired:
            break
        give_up(account)
    return response


def _address(channel: Channel, method: str) -> str:
    return f"{(channel.url or ADDRESS).rstrip('/')}/xrpc/{method}"


def _body(response: Response) -> Any:
    try:
        return json.loads(response.body)
    except ValueError:
        return None


def _sign_in(channel: Channel, fetch: Fetch, now: datetime, old: Token | None) -> Token:
    """A session: by the old one's refresh token, for servers allow few sign-ins a day."""
    if old and old.renewal:
        headers = {"authorization": f"Bearer {old.renewal}"}
        request = Request(
            _address(channel, "com.atproto.server.refreshSession"), headers, method="POST"
        )
        try:
            return _token(ask(fetch, request, now), now)
        except NotOk:
            pass  # it has run out as well: sign in anew
    names = {"identifier": "identifier", "password": "app_password"}
    body = json.dumps({name: credential(channel, held) for name, held in names.items()})
    request = Request(
        _address(channel, "com.atproto.server.createSession"),
        {"content-type": "application/json"},
        "POST",
        body.encode(),
    )
    return _token(ask(fetch, request, now), now)


def _token(response: Response, now: datetime) -> Token:
    session = mapping(decoded(response))
    value, renewal = session.get("accessJwt"), session.get("refreshJwt")
    return Token(str(value or ""), now + _TOKEN_GOOD_FOR, str(renewal or ""))


def _post(channel: Channel, view: Entry, now: datetime) -> Post:
    record, author = mapping(view.get("record")), mapping(view.get("author"))
    uri, handle = str(view["uri"]), written(author.get("handle"))
    languages = record.get("langs")
    sorted_at = _sorted_at(view)
    published_at = possible(sorted_at, now)
    return Post(
        kind=channel.kind,
        source_id=uri,
        channel=channel.name,
        text=tidy(written(record.get("text")) or ""),
        url=f"https://bsky.app/profile/{handle or author.get('did')}/post/{uri.rsplit('/', 1)[-1]}",
        language=written(languages[0]) if isinstance(languages, list) and languages else None,
        author=Author(
            name=written(author.get("displayName")) or handle,
            handle=handle,
            url=f"https://bsky.app/profile/{handle}" if handle else None,
        ),
        published_at=published_at or now,
        dated_by_us=published_at is None,
        fetched_at=now,
        engagement=Engagement(
            likes=whole(view.get("likeCount")),
            reposts=whole(view.get("repostCount")),
            replies=whole(view.get("replyCount")),
        ),
    )
