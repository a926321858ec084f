"""What the kinds that read Meta's Graph promise beyond finding every post."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from earwitness.channels import KINDS
from earwitness.channels.wire.graph import used_until
from earwitness.fetching import Response
from earwitness.model import Channel, Health

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
AT = "2026-11-22T11:00:00+0000"
TOKEN = {"access_token": "EAAhush"}
GRAPHS = ("facebook", "instagram", "threads")


def channel(kind: str, *queries: str, **options: object) -> Channel:
    options = {"page": "northwindair", "account": "178414000", **options}
    options = {name: value for name, value in options.items() if name in KINDS[kind].options}
    return Channel(
        kind, kind, timedelta(minutes=10), None, queries or ('"Northwind Air"',), options, TOKEN
    )


def refusing(code: int, status: int = 400, headers=None, message: str = "no"):
    body = json.dumps({"error": {"code": code, "message": message, "type": "OAuthException"}})
    return lambda request: Response(status, request.url, headers or {}, body.encode())


@pytest.mark.parametrize("kind", GRAPHS)
@pytest.mark.parametrize(
    ("code", "health"),
    [
        (4, Health.TRANSIENT), (17, Health.TRANSIENT), (32, Health.TRANSIENT),
        (613, Health.TRANSIENT), (80001, Health.TRANSIENT), (80002, Health.TRANSIENT),
        (2, Health.TRANSIENT), (190, Health.DEAD), (10, Health.DEAD), (200, Health.DEAD),
        (100, Health.DEAD), (803, Health.DEAD),
    ],
)  # fmt: skip
def test_f32_an_error_code_of_the_graph_says_whether_it_will_mend(kind, code, health):
    poll = KINDS[kind].poll(channel(kind), None, refusing(code), NOW)
    assert (poll.health, poll.posts) == (health, ())
    assert poll.reason.startswith(f"graph_{code}:")


@pytest.mark.parametrize("kind", GRAPHS)
def test_f28_an_error_inside_a_200_is_no_empty_list(kind):
    assert KINDS[kind].poll(channel(kind), None, refusing(190, 200), NOW).health is Health.DEAD


@pytest.mark.parametrize("kind", GRAPHS)
def test_a11_a13_the_token_is_neither_in_the_address_nor_in_the_reason(kind):
    asked = []

    def fetch(request):
        asked.append(request)
        return refusing(190, message="Malformed access token EAAhush")(request)

    poll = KINDS[kind].poll(channel(kind), None, fetch, NOW)
    assert "EAAhush" not in poll.reason + asked[0].url
    assert asked[0].headers["authorization"] == "Bearer EAAhush"


def usage(**numbers: int) -> str:
    return json.dumps({"178414000": [{"type": "pages", **numbers}]})


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ({}, None),
        ({"x-app-usage": "nonsense"}, None),
        ({"x-app-usage": json.dumps({"call_count": 79, "total_time": 10})}, None),
        ({"x-app-usage": json.dumps({"call_count": 10, "total_cputime": 90})}, 30),
        ({"x-app-usage": json.dumps({"call_count": 100})}, 60),
        ({"x-app-usage": json.dumps({"call_count": 250})}, 60),
        ({"x-business-use-case-usage": usage(call_count=95)}, 45),
        (
            {
                "x-business-use-case-usage": usage(
                    call_count=100, estimated_time_to_regain_access=17
                )
            },
            17,
        ),
        ({"x-business-use-case-usage": usage(estimated_time_to_regain_access=10**9)}, 24 * 60),
    ],
)
def test_f32_a_usage_header_slows_the_channel_down_in_time(headers, minutes):
    wait = used_until(headers, NOW)
    assert wait == (None if minutes is None else NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize("kind", GRAPHS)
def test_f32_a_limit_waits_as_long_as_the_graph_says(kind):
    headers = {"x-business-use-case-usage": usage(estimated_time_to_regain_access=17)}
    poll = KINDS[kind].poll(channel(kind), None, refusing(80001, 400, headers), NOW)
    assert poll.next_poll_at == NOW + timedelta(minutes=17)


class Page:
    """A Page on Facebook with one post and what is said under it."""

    def __init__(self, *comments: tuple[str, str]) -> None:
        self.comments = list(comments)
        self.asked: list[str] = []

    def __call__(self, request):
        parts = urlsplit(request.url)
        fields = dict(parse_qsl(parts.query))["fields"]
        self.asked.append(parts.path)
        if "comments.order" in fields or "comments.limit(1)" in fields:
            newest = {"data": [{"id": self.comments[-1][0]}]} if self.comments else {}
            data = [{"id": "1_2", "comments": newest}]
        elif parts.path.endswith("/comments"):
            data = [
                {"id": i, "message": text, "text": text, "created_time": AT, "timestamp": AT}
                for i, text in reversed(self.comments)
            ]
        else:
            data = [{"id": "1_2", "message": "Hello", "created_time": AT, "shares": {"count": 3}}]
        return Response(200, request.url, {}, json.dumps({"data": data}).encode())


def test_a_new_comment_is_found_and_quiet_ones_cost_nothing():
    page, poll = Page(("c1", "late again")), KINDS["facebook"].poll
    first = poll(channel("facebook"), None, page, NOW)
    assert {post.text for post in first.posts} == {"Hello", "late again"}
    page.asked.clear()
    quiet = poll(channel("facebook"), first.cursor, page, NOW + timedelta(minutes=10))
    assert quiet.posts == ()
    assert not any(path.endswith("/comments") for path in page.asked)
    page.comments.append(("c2", "and again"))
    third = poll(channel("facebook"), quiet.cursor, page, NOW + timedelta(minutes=20))
    assert [post.text for post in third.posts] == ["and again"]


class Talk:
    """Posts of a Page and what is said under each, a comment a page; ``fails`` names some pages."""

    def __init__(self, **said: list[str]) -> None:
        self.said = said
        self.fails: set[tuple[str, str | None]] = set()

    def __call__(self, request):
        parts = urlsplit(request.url)
        query = dict(parse_qsl(parts.query))
        if not parts.path.endswith("/comments"):
            data = [{"id": p, "comments": {"data": [{"id": s[-1]}]}} for p, s in self.said.items()]
            return answered(request, data if "comments.order" in query["fields"] else [])
        post, after = parts.path.split("/")[-2], query.get("after")
        if (post, after) in self.fails:
            return Response(500, request.url, {}, b"")
        newest = self.said[post][::-1]
        at = newest.index(after) + 1 if after else 0
        data = [{"id": i, "message": i, "created_time": AT} for i in newest[at : at + 1]]
        return answered(request, data, newest[at] if at + 1 < len(newest) else None)


def answered(request, data, after=None):
    paging = {"cursors": {"after": after}, "next": "https://a.example"} if after else {}
    body = json.dumps({"data": data, "paging": paging}).encode()
    return Response(200, request.url, {}, body)


INTERRUPTED = {
    "in the midst of the list": ("p1", "c2"),
    "in a list that comes after it": ("p2", None),
}


@pytest.mark.parametrize("where", INTERRUPTED.values(), ids=INTERRUPTED)
def test_g1_f34_a_comment_made_while_its_list_was_half_read_is_found(where):
    talk, found, cursor = Talk(p1=["c1", "c2"], p2=["d1"]), set(), None
    for number in range(4):
        talk.fails = {where} if number == 0 else set()
        poll = KINDS["facebook"].poll(
            channel("facebook"), cursor, talk, NOW + number * timedelta(minutes=10)
        )
        cursor = poll.cursor
        found |= {post.source_id for post in poll.posts}
        talk.said["p1"] = ["c1", "c2", "c3"]
    assert found == {"c1", "c2", "c3", "d1"}


def test_comments_on_instagram_are_found_in_the_same_way():
    page, watched = Page(("c1", "late again")), channel("instagram", read="comments")
    first = KINDS["instagram"].poll(watched, None, page, NOW)
    page.comments.append(("c2", "and again"))
    second = KINDS["instagram"].poll(watched, first.cursor, page, NOW + timedelta(minutes=10))
    assert [post.text for post in (*first.posts, *second.posts)] == ["late again", "and again"]


def test_an_edited_comment_comes_again_as_the_same_post():
    page, poll = Page(("c1", "late")), KINDS["facebook"].poll
    first = poll(channel("facebook"), None, page, NOW)
    page.comments = [("c1", "late, but kind"), ("c2", "so so")]
    second = poll(channel("facebook"), first.cursor, page, NOW + timedelta(minutes=5))
    edited = next(post for post in second.posts if post.source_id == "c1")
    assert (edited.text, edited.edited_at) == ("late, but kind", NOW + timedelta(minutes=5))


def hashtags(request):
    parts = urlsplit(request.url)
    query = dict(parse_qsl(parts.query))
    if parts.path.endswith("ig_hashtag_search"):
        return Response(
            200, request.url, {}, json.dumps({"data": [{"id": f"9{query['q'][3:]}"}]}).encode()
        )
    media = {"id": f"m{parts.path.split('/')[-2]}", "caption": "#x", "timestamp": AT}
    return Response(200, request.url, {}, json.dumps({"data": [media]}).encode())


def tags(first: int, last: int) -> tuple[str, ...]:
    return tuple(f"#tag{n}" for n in range(first, last))


def test_no_more_than_thirty_hashtags_are_asked_for_in_seven_days():
    poll = KINDS["instagram"].poll
    watched = channel("instagram", *tags(0, 34), read="hashtags")
    first = poll(watched, None, hashtags, NOW)
    assert len(first.posts) == 30
    assert first.reason.startswith("saving: 4 hashtags wait")
    # Other hashtags in the watchlist do not make room: those asked for still count.
    other = channel("instagram", *tags(100, 105), read="hashtags")
    second = poll(other, first.cursor, hashtags, NOW + timedelta(days=6))
    assert second.posts == ()
    assert second.reason.startswith("saving: 5 hashtags wait")
    third = poll(other, second.cursor, hashtags, NOW + timedelta(days=7, minutes=1))
    assert third.reason == ""


def test_a_threads_search_waits_for_its_share_of_the_days_quota():
    def fetch(request):
        data = [{"id": "1", "text": "x", "timestamp": AT}] if "q=found" in request.url else []
        return Response(200, request.url, {}, json.dumps({"data": data}).encode())

    poll = KINDS["threads"].poll
    free = poll(channel("threads", "nothing", "void"), None, fetch, NOW)
    assert free.next_poll_at is None  # a search that finds nothing does not count
    paid = poll(channel("threads", "found", "found too"), None, fetch, NOW)
    assert paid.next_poll_at == NOW + 2 * timedelta(days=1) / 1_900


def test_threads_searches_words_and_tags_each_in_its_mode():
    asked = []

    def fetch(request):
        asked.append(dict(parse_qsl(urlsplit(request.url).query)))
        return Response(200, request.url, {}, b'{"data": []}')

    KINDS["threads"].poll(channel("threads", '"Northwind Air"', "#northwind"), None, fetch, NOW)
    searched = {(query["q"], query["search_mode"], query["search_type"]) for query in asked}
    assert searched == {("Northwind Air", "KEYWORD", "RECENT"), ("northwind", "TAG", "RECENT")}


def test_a_page_without_its_name_is_dead_with_a_reason():
    watched = Channel("fb", "facebook", timedelta(minutes=10), None, (), {}, TOKEN)
    poll = KINDS["facebook"].poll(watched, None, pytest.fail, NOW)
    assert (poll.health, poll.reason.partition(":")[0]) == (Health.DEAD, "no_page")
