"""Every five minutes: measure each brand's hour, and read recent mentions again at their source."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from os import environ
from typing import Any

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from earwitness import channels, log, matching
from earwitness.aws import client
from earwitness.environment import Environment
from earwitness.fetching import Fetcher
from earwitness.measuring import measure
from earwitness.model import Channel, Health, Refreshed, Watchlist
from earwitness.refreshing import Due, Rereading, due
from earwitness.rereading import SPARE_MS as READING_MS
from earwitness.rereading import Reader
from earwitness.rings import Bell
from earwitness.schedule import may_refresh, next_refresh_at
from earwitness.secrets import SecretMissing, Secrets, SecretsUnavailable
from earwitness.stack_key import StackKey
from earwitness.store import Store
from earwitness.watch import Watch, Watched
from earwitness.watchlist_bucket import WatchlistBucket

HasTime = Callable[[], bool]

logger = log.logger()
metrics = Metrics()
environment = Environment.read(environ)
store = Store(
    environment.table_name,
    retention_for=environment.retention_for,
    author_key=StackKey(environment.author_key_arn),
    unread_for=channels.UNREAD_FOR,
)
watch = Watch(WatchlistBucket(environment.watchlist_bucket, client("s3")))
fetch = Fetcher(allow_loopback=environment.allow_loopback)
secrets = Secrets()
reader = Reader.of(environ)
assess = Bell("assess", environment.assess_queue_url, client("sqs"), store.take_ring)
# A request, the writes of what a channel answered, and a managed reader where one is on.
SPARE_MS = 20_000 + (READING_MS if reader else 0)


class NotReadAgain(Exception):
    """Something unforeseen kept these channels from being read again; the log says what."""


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> None:  # noqa: ARG001
    """What a tick leaves undone is still due in the next two."""
    watched = watch.of()
    if watched is None:
        logger.warning("no watchlist yet: `earwitness watchlist push FILE` puts one here")
        return
    now = datetime.now(UTC)
    spikes = measure(store, watched.watchlist, now)
    for signal in spikes:
        logger.info("volume", brand=signal.subject, reason=signal.reason.name)
        metrics.add_metric("VolumeSpikes", MetricUnit.Count, 1)
    if spikes:
        assess.ring_for(now, datetime.now(UTC))

    def has_time() -> bool:
        return context.get_remaining_time_in_millis() >= SPARE_MS

    failed = []
    for channel, posts in due(store, watched.watchlist.brands, able(watched.watchlist, now), now):
        if not has_time():
            logger.warning("the rest is read in the next tick", channel=channel.name)
            break
        try:
            reread(channel, posts, watched, has_time)
        except Exception:
            logger.exception("not read again", channel=channel.name)
            failed.append(channel.name)
    if failed:  # the others are done; the message comes back, and finds what is still due
        raise NotReadAgain(", ".join(failed))


def able(watchlist: Watchlist, now: datetime) -> list[Channel]:
    """The channels whose posts may be read again now: what polling needs goes before."""
    some = [c for c in watchlist.channels if channels.KINDS[c.kind].refresh]
    ids = [channel.channel_id for channel in some]
    states, waits = store.states(ids), store.refreshed_until(ids)
    return [c for c in some if may_refresh(states[c.channel_id], waits.get(c.channel_id), now)]


def reread(channel: Channel, posts: list[Due], watched: Watched, has_time: HasTime) -> None:
    """Ask a channel's source for posts again, and take up what it answers."""
    now = datetime.now(UTC)
    answer = ask(channel, posts, now, has_time)
    per_day = channels.KINDS[channel.kind].refreshes_per_day(channel)
    store.keep_refreshed(channel.channel_id, next_refresh_at(answer, now, per_day))
    if answer.health is not Health.OK:
        logger.warning("not all read again", channel=channel.name, reason=answer.reason)
    find = partial(matching.find, index=watched.index)
    tally = Rereading(store, channel, find, now, reader).take_up(posts, answer)
    if any(watched.may_alert(mention, now) for mention in tally.flagged):
        assess.ring_for(now, datetime.now(UTC))
    metrics.add_metric("PostsReadAgain", MetricUnit.Count, tally.read)
    metrics.add_metric("PostsGone", MetricUnit.Count, tally.gone)
    metrics.add_metric("PostsViral", MetricUnit.Count, tally.viral)


def ask(channel: Channel, posts: list[Due], now: datetime, has_time: HasTime) -> Refreshed:
    """Read posts again with the channel's credentials, or with newer ones if those are refused."""
    answer = Refreshed()
    try:
        for lent in secrets.lend(channel, now):
            answer = channels.refresh(lent, [one.post for one in posts], fetch, now, has_time)
            if not channels.refuses_credentials(answer):
                break
    except SecretMissing as missing:
        return Refreshed(health=Health.DEAD, reason=f"no_credentials: {missing}")
    except SecretsUnavailable as unavailable:
        return Refreshed(health=Health.TRANSIENT, reason=f"secrets_unavailable: {unavailable}")
    return answer
