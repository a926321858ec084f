"""Secrets that can be told apart anywhere, and a look into every place that something may reach."""

import io
import json
import zlib
from base64 import b64encode
from urllib.parse import quote

import boto3
import pyarrow.parquet as pq

from earwitness.channels import KINDS
from earwitness.store import codec

OPTIONAL = {"github": ("token",), "mastodon": ("access_token",), "stackexchange": ("key",)}
NEEDED = {
    "facebook": "page: northwindair",
    "instagram": 'account: "17841400000000000", read: tags',
    "mastodon": 'url: "https://mastodon.example"',
}
OF_KINDS = {
    kind: {name: f"canary-{kind}-{name}-7d1f8a" for name in held.credentials or OPTIONAL[kind]}
    for kind, held in KINDS.items()
    if held.credentials or kind in OPTIONAL
}
OF_INGEST = {
    name: f"canary-{name}-51c0de"
    for name in ("signing_key", "slack_signing_secret", "zendesk_signing_secret")
}
OF_STACK = {name: f"canary-{name}-c0ffee-of-64-signs" for name in ("signing-key", "author-key")}
ALL = sorted({told for some in (*OF_KINDS.values(), OF_INGEST, OF_STACK) for told in some.values()})


def channels():
    """A channel of each kind that takes credentials, in the words of a watchlist."""
    return "".join(
        f"  - {{{', '.join(filter(None, (f'name: {kind}', f'kind: {kind}', NEEDED.get(kind))))}, "
        f"every: 10m, credentials: earwitness/{kind}}}\n"
        for kind in OF_KINDS
    )


def put():
    """Every secret holds its canary."""
    manager = boto3.client("secretsmanager")
    for kind, held in OF_KINDS.items():
        manager.create_secret(Name=f"earwitness/{kind}", SecretString=json.dumps(held))
    manager.create_secret(Name="earwitness/ingest", SecretString=json.dumps(OF_INGEST))
    for name, held in OF_STACK.items():
        manager.put_secret_value(SecretId=name, SecretString=held)


def spelled(canary):
    """A secret as it may be written: as it is, in an address, in base64 whatever stands before."""
    yield canary
    yield quote(canary, safe="")
    for before in range(3):
        encoded = b64encode(b"\0" * before + canary.encode()).decode()
        yield encoded[4:-4]  # whole groups of the canary's own


def found(written):
    """The canaries in what was written, each with the name of its place."""
    return {
        (place, canary)
        for place, text in written.items()
        for canary in ALL
        if any(one in text for one in spelled(canary))
    }


def stored(stack):
    """What is kept and waits: items with what they hold deflated, objects, messages."""
    scanned = stack.dynamodb.get_paginator("scan").paginate(TableName="table")
    items = [item for page in scanned for item in page["Items"]]
    written = {"table": str(items) + "".join(map(_inflated, items))}
    for bucket in ("watchlist", "reports", "exports"):
        for listed in stack.s3.list_objects_v2(Bucket=bucket).get("Contents", ()):
            body = stack.s3.get_object(Bucket=bucket, Key=listed["Key"])["Body"].read()
            written[f"{bucket}/{listed['Key']}"] = _shown(listed["Key"], body)
    for name in ("polls", "posts", "assess", "notify", "export", "alerts", "escalations"):
        url = stack.sqs.get_queue_url(QueueName=name)["QueueUrl"]
        written[f"queue {name}"] = str(stack.drain(url))
    return written


def _inflated(item):
    packed = item.get("d", {}).get("B")
    if packed is None:
        return ""
    return zlib.decompressobj(zdict=codec._DICTIONARY).decompress(packed).decode()


def _shown(key, body):
    if key.endswith(".parquet"):
        return str(pq.read_table(io.BytesIO(body)).to_pylist())
    return body.decode("utf-8", "replace")
