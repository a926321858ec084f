"""Which channels are dark, since when, and what kind of mending each wants."""

from __future__ import annotations

from collections.abc import Iterator

from earwitness.model import Channel, ChannelState, Health
from earwitness.operations.finding import Finding, note, ok, wrong
from earwitness.operations.installation import Installation
from earwitness.schedule import is_stale

AREA = "channels"
# What mends a channel, by how the reason begins that its last poll gave.
_DO = {
    ("http_401", "http_403", "no_credentials"): "put a valid secret in the place of {secret}: "
    "`aws secretsmanager put-secret-value --secret-id {secret} --secret-string file://new.json`; "
    "it is used within five minutes",
    ("http_404", "http_410"): "mend its address in the watchlist and push it",
    ("http_429",): "lengthen its `every`: it asks more often than the source allows",
    ("address_", "forbidden_"): "its address is not one that may be polled: mend it and push",
}
_ELSE = "open its address in a browser; mend or remove it in the watchlist, and push it"
_WAIT = "nothing yet: it is tried again, at the latest within an hour or its `every`"


def check(site: Installation) -> Iterator[Finding]:
    """Each channel of the watchlist in use."""
    watchlist = site.bucket.accepted()
    channels = watchlist.channels if watchlist else ()
    states = site.store.states(channel.channel_id for channel in channels)
    for channel in channels:
        yield _channel(channel, states[channel.channel_id], site)


def _channel(channel: Channel, state: ChannelState, site: Installation) -> Finding:
    since = state.last_ok_at or state.first_seen_at
    if state.health is Health.DEAD:
        return wrong(
            AREA, channel.name, f"dead: {state.reason}", since, do=what_to_do(channel, state.reason)
        )
    if is_stale(channel, state, site.now):
        said = f": {state.reason}" if state.reason else ""
        return wrong(
            AREA,
            channel.name,
            f"no good poll in three periods{said}",
            since,
            do=what_to_do(channel, state.reason),
        )
    if state.health is Health.TRANSIENT:
        return note(AREA, channel.name, f"not ok: {state.reason}. {_WAIT}", since)
    if state.health is None:
        return note(AREA, channel.name, "never polled yet")
    return ok(AREA, channel.name, f"last good poll {since:%Y-%m-%d %H:%M} UTC")


def what_to_do(channel: Channel, reason: str) -> str:
    """What mends a channel that gave this reason."""
    secret = str(channel.options.get("credentials") or "")
    for begins, do in _DO.items():
        if reason.startswith(begins) and (secret or "{secret}" not in do):
            return do.format(secret=secret)
    return _ELSE
