"""Known posts asked for again, per kind: gone only where the source says so."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from earwitness.channels import KINDS, refresh
from earwitness.fetching import FetchFailed, Response
from earwitness.model import Author, Channel, Health, Post
from earwitness.store.keeping import Stored, decide
from tests.posts import a_mention

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
URI = "at://did:plc:a/app.bsky.feed.post/"
CREDENTIALS = {
    "identifier": "northwind.example", "app_password": "secret", "bearer_token": "secret",
    "client_id": "id", "client_secret": "secret", "api_key": "secret",
    "access_token": "secret",
}  # fmt: skip


INSTANCE = "https://masto.example"
ISSUE = "https://github.com/acme/plane/issues/"


def channel(kind):
    url = INSTANCE if kind == "mastodon" else None
    return Channel("c", kind, timedelta(minutes=5), url=url, credentials=CREDENTIALS)


def posts(kind, *ids):
    """Known posts; of YouTube they are videos, which have titles."""
    title = "A title" if kind == "youtube" else None
    author = Author(name="Kim", handle="kim", followers=7)
    start = ISSUE if kind == "github" else ""
    return [
        Post(kind, f"{start}{i}", "text", channel="c", title=title, author=author,
             asked_by=f"masto.example/{i}" if kind == "mastodon" else None)
        for i in ids
    ]  # fmt: skip


class Source:
    """Answers each address that contains a key with its JSON; a status may stand before it."""

    def __init__(self, **answers):
        self.answers = answers
        self.asked = []

    def __call__(self, request):
        self.asked.append(request.url)
        for part, answer in self.answers.items():
            if part in request.url:
                status, body = answer if isinstance(answer, tuple) else (200, answer)
                if callable(body):
                    body = body(parse_qs(urlsplit(request.url).query))
                return Response(status, request.url, {}, json.dumps(body).encode())
        raise AssertionError(request.url)


def bluesky_view(uri, likes=0):
    record = {"text": "Northwind Air again", "createdAt": "2026-11-22T11:00:00Z"}
    author = {"handle": "kim.example"}
    return {"uri": uri, "author": author, "record": record, "likeCount": likes}


SIGN_IN = {"accessJwt": "a", "refreshJwt": "r"}


def test_bluesky_asks_for_25_at_once():
    def found(query):
        return {"posts": [bluesky_view(uri, 7) for uri in query["uris"]]}

    source = Source(createSession=SIGN_IN, getPosts=found)
    answer = KINDS["bluesky"].refresh(
        channel("bluesky"), posts("bluesky", *(f"{URI}{n}" for n in range(60))), source, NOW
    )
    assert len(answer.posts) == 60
    assert answer.posts[0].engagement.likes == 7
    assert sum("getPosts" in url for url in source.asked) == 3


@pytest.mark.parametrize(
    ("thread", "is_gone"),
    [((400, {"error": "NotFound"}), True), ((400, {"error": "InvalidRequest"}), False),
     ({"thread": {}}, False)],
)  # fmt: skip
def test_what_bluesky_leaves_out_is_gone_only_if_it_says_not_found(thread, is_gone):
    source = Source(createSession=SIGN_IN, getPosts={"posts": []}, getPostThread=thread)
    held = posts("bluesky", f"{URI}1")
    answer = KINDS["bluesky"].refresh(channel("bluesky"), held, source, NOW)
    assert answer.gone == ((held[0].post_id,) if is_gone else ())


def test_x_names_what_it_does_not_have():
    held = posts("x", 1, 2, 3)
    kind = "https://api.twitter.com/2/problems/resource-not-found"
    hidden = "https://api.twitter.com/2/problems/not-authorized-for-resource"
    source = Source(
        tweets={
            "data": [{"id": "1", "text": "hi", "public_metrics": {"like_count": 9}}],
            "errors": [
                {"resource_id": "2", "type": kind},
                {"resource_id": "3", "type": hidden},
            ],
        }
    )
    answer = KINDS["x"].refresh(channel("x"), held, source, NOW)
    assert [post.engagement.likes for post in answer.posts] == [9]
    assert answer.gone == (held[1].post_id,)


def thing(name, **fields):
    data = {"name": name, "author": "kim", "created_utc": 1795000000, "selftext": "text", **fields}
    return {"data": data}


@pytest.mark.parametrize(
    ("fields", "is_gone"),
    [({}, False), ({"selftext": "[deleted]"}, True), ({"selftext": "[removed]"}, True),
     ({"selftext": "", "body": "[deleted]"}, True), ({"author": "[deleted]"}, False),
     ({"removed_by_category": "moderator"}, True)],
)  # fmt: skip
def test_reddit_keeps_the_place_of_what_is_gone(fields, is_gone):
    listing = {"data": {"children": [thing("t3_a", **fields)]}}
    source = Source(access_token={"access_token": "a"}, info=listing)
    held = posts("reddit", "t3_a")
    answer = KINDS["reddit"].refresh(channel("reddit"), held, source, NOW)
    assert bool(answer.gone) is is_gone
    assert bool(answer.posts) is not is_gone


@pytest.mark.parametrize(("counted", "is_gone"), [(1, True), (2, False)])
def test_youtube_leaves_out_what_is_not_public(counted, is_gone):
    item = {
        "id": "v1",
        "snippet": {"title": "Review", "publishedAt": "2026-11-22T11:00:00Z"},
        "statistics": {"viewCount": "900", "likeCount": "31", "commentCount": "4"},
    }
    source = Source(videos={"items": [item], "pageInfo": {"totalResults": counted}})
    held = posts("youtube", "v1", "v2")
    answer = KINDS["youtube"].refresh(channel("youtube"), held, source, NOW)
    assert answer.posts[0].engagement.views == 900
    assert answer.posts[0].post_id == held[0].post_id
    assert answer.gone == ((held[1].post_id,) if is_gone else ())


def test_stack_exchange_is_asked_for_a_hundred_questions_at_once():
    def found(_):
        return {"items": [{"question_id": 1, "title": "Why", "score": 5, "answer_count": 2}]}

    source = Source(questions=found)
    held = [
        Post("stackexchange", str(n), "text", scope="stackoverflow", channel="c")
        for n in range(1, 151)
    ]
    answer = KINDS["stackexchange"].refresh(channel("stackexchange"), held, source, NOW)
    assert [post.post_id for post in answer.posts] == [held[0].post_id]
    assert answer.gone == ()
    assert len(source.asked) == 2


def test_stack_exchange_is_not_asked_on_while_its_body_asks_to_wait():
    source = Source(questions={"items": [], "backoff": 10})
    held = posts("stackexchange", *range(1, 151))
    answer = KINDS["stackexchange"].refresh(channel("stackexchange"), held, source, NOW)
    assert len(source.asked) == 1
    assert answer.next_at == NOW + timedelta(seconds=10)


@pytest.mark.parametrize("kind", [k for k, row in KINDS.items() if row.refresh])
def test_an_error_is_never_a_deletion(kind):
    def fails(_request):
        raise FetchFailed("timeout", transient=True)

    answer = KINDS[kind].refresh(channel(kind), posts(kind, 1, 2), fails, NOW)
    assert (answer.posts, answer.gone, answer.health) == ((), (), Health.TRANSIENT)


@pytest.mark.parametrize("kind", [k for k, row in KINDS.items() if row.refresh])
def test_nothing_to_ask_for_asks_for_nothing(kind):
    source = Source()
    answer = KINDS[kind].refresh(channel(kind), [], source, NOW)
    assert (answer.posts, source.asked) == ((), [])


def test_x_asks_for_the_last_version_of_an_edited_post():
    def found(query):
        if query["ids"] == ["1"]:
            return {"data": [{"id": "1", "text": "first", "edit_history_tweet_ids": ["1", "9"]}]}
        assert query["ids"] == ["9"]
        return {"data": [{"id": "9", "text": "last", "edit_history_tweet_ids": ["1", "9"]}]}

    (held,) = posts("x", 1)
    answer = KINDS["x"].refresh(channel("x"), [held], Source(tweets=found), NOW)
    assert [(post.post_id, post.text) for post in answer.posts] == [(held.post_id, "last")]


def test_x_is_not_asked_and_paid_for_authors_who_are_known():
    source = Source(tweets={"data": [{"id": "1", "text": "hi", "author_id": "5"}]})
    (held,) = posts("x", 1)
    (post,) = KINDS["x"].refresh(channel("x"), [held], source, NOW).posts
    assert "expansions" not in source.asked[0]
    assert (post.author.name, post.author.handle, post.author.followers) == ("Kim", "kim", 7)


def comment(comment_id, likes=0):
    top = {"id": comment_id, "snippet": {"textOriginal": "so loud", "likeCount": likes}}
    return {"id": comment_id, "snippet": {"topLevelComment": top, "totalReplyCount": 3}}


def comments(*ids):
    return [Post("youtube", i, "so loud", channel="c") for i in ids]


def test_youtube_reads_comments_again_by_their_threads():
    source = Source(commentThreads={"items": [comment("Ug1", 8), comment("Ug2")]})
    answer = KINDS["youtube"].refresh(channel("youtube"), comments("Ug1", "Ug2"), source, NOW)
    assert [post.engagement.likes for post in answer.posts] == [8, 0]
    assert (answer.gone, len(source.asked)) == ((), 1)


@pytest.mark.parametrize(
    "alone", [{"items": []}, (404, {"error": {"errors": [{"reason": "commentThreadNotFound"}]}})]
)
def test_a_comment_is_gone_if_youtube_has_not_got_it_when_asked_for_it_alone(alone):
    def source(request):
        together = "Ug1%2CUg2" in request.url
        status = 200 if together or isinstance(alone, dict) else alone[0]
        body = {"items": [comment("Ug1")]} if together else alone
        body = body if isinstance(body, dict) else body[1]
        return Response(status, request.url, {}, json.dumps(body).encode())

    held = comments("Ug1", "Ug2")
    answer = KINDS["youtube"].refresh(channel("youtube"), held, source, NOW)
    assert [post.post_id for post in answer.posts] == [held[0].post_id]
    assert answer.gone == (held[1].post_id,)


def test_the_last_of_a_quota_is_left_to_polling():
    asked = []

    def nearly_spent(request):
        asked.append(request.url)
        headers = {"x-rate-limit-remaining": "9"}
        return Response(200, request.url, headers, b'{"data": [], "errors": []}')

    answer = refresh(channel("x"), posts("x", *range(1, 301)), nearly_spent, NOW)
    assert (len(asked), answer.requests, answer.health) == (1, 1, Health.TRANSIENT)


def test_a_source_that_asks_for_patience_is_given_it():
    def refuses(request):
        return Response(429, request.url, {"retry-after": "600"}, b"")

    answer = refresh(channel("x"), posts("x", 1), refuses, NOW)
    assert answer.next_at == NOW + timedelta(minutes=10)


def status(native_id, likes=0):
    return {"id": native_id, "uri": native_id, "content": "<p>now</p>", "favourites_count": likes}


def test_mastodon_asks_for_20_statuses_at_once():
    def found(query):
        return [status(i, 7) for i in query["id[]"]]

    source = Source(statuses=found)
    answer = KINDS["mastodon"].refresh(
        channel("mastodon"), posts("mastodon", *range(1, 46)), source, NOW
    )
    assert (len(answer.posts), len(source.asked), answer.gone) == (45, 3, ())
    assert (answer.posts[0].text, answer.posts[0].engagement.likes) == ("now", 7)


MISSING = (404, {"error": "Record not found"})


@pytest.mark.parametrize("together", [[], MISSING, (405, {})], ids=["4.3", "older", "not allowed"])
def test_a_status_is_gone_if_its_instance_has_not_got_it_when_asked_for_it_alone(together):
    answers = {"statuses/1": status("1"), "statuses/2": MISSING, "statuses?": together}
    held = posts("mastodon", 1, 2)
    answer = KINDS["mastodon"].refresh(channel("mastodon"), held, Source(**answers), NOW)
    assert [post.post_id for post in answer.posts] == [held[0].post_id]
    assert answer.gone == (held[1].post_id,)


def test_a_404_that_is_not_the_instances_own_is_no_deletion():
    source = Source(statuses=(404, "a page of the proxy"))
    answer = KINDS["mastodon"].refresh(channel("mastodon"), posts("mastodon", 1), source, NOW)
    assert (answer.gone, answer.health) == ((), Health.DEAD)


def test_a_status_read_from_another_instance_is_not_asked_for():
    moved = Channel("c", "mastodon", timedelta(minutes=5), url="https://other.example")
    source = Source()
    answer = KINDS["mastodon"].refresh(moved, posts("mastodon", 1), source, NOW)
    assert (answer.posts, answer.gone, source.asked) == ((), (), [])


@pytest.mark.parametrize("answered", [404, 410])
def test_an_issue_is_gone_if_github_says_so(answered):
    now = {"html_url": f"{ISSUE}1", "title": "Edited", "body": "now", "comments": 4}
    source = Source(**{"issues/1": now, "issues/2": (answered, {"message": "Not Found"})})
    held = posts("github", 1, 2)
    answer = KINDS["github"].refresh(channel("github"), held, source, NOW)
    assert [(post.title, post.engagement.replies) for post in answer.posts] == [("Edited", 4)]
    assert answer.gone == (held[1].post_id,)
    assert source.asked[0] == "https://api.github.com/repos/acme/plane/issues/1"


def test_a_pull_request_is_asked_for_as_an_issue():
    pull = f"{ISSUE[:-7]}pull/3"
    source = Source(**{"issues/3": {"html_url": pull, "title": "Fix", "body": ""}})
    held = [Post("github", pull, "text", channel="c")]
    answer = KINDS["github"].refresh(channel("github"), held, source, NOW)
    assert [post.post_id for post in answer.posts] == [held[0].post_id]


def test_a_status_knows_by_what_its_instance_is_asked_for_it():
    native_id = str(int((NOW - timedelta(hours=1)).timestamp() * 1000) << 16)
    found = {**status(native_id), "uri": "https://elsewhere.example/notes/1"}
    (post,) = KINDS["mastodon"].poll(channel("mastodon"), None, Source(public=[found]), NOW).posts
    assert post.asked_by == f"masto.example/{native_id}"


def test_a_mention_is_asked_for_where_it_was_seen_first():
    held, offered = posts("mastodon", 1)[0], posts("mastodon", 2)[0]
    first = replace(a_mention(), post=replace(held, published_at=NOW))
    again = replace(first, post=replace(offered, text="edited", source_id="1", published_at=NOW))
    kept = decide(again, Stored(first), NOW, timedelta(days=90), flag_grown=False)
    assert (kept.mention.post.text, kept.mention.post.asked_by) == ("edited", "masto.example/1")
