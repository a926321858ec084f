"""The deployed ingest: what is pushed to its address becomes a mention, by its queue and poll."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from earwitness import accepted
from earwitness.model import Brand, Role, Term, Watchlist
from earwitness.store import Store
from tests.end_to_end.page import Page
from tests.end_to_end.roles import as_role
from tests.pushes import KEYS, own, slack, zendesk

pytestmark = pytest.mark.end_to_end

WITHIN_SECONDS = 120
OURS = Brand("Northwind Air", Role.OWN, (Term("Northwind Air"),))
WATCHED = Watchlist((OURS,), (), "pushing")
SECRET = "earwitness/ingest"
KEPT = ("M#", "W#")  # mentions, and the requests that were taken


def body_of(number, text):
    post = {"id": number, "channel": "partner forum", "text": text}
    return json.dumps({"posts": [post]}).encode()


BODY = body_of("push-1", "Northwnd Air lost my bag, and nobody answers the phone")
OTHER = body_of("push-2", "Northwind Air lost my other bag")


class Pushed:
    """The address of a stack, and what the stack holds of what was pushed there."""

    def __init__(self, stack):
        client = stack.aws.client("lambda")
        url = client.get_function_url_config(FunctionName=stack.resources["Ingest"])
        self.stack, self.url, self._page = stack, url["FunctionUrl"], Page(stack)

    def push(self, body, headers, method="POST"):
        """The status, and what was said."""
        sent = {**headers, "Content-Type": "application/json"}
        status, said = self._page.send(method, self.url, body, sent)
        return status, json.loads(said)

    def mentioned(self):
        """The pushed posts that were kept: id, brand, and what the name was written as."""
        store, now = self._store(), datetime.now(UTC)
        hours = timedelta(hours=1)
        found = store.mentions(OURS.name, now - hours, now + hours)
        return [one.post.source_id for one in found if one.post.source_id.startswith("push-")]

    def held(self):
        """Every mention, every request remembered, and what waits or was given up."""
        pages = self.stack.aws.client("dynamodb").get_paginator("scan")
        items = [
            item["PK"]["S"]
            for page in pages.paginate(TableName=self.stack.table_name)
            for item in page["Items"]
            if item["PK"]["S"].startswith(KEPT)
        ]
        return sorted(items), [self._depth(name) for name in ("IngestQueue", "IngestDeadLetters")]

    def _depth(self, name):
        asked = self.stack.aws.client("sqs").get_queue_attributes(
            QueueUrl=self.stack.queue_url(name),
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )
        return sum(map(int, asked["Attributes"].values()))

    def _store(self):
        return Store(self.stack.table_name, self.stack.aws.client("dynamodb"))


@pytest.fixture(scope="module")
def pushed(stack):
    """A post was pushed, and the stack did the rest."""
    s3, secrets = stack.aws.client("s3"), stack.aws.client("secretsmanager")
    in_use = accepted.dump(WATCHED).encode()
    s3.put_object(Bucket=stack.watchlist_bucket, Key="accepted/watchlist.json", Body=in_use)
    try:
        secrets.create_secret(Name=SECRET, SecretString=json.dumps(KEYS))
    except secrets.exceptions.ResourceExistsException:
        secrets.put_secret_value(SecretId=SECRET, SecretString=json.dumps(KEYS))
    pushed = Pushed(stack)
    pushed.headers = own(BODY, datetime.now(UTC), "push-nonce-1")
    pushed.answer = pushed.push(BODY, pushed.headers)
    deadline = time.monotonic() + WITHIN_SECONDS
    while not pushed.mentioned() and time.monotonic() < deadline:
        time.sleep(1)
    while pushed.held()[1] != [0, 0] and time.monotonic() < deadline:
        time.sleep(1)
    return pushed


def test_a_signed_post_is_taken_and_becomes_a_mention(pushed):
    assert pushed.answer == (202, {"accepted": 1})
    assert pushed.mentioned() == ["push-1"]


def test_what_was_taken_is_off_the_queue_and_no_dead_letter(pushed):
    assert pushed.held()[1] == [0, 0]


def test_a19_a_replayed_request_changes_nothing(pushed):
    before = pushed.held()
    assert pushed.push(BODY, pushed.headers)[0] == 409
    assert pushed.held() == before


def forged(body, now):
    headers = own(body, now, "push-nonce-2")
    return {**headers, "X-Earwitness-Signature": headers["X-Earwitness-Signature"][:-4] + "0000"}


REFUSED = {
    "unsigned": lambda _now: {},
    "forged": lambda now: forged(OTHER, now),
    "of another body": lambda now: own(BODY, now, "push-nonce-3"),
    "another nonce": lambda now: {
        **own(OTHER, now, "push-nonce-4"), "Idempotency-Key": "push-nonce-5"
    },
    "expired": lambda now: own(OTHER, now - timedelta(minutes=6), "push-nonce-6"),
    "of the future": lambda now: own(OTHER, now + timedelta(minutes=6), "push-nonce-7"),
    "expired of slack": lambda now: slack(OTHER, now - timedelta(minutes=6)),
    "expired of zendesk": lambda now: zendesk(OTHER, now - timedelta(minutes=6)),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_a19_a_request_that_is_not_properly_signed_changes_nothing(pushed, what):
    before = pushed.held()
    status, said = pushed.push(OTHER, REFUSED[what](datetime.now(UTC)))
    assert status == 401, said
    assert pushed.held() == before


def test_what_cannot_be_read_is_refused_whole(pushed):
    before, body = pushed.held(), b'{"posts": [{"id": "push-3"}]}'
    status, said = pushed.push(body, own(body, datetime.now(UTC), "push-nonce-8"))
    assert status == 400
    assert "text" in said["error"]
    assert pushed.held() == before


def test_slack_is_answered_its_challenge(pushed):
    body = json.dumps({"type": "url_verification", "challenge": "c-1"}).encode()
    assert pushed.push(body, slack(body, datetime.now(UTC))) == (200, {"challenge": "c-1"})


def key(begins):
    return {"PK": {"S": f"{begins}x"}, "SK": {"S": begins[0]}}


def test_its_role_may_read_what_it_remembers_of_requests_and_list_nothing(stack):
    dynamodb = as_role(stack, "IngestRole", "dynamodb")
    assert "Item" not in dynamodb.get_item(TableName=stack.table_name, Key=key("W#"))
    with pytest.raises(ClientError, match="not authorized to perform"):
        dynamodb.scan(TableName=stack.table_name)


@pytest.mark.parametrize("begins", ["M#", "CH#", "N#"])
def test_its_role_may_read_no_other_item(stack, begins):
    dynamodb = as_role(stack, "IngestRole", "dynamodb")
    try:
        dynamodb.get_item(TableName=stack.table_name, Key=key(begins))
    except ClientError as refused:
        assert refused.response["Error"]["Code"] == "AccessDeniedException"
    else:
        pytest.skip("the embedded AWS does not heed dynamodb:LeadingKeys")
