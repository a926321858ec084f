"""What may be pushed to us -> posts, and the ids of those that are deleted.

Our JSON, Slack's events, Zendesk's tickets and comments.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from earwitness.model import Author, Post
from earwitness.post_json import LineInvalid, read

MOST_POSTS = 1000  # in one request
# Zendesk's webhook events after which a ticket, or what a comment said, is not there any more.
_TICKET_GONE = (":ticket.soft_deleted", ":ticket.permanently_deleted", ":ticket.marked_as_spam")
_COMMENT_GONE = ":ticket.comment_redacted"


class DeliveryInvalid(ValueError):
    """Nothing of a body is taken. ``problems`` say which post and field, and what was expected."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def decoded(body: bytes) -> dict[str, Any]:
    """The JSON object in a body. Raises DeliveryInvalid."""
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        raise DeliveryInvalid("the body is not JSON in UTF-8") from None
    if not isinstance(raw, dict):
        raise DeliveryInvalid('expected an object such as {"posts": [{"id": "1", "text": "..."}]}')
    return raw


def posts(raw: dict[str, Any]) -> list[Post]:
    """The posts in a body, whoever signed it. Raises DeliveryInvalid, naming every bad one.

    None in events that are about something else: those are no mistake of their sender.
    """
    if "posts" in raw:
        return _own(raw["posts"])
    if raw.get("type") == "event_callback":
        return list(_slack(raw))
    if str(raw.get("type", "")).startswith("zen:event-type:"):
        return list(_zendesk_event(raw))
    tickets = raw.get("tickets", [raw["ticket"]] if "ticket" in raw else None)
    if isinstance(tickets, list):
        return [_ticket(one, "") for one in tickets if _is_ticket(one) and not _is_deleted(one)]
    raise DeliveryInvalid("neither posts, a Slack event nor a Zendesk ticket: see docs/ingest.md")


def gone(raw: dict[str, Any]) -> list[str]:
    """The ids of the posts that a body says are deleted. Raises DeliveryInvalid, as ``posts``."""
    kind = str(raw.get("type", ""))
    if "posts" in raw:
        return [post.post_id for post in _deleted(raw["posts"])]
    if kind == "event_callback":
        return list(_slack_gone(raw))
    if kind.startswith("zen:event-type:"):
        return list(_zendesk_gone(raw, kind))
    tickets = raw.get("tickets", [raw.get("ticket")])
    listed = tickets if isinstance(tickets, list) else []
    return [_known("zendesk", f"ticket/{one['id']}", "") for one in listed if _is_deleted(one)]


def _deleted(listed: list[Any]) -> Iterator[Post]:
    for raw in listed:
        if isinstance(raw, dict) and raw.get("deleted") is True:
            yield read({**raw, "text": ""}, "ingest").post


def _slack_gone(raw: dict[str, Any]) -> Iterator[str]:
    """A message that was deleted; one with answers leaves a tombstone in its place."""
    event, ts = _part(raw, "event"), None
    if event.get("type") == "message" and event.get("subtype") == "message_deleted":
        ts = event.get("deleted_ts")
    if _leaves_tombstone(event):
        ts = _part(event, "message").get("ts")
    if isinstance(ts, str):
        yield _known("slack", f"{event.get('channel', '')}/{ts}", str(raw.get("team_id", "")))


def _leaves_tombstone(event: dict[str, Any]) -> bool:
    is_changed = event.get("subtype") == "message_changed"
    return is_changed and _part(event, "message").get("subtype") == "tombstone"


def _zendesk_gone(raw: dict[str, Any], kind: str) -> Iterator[str]:
    account = str(raw.get("account_id", ""))
    ticket = _given(_part(raw, "detail"), "id")
    comment = _given(_part(_part(raw, "event"), "comment"), "id")
    if kind.endswith(_TICKET_GONE) and ticket:
        yield _known("zendesk", f"ticket/{ticket}", account)
    if kind.endswith(_COMMENT_GONE) and comment:
        yield _known("zendesk", f"comment/{comment}", account)


