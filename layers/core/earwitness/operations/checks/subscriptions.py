"""Who hears of alerts and of alarms, and who no longer does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from earwitness.model import Event, Priority, Role, Watchlist
from earwitness.operations.finding import Finding, note, ok, wrong
from earwitness.operations.installation import Installation
from earwitness.operations.measures import Measure, series
from earwitness.subscriptions import Subscription

AREA = "subscriptions"
_REMEMBERED_FOR = timedelta(days=14)
_IS_NEWS_FOR = timedelta(days=1)
_CONFIRM = (
    "have the reader open AWS's mail and run `earwitness subscribers confirm TOKEN`; "
    "AWS sends it again when they are subscribed again"
)
_ALARMS_CANCELLED = (
    "unsubscribe it, subscribe it again, and confirm by `aws sns confirm-subscription "
    "--authenticate-on-unsubscribe true`, as docs/alerts.md says"
)

_FILTER = (
    "`aws sns set-subscription-attributes --subscription-arn {arn} --attribute-name FilterPolicy "
    """--attribute-value '{{"role": ["own"]}}'`"""
)
# The attributes of an alert, with their values; None: as many as there are words.
ATTRIBUTES: Mapping[str, frozenset[str] | None] = {
    "brand": frozenset({"all"}),  # what concerns no brand; and those that the watchlist names
    "channel": frozenset({"unknown"}),  # likewise
    "role": frozenset(Role),
    "priority": frozenset(Priority),
    "event": frozenset(Event),
    "level": frozenset({"0", "1", "2", "3"}),
    "sms": frozenset({"yes", "no"}),
    "kind": None,
    "language": None,
}


def check(site: Installation) -> Iterator[Finding]:
    """Each subscription to alerts, those to alarms, and losses of the last two weeks."""
    try:
        watchlist = site.bucket.accepted()
    except ValueError:
        watchlist = None  # the check of the watchlist says so
    alerts = site.topic("Alerts").subscriptions()
    heard = [one for one in alerts if one.confirmed]
    if not heard:
        yield wrong(
            AREA,
            "alerts",
            "nobody receives them: no subscription is confirmed",
            do=f"subscribe somebody (docs/alerts.md), then {_CONFIRM}",
        )
    for one in alerts:
        yield _subscription(one, watchlist)
    yield from _lost(site, len(heard))
    alarms = site.topic("Operations").subscriptions()
    if not any(one.confirmed for one in alarms):
        yield wrong(
            AREA,
            "alarms",
            "nobody receives them: no subscription is confirmed",
            do="confirm the mail from AWS, or set OperationsEmail and deploy",
        )
    for one in alarms:
        if one.confirmed:
            yield ok(AREA, f"alarms to {one.endpoint}", "confirmed")


def _subscription(one: Subscription, watchlist: Watchlist | None) -> Finding:
    subject = f"{one.protocol} {one.endpoint}"
    if one.amiss:
        return wrong(
            AREA,
            subject,
            one.amiss,
            do=_CONFIRM
            if not one.confirmed
            else "confirm it anew, or mend its filter policy: docs/alerts.md",
        )
    if watchlist and (deaf := unheard(one, watchlist)):
        return wrong(
            AREA,
            subject,
            f"hears nothing: {deaf}",
            do=f"mend its filter policy (docs/alerts.md): {_FILTER.format(arn=one.arn)}",
        )
    return ok(AREA, subject, "confirmed")


def unheard(one: Subscription, watchlist: Watchlist) -> str:
    """Why nothing can ever reach a subscription; empty when something can.

    Only exact words are compared: a prefix, or what is to be absent, may let something through.
    """
    named = {
        "brand": {brand.name for brand in watchlist.brands},
        "channel": {channel.name for channel in watchlist.channels},
    }
    policy = {} if one.reads_body else one.filter_policy or {}
    for attribute, asked in policy.items():
        is_known = attribute in ATTRIBUTES or attribute.startswith("$")  # "$or" has its own
        if not is_known and {"exists": False} not in asked:
            return f"its filter asks for {attribute}, which no alert has"
        values = ATTRIBUTES.get(attribute)
        if values is None or not all(isinstance(value, str) for value in asked):
            continue
        if not (values | named.get(attribute, set())).intersection(asked):
            said = "is not watched" if attribute in named else "no alert has"
            return f"its filter asks for {attribute} {', '.join(asked)}, which {said}"
    return ""


def _lost(site: Installation, confirmed: int) -> Iterator[Finding]:
    """Whether there were more subscriptions before: the highest count, and when it was last."""
    measure = Measure("Earwitness", "SubscriptionsConfirmed", ("service", site.stack), "Maximum")
    points = series(
        site.client("cloudwatch"), [measure], site.now, _REMEMBERED_FOR, timedelta(hours=1)
    )[measure]
    more = [point for point in points if point.value > confirmed]
    if not more:
        return
    most, last = max(point.value for point in more), max(more).at
    what = f"{round(most) - confirmed} fewer are confirmed than there were ({round(most)})"
    if site.now - last > _IS_NEWS_FOR:
        yield note(AREA, "lost", what, last)
        return
    yield wrong(
        AREA,
        "lost",
        what,
        last,
        do="see who is missing with `earwitness subscribers list`, subscribe them again "
        "and confirm by `earwitness subscribers confirm`",
    )
