"""The cost model against the template, the functions and its own arithmetic."""

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from botocore.client import BaseClient
from typer.testing import CliRunner

from earwitness.cli import app
from earwitness.operations import load as shape
from earwitness.operations.costing import (
    charges,
    per_million_mentions,
    prices,
    total,
    total_after_free,
)
from earwitness.operations.limits import limits
from earwitness.operations.load import Load
from tests.expansion import ROOT, TEMPLATE, expand
from tests.posts import a_post
from tests.stack import Context, deployed, sqs_event
from tests.template_rules import of_type
from tests.test_functions import COMPLAINT, WATCHLIST, serving

TYPICAL = Load(mentions_a_day=1000)
README = (ROOT / "README.md").read_text("utf-8")
ROUTINE = "Northwind Air flies to Lisbon from May."
ALL = Load(mentions_a_day=1000, pushes_a_day=10, secrets=2, sms_a_month=5)


def run(*arguments):
    return CliRunner().invoke(app, ["cost", *arguments])


# --- the shape of the stack ---


@pytest.fixture(scope="module")
def template():
    return expand(TEMPLATE)


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("AWS::Lambda::EventSourceMapping", shape.MAPPINGS),
        ("AWS::CloudWatch::Alarm", shape.ALARMS),
        ("AWS::CloudWatch::Dashboard", shape.DASHBOARDS),
        ("AWS::SecretsManager::Secret", shape.SECRETS),
    ],
)
def test_what_is_charged_by_the_month_is_counted_as_the_template_has_it(kind, count, template):
    assert len(list(of_type(template, kind))) == count


def test_ticks_are_counted_as_the_template_schedules_them(template):
    told = Counter(
        s["ScheduleExpression"] for _, s in of_type(template, "AWS::Scheduler::Schedule")
    )
    assert told == {
        "rate(1 minute)": shape.MINUTE_TICKS, "rate(5 minutes)": shape.FIVE_MINUTE_TICKS,
        "cron(0/15 * * * ? *)": shape.QUARTER_TICKS, "cron(20 0 * * ? *)": shape.DAILY_TICKS,
    }  # fmt: skip


def test_metrics_are_counted_as_the_functions_report_them():
    source = "".join(path.read_text("utf-8") for path in (ROOT / "functions").glob("*.py"))
    assert len(set(re.findall(r'add_metric\(\s*"(\w+)"', source))) == shape.METRICS


# --- the calls, measured ---


@pytest.fixture(scope="module")
def calls():
    """Units of the table that each function used: idle, for a poll, a mention and an alert."""
    counts = {}
    with serving() as feed, deployed() as stack:
        make = BaseClient._make_api_call

        def measured(key, name, *bodies):
            counts[key] = Counter()

            def noted(client, operation, parameters):
                counts[key] += units(operation, parameters)
                return make(client, operation, parameters)

            with patch.object(BaseClient, "_make_api_call", noted):
                getattr(stack, name).handler(sqs_event(*(bodies or ("{}",))), Context())

        stack.push(WATCHLIST.format(url=feed.url))
        stack.dispatch.handler(sqs_event("{}"), Context())
        measured("poll", "poll", *stack.drain(stack.polls_url))
        for name in ("dispatch", "assess", "notify"):
            measured(name, name)
        measured("refresh", "refresh")
        measured("refresh", "refresh")  # from the second on
        mentions = stack.poll.watch.of().mentions
        stack.poll.store.keep(list(mentions([posted(COMPLAINT)])), now())
        measured("assess alert", "assess")
        measured("notify alert", "notify")
        assert stack.alerts()
        stack.poll.store.keep(list(mentions([posted(ROUTINE)])), now())
        measured("assess mention", "assess")
    return counts


def posted(text):
    return a_post(text, source_id=text, published_at=now(), fetched_at=now())


def now():
    return datetime.now(UTC)


def units(operation, parameters):
    """What a call costs at the least: an item a unit, a query a half."""
    match operation:
        case "GetItem":
            return Counter(reads=1)
        case "BatchGetItem":
            held = parameters["RequestItems"].values()
            return Counter(reads=sum(len(one["Keys"]) for one in held))
        case "Query":
            return Counter(reads=0.5)
        case "PutItem" | "UpdateItem":
            return Counter(writes=1, indexed=touches_index(parameters))
        case "GetObject":
            return Counter(gets=1)
    return Counter()


def touches_index(parameters):
    """Writes to indexes: each pair of keys that is put, and for one that moves also its removal."""
    told = json.dumps(parameters, default=str)
    return sum(f"g{n}pk" in told for n in (1, 2, 3)) * (1 if "Item" in parameters else 2)


def test_an_idle_minute_reads_what_the_model_says(calls):
    idle = calls["assess"]["reads"] + calls["notify"]["reads"]
    assert idle == shape.IDLE_READS_A_MINUTE
    assert calls["dispatch"]["reads"] == shape.READS_A_CHANNEL_AND_MINUTE  # of one channel
    assert calls["dispatch"]["gets"] == shape.S3_GETS_A_MINUTE


def test_a_refresh_reads_at_most_what_the_model_says_and_writes_nothing_where_nothing_is_due(calls):
    reads = calls["refresh"]["reads"]  # of one brand; more once the hours of two weeks are kept
    assert shape.READS_A_REFRESH * 0.4 <= reads <= shape.READS_A_REFRESH
    assert calls["refresh"]["writes"] == 0