def _is_deleted(ticket: object) -> bool:
    return isinstance(ticket, dict) and "id" in ticket and ticket.get("status") == "deleted"


def _known(kind: str, source_id: str, scope: str) -> str:
    return Post(kind=kind, source_id=source_id, scope=scope, text="").post_id


def _own(listed: object) -> list[Post]:
    if not isinstance(listed, list) or len(listed) > MOST_POSTS:
        raise DeliveryInvalid(f"posts: expected a list of at most {MOST_POSTS}")
    found, problems = [], []
    for number, raw in enumerate(listed):
        given = raw if isinstance(raw, dict) else {}
        is_deleted = given.get("deleted") is True
        try:
            post = read({**given, "text": ""} if is_deleted else given, "ingest").post
            found += [] if is_deleted else [post]
        except LineInvalid as invalid:
            problems.append(f"posts[{number}]: {invalid}")
    if problems:
        raise DeliveryInvalid(*problems)
    return found


def _slack(raw: dict[str, Any]) -> Iterator[Post]:
    """A message that a person wrote or edited; what bots and Slack itself say is none."""
    event = _part(raw, "event")
    message = _part(event, "message") if event.get("subtype") == "message_changed" else event
    if event.get("type") not in ("message", "app_mention") or message.get("bot_id"):
        return
    if _leaves_tombstone(event):
        return
    if message is event and event.get("subtype") not in (None, "thread_broadcast", "file_share"):
        return
    text, ts = message.get("text"), message.get("ts")
    if not isinstance(text, str) or not isinstance(ts, str):
        return
    yield Post(
        kind="slack",
        source_id=f"{event.get('channel', '')}/{ts}",
        scope=str(raw.get("team_id", "")),
        channel=f"slack {event.get('channel', '')}".strip(),
        text=text,
        author=Author(handle=_given(message, "user")),
        published_at=_unix(ts),
        edited_at=_unix(str(_part(message, "edited").get("ts", ""))),
    )


def _zendesk_event(raw: dict[str, Any]) -> Iterator[Post]:
    detail, comment = _part(raw, "detail"), _part(_part(raw, "event"), "comment")
    account, kind = str(raw.get("account_id", "")), str(raw["type"])
    if kind.endswith(":ticket.created") and _is_ticket(detail):
        yield _ticket(detail, account)
    if kind.endswith(":ticket.comment_added") and isinstance(comment.get("body"), str):
        author = _part(comment, "author")
        if author.get("is_staff") is True:
            return  # our own answer
        yield Post(
            kind="zendesk",
            source_id=f"comment/{comment.get('id') or raw.get('id')}",
            scope=account,
            channel="zendesk",
            title=_given(detail, "subject"),
            text=comment["body"],
            author=Author(name=_given(author, "name"), handle=_given(author, "id")),
            published_at=_iso(raw.get("time")),
        )


def _is_ticket(raw: object) -> bool:
    return isinstance(raw, dict) and "id" in raw and isinstance(raw.get("description"), str)


def _ticket(raw: dict[str, Any], account: str) -> Post:
    return Post(
        kind="zendesk",
        source_id=f"ticket/{raw['id']}",
        scope=account,
        channel="zendesk",
        title=_given(raw, "subject"),
        text=raw["description"],
        url=_given(raw, "url"),
        author=Author(handle=_given(raw, "requester_id")),
        published_at=_iso(raw.get("created_at")),
    )


def _part(raw: dict[str, Any], key: str) -> dict[str, Any]:
    value = raw.get(key)
    return value if isinstance(value, dict) else {}


def _given(raw: dict[str, Any], key: str) -> str | None:
    value = raw.get(key)
    return str(value) if isinstance(value, str | int) and value != "" else None


def _unix(text: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _iso(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
