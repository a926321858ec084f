"""Every check of a deployed stack, each on its own: one that may not look says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from botocore.exceptions import BotoCoreError, ClientError

from earwitness.operations.checks import (
    addresses,
    alarms,
    channels,
    credentials,
    functions,
    queues,
    quotas,
    subscriptions,
    table,
    watchlist,
)
from earwitness.operations.finding import Finding, State
from earwitness.operations.installation import Installation
from earwitness.store import Throttled, Unreadable

Check = Callable[[Installation], Iterator[Finding]]

# In the order in which trouble spreads: what is off explains what is late, and who hears of it.
CHECKS: Mapping[str, Check] = {
    watchlist.AREA: watchlist.check,
    credentials.AREA: credentials.check,
    channels.AREA: channels.check,
    functions.AREA: functions.check,
    queues.AREA: queues.check,
    alarms.AREA: alarms.check,
    subscriptions.AREA: subscriptions.check,
    table.AREA: table.check,
    addresses.AREA: addresses.check,
    quotas.AREA: quotas.check,
}


def examine(site: Installation) -> Iterator[Finding]:
    """What every check found. A check that AWS does not let look is a finding, no error."""
    for area, check in CHECKS.items():
        try:
            yield from check(site)
        except ClientError as error:
            told = error.response["Error"]
            yield Finding(
                area,
                "not looked at",
                State.UNKNOWN,
                f"{error.operation_name}: {told.get('Code')}: {told.get('Message')}",
                do="docs/command-line.md lists what `earwitness doctor` may need to do",
            )
        except (BotoCoreError, KeyError, Throttled, Unreadable, ValueError) as error:
            yield Finding(
                area,
                "not looked at",
                State.UNKNOWN,
                f"{type(error).__name__}: {error}",
                do="try again; is it the stack of this version?",
            )
