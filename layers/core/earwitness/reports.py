"""The bucket of reports: the only code that knows where they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from earwitness.aws import SOON

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

OPEN_SECONDS = 300  # how long the address made for one reader opens one report (A17)


class Reports:
    """HTML reports by their id."""

    def __init__(self, bucket: str, client: S3Client | None = None) -> None:
        self._bucket = bucket
        # Addresses are signed for the region's own host: the global one redirects and breaks them.
        self._client = client or boto3.client(
            "s3", config=SOON.merge(Config(signature_version="s3v4"))
        )

    def keep(self, report_id: str, html: str) -> None:
        """Keep a report; the same id again takes its place."""
        self._client.put_object(
            Bucket=self._bucket,
            Key=_key(report_id),
            Body=html.encode(),
            ContentType="text/html; charset=utf-8",
            CacheControl="no-store",
        )

    def address(self, report_id: str) -> str:
        """An address that shows one report for five minutes to whoever holds it."""
        return self._client.generate_presigned_url(
            "get_object",
            Params={"Bucket": self._bucket, "Key": _key(report_id)},
            ExpiresIn=OPEN_SECONDS,
        )


def _key(report_id: str) -> str:
    return f"digests/{report_id}.html"