def test_a_poll_writes_what_the_model_says(calls):
    assert calls["poll"]["writes"] + 1 == shape.WRITES_A_POLL  # one of them is dispatch's


def test_an_alert_writes_and_reads_at_most_what_the_model_says(calls):
    told = calls["assess alert"] + calls["notify alert"]
    idle = calls["assess"] + calls["notify"]
    writes = told["writes"] + told["indexed"] - shape.WRITES_A_MENTION + 4
    assert shape.WRITES_AN_ALERT * 0.6 <= writes <= shape.WRITES_AN_ALERT
    assert told["reads"] - idle["reads"] <= shape.READS_AN_ALERT


def test_a_mention_writes_what_the_model_says(calls):
    kept = 1 + 3  # the item and its three indexes
    assessed = calls["assess mention"]["writes"] + calls["assess mention"]["indexed"]
    assert kept + assessed == shape.WRITES_A_MENTION


# --- the arithmetic ---


@pytest.mark.parametrize("charge", charges(ALL), ids=lambda one: f"{one.part} {one.price}")
def test_a_charge_is_what_its_arithmetic_comes_to(charge):
    terms = charge.arithmetic.rpartition(" = ")[2].replace(",", "").replace("$", "")
    worked_out = eval(terms.replace("x", "*"))  # noqa: S307 - our own words
    assert worked_out == pytest.approx(charge.dollars, rel=0.01, abs=0.0001)


def test_the_total_is_the_sum_of_the_lines():
    lines = run("--mentions-per-day", "1000").stdout.splitlines()
    of_charges = [float(line[:9]) for line in lines[1 : 1 + len(list(charges(TYPICAL)))]]
    (said,) = [float(line[:9]) for line in lines if line.endswith("  total")]
    assert said == pytest.approx(sum(of_charges), abs=0.1)


def test_what_is_free_makes_it_cheaper_and_never_negative():
    assert 0 < total_after_free(TYPICAL) < total(TYPICAL)


def test_every_price_is_used_and_has_a_page():
    used = {charge.price for charge in charges(ALL)} | {"dashboard", "key", "key_request", "s3_put"}
    assert set(prices()["prices"]) == used
    assert all(held["page"] and held["unit"] for held in prices()["prices"].values())


def test_the_price_list_is_dated_and_names_its_source():
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", prices()["as_of"])
    assert "pricing" in prices()["source"]


def test_what_is_free_has_a_price():
    assert set(prices()["free"]) <= set(prices()["prices"])


@pytest.mark.parametrize("factor", [2, 10])
def test_more_mentions_cost_in_proportion(factor):
    per_mention = sum(one.dollars for one in per_million_mentions()) / 1e6
    more = total(replace(TYPICAL, mentions_a_day=1000 * factor)) - total(TYPICAL)
    each = more / (1000 * (factor - 1) * shape.DAYS_A_MONTH)
    assert each > per_mention * 0.9


# --- the limits ---


@pytest.mark.parametrize("what", [one.what for one in limits(TYPICAL)])
def test_every_limit_can_be_hit(what):
    much = Load(1e10, channels=10**6, every_for=timedelta(minutes=1), alerts_a_day=1e8,
                pushes_a_day=1e8, emails=1000, sms_a_month=1e6)  # fmt: skip
    (limit,) = [one for one in limits(much) if one.what == what]
    assert limit.share > 1


def test_the_nearest_limit_comes_first():
    shares = [one.share for one in limits(ALL)]
    assert shares == sorted(shares, reverse=True)


def test_each_limit_says_whose_it_is_and_what_happens_at_it():
    for one in limits(ALL):
        assert one.whose.startswith(("ours:", "AWS's:"))
        assert one.then


# --- the command and the README ---


def test_channels_are_counted_from_a_watchlist(tmp_path):
    path = tmp_path / "watchlist.yaml"
    path.write_text(
        "brands: [{name: Northwind Air, terms: [Northwind Air]}]\n"
        "channels:\n"
        "  - {name: a, kind: hackernews, every: 5m}\n"
        "  - {name: b, kind: x, credentials: earwitness/x, every: 15m}\n",
        encoding="utf-8",
    )
    told = json.loads(run("--mentions-per-day", "0", "-w", str(path), "--json").stdout)
    polls = next(c for c in told["charges"] if c["part"] == "polls")["arithmetic"]
    assert polls.startswith("11,680 polls")  # 8,760 every five minutes and 2,920 every fifteen
    assert "2 + 1 of channels" in str(told)


@pytest.mark.parametrize("every", ["5", "m", "0m", "5 minutes"])
def test_an_interval_that_is_none_is_refused(every):
    assert run("--mentions-per-day", "1", "--every", every).exit_code == 2


def test_limits_are_shown_on_request():
    assert "Limits, the nearest first:" in run("--mentions-per-day", "1", "--limits").stdout


def test_the_readme_shows_what_the_command_prints():
    (shown,) = re.findall(r"```\n(List prices.*?)```", README, re.DOTALL)
    assert shown == run("--mentions-per-day", "1000").stdout


def test_the_readme_promises_the_total_of_its_table():
    promised = [float(dollars) for dollars in re.findall(r"costs about \$(\d+) a month", README)]
    assert promised == [round(total(TYPICAL))]


def test_the_price_list_is_shipped_with_the_code():
    assert Path(shape.__file__).with_name("prices.json").exists()
