"""Discussions on GitHub asked for again: gone only where their repository shows the others."""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from earwitness.channels import refresh
from earwitness.fetching import Fetcher
from earwitness.model import Channel, Health, Post
from tests.loopback import Answer, serving

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ASKED = re.compile(
    r'(\w+): repository\(owner: "([\w.-]+)", name: "([\w.-]+)"\) '
    r"\{ hasDiscussionsEnabled discussion\(number: (\d+)\)"
)


@dataclass
class GitHub:
    """Speaks GraphQL as far as discussions of repositories by number go."""

    discussions: dict[str, dict[int, dict]] = field(default_factory=dict)  # by repository
    off: set[str] = field(default_factory=set)  # repositories that switched discussions off
    error: dict | None = None  # of the whole request
    forbidden: set[str] = field(default_factory=set)

    def __call__(self, asked):
        assert (asked.method, asked.path) == ("POST", "/graphql")
        assert asked.headers["authorization"] == "Bearer hush"
        if self.error:
            return Answer(json.dumps({"data": None, "errors": [self.error]}).encode())
        data, errors = {}, []
        for alias, owner, name, number in ASKED.findall(json.loads(asked.body)["query"]):
            data[alias], error = self.repository(f"{owner}/{name}", int(number))
            if error:
                kind, path, what = error
                errors.append({"type": kind, "path": [alias, *path], "message": what})
        return Answer(json.dumps({"data": data, **({"errors": errors} if errors else {})}).encode())

    def repository(self, name, number):
        if name in self.forbidden:
            return None, ("FORBIDDEN", [], "Resource protected by organization SAML enforcement")
        if name not in self.discussions:
            return None, ("NOT_FOUND", [], f"Could not resolve to a Repository '{name}'.")
        found = None if name in self.off else self.discussions[name].get(number)
        lacks = f"Could not resolve to a Discussion with the number of {number}."
        error = None if found else ("NOT_FOUND", ["discussion"], lacks)
        return {"hasDiscussionsEnabled": name not in self.off, "discussion": found}, error


def discussion(number, repository="acme/plane", **fields):
    return {
        "url": f"https://github.com/{repository}/discussions/{number}",
        "title": "Seats", "bodyText": "They squeak.", "createdAt": "2026-11-22T11:00:00Z",
        "lastEditedAt": None, "upvoteCount": 2, "author": {"login": "kim", "url": "https://x"},
        "comments": {"totalCount": 1}, **fields,
    }  # fmt: skip


def post(number, repository="acme/plane"):
    return Post("github", f"https://github.com/{repository}/discussions/{number}", "text",
                channel="g")  # fmt: skip


def read_again(github, *posts, **credentials):
    with serving(github) as server:
        watched = Channel("g", "github", timedelta(minutes=5), url=server.url,
                          credentials=credentials or {"token": "hush"})  # fmt: skip
        answer = refresh(watched, posts, Fetcher(allow_loopback=True), NOW)
        return answer, len(server.asked)


def test_discussions_come_with_their_edits_and_counts_fifty_a_request():
    edited = discussion(1, lastEditedAt="2026-11-22T11:30:00Z", title="Seats again", upvoteCount=9)
    github = GitHub({"acme/plane": {n: discussion(n) for n in range(1, 121)} | {1: edited}})
    answer, requests = read_again(github, *(post(n) for n in range(1, 121)))
    assert (len(answer.posts), answer.gone, requests) == (120, (), 3)
    first = answer.posts[0]
    assert (first.title, first.engagement.likes, first.engagement.replies) == ("Seats again", 9, 1)
    assert first.edited_at == datetime(2026, 11, 22, 11, 30, tzinfo=UTC)


def test_a_discussion_is_gone_if_its_repository_shows_others_and_not_it():
    answer, _ = read_again(GitHub({"acme/plane": {1: discussion(1)}}), post(1), post(2))
    assert [one.post_id for one in answer.posts] == [post(1).post_id]
    assert answer.gone == (post(2).post_id,)


def test_of_a_repository_that_the_token_may_not_see_nothing_is_learned():
    github = GitHub({"acme/plane": {1: discussion(1)}})
    answer, _ = read_again(github, post(1), post(1, "acme/secret"))
    assert (len(answer.posts), answer.gone, answer.health) == (1, (), Health.OK)
    alone, _ = read_again(github, post(1, "acme/secret"))
    assert (alone.posts, alone.gone, alone.health) == ((), (), Health.OK)


def test_a_repository_that_switched_discussions_off_erases_none():
    answer, _ = read_again(GitHub({"acme/plane": {1: discussion(1)}}, off={"acme/plane"}), post(1))
    assert (answer.posts, answer.gone) == ((), ())


@pytest.mark.parametrize(
    ("kind", "health"),
    [("RATE_LIMITED", Health.TRANSIENT), ("FORBIDDEN", Health.DEAD), (None, Health.TRANSIENT)],
)
def test_a_request_that_fails_as_a_whole_is_no_deletion(kind, health):
    error = {"message": "Something went wrong", **({"type": kind} if kind else {})}
    answer, _ = read_again(GitHub(error=error), post(1), post(2))
    assert (answer.posts, answer.gone, answer.health) == ((), (), health)
    assert answer.reason == f"graphql_{(kind or 'error').lower()}: Something went wrong"


def test_one_repository_that_refuses_the_token_does_not_hide_the_others():
    github = GitHub({"acme/plane": {1: discussion(1)}}, forbidden={"acme/locked"})
    answer, _ = read_again(github, post(1, "acme/locked"), post(1))
    assert ([one.post_id for one in answer.posts], answer.gone) == ([post(1).post_id], ())
    alone, _ = read_again(github, post(1, "acme/locked"))
    assert (alone.health, alone.gone) == (Health.DEAD, ())


def test_a_discussion_of_a_renamed_repository_stays_the_same_post():
    moved = discussion(1, "acme/jet")
    answer, _ = read_again(GitHub({"acme/plane": {1: moved}}), post(1))
    assert [one.post_id for one in answer.posts] == [post(1).post_id]
    assert answer.posts[0].url == "https://github.com/acme/jet/discussions/1"


def test_discussions_are_not_asked_for_without_a_token():
    answer, requests = read_again(GitHub(), post(1), other="hush")
    assert (answer.health, requests) == (Health.DEAD, 0)
    assert answer.reason.startswith("no_credentials")


def test_issues_and_discussions_of_one_channel_are_both_read():
    issue = "https://github.com/acme/plane/issues/7"
    github = GitHub({"acme/plane": {1: discussion(1)}})

    def both(asked):
        if asked.path == "/repos/acme/plane/issues/7":
            return Answer(json.dumps({"html_url": issue, "title": "Late"}).encode())
        return github(asked)

    answer, requests = read_again(both, post(1), Post("github", issue, "text", channel="g"))
    assert (len(answer.posts), requests) == (2, 2)
