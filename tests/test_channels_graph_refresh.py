"""Posts of Meta's Graph asked for again: a lost permission erases nothing, a deletion does."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from earwitness.channels import KINDS, poll, refresh
from earwitness.fetching import Fetcher
from earwitness.model import Channel, Health
from tests.graph_server import NOW, OURS, QUERY, READINGS, STRANGER, UNREADABLE, Graph, named
from tests.loopback import serving

BY_ID = ("facebook", "facebook comments", "instagram comments", "threads", "threads mentions")
BY_LIST = ("facebook tagged", "instagram tags", "instagram hashtags")


def channel(what, url):
    kind = what.partition(" ")[0]
    return Channel(what, kind, timedelta(minutes=10), url, (QUERY,), READINGS[what][0],
                   {"access_token": "hush"})  # fmt: skip


def read_again(graph, change=lambda graph: None, only=None, alter=lambda post: post):
    """What polling brought, and what reading it again does once the Graph has changed."""
    with serving(graph) as server:
        watched, fetch = channel(graph.what, server.url), Fetcher(allow_loopback=True)
        held = {post.source_id: alter(post) for post in poll(watched, None, fetch, NOW).posts}
        change(graph)
        graph.asked.clear()
        due = [post for post_id, post in held.items() if only is None or post_id in only]
        return held, refresh(watched, due, fetch, NOW + timedelta(minutes=5))


def a_graph(what, *numbers, by=STRANGER):
    graph = Graph(what)
    for number in numbers:
        graph.publish(number, by, minutes=30 + number)
    return graph


def gone(held, answer):
    return {post_id for post_id, post in held.items() if post.post_id in answer.gone}


@pytest.mark.parametrize("what", READINGS)
def test_an_edited_post_comes_as_it_is_now(what):
    def edit(graph):
        graph.posts[named(what, 1)] |= dict.fromkeys(("message", "text", "caption"), "Now in time")
        graph.posts[named(what, 1)]["like_count"] = 40

    held, answer = read_again(a_graph(what, 1, 2), edit)
    now = {post.source_id: post for post in answer.posts}
    assert (now.keys(), answer.gone, answer.health) == (held.keys(), (), Health.OK)
    assert now[named(what, 1)].text == "Now in time"
    assert now[named(what, 2)].text == held[named(what, 2)].text
    likes = now[named(what, 1)].engagement.likes
    assert likes == (None if what.startswith("threads") else 40)


@pytest.mark.parametrize("what", BY_ID)
def test_a_deleted_post_is_gone_if_another_can_be_read(what):
    graph = a_graph(what, 1, 2, 3)
    held, answer = read_again(graph, lambda g: g.delete(named(what, 2)))
    assert gone(held, answer) == {named(what, 2)}
    assert len([path for path in graph.asked if path != "me"]) == 5  # three, the list, one again
    assert {post.source_id for post in answer.posts} == {named(what, 1), named(what, 3)}


@pytest.mark.parametrize("what", BY_ID)
def test_a_post_that_is_due_alone_is_gone_if_the_list_has_another_that_can_be_read(what):
    held, answer = read_again(
        a_graph(what, 1, 2), lambda g: g.delete(named(what, 2)), only={named(what, 2)}
    )
    assert gone(held, answer) == {named(what, 2)}


@pytest.mark.parametrize("what", BY_ID)
def test_the_only_post_of_all_is_not_gone_for_nobody_vouches_for_the_token(what):
    _, answer = read_again(a_graph(what, 1), lambda g: g.delete(named(what, 1)))
    assert (answer.posts, answer.gone, answer.health) == ((), (), Health.OK)


@pytest.mark.parametrize("what", BY_ID)
def test_a_lost_permission_to_read_objects_erases_nothing(what):
    def lose(graph):
        graph.unreadable |= graph.posts.keys()
        graph.unlisted |= graph.posts.keys()

    _, answer = read_again(a_graph(what, 1, 2, 3), lose)
    assert (answer.posts, answer.gone) == ((), ())


@pytest.mark.parametrize("what", ["facebook", "facebook comments", "threads"])
def test_what_we_may_read_of_our_own_does_not_vouch_for_what_others_wrote(what):
    graph = a_graph(what, 1, 2)
    graph.publish(3, OURS)

    def lose(graph):
        graph.unreadable |= {named(what, 1), named(what, 2)}
        graph.unlisted |= {named(what, 1), named(what, 2)}

    _, answer = read_again(graph, lose)
    assert ([post.source_id for post in answer.posts], answer.gone) == ([named(what, 3)], ())


@pytest.mark.parametrize("what", ["facebook", "facebook comments", "threads"])
def test_a_post_that_may_be_our_own_does_not_vouch_for_what_a_known_author_wrote(what):
    graph = a_graph(what, 1, by=("77", "kim"))
    graph.publish(2, OURS)

    def lose(graph):
        graph.delete(named(what, 1))
        graph.posts[named(what, 2)].pop("from")
        graph.posts[named(what, 2)].pop("username")

    _, answer = read_again(graph, lose, only={named(what, 1)})
    assert (answer.posts, answer.gone) == ((), ())


@pytest.mark.parametrize("what", BY_ID)
def test_a_permission_that_is_lost_meanwhile_erases_nothing(what):
    graph = a_graph(what, 1, 2)

    class Failing(Graph):
        def found(self, path, query):
            if self.asked.count(path) > 1 and path in self.posts:
                return None  # read at first, and not any more when asked to vouch
            return super().found(path, query)

    failing = Failing(what, graph.posts)
    _, answer = read_again(failing, lambda g: g.delete(named(what, 2)))
    assert ([post.source_id for post in answer.posts], answer.gone) == ([named(what, 1)], ())


@pytest.mark.parametrize("what", BY_ID)
def test_a_post_that_its_list_still_holds_is_not_gone_and_is_read_there(what):
    def hide(graph):
        graph.unreadable.add(named(what, 1))
        graph.posts[named(what, 1)] |= dict.fromkeys(("message", "text", "caption"), "Now in time")

    _, answer = read_again(a_graph(what, 1, 2), hide)
    now = {post.source_id: post.text for post in answer.posts}
    assert (now[named(what, 1)], answer.gone) == ("Now in time", ())


@pytest.mark.parametrize("what", BY_ID)
@pytest.mark.parametrize("code", [10, 200, 100, 803, 3])
def test_any_other_refusal_of_a_post_is_no_deletion(what, code):
    def refuse(graph):
        graph.delete(named(what, 1))
        graph.refusals[named(what, 1)] = (400, {"code": code, "message": "no"})

    _, answer = read_again(a_graph(what, 1, 2), refuse)
    assert ([post.source_id for post in answer.posts], answer.gone) == ([named(what, 2)], ())
    assert answer.health is Health.OK


@pytest.mark.parametrize("what", READINGS)
@pytest.mark.parametrize(
    ("status", "error", "health"),
    [
        (400, {"code": 190, "message": "expired"}, Health.DEAD),
        (400, {"code": 10, "message": "no permission"}, Health.DEAD),
        (403, {"code": 200, "message": "no permission"}, Health.DEAD),
        (400, {"code": 613, "message": "too many calls"}, Health.TRANSIENT),
        (500, {"code": 1, "message": "unknown"}, Health.TRANSIENT),
    ],
)
def test_an_error_of_all_requests_is_named_and_erases_nothing(what, status, error, health):
    def refuse(graph):
        graph.refusals["*"] = (status, error)

    graph = a_graph(what, 1, 2)
    _, answer = read_again(graph, refuse)
    assert (answer.posts, answer.gone, answer.health) == ((), (), health)
    assert answer.reason.startswith(f"graph_{error['code']}: ")
    assert len(graph.asked) == (2 if error["code"] in (10, 200) and what in BY_ID else 1)


@pytest.mark.parametrize("what", BY_ID)
@pytest.mark.parametrize(
    ("status", "code", "health"), [(500, 2, Health.TRANSIENT), (400, 10, Health.OK)]
)
def test_a_list_that_fails_leaves_a_post_in_doubt(what, status, code, health):
    def fail(graph):
        graph.delete(named(what, 1))
        graph.refusals[READINGS[what][1]] = (status, {"code": code, "message": "down"})

    _, answer = read_again(a_graph(what, 1, 2), fail)
    assert (answer.gone, answer.health) == ((), health)
    assert [post.source_id for post in answer.posts] == [named(what, 2)]


@pytest.mark.parametrize("what", ["facebook comments", "instagram comments"])
def test_a_list_that_is_not_read_to_where_a_post_stood_leaves_it_in_doubt(what):
    def bury(graph):
        graph.delete(named(what, 1))
        for number in range(10, 610):
            graph.publish(number, minutes=1)

    _, answer = read_again(a_graph(what, 1, 2), bury)
    assert ([post.source_id for post in answer.posts], answer.gone) == ([named(what, 2)], ())


@pytest.mark.parametrize("what", ["facebook comments", "instagram comments"])
def test_a_list_is_read_no_further_than_where_a_post_stood(what):
    graph = Graph(what)
    for number in range(1, 241):
        graph.publish(number, minutes=number)
    held, answer = read_again(graph, lambda g: g.delete(named(what, 1)), {named(what, 1)})
    assert gone(held, answer) == {named(what, 1)}
    assert graph.asked.count(READINGS[what][1]) == 1


def with_its_post(what):
    def delete(graph):
        graph.delete(named(what, 1))
        graph.refusals[READINGS[what][1]] = (400, UNREADABLE)

    return gone(*read_again(a_graph(what, 1, 2), delete))


def test_a_comment_is_gone_with_the_post_if_others_comments_can_be_read():
    assert with_its_post("facebook comments") == {named("facebook comments", 1)}


def test_a_comment_stays_whose_post_cannot_be_read_where_no_id_tells_whose_it_was():
    assert with_its_post("instagram comments") == set()


@pytest.mark.parametrize(
    ("what", "source_id", "asked_by"),
    [
        ("facebook", "9_1", "9/feed"),
        ("facebook comments", "900_1", "9_900/comments"),
        ("instagram comments", "9001", "900/comments"),
    ],
)
def test_a_channel_that_reads_another_account_now_erases_nothing_of_the_one_before(
    what, source_id, asked_by
):
    _, answer = read_again(
        a_graph(what, 1, 2),
        only={named(what, 1)},
        alter=lambda post: replace(post, source_id=source_id, asked_by=asked_by),
    )
    assert answer.gone == ()


def test_who_mentioned_another_account_that_was_read_before_is_not_gone():
    what = "threads mentions"
    graph = a_graph(what, 2)
    graph.publish(1, text="@northwind_old is late")
    _, answer = read_again(graph, lambda g: g.delete(named(what, 1)))
    assert ([post.source_id for post in answer.posts], answer.gone) == ([named(what, 2)], ())


@pytest.mark.parametrize("what", BY_LIST)
def test_what_can_be_read_by_its_list_alone_is_never_gone(what):
    graph = a_graph(what, 1, 2)
    _, answer = read_again(graph, lambda g: g.delete(named(what, 1)))
    assert ([post.source_id for post in answer.posts], answer.gone) == ([named(what, 2)], ())
    assert graph.asked == [READINGS[what][1]]


@pytest.mark.parametrize("what", BY_LIST)
def test_a_list_is_read_as_far_down_as_the_oldest_post_stands(what):
    graph = Graph(what)
    for number in range(1, 141):
        graph.publish(number, minutes=number)
    _, answer = read_again(graph, only={named(what, 1), named(what, 140)})
    assert {post.source_id for post in answer.posts} == {named(what, 1), named(what, 140)}
    assert len(graph.asked) == (3 if what == "instagram hashtags" else 2)


@pytest.mark.parametrize("what", BY_ID)
@pytest.mark.parametrize(
    "change", [{"asked_by": None}, {"dated_by_us": True}], ids=["no list", "no date"]
)
def test_a_post_is_not_gone_whose_place_in_a_list_is_not_known(what, change):
    _, answer = read_again(
        a_graph(what, 1, 2),
        lambda g: g.delete(named(what, 1)),
        alter=lambda post: replace(post, **change),
    )
    assert answer.gone == ()


@pytest.mark.parametrize("what", BY_ID)
def test_a_text_that_is_withheld_is_no_edit(what):
    def withhold(graph):
        for name in ("message", "text", "caption", "from", "username"):
            graph.posts[named(what, 1)].pop(name, None)

    held, answer = read_again(a_graph(what, 1), withhold)
    assert [(post.text, post.author) for post in answer.posts] == [
        (post.text, post.author) for post in held.values()
    ]


@pytest.mark.parametrize("what", BY_ID)
def test_after_ten_posts_of_which_none_can_be_read_no_more_are_asked_for(what):
    graph = a_graph(what, *range(1, 25))
    held, answer = read_again(graph, lambda g: g.unreadable.update(g.posts))
    assert sum(path in held for path in graph.asked) == 13  # with those that might vouch
    assert (answer.gone, answer.health) == ((), Health.OK)


@pytest.mark.parametrize("what", BY_ID)
def test_a_limit_that_is_nearly_used_ends_the_reading_in_time(what):
    usage = json.dumps({"call_count": 90})
    graph = a_graph(what, 1, 2, 3)
    _, answer = read_again(graph, lambda g: g.headers.update({"x-app-usage": usage}))
    assert (len(graph.asked), len(answer.posts)) == (1, 1)
    assert answer.next_at == NOW + timedelta(minutes=35)


@pytest.mark.parametrize("what", READINGS)
def test_readings_have_an_allowance_of_their_own(what):
    row = KINDS[what.partition(" ")[0]]
    assert row.refreshes_per_day(channel(what, "https://a.example")) == row.most_refreshes


def test_threads_is_not_searched_for_each_post_where_none_of_others_can_be_read():
    graph = a_graph("threads", *range(1, 8))
    _, answer = read_again(graph, lambda g: g.unreadable.update(g.posts))
    assert (answer.gone, graph.asked.count("keyword_search")) == ((), 1)
