"""Least privilege, both ways: a function may do what it was seen doing, and nothing else (A14)."""

import dataclasses
from collections import defaultdict
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
import yaml
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from earwitness import channels
from earwitness.links import Action
from earwitness.model import Author, Engagement, Group, Intent, Priority, Refreshed, Tier
from tests.expansion import TEMPLATE, expand
from tests.posts import a_judgement, a_match, a_mention, a_post
from tests.pushes import put_keys, signed_push
from tests.stack import FUNCTIONS, Context, deployed, sqs_event
from tests.template_rules import as_list, identity_statements
from tests.test_acknowledge import FORMS, Browser
from tests.test_digests import Clock
from tests.test_functions import COMPLAINT, WATCHLIST, serving

UNSCOPED = TEMPLATE.parent / "tests" / "cases" / "unscoped_statements.yaml"
SPARE_MS = 20_000  # too little for another page
TAKING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
QUEUES = {
    "polls": "PollQueue",
    "posts": "IngestQueue",
    "assess": "AssessQueue",
    "notify": "NotifyQueue",
    "export": "ExportQueue",
}
SENT_AS = {  # actions that go by another name than the call
    "SendMessageBatch": "SendMessage",
    "ListObjectsV2": "ListBucket",
    "DeleteObjects": "DeleteObject",
    "ListObjectVersions": "ListBucketVersions",
}


def resource(service, parameters):  # noqa: PLR0911 - a service a line
    """What a call touches, in the words of the template."""
    match service:
        case "dynamodb":
            index = parameters.get("IndexName")
            return f"Table/index/{index}" if index else "Table"
        case "s3":
            if parameters["Bucket"] == "exports":
                return exported(parameters)
            if "Key" not in parameters:
                return "WatchlistBucket"
            report = parameters["Bucket"] == "reports"
            return "ReportsBucket/digests/*" if report else f"WatchlistBucket/{parameters['Key']}"
        case "sqs":
            return QUEUES[parameters["QueueUrl"].rpartition("/")[2]]
        case "sns":
            to_alerts = parameters["TopicArn"].endswith(":alerts")
            return "Alerts" if to_alerts else "EscalationTopicArn"
        case "secretsmanager" | "ssm":
            name = (parameters.get("SecretId") or parameters["Name"]).removeprefix("/")
            if not name.startswith("earwitness/"):
                return "AuthorKey" if "author-key" in name else "SigningKey"
            return f"{service}/{name.split('/')[0]}/{'ingest-' * name.endswith('/ingest')}*"
    return service


def exported(parameters):
    """The folder of the bucket of exports that a call touches, or the bucket itself."""
    if "Prefix" in parameters:
        return "ExportsBucket"
    key = parameters.get("Key") or parameters["Delete"]["Objects"][0]["Key"]
    return f"ExportsBucket/{key.split('/')[0]}/*"


EXAMPLES = {}  # (function, action, resource) -> (operation, parameters): a call that was seen


