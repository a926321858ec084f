"""The watchlists that were pushed, as the bucket keeps them; and putting an earlier one back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from botocore.exceptions import ClientError

from earwitness import accepted
from earwitness.operations.installation import Installation
from earwitness.watchlist_bucket import ACCEPTED_KEY, PUSHED_KEY


class Standing(StrEnum):
    """What became of a version."""

    IN_USE = "in use"
    WAS_IN_USE = "was in use"
    NEVER_USED = "never used"  # refused, or followed by another within a minute


@dataclass(frozen=True, slots=True)
class Version:
    """One push. ``version_id`` is S3's; ``digest`` tells contents from one another."""

    version_id: str
    pushed_at: datetime
    digest: str
    standing: Standing
    is_latest: bool


class NoSuchVersion(Exception):
    """Nothing to go back to; the message says why."""


def versions(site: Installation) -> list[Version]:
    """Every push that the bucket still has, the newest first."""
    in_use = site.bucket.accepted()
    used = set(_used(site))
    found = []
    for version_id, pushed_at, is_latest in _listed(site, PUSHED_KEY):
        digest = accepted.version(_read(site, PUSHED_KEY, version_id))
        standing = Standing.WAS_IN_USE if digest in used else Standing.NEVER_USED
        if in_use and digest == in_use.version:
            standing = Standing.IN_USE
        found.append(Version(version_id, pushed_at, digest, standing, is_latest))
    return sorted(found, key=lambda one: (one.is_latest, one.pushed_at), reverse=True)


def chosen(site: Installation, to: str = "") -> Version:
    """The version to go back to: that whose id or digest begins with ``to``.

    Without ``to`` the newest that has been in use and is not what was pushed last.

    Raises:
        NoSuchVersion: there is none, or several begin like that.
    """
    held = versions(site)
    if to:
        fitting = [
            one for one in held if one.version_id.startswith(to) or one.digest.startswith(to)
        ]
        if len({one.digest for one in fitting}) == 1:
            return fitting[0]
        told = "several versions begin" if fitting else "no version begins"
        raise NoSuchVersion(f"{told} with {to!r}: `earwitness watchlist versions` lists them")
    last = next((one.digest for one in held if one.is_latest), "")
    for one in held:
        if one.standing is not Standing.NEVER_USED and one.digest != last:
            return one
    raise NoSuchVersion("no earlier version was in use: push a watchlist instead")


def text(site: Installation, version: Version) -> bytes:
    """What was pushed then, as it was written."""
    return _read(site, PUSHED_KEY, version.version_id)


def _used(site: Installation) -> Iterator[str]:
    """The digests of what was once put into use."""
    for version_id, _, _ in _listed(site, ACCEPTED_KEY):
        try:
            yield str(json.loads(_read(site, ACCEPTED_KEY, version_id))["version"])
        except (ValueError, KeyError, TypeError):  # written by another release
            continue


def _listed(site: Installation, key: str) -> Iterator[tuple[str, datetime, bool]]:
    client, bucket = site.client("s3"), site.physical_id("WatchlistBucket")
    pages = client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key)
    for page in pages:
        for one in page.get("Versions", ()):
            if one["Key"] == key:
                yield one["VersionId"], one["LastModified"], one["IsLatest"]


def _read(site: Installation, key: str, version_id: str) -> bytes:
    client, bucket = site.client("s3"), site.physical_id("WatchlistBucket")
    try:
        answer = client.get_object(Bucket=bucket, Key=key, VersionId=version_id)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchVersion", "NoSuchKey"):
            return b""  # expired since it was listed
        raise
    return bytes(answer["Body"].read())
