"""The queue of posts that were pushed to us, or deleted: the only code that knows its messages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from earwitness.model import Post

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MOST_BYTES = 240_000  # of a message: SQS takes 262,144 everywhere


class TooLong(ValueError):
    """A post does not fit into a message."""


class Offers:
    """Sends posts to the queue, as many in a message as fit."""

    def __init__(self, queue_url: str, client: SQSClient) -> None:
        self._queue_url = queue_url
        self._client = client

    def send(self, posts: Iterable[Post]) -> None:
        """Send posts. Raises TooLong before anything is sent, or botocore's ClientError."""
        for body in list(_bodies(posts)):
            self._client.send_message(QueueUrl=self._queue_url, MessageBody=body)

    def send_gone(self, post_ids: Sequence[str]) -> None:
        """Send the ids of deleted posts, a request's at most. Raises botocore's ClientError."""
        if post_ids:
            body = json.dumps({"gone": list(post_ids)}, separators=(",", ":"))
            self._client.send_message(QueueUrl=self._queue_url, MessageBody=body)


def is_offer(body: str) -> bool:
    """Whether the body of a message holds posts, or the ids of deleted ones."""
    return body.startswith(('{"posts":', '{"gone":'))


def gone_in(body: str) -> list[str]:
    """The ids of deleted posts in a message body; none where it holds posts."""
    return [str(post_id) for post_id in json.loads(body).get("gone", ())]


def posts_in(body: str) -> list[Post]:
    """The posts of a message body. Raises ValueError when it is none of ours."""
    if gone_in(body):
        return []
    try:
        return msgspec.convert(json.loads(body)["posts"], list[Post])
    except (KeyError, TypeError, msgspec.ValidationError) as error:
        raise ValueError(f"no posts: {error}") from error


def _bodies(posts: Iterable[Post]) -> Iterator[str]:
    some: list[str] = []
    size = 0
    for post in posts:
        # In ASCII, which holds half characters as well: they are cleaned where they are kept.
        one = json.dumps(_lean(post), separators=(",", ":"))
        if len(one) > MOST_BYTES - 20:
            raise TooLong(f"post {post.source_id[:100]!r} is longer than {MOST_BYTES:,} bytes")
        if some and size + len(one) > MOST_BYTES - 20:
            yield _joined(some)
            some, size = [], 0
        some.append(one)
        size += len(one) + 1
    if some:
        yield _joined(some)


def _joined(some: list[str]) -> str:
    return f'{{"posts":[{",".join(some)}]}}'


def _lean(post: Post) -> Any:
    built = msgspec.to_builtins(post)
    return {key: value for key, value in built.items() if value not in (None, "", False)}