@contextmanager
def recording(calls):
    """Note the permissions that each call needs; the functions' names take turns in ``calls``."""
    make = BaseClient._make_api_call

    def noted(client, operation, parameters):
        service = client.meta.service_model.service_name
        old = "Version" * ("VersionId" in parameters)
        action = f"{service}:{SENT_AS.get(operation, operation)}{old}"
        touched = resource(service, parameters)
        calls[calls["now"]].add((action, touched))
        EXAMPLES.setdefault((calls["now"], action, touched), (operation, parameters))
        try:
            return make(client, operation, parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":  # told to those who may list
                calls[calls["now"]].add(("s3:ListBucket", "WatchlistBucket"))
            raise

    with patch.object(BaseClient, "_make_api_call", noted):
        yield


@pytest.fixture(scope="module")
def seen():
    """What each function needed from before the first watchlist to an alert that was sent."""
    calls = defaultdict(set)
    with serving() as feed, deployed() as stack:

        def run(name, context, *bodies):
            calls["now"] = name
            with recording(calls):
                getattr(stack, name).handler(sqs_event(*bodies), context)

        put_keys()
        run("dispatch", Context(), "{}")
        stack.push(WATCHLIST.format(url=feed.url))
        feed.publish(COMPLAINT, "1", minutes_ago=16)
        run("dispatch", Context(), "{}")
        with patch.dict(channels.KINDS, feed=endless(channels.KINDS["feed"])):
            run("poll", Context(SPARE_MS), *stack.drain(stack.polls_url))
        read_again(stack, run, "earwitness/again")
        read_again(stack, run, "/earwitness/again")
        with patch.dict(channels.KINDS, feed=endless(channels.KINDS["feed"])):
            run("poll", Context(SPARE_MS), *asked_for(stack, "earwitness/x"))
            run("poll", Context(SPARE_MS), *asked_for(stack, "/earwitness/x"))
        calls["now"] = "ingest"
        with recording(calls):
            stack.ingest.handler(signed_push(), Context())
        run("poll", Context(), *stack.drain(stack.posts_url))
        run("assess", Context(), "{}")
        run("notify", Context(), "{}")
        assert stack.alerts()
        late = datetime.now(UTC) + timedelta(hours=1)
        stack.assess.store.save_group(overdue(stack.assess.store, late), late)
        run("assess", Context(), "{}")
        run("notify", Context(), "{}")
        assert stack.escalations()
        stack.push(text_with_waits(feed.url))
        run("dispatch", Context(), "{}")
        stack.poll.store.keep([waiting()], datetime.now(UTC))
        run("assess", Context(), "{}")
        stack.poll.store.keep(outage(), datetime.now(UTC))
        run("assess", Context(), "{}")
        sum_up_and_answer(stack, calls, run)
        export_all(stack, calls, run)
    return calls


def asked_for(stack, credentials):
    """The polls of a channel that names credentials."""
    channel = f"{{name: {credentials}, kind: x, credentials: {credentials}}}"
    text = WATCHLIST.format(url="http://127.0.0.1:9/")
    stack.push(text.replace("channels:\n", f"channels:\n  - {channel}\n"))
    stack.dispatch.handler(sqs_event("{}"), Context())
    return stack.drain(stack.polls_url)


def sum_up_and_answer(stack, calls, run):
    """A digest that has something of everything, and every link that it and an alert offer."""
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    at = hour - timedelta(minutes=5)
    heard = Author(handle="new", followers=900)
    post = a_post(source_id="heard", author=heard, published_at=at, fetched_at=at)
    doubtful = a_post(author=heard, source_id="doubtful", published_at=at, fetched_at=at)
    stack.poll.store.keep(
        [a_mention(post), a_mention(doubtful, matches=(a_match(tier=Tier.DOUBTFUL),))], at
    )
    stack.push(WATCHLIST.format(url="https://news.example/feed").replace(
        "role: own", "role: own\n    digest: hourly"
    ))  # fmt: skip
    run("dispatch", Context(), "{}")
    stack.digest.datetime = Clock(hour + timedelta(minutes=15))
    run("digest", Context(), "{}")
    browser = Browser(stack)
    mention = browser.alert()
    run("notify", Context(), "{}")
    calls["now"] = "acknowledge"
    with recording(calls):
        for action, form in FORMS.items():
            browser.request("GET", browser.link(action))
            browser.request("POST", browser.link(action), urlencode(form))
        browser.request("POST", browser.link(Action.ACCEPT, mention.mention_id), "name=Ada")
    shown = browser.request("GET", browser.link(Action.REPORT, "report"))["headers"]["Location"]
    assert "reports" in shown  # whoever holds the address may do what the function may
    calls["acknowledge"].add(("s3:GetObject", "ReportsBucket/digests/*"))


def read_again(stack, run, credentials):
    """A tick of refresh in which a post of a channel that names credentials is due."""
    asked_for(stack, credentials)
    now = datetime.now(UTC)
    post = a_post(
        kind="x", source_id=credentials, channel=credentials, author=Author(handle="jana"),
        published_at=now - timedelta(minutes=16), fetched_at=now,
    )  # fmt: skip
    stack.poll.store.keep([a_mention(post)], now)
    stack.refresh.datetime = Clock(now + timedelta(minutes=1))  # poll has rung for this moment
    kinds = {name: spreading(channels.KINDS[name]) for name in ("feed", "x")}
    with patch.dict(channels.KINDS, kinds):
        run("refresh", Context(), "{}")


def spreading(kind):
    """A kind of channel whose posts have spread since they were polled, to its front page."""

    def refresh(channel, posts, fetch, now):
        spread = tuple(
            dataclasses.replace(post, engagement=Engagement(likes=900)) for post in posts
        )
        return Refreshed(spread, front_page=tuple(post.post_id for post in posts))

    return dataclasses.replace(kind, refresh=refresh)


def export_all(stack, calls, run):
    """Days that are due with nothing left of one of them, no time for the others, and a file."""
    stack.push(WATCHLIST.format(url="https://news.example/feed"))
    stack.dispatch.handler(sqs_event("{}"), Context())
    store, now = stack.export.store, datetime.now(UTC)
    told = a_post(source_id="told", published_at=now - timedelta(days=3), fetched_at=now)
    mention = a_mention(told)
    stack.poll.store.keep([mention], now)
    fewer = f"hourly/date={(now - timedelta(days=3)).date()}/part-0001.parquet"
    stack.s3.put_object(Bucket="exports", Key=fewer)
    run("export", Context(), "{}")  # no time
    run("export", Context(900_000), "{}")
    said_once(store, mention, now)
    store.redact(mention.brand, mention.post.post_id, now)
    run("export", Context(900_000), "{}")
    wish = {"since": (now - timedelta(days=4)).isoformat(), "until": now.isoformat()}
    calls["now"] = "export"
    with recording(calls):
        made = stack.export.handler(wish, Context(900_000))
    assert "/asked/" in made["link"]  # whoever holds the link may do what the function may
    calls["export"].add(("s3:GetObject", "ExportsBucket/asked/*"))


def said_once(store, mention, now):
    """An alert of an earlier window of its group: found by its notification."""
    group = Group(
        group_id="feedfeedfeedfeed",
        brand=mention.brand,
        role=mention.role,
        kind="complaint",
        priority=Priority.HIGH,
        opened_at=now,
        due_at=None,
        mention=mention,
        first_said_at=now - timedelta(hours=12),
    )
    store.record_response(group, now)


def text_with_waits(url):
    """The watchlist with groups that wait, so that assess rings itself for when they are due."""
    return WATCHLIST.format(url=url).replace("high: 0s", "high: 10m")


def outage():
    """Reports of an outage by as many as make an incident."""
    now = datetime.now(UTC)
    reported = a_judgement(Priority.CRITICAL, Intent.OUTAGE)
    for number in range(5):
        post = a_post(
            f"Northwind Air's app is down for me, {number}",
            source_id=str(number),
            author=Author(handle=f"customer{number}"),
            published_at=now,
            fetched_at=now,
        )
        yield a_mention(post, reported)


def waiting():
    """A complaint whose group waits for others."""
    now = datetime.now(UTC)
    text = "My refund from Northwind Air has been promised since spring"
    post = a_post(text, source_id="w", url="https://w.example/", published_at=now, fetched_at=now)
    return a_mention(post)


def overdue(store, late):
    """The first alert, as it would be had nobody taken it for an hour."""
    group = next(one for one in store.due_groups(late + timedelta(days=20)) if one.mention)
    past = datetime.now(UTC) - timedelta(minutes=1)
    return dataclasses.replace(group, respond_by_at=past, due_at=past)


def endless(kind):
    """A kind of channel that always has more, all of it by one author."""

    def poll(*given):
        found = kind.poll(*given)
        posts = (dataclasses.replace(post, author=Author(name="Jana")) for post in found.posts)
        return dataclasses.replace(found, more=True, posts=tuple(posts))

    return dataclasses.replace(kind, poll=poll)


@pytest.fixture(scope="module")
def allowed():
    """What each function's own policy allows: (action, resource)."""
    permissions = defaultdict(set)
    for owner, statement in identity_statements(expand(TEMPLATE)):
        for action in as_list(statement["Action"]):
            for where in as_list(statement["Resource"]):
                permissions[owner].add((action, shown(where)))
    # What the mapping of pushed posts does for poll, and logging, are no calls of a handler.
    permissions["PollPolicy"] -= {(action, "IngestQueue") for action in TAKING}
    for owner in ("IngestPolicy", "AcknowledgePolicy"):
        permissions[owner] -= {(f"logs:{a}", "Logs") for a in ("CreateLogStream", "PutLogEvents")}
    return permissions


def shown(where):
    """``!Sub "${Table.Arn}/index/g3-index"`` -> ``Table/index/g3-index``."""
    if isinstance(where, str) or "Fn::Split" in where:  # what a managed reader may ask: its tests
        return str(where)
    if "${CredentialsPrefix}" in where.get("Fn::Sub", ""):
        service = where["Fn::Sub"].replace("AWS::", "").split(":")[2]
        return f"{service}/earwitness/{where['Fn::Sub'].partition('Prefix}')[2]}"
    if "Fn::If" in where:  # where the condition does not hold, it is what is listed beside it
        where = where["Fn::If"][1]
    if "Fn::Sub" in where:
        return where["Fn::Sub"].replace("${", "").replace(".Arn}", "")
    return where["Fn::GetAtt"][0] if "Fn::GetAtt" in where else where["Ref"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a14_a_function_may_do_what_it_does(name, seen, allowed):
    assert seen[name] - allowed[f"{name.title()}Policy"] == set()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a14_a_function_may_do_no_more_than_it_does(name, seen, allowed):
    assert allowed[f"{name.title()}Policy"] - seen[name] == set()


def test_a_resource_is_left_open_only_where_aws_cannot_name_it_and_with_a_reason():
    listed = yaml.safe_load(UNSCOPED.read_text("utf-8"))
    open_ = {
        (owner, statement["Sid"], text.rpartition("AccountId}:")[2])
        for owner, statement in identity_statements(expand(TEMPLATE))
        for where in as_list(statement["Resource"])
        if "*" in (text := where.get("Fn::Sub", "") if isinstance(where, dict) else where)
    }
    assert open_ == {(one["policy"], one["sid"], one["resource"]) for one in listed}
    assert all(one["why"] for one in listed)
