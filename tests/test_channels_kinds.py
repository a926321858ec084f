"""What single kinds promise beyond finding every post."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from earwitness.channels import KINDS, bluesky, queries, reddit, refuses_credentials
from earwitness.fetching import Response
from earwitness.model import Brand, Channel, Health, Role, Term, TermKind, Watchlist

NOW = datetime(2026, 11, 16, 0, 0, tzinfo=UTC)  # half of the month is over


def channel(kind: str, credentials=None, **options: object) -> Channel:
    return Channel(
        kind, kind, timedelta(minutes=5), "https://a.example", ('"Northwind Air"',), options,
        credentials or {},
    )  # fmt: skip


def watchlist(*terms: Term) -> Watchlist:
    return Watchlist((Brand("b", Role.OWN, terms),), (), "v")


@pytest.fixture(autouse=True)
def nobody_is_signed_in():
    bluesky._tokens._held.clear()
    reddit._tokens._held.clear()


def test_the_terms_become_quoted_phrases():
    terms = Term("Northwind Air"), Term("@northwind", TermKind.HANDLE), Term('say "hi"')
    assert queries("hackernews", watchlist(*terms)) == (
        '"Northwind Air"', "@northwind", '"say hi"',
    )  # fmt: skip


def test_a_term_of_two_brands_is_asked_for_once():
    assert queries("hackernews", watchlist(Term("Contoso"), Term("Contoso"))) == ('"Contoso"',)


def test_alternatives_are_joined_within_the_limit_and_none_is_left_out():
    terms = [Term(f"Brand number {number}") for number in range(100)]
    built = queries("x", watchlist(*terms))
    assert all(len(query) <= 480 for query in built)
    parts = [part for query in built for part in query.split(" OR ")]
    assert parts[:100] == [f'"{term.text}"' for term in terms]


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.misspellings])
def test_likely_misspellings_follow_every_term(kind):
    terms = Term("Northwind Air", allow=("nordwind air",)), Term("Contoso")
    asked = " | ".join(queries(kind, watchlist(*terms)))
    in_order = ['"Northwind Air"', '"Contoso"', '"nordwind air"', '"nortwind air"']
    assert in_order == sorted(in_order, key=asked.index)
    assert '"нортвинд аир"' in asked


@pytest.mark.parametrize(
    "term",
    [
        Term("Contoso", fuzzy=False),
        Term("Contoso", case_sensitive=True),
        Term("@contoso", TermKind.HANDLE),
    ],
)
def test_what_is_found_as_written_only_is_asked_for_as_written(term):
    assert len(queries("bluesky", watchlist(term))) == 1


def test_a_kind_whose_requests_are_few_asks_for_the_terms_alone():
    assert queries("github", watchlist(Term("Contoso"))) == ('"Contoso"',)


def test_a_kind_that_lists_has_no_queries():
    assert queries("feed", watchlist(Term("Contoso"))) == ()


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.credentials])
def test_missing_credentials_are_dead_and_named(kind):
    watched = channel(kind, credentials_name="x", page="northwindair", account="178414000")
    poll = KINDS[kind].poll(watched, None, pytest.fail, NOW)
    assert poll.health is Health.DEAD
    assert "no_credentials" in poll.reason


@pytest.mark.parametrize("kind", KINDS)
def test_a11_a13_credentials_are_never_shown(kind):
    watched = channel(kind, {"bearer_token": "hush", "app_password": "hush"})
    assert "hush" not in repr(watched)


def session_server(tokens_refused: set[str], asked: list[str]):
    made = iter(range(100))

    def fetch(request):
        method = request.url.rpartition("/")[2].partition("?")[0]
        asked.append(method)
        if method.endswith("createSession"):
            assert json.loads(request.body) == {"identifier": "me", "password": "hush"}
        if method.endswith("Session"):
            token = f"token{next(made)}"
            return Response(
                200, "", {}, json.dumps({"accessJwt": token, "refreshJwt": "r"}).encode()
            )
        if request.headers["authorization"].removeprefix("Bearer ") in tokens_refused:
            return Response(400, "", {}, b'{"error": "ExpiredToken", "message": "expired"}')
        return Response(200, "", {}, b'{"posts": []}')

    return fetch


ACCOUNT = {"identifier": "me", "app_password": "hush"}


def test_a_session_is_used_until_it_runs_out_and_then_renewed():
    asked: list[str] = []
    fetch = session_server(set(), asked)
    for minutes in (0, 30, 60, 100):
        KINDS["bluesky"].poll(
            channel("bluesky", ACCOUNT), None, fetch, NOW + timedelta(minutes=minutes)
        )
    sessions = [method.rpartition(".")[2] for method in asked if method.endswith("Session")]
    assert sessions == ["createSession", "refreshSession"]


def sessions(asked):
    return [name for _, _, name in (m.rpartition(".") for m in asked) if name.endswith("Session")]


def test_a_token_refused_early_is_renewed_without_signing_in_anew():
    asked: list[str] = []
    fetch = session_server({"token0"}, asked)
    poll = KINDS["bluesky"].poll(channel("bluesky", ACCOUNT), None, fetch, NOW)
    assert poll.health is Health.OK
    assert sessions(asked) == ["createSession", "refreshSession"]
    assert len(asked) == 4


def test_a_renewed_token_that_is_refused_as_well_is_replaced_by_signing_in_anew():
    asked: list[str] = []
    fetch = session_server({"token0", "token1"}, asked)
    poll = KINDS["bluesky"].poll(channel("bluesky", ACCOUNT), None, fetch, NOW)
    assert poll.health is Health.OK
    assert sessions(asked) == ["createSession", "refreshSession", "createSession"]


def test_tokens_refused_for_ever_end_in_a_dead_channel():
    asked: list[str] = []
    fetch = session_server({f"token{n}" for n in range(9)}, asked)
    poll = KINDS["bluesky"].poll(channel("bluesky", ACCOUNT), None, fetch, NOW)
    assert poll.health is Health.DEAD
    assert sessions(asked) == ["createSession", "refreshSession", "createSession"]
    assert len(asked) == 6


def tweets(count: int) -> bytes:
    newest = ((int(NOW.timestamp() * 1000) - 1288834974657) << 22) - 1
    data = [{"id": str(newest - n), "text": "x"} for n in range(count)]
    return json.dumps({"meta": {}, "data": data}).encode()


TOKEN = {"bearer_token": "hush"}


def test_x_says_so_when_it_saves_and_when_it_goes_on():
    capped = channel("x", TOKEN, most_posts_per_month=300)
    cursor, fetched = None, []

    def fetch(request):
        fetched.append(request)
        return Response(200, "", {}, tweets(100))

    for _ in range(3):
        poll = KINDS["x"].poll(capped, cursor, fetch, NOW)
        cursor = poll.cursor
    assert len(fetched) == 1  # half the month's 300, less a page kept in hand
    assert (poll.health, poll.posts) == (Health.OK, ())
    assert "100 of 300 posts" in poll.reason
    assert NOW < poll.next_poll_at <= NOW + timedelta(hours=24)
    later = KINDS["x"].poll(capped, cursor, fetch, NOW + timedelta(days=6))
    assert (later.reason, len(fetched)) == ("", 2)


def test_x_starts_each_month_with_a_new_allowance():
    capped = channel("x", TOKEN, most_posts_per_month=3_000)
    cursor = json.dumps({"walks": None, "month": "2026-10", "posts": 3_000})
    poll = KINDS["x"].poll(capped, cursor, lambda _: Response(200, "", {}, tweets(1)), NOW)
    assert len(poll.posts) == 1


def test_x_says_that_posts_were_lost_which_the_cap_kept_unread_for_over_seven_days():
    capped = channel("x", TOKEN, most_posts_per_month=300)
    fetch = lambda _: Response(200, "", {}, tweets(1))  # noqa: E731
    first = KINDS["x"].poll(capped, None, fetch, NOW)
    spent = json.dumps(json.loads(first.cursor) | {"posts": 300})
    later = NOW + timedelta(days=12)
    saving = KINDS["x"].poll(capped, spent, fetch, later)
    assert (first.lost_until, saving.reason[:4]) == (None, "gap:")
    assert (saving.lost_since, saving.lost_until) == (NOW, later - timedelta(days=6, hours=23))
    assert "saving: 300 of 300" in saving.reason


def test_x_says_that_posts_were_lost_where_an_outage_tore_a_walk_for_over_seven_days():
    watched, pages = channel("x", TOKEN), iter([(200, 1), (500, 0)])

    def fetch(_request):
        status, more = next(pages, (200, 0))
        body = json.loads(tweets(1)) | {"meta": {"next_token": "t"} if more else {}}
        return Response(status, "", {}, json.dumps(body).encode())

    torn = KINDS["x"].poll(watched, None, fetch, NOW)
    after = NOW + timedelta(days=9)
    back = KINDS["x"].poll(watched, torn.cursor, fetch, after)
    assert (torn.health, torn.lost_until) == (Health.TRANSIENT, None)
    assert (back.health, back.reason[:4]) == (Health.OK, "gap:")
    assert back.lost_since < NOW < back.lost_until == after - timedelta(days=6, hours=23)
    last = KINDS["x"].poll(watched, back.cursor, fetch, after)
    assert KINDS["x"].poll(watched, last.cursor, fetch, after).lost_until is None


def test_a_quiet_query_of_x_has_lost_nothing():
    empty = Response(200, "", {}, b'{"meta": {}}')
    first = KINDS["x"].poll(channel("x", TOKEN), None, lambda _: empty, NOW)
    week = KINDS["x"].poll(
        channel("x", TOKEN), first.cursor, lambda _: empty, NOW + timedelta(days=6)
    )
    fortnight = NOW + timedelta(days=12)
    poll = KINDS["x"].poll(channel("x", TOKEN), week.cursor, lambda _: empty, fortnight)
    assert poll.lost_until is None


def test_f26_a_first_id_tells_an_edited_x_post_from_a_new_one():
    tweet = {"id": "1990000000000000009", "text": "b", "created_at": "2026-11-15T23:00:00Z"}
    both = ("edit_history_tweet_ids", "edit_history_post_ids")
    for name in both:
        body = json.dumps(
            {"meta": {}, "data": [tweet | {name: ["1990000000000000001", tweet["id"]]}]}
        )
        poll = KINDS["x"].poll(
            channel("x", TOKEN, since="400d"), None,
            lambda _, body=body: Response(200, "", {}, body.encode()), NOW,
        )  # fmt: skip
        assert poll.posts[0].source_id == "1990000000000000001"
        assert poll.posts[0].edited_at is not None


def test_f32_stack_exchange_is_left_alone_for_as_long_as_its_body_says():
    body = b'{"items": [], "has_more": false, "backoff": 42, "quota_remaining": 10}'
    poll = KINDS["stackexchange"].poll(
        channel("stackexchange"), None, lambda _: Response(200, "", {}, body), NOW
    )
    assert poll.next_poll_at == NOW + timedelta(seconds=42)


def test_an_incomplete_search_on_github_is_not_taken_for_a_complete_one():
    body = b'{"items": [], "incomplete_results": true}'
    poll = KINDS["github"].poll(channel("github"), None, lambda _: Response(200, "", {}, body), NOW)
    assert poll.health is Health.TRANSIENT


def test_an_edited_status_comes_again_as_the_same_post():
    def status(text: str, edited: str | None):
        made = {"id": str(int(NOW.timestamp() * 1000) << 16), "uri": "u", "content": text,
                "created_at": "2026-11-15T23:59:00Z", "edited_at": edited}  # fmt: skip
        return lambda _: Response(200, "", {}, json.dumps([made]).encode())

    first = KINDS["mastodon"].poll(channel("mastodon"), None, status("before", None), NOW)
    again = KINDS["mastodon"].poll(
        channel("mastodon"), first.cursor, status("after", "2026-11-15T23:59:30Z"), NOW
    )
    assert again.posts[0].post_id == first.posts[0].post_id
    assert again.posts[0].text == "after"
    assert again.posts[0].edited_at is not None


def answering(answers: dict[str, object], asked: list[str] | None = None):
    """A source that answers by the first part of the address that fits."""

    def fetch(request):
        if asked is not None:
            asked.append(request.url + request.body.decode())
        body = next(body for part, body in answers.items() if part in request.url)
        if isinstance(body, Response):
            return body
        return Response(200, request.url, {}, json.dumps(body).encode())

    return fetch


def bluesky_posts(authors: int) -> dict[str, object]:
    at = "2026-11-15T23:00:00.000Z"
    return {
        "posts": [
            {"uri": f"at://did:plc:{n}/app.bsky.feed.post/{n}", "indexedAt": at,
             "record": {"text": "x", "createdAt": at}}
            for n in range(authors)
        ]
    }  # fmt: skip


def test_followers_on_bluesky_are_looked_up_for_a_hundred_authors_at_most():
    asked: list[str] = []
    profiles = {"profiles": [{"did": "did:plc:7", "followersCount": 4200}]}
    answers = {"Session": {"accessJwt": "t"}, "searchPosts": bluesky_posts(99), "getProf": profiles}
    poll = KINDS["bluesky"].poll(channel("bluesky", ACCOUNT), None, answering(answers, asked), NOW)
    followers = {post.source_id: post.author.followers for post in poll.posts}
    assert followers["at://did:plc:7/app.bsky.feed.post/7"] == 4200
    assert followers["at://did:plc:8/app.bsky.feed.post/8"] is None
    looked_up = [url for url in asked if "getProfiles" in url]
    assert [url.count("actors=") for url in looked_up] == [25, 25, 25, 24]


def test_a_failing_look_up_of_followers_costs_no_post():
    failing = Response(500, "", {}, b"oops")
    answers = {"Session": {"accessJwt": "t"}, "searchPosts": bluesky_posts(3), "getProf": failing}
    poll = KINDS["bluesky"].poll(channel("bluesky", ACCOUNT), None, answering(answers), NOW)
    assert (poll.health, len(poll.posts)) == (Health.OK, 3)


def test_a_search_on_mastodon_asks_for_each_term():
    asked: list[str] = []
    status = {"id": str(int(NOW.timestamp() * 1000) - 5_000 << 16), "uri": "u", "content": "hi"}
    fetch = answering({"/api/v2/search": {"statuses": [status]}}, asked)
    watched = channel("mastodon", {"access_token": "hush"}, timeline="search")
    poll = KINDS["mastodon"].poll(watched, None, fetch, NOW)
    assert [post.text for post in poll.posts] == ["hi"]
    assert "type=statuses&q=%22Northwind+Air%22&min_id=" in asked[0]


DISCUSSION = {
    "url": "https://github.com/n/n/discussions/1", "title": "Seats", "bodyText": "They squeak.",
    "createdAt": "2026-11-15T20:00:00Z", "lastEditedAt": "2026-11-15T21:00:00Z", "upvoteCount": 4,
    "author": {"login": "mira", "url": "https://github.com/mira"}, "comments": {"totalCount": 2},
}  # fmt: skip


def test_discussions_on_github_are_read_with_edits_votes_and_comments():
    asked: list[str] = []
    search = {"discussionCount": 1, "nodes": [DISCUSSION]}
    fetch = answering({"/graphql": {"data": {"search": search}}}, asked)
    watched = channel("github", {"token": "hush"}, read="discussions")
    (post,) = KINDS["github"].poll(watched, None, fetch, NOW).posts
    assert (post.title, post.text, post.author.handle) == ("Seats", "They squeak.", "mira")
    assert (post.engagement.likes, post.engagement.replies) == (4, 2)
    assert post.edited_at == datetime(2026, 11, 15, 21, tzinfo=UTC)
    assert "created:2026-11-15T00:00:00Z.." in asked[0]


@pytest.mark.parametrize(
    ("error", "health"), [("FORBIDDEN", Health.DEAD), ("RATE_LIMITED", Health.TRANSIENT)]
)
def test_f28_an_error_in_a_graphql_answer_is_no_empty_list(error, health):
    fetch = answering({"/graphql": {"errors": [{"type": error, "message": "no"}], "data": None}})
    watched = channel("github", {"token": "hush"}, read="discussions")
    assert KINDS["github"].poll(watched, None, fetch, NOW).health is health


VIDEO = {"id": {"videoId": "v1"}, "snippet": {"title": "Row 7", "description": "Flying wi…",
                                              "publishedAt": "2026-11-15T20:00:00Z"}}  # fmt: skip
DETAILS = {
    "id": "v1", "snippet": {"description": "Flying with Northwind", "defaultAudioLanguage": "sv"},
    "statistics": {"viewCount": "900", "likeCount": "30", "commentCount": "5"},
}  # fmt: skip


def thread(text: str, changed: str = "2026-11-15T22:00:00Z") -> dict[str, object]:
    snippet = {"textDisplay": text, "authorDisplayName": "Mira", "likeCount": 3, "videoId": "v1",
               "publishedAt": "2026-11-15T22:00:00Z", "updatedAt": changed}  # fmt: skip
    return {"snippet": {"topLevelComment": {"id": "c1", "snippet": snippet}, "totalReplyCount": 1}}


KEY = {"api_key": "hush"}


def youtube(comments: object, asked: list[str] | None = None):
    answers = {"/search": {"items": [VIDEO]}, "/videos": {"items": [DETAILS]}}
    return answering({**answers, "/commentThreads": comments}, asked)


def test_a_video_comes_with_its_counts_and_its_whole_description():
    video, _ = (
        KINDS["youtube"]
        .poll(channel("youtube", KEY), None, youtube({"items": [thread("late")]}), NOW)
        .posts
    )
    assert (video.text, video.language) == ("Flying with Northwind", "sv")
    assert (video.engagement.views, video.engagement.likes) == (900, 30)


def test_comments_on_the_videos_found_are_read_and_edited_ones_come_again():
    poll = KINDS["youtube"].poll
    first = poll(channel("youtube", KEY), None, youtube({"items": [thread("late")]}), NOW)
    changed = youtube({"items": [thread("never came", "2026-11-15T23:00:00Z")]})
    second = poll(channel("youtube", KEY), first.cursor, changed, NOW + timedelta(minutes=30))
    assert [post.text for post in first.posts if post.source_id == "c1"] == ["late"]
    (edited,) = second.posts
    assert (edited.source_id, edited.text) == ("c1", "never came")
    assert edited.edited_at == datetime(2026, 11, 15, 23, tzinfo=UTC)


def test_a_video_whose_comments_are_off_harms_no_other():
    off = {"error": {"code": 403, "errors": [{"reason": "commentsDisabled"}]}}
    answer = Response(403, "", {}, json.dumps(off).encode())
    poll = KINDS["youtube"].poll(channel("youtube", KEY), None, youtube(answer), NOW)
    assert (poll.health, len(poll.posts)) == (Health.OK, 1)


def test_f32_a_spent_quota_on_youtube_waits_for_midnight_in_california():
    spent = {"error": {"code": 403, "errors": [{"reason": "quotaExceeded"}]}}
    answer = Response(403, "", {}, json.dumps(spent).encode())
    poll = KINDS["youtube"].poll(
        channel("youtube", KEY), None, answering({"/search": answer}), NOW + timedelta(hours=1)
    )
    assert poll.health is Health.TRANSIENT
    assert poll.next_poll_at == datetime(2026, 11, 16, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "reason", "message", "waits_for"),
    [
        (403, "rateLimitExceeded", "Too many requests per minute.", timedelta(minutes=15)),
        (403, "userRateLimitExceeded", "User rate limit exceeded.", timedelta(minutes=15)),
        (429, "rateLimitExceeded", "Quota exceeded: Search Queries per day.", timedelta(hours=7)),
    ],
)
def test_f32_a_minutes_limit_on_youtube_does_not_cost_the_day(status, reason, message, waits_for):
    said = {"error": {"code": status, "message": message, "errors": [{"reason": reason}]}}
    answer = Response(status, "", {}, json.dumps(said).encode())
    poll = KINDS["youtube"].poll(
        channel("youtube", KEY), None, answering({"/search": answer}), NOW + timedelta(hours=1)
    )
    assert poll.health is Health.TRANSIENT
    assert poll.next_poll_at == NOW + timedelta(hours=1) + waits_for


@pytest.mark.parametrize(
    ("error_id", "health", "next_poll_at"),
    [(502, Health.TRANSIENT, NOW + timedelta(seconds=600)), (400, Health.DEAD, None)],
)
def test_f32_stack_exchange_says_in_the_body_of_a_400_what_passes(error_id, health, next_poll_at):
    said = {
        "error_id": error_id,
        "error_name": "throttle_violation",
        "error_message": "too many requests from this IP, more requests available in 600 seconds",
    }
    answer = Response(400, "", {}, json.dumps(said).encode())
    poll = KINDS["stackexchange"].poll(channel("stackexchange"), None, lambda _: answer, NOW)
    assert (poll.health, poll.next_poll_at) == (health, next_poll_at)


def test_a_400_of_stack_exchange_that_says_nothing_is_a_refusal():
    answer = Response(400, "", {}, b"")
    poll = KINDS["stackexchange"].poll(channel("stackexchange"), None, lambda _: answer, NOW)
    assert (poll.health, poll.reason.split(":")[0]) == (Health.DEAD, "http_400")


def test_a_page_made_short_by_what_reddit_hides_is_not_taken_for_the_end():
    def page(first: int, after: str | None) -> dict[str, object]:
        at = NOW.timestamp() - 60 * first
        things = [{"name": f"t3_{n}", "created_utc": at} for n in range(first, first + 97)]
        return {"data": {"after": after, "children": [{"data": thing} for thing in things]}}

    pages = answering({
        "after=t3_97": page(98, None),
        "/search": page(1, "t3_97"),
        "access_token": {"access_token": "token"},
    })  # fmt: skip
    secret = {"client_id": "id", "client_secret": "hush"}
    poll = KINDS["reddit"].poll(channel("reddit", secret), None, pages, NOW)
    assert (poll.health, len(poll.posts)) == (Health.OK, 2 * 97)


def test_a_token_that_reddit_takes_no_longer_is_replaced_at_once():
    asked: list[str] = []

    def fetch(request):
        if "access_token" in request.url:
            asked.append(f"token {len(asked)}")
            body = {"access_token": asked[-1], "expires_in": 86_400}
            return Response(200, request.url, {}, json.dumps(body).encode())
        if request.headers["authorization"] == "Bearer token 0":
            return Response(401, request.url, {}, b"{}")
        return Response(200, request.url, {}, b'{"data": {"children": []}}')

    secret = {"client_id": "id", "client_secret": "hush"}
    poll = KINDS["reddit"].poll(channel("reddit", secret), None, fetch, NOW)
    assert (poll.health, asked) == (Health.OK, ["token 0", "token 1"])


REFUSED = {
    "threads": {"error": {"code": 190, "message": "Error validating access token"}},
    "youtube": {"error": {"code": 400, "errors": [{"reason": "badRequest"}]}},
}


@pytest.mark.parametrize("kind", REFUSED)
def test_f39_credentials_refused_with_400_are_known_for_refused(kind):
    secret = {"access_token": "hush", "api_key": "hush"}
    answer = Response(400, "", {}, json.dumps(REFUSED[kind]).encode())
    poll = KINDS[kind].poll(channel(kind, secret), None, lambda _: answer, NOW)
    assert poll.health is Health.DEAD
    assert refuses_credentials(poll)


def instance(live: str, listed: object = (), refused: int | None = None):
    """A Mastodon 4.5 whose timelines are all shown to those: public, authenticated, disabled."""
    feeds = {"local": live, "remote": live}
    access = {"live_feeds": feeds, "hashtag_feeds": feeds}

    def fetch(request):
        about = "v2/instance" in request.url
        said = {"configuration": {"timelines_access": access}} if about else []
        if "limit=1" in request.url:
            said = list(listed)
        return Response(200 if about else refused or 200, "", {}, json.dumps(said).encode())

    return fetch


MEMBER = {"access_token": "hush"}


@pytest.mark.parametrize(
    ("live", "credentials", "health"),
    [("public", {}, Health.OK), ("authenticated", {}, Health.DEAD),
     ("authenticated", MEMBER, Health.OK), ("disabled", MEMBER, Health.DEAD)],
)  # fmt: skip
@pytest.mark.parametrize("timeline", ["public", "local", "tags"])
def test_an_empty_timeline_of_mastodon_is_dead_where_the_instance_says_it_is_off(
    timeline, live, credentials, health
):
    watched = channel("mastodon", credentials, timeline=timeline)
    poll = KINDS["mastodon"].poll(watched, None, instance(live), NOW)
    assert (poll.health, poll.reason[:12]) == (
        health,
        "timeline_off" if health is Health.DEAD else "",
    )


def test_a_timeline_that_is_off_for_others_is_quiet_for_an_account_that_sees_it():
    fetch = instance("disabled", listed=[{"id": "1"}])
    poll = KINDS["mastodon"].poll(channel("mastodon", MEMBER), None, fetch, NOW)
    assert (poll.health, poll.reason) == (Health.OK, "")


@pytest.mark.parametrize("status", [401, 422])
def test_a_timeline_for_members_only_says_what_to_do(status):
    fetch = instance("authenticated", refused=status)
    poll = KINDS["mastodon"].poll(channel("mastodon"), None, fetch, NOW)
    assert (poll.health, poll.reason[:8]) == (Health.DEAD, f"http_{status}")
    assert "access_token" in poll.reason
