"""What poll does with one channel, without its Lambda: ask, find, judge, keep, advance."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product

from earwitness import channels
from earwitness.fetching import Fetch
from earwitness.model import Channel, Health, Mention, Poll, Post
from earwitness.rereading import Reader
from earwitness.rings import Bell
from earwitness.schedule import next_poll_at
from earwitness.secrets import SecretMissing, Secrets, SecretsUnavailable
from earwitness.store import Kept, Lease, Store
from earwitness.watch import Watched

HasTime = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Polled:
    """What one poll of a channel came to.

    ``lease`` is the one to go on with at once; None: the channel is let go, since it has no more
    for now or there is no time.
    """

    poll: Poll
    mentions: int
    kept: Kept
    lease: Lease | None


class Poller:
    """Polls channels for a table, and rings ``assess`` when there is something urgent.

    ``reader`` looks over what the rules judged; None: they judge alone.
    """

    def __init__(
        self,
        store: Store,
        fetch: Fetch,
        secrets: Secrets,
        assess: Bell,
        reader: Reader | None = None,
    ) -> None:
        self._store = store
        self._fetch = fetch
        self._secrets = secrets
        self._assess = assess
        self._reader = reader
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def keep(self, posts: Iterable[Post], watched: Watched) -> Kept:
        """Keep what pushed posts say about the brands, as fetched now.

        A mention whose brand an edit took out of its post is redacted.
        """
        now = self.clock()
        fetched = [replace(post, fetched_at=now) for post in posts]
        found = self._found(watched, fetched, now)
        named = {mention.mention_id for mention in found}
        edited = (post.post_id for post in fetched if post.edited_at is not None)
        for post_id, brand in product(edited, watched.watchlist.brands):
            is_named = Mention.id_of(brand.name, post_id) in named
            if not is_named and self._store.mention(brand.name, post_id) is not None:
                self._store.redact(brand.name, post_id, now)
        return self._keep(watched, found, now)

    def redact(self, post_ids: Iterable[str], watched: Watched) -> None:
        """Erase what is kept of posts that were deleted, and keep out what is still on its way."""
        now = self.clock()
        for post_id, brand in product(post_ids, watched.watchlist.brands):
            self._store.redact(brand.name, post_id, now)

    def advance(
        self, channel: Channel, lease: Lease, watched: Watched, has_time: HasTime
    ) -> Polled:
        """Make one poll and keep what it brought; the cursor moves only after all of it is kept.

        ``has_time`` says whether one more request can end in time.

        Raises:
            StaleLease: another poll took the channel over.
        """
        now = self.clock()
        asked = replace(
            channel,
            queries=channels.queries(channel.kind, watched.watchlist),
            read_since=lease.state.read_since,
        )
        poll = self._ask(asked, lease.state.cursor, now, has_time)
        kind = channels.KINDS[channel.kind]
        per_day = kind.polls_per_day(channel)
        again_at = next_poll_at(channel, lease.state, poll, now, per_day)
        poll = replace(poll, next_poll_at=again_at, more=poll.more and again_at is None)
        mentions = self._found(watched, poll.posts, now)
        kept = self._keep(watched, mentions, now)
        goes_on = poll.more and has_time()
        new = len(kept.new)
        lease = self._store.advance(lease, poll, self.clock(), mentions=new, goes_on=goes_on)
        return Polled(poll, len(mentions), kept, lease if goes_on else None)

    def _found(self, watched: Watched, posts: Sequence[Post], now: datetime) -> list[Mention]:
        mentions = list(watched.mentions(posts))
        return self._reader.look_over(mentions, self._store, now) if self._reader else mentions

    def _keep(self, watched: Watched, mentions: list[Mention], now: datetime) -> Kept:
        kept = self._store.keep(mentions, now)
        if any(watched.may_alert(one, now) for one in kept.flagged):
            self._assess.ring_for(now, self.clock())
        return kept

    def _ask(self, channel: Channel, cursor: str | None, now: datetime, has_time: HasTime) -> Poll:
        """Poll with the channel's credentials; once more if it refused those and they are new.

        The second poll starts where the first did: nothing is lost.
        """
        poll, requests = Poll((), cursor, Health.DEAD), 0
        try:
            for lent in self._secrets.lend(channel, now):
                poll = channels.poll(lent, cursor, self._fetch, now, has_time)
                requests += poll.requests
                if not channels.refuses_credentials(poll):
                    break
        except SecretMissing as missing:
            return Poll((), cursor, Health.DEAD, f"no_credentials: {missing}")
        except SecretsUnavailable as unavailable:
            return Poll((), cursor, Health.TRANSIENT, f"secrets_unavailable: {unavailable}")
        return replace(poll, requests=requests)
