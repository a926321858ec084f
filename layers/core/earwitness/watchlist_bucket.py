"""The bucket of the watchlist: what people pushed, and the last good version, in use.

``watchlist.yaml`` is what was pushed, as it was written. ``accepted/watchlist.json`` is the last
one that passed every check. Only ``refresh`` turns the first into the second, so an invalid push
changes nothing but the report of it.

Reading a key that does not exist is an answer here; S3 gives it only to roles that may list the
bucket (s3:ListBucket), others get AccessDenied.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import ClientError

from earwitness import accepted
from earwitness.model import Watchlist

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectRequestTypeDef

    from earwitness.watchlist import Problem

PUSHED_KEY = "watchlist.yaml"
ACCEPTED_KEY = "accepted/watchlist.json"


@dataclass(frozen=True, slots=True)
class Pushed:
    """What was pushed. ``version_id`` is S3's, by which it can be fetched or put back."""

    text: bytes
    version_id: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """A new watchlist passed its checks and is in use from now on."""

    in_use: Watchlist


@dataclass(frozen=True, slots=True)
class Rejected:
    """What was pushed cannot be used. ``in_use`` is still the last good one, if there is any."""

    in_use: Watchlist | None
    problems: tuple[Problem, ...]
    version_id: str


@dataclass(frozen=True, slots=True)
class Unchanged:
    """What is in use is what was pushed. None: nothing was ever pushed."""

    in_use: Watchlist | None


class WatchlistBucket:
    """Reads and writes the watchlist. Keep one for the life of a function's environment.

    It remembers what it read: an object that did not change is not sent again, and the same
    object is returned, so that ``is`` tells a caller that nothing changed.
    """

    def __init__(self, bucket: str, client: S3Client) -> None:
        self._bucket = bucket
        self._client = client
        self._etags: dict[str, str] = {}
        self._pushed: Pushed | None = None
        self._accepted: Watchlist | None = None

    @property
    def address(self) -> str:
        """Where people push to."""
        return f"s3://{self._bucket}/{PUSHED_KEY}"

    def push(self, text: bytes) -> str:
        """Put a watchlist's source where ``refresh`` finds it. Gives S3's id of the version."""
        put = self._client.put_object(
            Bucket=self._bucket, Key=PUSHED_KEY, Body=text, ContentType="application/yaml"
        )
        return put.get("VersionId", "")

    def pushed(self) -> Pushed | None:
        """What was pushed last, or None when nothing is there."""
        answer = self._read(PUSHED_KEY)
        if answer != "unchanged":
            self._pushed = Pushed(*answer) if answer else None
        return self._pushed

    def accept(self, watchlist: Watchlist) -> None:
        """Put a checked watchlist into use."""
        self._client.put_object(
            Bucket=self._bucket,
            Key=ACCEPTED_KEY,
            Body=accepted.dump(watchlist).encode(),
            ContentType="application/json",
        )

    def accepted(self) -> Watchlist | None:
        """The watchlist in use, or None before the first. Raises ValueError when unreadable."""
        answer = self._read(ACCEPTED_KEY)
        if answer != "unchanged":
            etag = self._etags.pop(ACCEPTED_KEY, None)
            self._accepted = accepted.restore(answer[0]) if answer else None
            if etag:  # only what could be read may be called unchanged next time
                self._etags[ACCEPTED_KEY] = etag
        return self._accepted

    def versions(self, since: datetime) -> tuple[tuple[datetime, Watchlist], ...]:
        """The watchlists in use from ``since`` on, each with since when, the oldest first.

        The first is the one that was in use at ``since``, unless S3 no longer has it. Empty where
        listing or reading old versions is not allowed, or one was written by another release.
        """
        found: list[tuple[datetime, Watchlist]] = []
        try:
            pages = self._client.get_paginator("list_object_versions").paginate(
                Bucket=self._bucket, Prefix=ACCEPTED_KEY
            )
            for version in (one for page in pages for one in page.get("Versions", ())):
                body = self._client.get_object(
                    Bucket=self._bucket, Key=ACCEPTED_KEY, VersionId=version["VersionId"]
                )["Body"].read()
                found.append((version["LastModified"], accepted.restore(body)))
                if version["LastModified"] <= since:  # the newest come first
                    break
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("AccessDenied", "NoSuchVersion"):
                raise
            return ()
        except ValueError:
            return ()
        return tuple(reversed(found))

    def _read(self, key: str) -> tuple[bytes, str] | Literal["unchanged"] | None:
        """Body and version id of an object; None: there is none."""
        request: GetObjectRequestTypeDef = {"Bucket": self._bucket, "Key": key}
        if key in self._etags:
            request["IfNoneMatch"] = self._etags[key]
        try:
            answer = self._client.get_object(**request)
            body = answer["Body"].read()
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in ("304", "NotModified"):
                return "unchanged"
            if code in ("NoSuchKey", "404"):
                self._etags.pop(key, None)
                return None
            raise
        self._etags[key] = answer["ETag"]
        return body, answer.get("VersionId", "")


def refresh(
    bucket: WatchlistBucket, *, allow_loopback: bool = False
) -> Accepted | Rejected | Unchanged:
    """Put what was pushed into use if it is new and valid; say what was decided.

    Compares contents, not times, on every call: whatever two callers at once leave behind is put
    right by the next call. Raises botocore's ClientError when the bucket cannot be read.
    """
    try:
        in_use = bucket.accepted()
    except ValueError:  # written by another release: written anew from what was pushed
        in_use = None
    pushed = bucket.pushed()
    if pushed is None and in_use is None:
        return Unchanged(None)
    if pushed and in_use and in_use.version == accepted.version(pushed.text):
        return Unchanged(in_use)

    # costs 200 ms of a cold start, so only a change of the watchlist pays for it
    from earwitness.watchlist import Problem, WatchlistInvalid, load  # noqa: PLC0415

    if pushed is None:
        gone = "was deleted from the bucket; the last good one stays in use. Push a watchlist"
        return Rejected(in_use, (Problem(PUSHED_KEY, 1, "", gone),), "")
    try:
        watchlist = load(pushed.text, PUSHED_KEY, allow_loopback=allow_loopback)
    except WatchlistInvalid as invalid:
        return Rejected(in_use, invalid.problems, pushed.version_id)
    bucket.accept(watchlist)
    return Accepted(watchlist)
