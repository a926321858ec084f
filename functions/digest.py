"""Every quarter of an hour: whose period has ended gets a digest; and who listens is counted."""

from datetime import UTC, datetime
from os import environ
from typing import Any

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from earwitness import digests, log
from earwitness.aws import client
from earwitness.coverage import gap, recorded_from
from earwitness.digests import Around, Count, Period
from earwitness.digests.report import report
from earwitness.digests.telling import alert_id_of, to_tell
from earwitness.digests.telling_apart import as_stories
from earwitness.environment import Environment
from earwitness.link_signing import Signer
from earwitness.model import (
    Brand,
    Channel,
    ChannelGap,
    ChannelHour,
    Digest,
    Mention,
    Role,
    Watchlist,
)
from earwitness.receivers import Topic
from earwitness.reports import Reports
from earwitness.stack_key import StackKey
from earwitness.store import Store
from earwitness.watchlist_bucket import WatchlistBucket

MOST_MENTIONS = 100_000  # of one brand and two periods; what is over is said to be missing
MOST_EARLIER = 50
MOST_NEW = 5
SPARE_MS = 20_000

logger = log.logger()
metrics = Metrics()
environment = Environment.read(environ)
store = Store(
    environment.table_name,
    retention_for=environment.retention_for,
    author_key=StackKey(environment.author_key_arn),
)
bucket = WatchlistBucket(environment.watchlist_bucket, client("s3"))
reports = Reports(environ["REPORTS_BUCKET"])
signer = Signer(StackKey(environ["SIGNING_KEY_ARN"]), environ["ACKNOWLEDGE_URL"])
topic = Topic(environment.topic_arn)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> None:  # noqa: ARG001
    """A digest is told by notify, once: its id is that of the brand and the period."""
    count_listeners(topic.subscribers())
    now = datetime.now(UTC)
    watchlist = bucket.accepted()
    for brand in watchlist.brands if watchlist else ():
        every = brand.digest_every
        period = digests.due(every, brand.time_zone, now) if every else None
        if watchlist is None or period is None or store.notification(alert_id_of(brand, period)):
            continue
        if context.get_remaining_time_in_millis() < SPARE_MS:
            break  # the next tick goes on with those that are missing
        digest = summed(brand, period, watchlist)
        links = signer.of_matches([one.mention_id for one in digest.doubtful], now)
        reports.keep(alert_id_of(brand, period), report(digest, brand, links))
        store.open_notification(to_tell(digest, brand, period, now), now, due_at=now)
        logger.info("digest", brand=brand.name, every=digest.every, until=str(period.until))


def count_listeners(confirmed: int) -> None:
    """How many subscriptions are confirmed, and how many fewer than when they were counted last."""
    lost = max(0, store.listeners() - confirmed)
    metrics.add_metric("SubscriptionsConfirmed", MetricUnit.Count, confirmed)
    metrics.add_metric("SubscriptionsLost", MetricUnit.Count, lost)
    store.save_listeners(confirmed)


def summed(brand: Brand, period: Period, watchlist: Watchlist) -> Digest:
    """The digest of a brand, from the store."""
    rivals = (one for one in watchlist.brands if one.role is Role.COMPETITOR and one != brand)
    own, *others = (counted(one, period) for one in (brand, *rivals))
    new = [one for one in own.newcomers(MOST_NEW * 2) if is_new(one, period)]
    around = Around(
        groups=tuple(store.open_groups()),
        responses=tuple(store.responses(brand.name, period.since, period.until)),
        gaps=gaps(watchlist, period),
        newcomers=tuple(new[:MOST_NEW]),
        corrections=store.corrections_of(one.mention_id for one in own.doubtful),
        ruled=tuple(store.spellings(brand.name, period.until)),
        stories=lambda told: as_stories(told, store.known_stories),
    )
    return digests.sum_up(brand.digest_every or "daily", period, own, others, around)


def counted(brand: Brand, period: Period) -> Count:
    """The mentions of a brand in the period and the one before."""
    mentions = store.mentions(brand.name, period.before, period.until)
    return digests.tally(brand, period, mentions, MOST_MENTIONS)


def is_new(mention: Mention, period: Period) -> bool:
    """Whether nothing is known of an author from before the period."""
    post = mention.post
    earlier = store.author_history(post.kind, post.author, MOST_EARLIER, post.scope)
    return all((one.post.published_at or period.since) >= period.since for one in earlier)


def gaps(watchlist: Watchlist, period: Period) -> tuple[ChannelGap, ...]:
    """How each channel fared."""
    ids = [channel.channel_id for channel in watchlist.channels]
    states = store.states(ids)
    return tuple(
        gap(channel, states[channel.channel_id], _hours(channel, period), period)
        for channel in watchlist.channels
    )


def _hours(channel: Channel, period: Period) -> tuple[ChannelHour, ...]:
    since = recorded_from(channel, period.since)
    return store.hours(channel.channel_id, since, period.until)
