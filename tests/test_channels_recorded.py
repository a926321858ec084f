"""Every recorded answer of the kinds that search: posts, or the right health."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from earwitness.channels import KINDS
from earwitness.fetching import Response
from earwitness.model import Channel, Health

RECORDINGS = Path(__file__).resolve().parents[1] / ".." / "shared" / "data" / "channels"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CREDENTIALS = dict.fromkeys(
    ("identifier", "app_password", "bearer_token", "client_id", "client_secret", "api_key"), "hush"
)
SESSION = b'{"accessJwt": "a", "refreshJwt": "b", "access_token": "c"}'
# What each kind answers when nothing is left, so that a replayed page is not asked for again.
NOTHING = {
    "mastodon": b"[]",
    "bluesky": b'{"posts": []}',
    "x": b'{"meta": {"result_count": 0}}',
    "stackexchange": b'{"items": [], "has_more": false}',
    "github": b'{"items": []}',
    "reddit": b'{"data": {"children": []}}',
    "youtube": b'{"items": []}',
}
# Answers to searches and listings, by file name: how many posts each must bring.
LISTINGS = {
    "bluesky": {
        "searchPosts-2026-08.json": 3,
        "searchPosts_0e3ec.json": 100,
        "searchPosts_bb16d.json": 100,
        "live-search-p1.json": 5,
        "live-search-empty.json": 0,
        "live-search-via-pds.json": 3,
    },
    "mastodon": {
        "mpy-test_hashtag_tl-02.json": 1,
        "mpy-test_pagination_iterator-31.json": 10,
        "mpy-test_timeline_disabled-02.json": 20,
        "rtoot-get_timeline_hashtag_anonymous-00.json": 5,
        "rtoot-get_timeline_public_anonymous-00.json": 20,
        "rtoot-get_timeline_public_instance_local-00.json": 10,
        "rtoot-handle_params_max_id-01.json": 40,
    },
    "x": {
        "tweepy-test_client_search_recent_tweets-0.json": 10,
        "tweepy-test_client_get_users_mentions-0.json": 10,
        "tweepy-test_client_get_home_timeline-0.json": 98,
    },
    "stackexchange": {"api23-search-2026-08.json": 3},
    "github": {"octokit-search-issues-3.json": 2},
    "reddit": {
        "SubredditListings-new-001.json": 100,
        "Subreddit-search-001.json": 6,
        "Front-new-001.json": 100,
        "MultiredditListings-comments-001.json": 100,
        "MultiredditStreams-comments__with_pause-003.json": 0,
    },
    "youtube": {
        "search-search_by_keywords_p2.json": 25,
        "search-search_by_developer.json": 5,
        "search-search_channels.json": 0,
    },
}


def replay(kind: str, body: bytes, status: int = 200, headers=None):
    """One poll to which the recording answers first, and then nothing is left."""
    if not RECORDINGS.exists():
        pytest.skip("recordings are not on this machine")
    answers = iter([Response(status, "https://a.example", headers or {}, body)])

    def fetch(request):
        if request.url.endswith(("Session", "access_token")):
            return Response(200, request.url, {}, SESSION)
        return next(answers, Response(200, request.url, {}, NOTHING[kind]))

    options = {"since": "9000d"}
    channel = Channel(
        kind, kind, timedelta(minutes=5), "https://a.example", ("q",), options, CREDENTIALS
    )
    return KINDS[kind].poll(channel, None, fetch, NOW)


CASES = [(kind, name, count) for kind, names in LISTINGS.items() for name, count in names.items()]


@pytest.mark.parametrize(("kind", "name", "count"), CASES)
def test_a_recorded_answer_brings_its_posts(kind, name, count):
    path = RECORDINGS / kind / name
    if not path.exists():
        pytest.skip("this recording is not on this machine")
    body = path.read_bytes()
    poll = replay(kind, body)
    assert poll.health is Health.OK, poll.reason
    assert len(poll.posts) == count
    for post in poll.posts:
        assert post.url.startswith("https://") or kind == "mastodon"
        post.text.encode()


@pytest.mark.parametrize(
    ("kind", "name", "status", "health"),
    [
        ("bluesky", "live-search-400.json", 400, Health.DEAD),
        ("bluesky", "live-429-createSession.json", 429, Health.TRANSIENT),
        ("x", "academictwitteR-429-liked_tweets.txt", 429, Health.TRANSIENT),
        ("mastodon", "mpy-test_status_edit-05.json", 404, Health.DEAD),
        ("github", "octokit-errors-1.json", 422, Health.DEAD),
    ],
)
def test_a_recorded_error_is_never_an_empty_list(kind, name, status, health):
    path = RECORDINGS / kind / name
    if not path.exists():
        pytest.skip("this recording is not on this machine")
    meta = json.loads(path.with_name(path.stem + ".meta.json").read_text())
    poll = replay(kind, path.read_bytes(), status, meta.get("headers", {}))
    assert (poll.health, poll.posts) == (health, ())


def recorded(kind: str, name: str) -> tuple[bytes, dict[str, str]]:
    path = RECORDINGS / kind / name
    if not path.exists():
        pytest.skip("this recording is not on this machine")
    return path.read_bytes(), json.loads(path.with_name(path.stem + ".meta.json").read_text())


def test_the_limit_that_x_names_in_its_headers_is_kept_f32():
    body, meta = recorded("x", "academictwitteR-429-liked_tweets.txt")
    soon = str(int((NOW + timedelta(minutes=7)).timestamp()))
    poll = replay("x", body, 429, meta["headers"] | {"x-rate-limit-reset": soon})
    assert poll.next_poll_at == NOW + timedelta(minutes=7)


def test_what_a_bluesky_post_says_about_itself():
    body, _ = recorded("bluesky", "searchPosts-2026-08.json")
    post = replay("bluesky", body).posts[0]
    assert post.language == "de"
    assert post.author.handle == "zachrid.bsky.social"
    assert post.url == "https://bsky.app/profile/zachrid.bsky.social/post/3msjxw2tiqs2l"
    assert post.engagement.likes == 0
