"""What to do about each alarm: the last column of the table in docs/operations.md.

A test holds the two to each other and to the alarms of the template.
"""

from __future__ import annotations

import re

_FUNCTION = "[A-Z][a-z]+"

_DO = {
    "(Ingest|Acknowledge)Errors": (
        "nothing is lost: who sent or clicked was answered with an error, and does it again. If it "
        "goes on, lines of level ERROR say why"
    ),
    f"{_FUNCTION}Errors": (
        "usually nothing: the message comes back after six minutes, export's after ninety. If it "
        "goes on, the dead letters tell which work it is"
    ),
    "(Ingest|Acknowledge)Throttles": (
        "a flood of strangers: set `UrlConcurrency`, or leave it, and it ends there. Your own "
        "senders or readers: raise it, or the account's quota"
    ),
    f"{_FUNCTION}Throttles": (
        "raise the account's quota. Nothing is lost while work waits less than 40 minutes; ticks "
        "and polls that are older are asked for anew. Exports wait for ten hours, pushed posts for "
        "two weeks"
    ),
    f"{_FUNCTION}Late": (
        "mend what `...Errors` and `...Throttles` say. Without these, for poll and ingest: too "
        "many slow channels; lengthen their `every`. Export's is tried again ninety minutes after "
        "it failed, and is late until then: no day is lost"
    ),
    "AlertsDead": "reach its reader another way; mend or remove the subscription",
    f"{_FUNCTION}Dead": "mend the cause, then send the messages back: `earwitness redrive`",
    "SubscriptionsLost": (
        "subscribe who is missing again, and confirm with `earwitness subscribers confirm`, so "
        "that no mail scanner can cancel it"
    ),
    "SmsOverCap": "raise `SmsPerMonth`, or wait for the next month",
    "ChannelsStale": (
        "look at the channel's `polled` lines: `health` and `reason` say why. Without that line, "
        "see `DispatchErrors`, or push the first watchlist"
    ),
    "WatchlistInvalid": "push a corrected one, or `earwitness watchlist rollback`",
}


def what_to_do(alarm: str) -> str:
    """What to do about an alarm, by its name in the template. KeyError: nobody has said so."""
    for pattern, do in _DO.items():
        if re.fullmatch(pattern, alarm):
            return do
    raise KeyError(f"no line in the runbook for the alarm {alarm}")
