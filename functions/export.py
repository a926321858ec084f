"""Every night: the days that are new or have changed, in files. On demand: one file, by a link."""

from datetime import UTC, datetime, timedelta
from os import environ
from tempfile import TemporaryFile
from typing import Any

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from earwitness import log
from earwitness.aws import client
from earwitness.environment import Environment
from earwitness.exports import asked, days
from earwitness.exports_bucket import LINK_SECONDS, ExportsBucket
from earwitness.model import Watchlist
from earwitness.store import Store
from earwitness.watchlist_bucket import WatchlistBucket

SPARE_MS = 600_000  # a day of a million mentions takes a few minutes
SPARE_FOR_LINK_MS = 120_000  # to send what was written

logger = log.logger()
metrics = Metrics()
environment = Environment.read(environ)
store = Store(environment.table_name, retention_for=environment.retention_for)
watchlists = WatchlistBucket(environment.watchlist_bucket, client("s3"))
bucket = ExportsBucket(environ["EXPORTS_BUCKET"])
sqs = client("sqs")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any] | None:
    """A message of the queue writes what is due; any other event is what somebody asks for."""
    watchlist = watchlists.accepted()
    if watchlist is None:
        logger.info("nothing to export before the first watchlist")
        return None
    if "Records" in event:
        write_what_is_due(watchlist, context)
        return None
    return made(asked.read(event), watchlist, context)


def write_what_is_due(watchlist: Watchlist, context: LambdaContext) -> None:
    """Write every day that is due. One that fails does not stop the others; then this fails."""
    now = datetime.now(UTC)
    failed = []
    due = days.due(store, now, environment.retention_for)
    versions = watchlists.versions(days.begins_at(min(due))) if due else ()
    for day in due:
        if context.get_remaining_time_in_millis() < SPARE_MS:
            sqs.send_message(QueueUrl=environ["EXPORT_QUEUE_URL"], MessageBody="{}")
            break
        try:
            at = datetime.now(UTC)
            manifest = days.write_day(store, watchlist, bucket, day, at, versions=versions)
        except Exception:
            logger.exception("day not exported", day=str(day))
            failed.append(day)
            continue
        logger.info("exported", day=manifest.date, mentions=manifest.rows)
        metrics.add_metric("MentionsExported", MetricUnit.Count, manifest.rows)
    if failed:
        raise RuntimeError(f"{len(failed)} days were not exported; the log says why")


def made(wish: asked.Asked, watchlist: Watchlist, context: LambdaContext) -> dict[str, Any]:
    """Write one file, and a link that opens it for an hour."""
    with TemporaryFile() as file:
        count = asked.export(
            store,
            watchlist,
            wish,
            file,
            lambda: context.get_remaining_time_in_millis() > SPARE_FOR_LINK_MS,
        )
        size = file.tell()
        file.seek(0)
        bucket.put(wish.key, file, wish.media_type)
    logger.info("exported on demand", mentions=count, format=wish.format)
    expires_at = datetime.now(UTC) + timedelta(seconds=LINK_SECONDS)
    return {
        "link": bucket.link(wish.key),
        "expires_at": expires_at.isoformat(timespec="seconds"),
        "mentions": count,
        "bytes": size,
    }
