"""Every recorded answer of the channels' sources: posts, or the right health."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.recorded_channels import NOW, Recording, recordings, replay
from earwitness.model import Health

CASES = Path(__file__).parent / "cases" / "channels" / "recorded.json"
# Answers to searches and listings, by file name: how many posts each must bring.
LISTINGS = {
    "facebook": {
        "comments-comments_p1.json": 10,
        "posts-feeds_default_fields_p1.json": 5,
        "groups-feed_p2.json": 6,
    },
    "instagram": {
        "users-tagged_medias.json": 5,
        "hashtags-hashtag_recent_medias_p1.json": 5,
        "users-mentioned_media.json": 1,
    },
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
    },
}


def recorded(kind: str, name: str) -> Recording:
    found = [one for one in recordings(kind) if one.name == name]
    if not found:
        pytest.skip("this recording is not on this machine")
    return found[0]


NAMED = [(kind, name, count) for kind, names in LISTINGS.items() for name, count in names.items()]


@pytest.mark.parametrize(("kind", "name", "count"), NAMED)
def test_a_recorded_answer_brings_its_posts(kind, name, count):
    poll = replay(recorded(kind, name))
    assert poll.health is Health.OK, poll.reason
    assert len(poll.posts) == count
    for post in poll.posts:
        # Statuses of any instance, and hashtags' media, come without an address of their own.
        assert kind in ("mastodon", "instagram") or post.url.startswith("https://")
        post.text.encode()


def outcome(poll) -> str:
    """What became of a recording: posts, or a health and the name of its reason."""
    if poll.health is Health.OK:
        return f"{len(poll.posts)} posts"
    return f"{poll.health} {poll.reason.partition(':')[0]}"


FOLDERS = json.loads(CASES.read_text("utf-8"))


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_recorded_body_brings_posts_or_the_health_it_should(folder):
    found = {one.name: outcome(replay(one)) for one in recordings(folder)}
    if not found:
        pytest.skip("recordings are not on this machine")
    known = FOLDERS[folder]
    assert {name: known.get(name, result) for name, result in found.items()} == found


@pytest.mark.parametrize("folder", FOLDERS)
def test_f28_no_recorded_error_passes_for_an_empty_list(folder):
    for one in recordings(folder):
        poll = replay(one)
        if one.status >= 400:
            assert poll.health is not Health.OK, one.name
        if poll.health is Health.OK and not poll.posts:
            assert one.empty, one.name


@pytest.mark.parametrize(
    ("kind", "name", "health"),
    [
        ("bluesky", "live-search-400.json", Health.DEAD),
        ("bluesky", "live-429-createSession.json", Health.TRANSIENT),
        ("x", "academictwitteR-429-liked_tweets.txt", Health.TRANSIENT),
        ("mastodon", "mpy-test_status_delete_media-07.json", Health.DEAD),
        ("github", "octokit-errors-1.json", Health.DEAD),
        ("facebook", "graph-base-error_data.json", Health.DEAD),
    ],
)
def test_a_recorded_error_is_never_an_empty_list(kind, name, health):
    poll = replay(recorded(kind, name))
    assert (poll.health, poll.posts) == (health, ())


def test_f32_the_limit_that_x_names_in_its_headers_is_kept():
    limited = recorded("x", "academictwitteR-429-liked_tweets.txt")
    soon = str(int((NOW + timedelta(minutes=7)).timestamp()))
    poll = replay(replace(limited, headers={**limited.headers, "x-rate-limit-reset": soon}))
    assert poll.next_poll_at == NOW + timedelta(minutes=7)


def test_what_a_bluesky_post_says_about_itself():
    post = replay(recorded("bluesky", "searchPosts-2026-08.json")).posts[0]
    assert post.language == "de"
    assert post.author.handle == "zachrid.bsky.social"
    assert post.url == "https://bsky.app/profile/zachrid.bsky.social/post/3msjxw2tiqs2l"
    assert post.engagement.likes == 0


def test_a_comment_without_an_id_is_known_by_its_address():
    post = replay(recorded("facebook", "comments-comments_p1.json")).posts[0]
    assert post.source_id == "10158407654328553_10158407835073553"
    assert post.engagement.replies == 1
    assert post.text.startswith("Boa noite")


def test_what_was_shared_with_a_facebook_post_is_part_of_it():
    post = replay(recorded("facebook", "posts-feeds_default_fields_p2.json")).posts[0]
    assert "NetHack Challenge" in post.text
    assert "https://ai.facebook.com/blog/" in post.text
    assert post.engagement.likes is not None


def test_a_mention_on_instagram_is_read_when_it_is_named():
    post = replay(recorded("instagram", "users-mentioned_comment.json")).posts[0]
    assert (post.text, post.author.handle) == ("@ikroskun good", "ikroskun")
