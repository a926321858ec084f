"""The deployed export: a message on its queue brings a day's files, an invocation brings a link."""

import io
import json
import ssl
import time
from datetime import UTC, datetime, timedelta
from urllib.request import urlopen

import pyarrow.parquet as pq
import pytest

from earwitness import accepted
from earwitness.exports.asked import Asked, as_event
from earwitness.model import Brand, Channel, Role, Term, Watchlist
from earwitness.stack_key import StackKey
from earwitness.store import Store
from tests.posts import a_mention, a_post

pytestmark = pytest.mark.end_to_end

WITHIN_SECONDS = 120
NOW = datetime.now(UTC)
YESTERDAY = NOW.replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
OURS = Brand("Northwind Export", Role.OWN, (Term("Northwind Export"),))
WATCHED = Watchlist((OURS,), (Channel("hn", "hackernews", timedelta(minutes=10)),), "export")


@pytest.fixture(scope="module")
def s3(stack):
    return stack.aws.client("s3")


@pytest.fixture(scope="module")
def manifest(stack, s3):
    """What export says of yesterday, once it has written it."""
    body = accepted.dump(WATCHED).encode()
    s3.put_object(Bucket=stack.watchlist_bucket, Key="accepted/watchlist.json", Body=body)
    posts = [
        a_post(text, source_id=f"export-{n}", published_at=YESTERDAY, fetched_at=NOW)
        for n, text in enumerate(("=1+1", "lost my bag"))
    ]
    author_key = StackKey(stack.resources["AuthorKey"], stack.aws.client)
    store = Store(stack.table_name, stack.aws.client("dynamodb"), author_key=author_key)
    store.keep([a_mention(post, brand=OURS.name) for post in posts], NOW)
    queue = stack.queue_url("ExportQueue")
    stack.aws.client("sqs").send_message(QueueUrl=queue, MessageBody="{}")
    key = f"manifests/date={YESTERDAY.date()}.json"
    deadline = time.monotonic() + WITHIN_SECONDS
    while time.monotonic() < deadline:
        bucket = stack.resources["ExportsBucket"]
        listed = s3.list_objects_v2(Bucket=bucket, Prefix=key).get("Contents")
        if listed:
            return json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        time.sleep(1)
    pytest.fail(f"no {key} within {WITHIN_SECONDS} s")


def test_a_day_that_ended_is_in_files(stack, s3, manifest):
    (part,) = manifest["mentions"]
    body = s3.get_object(Bucket=stack.resources["ExportsBucket"], Key=part["key"])["Body"].read()
    rows = pq.read_table(io.BytesIO(body)).to_pylist()
    assert {row["text"] for row in rows if row["brand"] == OURS.name} == {"=1+1", "lost my bag"}


def test_a_link_opens_what_was_asked_for(stack, manifest):
    wish = Asked(YESTERDAY - timedelta(hours=1), NOW, brands=(OURS.name,))
    answer = stack.aws.client("lambda").invoke(
        FunctionName=stack.resources["Export"], Payload=json.dumps(as_event(wish)).encode()
    )
    made = json.loads(answer["Payload"].read())
    assert made["mentions"] == 2, made
    trusted = ssl.create_default_context(cafile=stack.aws.home / "authorities.pem")
    with urlopen(made["link"], timeout=10, context=trusted) as opened:  # noqa: S310 - our own
        assert b"'=1+1" in opened.read()


def test_the_tables_for_athena_are_deployed(stack):
    deployed = set(stack.resources)
    assert {"MentionsTable", "HourlyTable", "ExportsWorkGroup"} <= deployed
