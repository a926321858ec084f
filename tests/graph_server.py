"""A server that speaks as Meta's Graph does: lists by cursor and window, objects by their ids."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.loopback import Answer

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
QUERY = '"Northwind Air"'
OURS, STRANGER = ("1", "northwind"), (None, "kim")  # Facebook's number, and the handle elsewhere
UNREADABLE = {"code": 100, "error_subcode": 33, "message": "does not exist, or no permission"}
SAID = "@northwind Northwind Air is late"
# By what is read: its options, its list, and how its posts are numbered.
READINGS = {
    "facebook": ({"page": "n"}, "n/feed", "1_{}"),
    "facebook comments": ({"page": "n"}, "1_500/comments", "500_{}"),
    "facebook tagged": ({"page": "n", "read": "tagged"}, "n/tagged", "7_{}"),
    "instagram tags": ({"account": "178"}, "178/tags", "{}"),
    "instagram comments": ({"account": "178", "read": "comments"}, "500/comments", "{}"),
    "instagram hashtags": ({"account": "178", "read": "hashtags"}, "17/recent_media", "{}"),
    "threads": ({}, "keyword_search", "{}"),
    "threads mentions": ({"read": "mentions"}, "me/mentions", "{}"),
}


@dataclass
class Graph:
    """Speaks as Meta's Graph does: lists by cursor and window, objects by their ids."""

    what: str
    posts: dict[str, dict] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)  # by their ids; lists show them all the same
    unlisted: set[str] = field(default_factory=set)
    refusals: dict[str, tuple[int, dict]] = field(default_factory=dict)  # by path; "*": all
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def publish(self, number: int, by=STRANGER, text=SAID, minutes=60):
        at = f"{NOW - timedelta(minutes=minutes):%FT%T}+0000"
        known_by = {"from": {"id": by[0], "name": "Northwind"}} if by[0] else {}
        post_id = READINGS[self.what][2].format(number)
        self.posts[post_id] = {
            "id": post_id, "created_time": at, "timestamp": at, "username": by[1], "like_count": 1,
            "message": text, "text": text, "caption": text, **known_by,
        }  # fmt: skip

    def delete(self, post_id: str) -> None:
        del self.posts[post_id]

    def __call__(self, asked):
        path = asked.path.removeprefix("/")
        self.asked.append(path)
        refusal = self.refusals.get(path) or self.refusals.get("*")
        if refusal:
            return self.answer({"error": refusal[1]}, refusal[0])
        answer = self.found(path, asked.query)
        if answer is None:
            return self.answer({"error": UNREADABLE}, 400)
        return self.answer(answer, 200)

    def answer(self, body, status):
        return Answer(json.dumps(body).encode(), status, self.headers)

    def found(self, path, query):
        if path == READINGS[self.what][1]:
            return self.page(query)
        if path == "me":
            return {"id": "5", "username": OURS[1]}
        if path == "ig_hashtag_search":
            return {"data": [{"id": "17"}]}
        nests = re.search(r"comments\.(order|limit\((1|5)\))", query["fields"])
        if path in ("n/feed", "178/media") and nests:
            newest = {"data": self.page({})["data"][:5]}
            return {"data": [{"id": READINGS[self.what][1].split("/")[0], "comments": newest}]}
        if path == "n/feed":
            return {"data": []}
        return None if path in self.unreadable else self.posts.get(path)

    def page(self, query):
        low, high = int(query.get("since", 0)), int(query.get("until", 1 << 40))
        shown = [
            post for post_id, post in self.posts.items() if post_id not in self.unlisted
            and low <= datetime.fromisoformat(post["timestamp"]).timestamp() <= high
        ]  # fmt: skip
        shown.sort(key=lambda post: post["timestamp"], reverse=True)
        first, size = int(query.get("after", 0)), int(query.get("limit", 25))
        page, more = shown[first : first + size], len(shown) > first + size
        following = {"next": "https://a.example", "cursors": {"after": str(first + size)}}
        return {"data": page, "paging": following if more else {}}


def named(what, number):
    return READINGS[what][2].format(number)
