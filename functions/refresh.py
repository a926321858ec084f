"""Every five minutes: measure each brand's hour, and read recent mentions again at their source."""

from datetime import UTC, datetime
from functools import partial
from os import environ
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from earwitness import channels, matching
from earwitness.environment import Environment
from earwitness.fetching import Fetcher
from earwitness.measuring import measure
from earwitness.model import Channel, Health
from earwitness.refreshing import Due, Find, Rereading, due
from earwitness.store import Store
from earwitness.watch import Watch
from earwitness.watchlist_bucket import WatchlistBucket

SPARE_MS = 20_000  # one channel's requests and writes

logger = Logger()
metrics = Metrics()
environment = Environment.read(environ)
store = Store(environment.table_name, retention_for=environment.retention_for)
watch = Watch(WatchlistBucket(environment.watchlist_bucket, boto3.client("s3")))
fetch = Fetcher(allow_loopback=environment.allow_loopback)


class NotReadAgain(Exception):
    """Something unforeseen kept these channels from being read again; the log says what."""


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> None:  # noqa: ARG001
    """What a tick leaves undone is still due in the next two."""
    watched = watch.newest()
    if watched is None:
        logger.warning("no watchlist yet: `earwitness watchlist push FILE` puts one here")
        return
    watchlist, index = watched
    for signal in measure(store, watchlist, datetime.now(UTC)):
        logger.info("volume", brand=signal.subject, reason=signal.reason.name)
        metrics.add_metric("VolumeSpikes", MetricUnit.Count, 1)
    failed = []
    able = {c: ask for c in watchlist.channels if (ask := channels.KINDS[c.kind].refresh)}
    for channel, posts in due(store, watchlist.brands, list(able), datetime.now(UTC)):
        if context.get_remaining_time_in_millis() < SPARE_MS:
            logger.warning("the rest is read in the next tick", channel=channel.name)
            break
        try:
            reread(channel, able[channel], posts, partial(matching.find, index=index))
        except Exception:
            logger.exception("not read again", channel=channel.name)
            failed.append(channel.name)
    if failed:  # the others are done; the message comes back, and finds what is still due
        raise NotReadAgain(", ".join(failed))


def reread(channel: Channel, ask: channels.RefreshFunction, posts: list[Due], find: Find) -> None:
    """Ask a channel's source for posts again, and take up what it answers."""
    now = datetime.now(UTC)
    answer = ask(channel, [one.post for one in posts], fetch, now)
    if answer.health is not Health.OK:
        logger.warning("not all read again", channel=channel.name, reason=answer.reason)
    tally = Rereading(store, channel, find, now).take_up(posts, answer)
    metrics.add_metric("PostsReadAgain", MetricUnit.Count, tally.read)
    metrics.add_metric("PostsGone", MetricUnit.Count, tally.gone)
    metrics.add_metric("PostsViral", MetricUnit.Count, tally.viral)
