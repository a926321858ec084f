"""The bucket of exports: the only code that knows how files get there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

LINK_SECONDS = 3600  # how long a link opens one file, at the most (A17)
_DELETED_AT_ONCE = 1000  # DeleteObjects' limit


class ExportsBucket:
    """Files by their keys. What is written again takes the place of what was there."""

    def __init__(self, bucket: str, client: S3Client | None = None) -> None:
        self._bucket = bucket
        # Addresses are signed for the region's own host: the global one redirects and breaks them.
        self._client = client or boto3.client("s3", config=Config(signature_version="s3v4"))

    def put(self, key: str, file: IO[bytes], media_type: str) -> None:
        """Put a file there, in parts if it is large: it appears whole or not at all."""
        self._client.upload_fileobj(file, self._bucket, key, ExtraArgs={"ContentType": media_type})

    def read(self, key: str) -> bytes:
        """What a file holds."""
        return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys of what lies below a prefix, in their order."""
        pages = self._client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._bucket, Prefix=prefix):
            yield from (found["Key"] for found in page.get("Contents", ()))

    def delete(self, keys: Iterable[str]) -> None:
        """Delete files. Harmless when repeated.

        Raises:
            RuntimeError: S3 kept some of them.
        """
        gone = list(keys)
        for start in range(0, len(gone), _DELETED_AT_ONCE):
            some = gone[start : start + _DELETED_AT_ONCE]
            answer = self._client.delete_objects(
                Bucket=self._bucket,
                Delete={"Objects": [{"Key": key} for key in some], "Quiet": True},
            )
            if answer.get("Errors"):
                raise RuntimeError(f"S3 did not delete {answer['Errors'][0]}")

    def link(self, key: str, seconds: int = LINK_SECONDS) -> str:
        """An address that opens this one file to whoever holds it, for an hour at the most."""
        return self._client.generate_presigned_url(
            "get_object",
            Params={"Bucket": self._bucket, "Key": key},
            ExpiresIn=min(seconds, LINK_SECONDS),
        )
