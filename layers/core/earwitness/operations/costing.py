"""What a load costs a month at list prices, every term of the sum shown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from earwitness.operations import load as shape
from earwitness.operations.load import Load


@dataclass(frozen=True, slots=True)
class Charge:
    """``quantity`` units of a price. ``terms`` says in words what the quantity is made of."""

    part: str
    price: str  # its name in prices.json
    quantity: float
    terms: str

    @property
    def dollars(self) -> float:
        """At list price, nothing free."""
        held = prices()["prices"][self.price]
        return float(self.quantity * held["price"] / held["per"])

    @property
    def arithmetic(self) -> str:
        """The sum as one could type it into a calculator."""
        held = prices()["prices"][self.price]
        per = "" if held["per"] == 1 else f" / {held['per']:,}"
        return f"{self.terms} = {_figure(self.quantity)} x ${held['price']:.10g}{per}"


@cache
def prices() -> Mapping[str, Any]:
    """The price list: ``as_of``, ``region``, ``prices`` by name, and what is ``free`` a month."""
    text = resources.files("earwitness.operations").joinpath("prices.json").read_text("utf-8")
    return dict(json.loads(text))


def charges(load: Load) -> Iterator[Charge]:
    """Every charge of a month."""
    yield from _computing(load)
    yield from _queueing(load)
    yield from _remembering(load)
    yield from _telling(load)
    yield from _watching(load)


def total(load: Load) -> float:
    """Dollars a month at list price, nothing free."""
    return sum(charge.dollars for charge in charges(load))


def total_after_free(load: Load) -> float:
    """Dollars a month where nothing else in the account uses what AWS gives for nothing."""
    quantities: dict[str, float] = {}
    for charge in charges(load):
        quantities[charge.price] = quantities.get(charge.price, 0) + charge.quantity
    free = prices()["free"]
    return sum(
        Charge("", price, max(0.0, quantity - free.get(price, 0)), "").dollars
        for price, quantity in quantities.items()
    )


def per_million_mentions() -> list[Charge]:
    """What a million mentions more would cost, by its parts."""
    return [
        Charge(
            "table",
            "dynamodb_write",
            1e6 * shape.WRITES_A_MENTION,
            f"1,000,000 mentions x {shape.WRITES_A_MENTION} writes",
        ),
        Charge(
            "table",
            "dynamodb_write",
            1e6 * shape.READINGS_A_MENTION * shape.WRITES_A_READING,
            f"1,000,000 mentions x {shape.READINGS_A_MENTION} readings x "
            f"{shape.WRITES_A_READING} writes",
        ),
        Charge(
            "table",
            "dynamodb_read",
            1e6 * shape.READS_A_MENTION,
            f"1,000,000 mentions x {shape.READS_A_MENTION} reads",
        ),
        Charge(
            "table",
            "dynamodb_storage",
            1e6 * shape.BYTES_A_MENTION / shape.GB,
            f"1,000,000 mentions x {shape.BYTES_A_MENTION} bytes, each month kept",
        ),
    ]


def _computing(load: Load) -> Iterator[Charge]:
    pushed = 2 * load.pushes
    yield Charge(
        "polls",
        "lambda_gb_second",
        load.polls * shape.SECONDS_A_POLL * shape.POLL_GB,
        f"{_figure(load.polls)} polls x {shape.SECONDS_A_POLL} s x {shape.POLL_GB} GB",
    )
    yield Charge("polls", "lambda_request", load.polls, f"{_figure(load.polls)} polls")
    yield Charge(
        "ticks",
        "lambda_gb_second",
        load.ticks * shape.SECONDS_A_TICK * shape.TICK_GB,
        f"{_figure(load.ticks)} ticks x {shape.SECONDS_A_TICK} s x {shape.TICK_GB} GB",
    )
    yield Charge("ticks", "lambda_request", load.ticks, f"{_figure(load.ticks)} ticks")
    yield Charge("ticks", "schedule", load.ticks, f"{_figure(load.ticks)} ticks")
    refreshes = f"{_figure(load.refreshes)} refreshes"
    yield Charge(
        "refresh",
        "lambda_gb_second",
        load.refreshes * shape.SECONDS_A_REFRESH * shape.POLL_GB,
        f"{refreshes} x {shape.SECONDS_A_REFRESH} s x {shape.POLL_GB} GB",
    )
    yield Charge("refresh", "lambda_request", load.refreshes, refreshes)
    yield Charge("refresh", "schedule", load.refreshes, refreshes)
    if pushed:
        yield Charge(
            "pushes",
            "lambda_gb_second",
            pushed * shape.SECONDS_A_POLL,
            f"{_figure(load.pushes)} pushes x 2 functions x {shape.SECONDS_A_POLL} s x 1 GB",
        )
        yield Charge("pushes", "lambda_request", pushed, f"{_figure(load.pushes)} pushes x 2")


def _queueing(load: Load) -> Iterator[Charge]:
    asked = shape.MAPPINGS * shape.RECEIVES_A_MINUTE * shape.MINUTES_A_MONTH
    yield Charge(
        "queues",
        "sqs_request",
        asked,
        f"{shape.MAPPINGS} queues x {shape.RECEIVES_A_MINUTE} looks a minute "
        f"x {_figure(shape.MINUTES_A_MONTH)} minutes",
    )
    messages = load.polls + load.ticks + load.refreshes + load.pushes
    yield Charge(
        "queues",
        "sqs_request",
        messages * shape.REQUESTS_A_MESSAGE,
        f"{_figure(messages)} messages x {shape.REQUESTS_A_MESSAGE}",
    )


def _remembering(load: Load) -> Iterator[Charge]:
    for what, count, writes in (
        ("mentions", load.mentions, shape.WRITES_A_MENTION),
        ("readings", load.mentions * shape.READINGS_A_MENTION, shape.WRITES_A_READING),
        ("polls", load.polls, shape.WRITES_A_POLL),
        ("alerts", load.alerts, shape.WRITES_AN_ALERT),
    ):
        terms = f"{_figure(count)} {what} x {writes} writes"
        yield Charge("table", "dynamodb_write", count * writes, terms)
    reads = shape.MINUTES_A_MONTH * (
        shape.IDLE_READS_A_MINUTE + load.channels * shape.READS_A_CHANNEL_AND_MINUTE
    )
    yield Charge(
        "table",
        "dynamodb_read",
        reads,
        f"{_figure(shape.MINUTES_A_MONTH)} minutes x ({shape.IDLE_READS_A_MINUTE} + "
        f"{load.channels} channels) reads",
    )
    yield Charge(
        "table",
        "dynamodb_read",
        load.refreshes * shape.BRANDS * shape.READS_A_REFRESH,
        f"{_figure(load.refreshes)} refreshes x {shape.BRANDS} brands x "
        f"{shape.READS_A_REFRESH} reads",
    )
    told = load.mentions * shape.READS_A_MENTION + load.alerts * shape.READS_AN_ALERT
    yield Charge(
        "table",
        "dynamodb_read",
        told,
        f"({_figure(load.mentions)} mentions x {shape.READS_A_MENTION} + "
        f"{_figure(load.alerts)} alerts x {shape.READS_AN_ALERT}) reads",
    )
    kept = (
        f"{load.mentions_a_day:,.0f} a day x {load.retention_for.days} days x "
        f"{shape.BYTES_A_MENTION} bytes"
    )
    yield Charge("table", "dynamodb_storage", load.kept_gb, kept)
    yield Charge("table", "dynamodb_recovery", load.kept_gb, "the same, recoverable")
    gets = shape.MINUTES_A_MONTH * shape.S3_GETS_A_MINUTE + load.alerts * shape.S3_GETS_AN_ALERT
    yield Charge(
        "watchlist",
        "s3_get",
        gets,
        f"{_figure(shape.MINUTES_A_MONTH)} minutes x {shape.S3_GETS_A_MINUTE} + "
        f"{_figure(load.alerts)} alerts x {shape.S3_GETS_AN_ALERT}",
    )


def _telling(load: Load) -> Iterator[Charge]:
    yield Charge("alerts", "sns_publish", load.alerts, f"{_figure(load.alerts)} alerts")
    mails = load.alerts * load.emails
    yield Charge("alerts", "sns_email", mails, f"{_figure(load.alerts)} alerts x {load.emails}")
    if load.sms_a_month:
        yield Charge("alerts", "sns_sms", load.sms_a_month, f"{_figure(load.sms_a_month)} SMS")


def _watching(load: Load) -> Iterator[Charge]:
    yield Charge("watching", "metric", shape.METRICS, f"{shape.METRICS} metrics")
    yield Charge("watching", "alarm", shape.ALARMS, f"{shape.ALARMS} alarms")
    if shape.DASHBOARDS:
        yield Charge("watching", "dashboard", shape.DASHBOARDS, f"{shape.DASHBOARDS} dashboard")
    yield Charge(
        "logs",
        "log_gb",
        load.logged_gb,
        f"({_figure(load.ticks + load.refreshes)} ticks x {shape.BYTES_A_TICK} + "
        f"{_figure(load.polls)} "
        f"polls x {shape.BYTES_A_POLL} bytes) in GB",
    )
    yield Charge("logs", "log_storage", load.logged_gb, "the same, kept for a month")
    secrets = shape.SECRETS + load.secrets
    yield Charge("secrets", "secret", secrets, f"{shape.SECRETS} + {load.secrets} of channels")
    reads = load.secrets * shape.MINUTES_A_MONTH / 5
    if reads:
        yield Charge("secrets", "secret_read", reads, f"{load.secrets} read every five minutes")


def _figure(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 or number == int(number) else f"{number:,.3g}"
