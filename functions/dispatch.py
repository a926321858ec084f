"""Every minute: take up a newly pushed watchlist, then send the channels that are due to poll."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from os import environ
from typing import Any

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from earwitness import log
from earwitness.alerting import darkness
from earwitness.aws import client
from earwitness.environment import Environment
from earwitness.model import ChannelState, Watchlist
from earwitness.polls import PollRequest, Polls
from earwitness.schedule import is_due, is_stale, slot
from earwitness.store import Contended, Store
from earwitness.watchlist_bucket import Rejected, WatchlistBucket, refresh

logger = log.logger()
metrics = Metrics()
environment = Environment.read(environ)
store = Store(environment.table_name, retention_for=environment.retention_for)
bucket = WatchlistBucket(environment.watchlist_bucket, client("s3"))
polls = Polls(environment.polls_queue_url, client("sqs"))


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> None:  # noqa: ARG001
    """A tick of the schedule. Late and repeated ticks do no harm: a channel has one poll a slot."""
    now = datetime.now(UTC)
    outcome = refresh(bucket, allow_loopback=environment.allow_loopback)
    metrics.add_metric("WatchlistInvalid", MetricUnit.Count, isinstance(outcome, Rejected))
    if isinstance(outcome, Rejected):
        logger.error(
            "watchlist refused; the last good one stays in use",
            problems=[str(problem) for problem in outcome.problems],
        )
    watchlist = outcome.in_use
    if watchlist is None:
        logger.warning("no watchlist yet: `earwitness watchlist push FILE` puts one here")
        return
    states = store.states(channel.channel_id for channel in watchlist.channels)
    tell_of_dark(watchlist, states, now)
    stale, sent = [], 0
    for channel in watchlist.channels:
        state = states[channel.channel_id]
        if is_stale(channel, state, now):
            stale.append(channel.name)
        turn = slot(channel, now)
        if is_due(channel, state, now) and store.dispatch(
            channel.channel_id, turn, channel.every_for, now
        ):
            polls.send(PollRequest(channel.channel_id, watchlist.version, turn))
            sent += 1
    metrics.add_metric("ChannelsStale", MetricUnit.Count, len(stale))
    if stale:
        logger.warning("no successful poll in three periods", channels=stale)
    metrics.add_metric("PollsSent", MetricUnit.Count, sent)


def tell_of_dark(watchlist: Watchlist, states: Mapping[str, ChannelState], now: datetime) -> None:
    """Each channel that has gone dark becomes an alert; assess sees when it is back."""
    dark = [c for c in watchlist.channels if darkness.is_dark(states[c.channel_id])]
    ids = {channel.channel_id: darkness.group_id_of(channel.channel_id) for channel in dark}
    known = store.groups(ids.values()) if ids else {}
    for channel in dark:
        channel_id = channel.channel_id
        group = darkness.darkened(known.get(ids[channel_id]), channel, states[channel_id], now)
        if group is not None:
            with suppress(Contended):  # another tick told of it
                store.save_group(group, now)
    metrics.add_metric("ChannelsDark", MetricUnit.Count, len(dark))
