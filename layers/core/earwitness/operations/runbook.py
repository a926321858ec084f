"""What to do about each alarm: the last column of the table in docs/operations.md.

A test holds the two to each other and to the alarms of the template.
"""

from __future__ import annotations

import re

_FUNCTION = "[A-Z][a-z]+"

_DO = {
    f"{_FUNCTION}Errors": (
        "usually nothing: the message comes back after six minutes. If it goes on, the dead "
        "letters tell which work it is"
    ),
    f"{_FUNCTION}Throttles": (
        "raise the account's quota. Nothing is lost while work waits less than 40 minutes; ticks "
        "and polls that are older are asked for anew"
    ),
    f"{_FUNCTION}Late": "for poll: too many slow channels; lengthen their `every`",
    "AlertsDead": "reach its reader another way; mend or remove the subscription",
    f"{_FUNCTION}Dead": "mend the cause, then send the messages back: `earwitness redrive`",
    "SubscriptionsLost": (
        "subscribe who is missing again, and confirm with `earwitness subscribers confirm`, so "
        "that no mail scanner can cancel it"
    ),
    "SmsOverCap": "raise `SmsPerMonth`, or wait for the next month",
    "ChannelsStale": "look at the channel's `polled` lines: `health` and `reason` say why",
    "WatchlistInvalid": "push a corrected one, or `earwitness watchlist rollback`",
}


def what_to_do(alarm: str) -> str:
    """What to do about an alarm, by its name in the template. KeyError: nobody has said so."""
    for pattern, do in _DO.items():
        if re.fullmatch(pattern, alarm):
            return do
    raise KeyError(f"no line in the runbook for the alarm {alarm}")
