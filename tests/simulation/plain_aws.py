"""As much of AWS as the functions ask for, in memory, behind the SDK: ten times as fast as moto.

It stands where moto stands: requests come as the SDK would send them, answers go through its
parsers and its retries. What it does not know it refuses by name. A test holds it to moto.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from botocore.awsrequest import AWSRequest, AWSResponse
from moto.core.botocore_stubber import MockRawResponse

from earwitness.store.table import Item, Key, Refused, Value, key_of
from tests.simulation.plain_table import PlainTable

QUEUES = "https://sqs.eu-central-1.amazonaws.com/123456789012"
TOPICS = "arn:aws:sns:eu-central-1:123456789012"
SECRETS = "arn:aws:secretsmanager:eu-central-1:123456789012:secret"
SIGNING_KEY, AUTHOR_KEY = f"{SECRETS}:signing-key", f"{SECRETS}:author-key"


class NotPlayed(BaseException):
    """An operation that nobody asked for before: play it here. No function may swallow this."""


class PlainAws:
    """One account with one table. ``secrets`` are by name or ARN, ``objects`` by bucket and key."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.table = PlainTable()
        self.objects: dict[tuple[str, str], bytes] = {}
        self.secrets = {
            SIGNING_KEY: "a secret of 64 signs",
            AUTHOR_KEY: "another one of 64 signs",
            **secrets,
        }
        self.environment = {
            "TABLE_NAME": "table",
            "POLLS_QUEUE_URL": f"{QUEUES}/polls",
            "POSTS_QUEUE_URL": f"{QUEUES}/posts",
            "ASSESS_QUEUE_URL": f"{QUEUES}/assess",
            "NOTIFY_QUEUE_URL": f"{QUEUES}/notify",
            "EXPORT_QUEUE_URL": f"{QUEUES}/export",
            "TOPIC_ARN": f"{TOPICS}:alerts",
            "ESCALATION_TOPIC_ARN": f"{TOPICS}:escalations",
            "SIGNING_KEY_ARN": SIGNING_KEY,
            "AUTHOR_KEY_ARN": AUTHOR_KEY,
        }

    def __call__(self, event_name: str, request: AWSRequest) -> AWSResponse:
        """Answer a request, as a handler of the event before-send does."""
        service, operation = event_name.split(".")[1:]
        play = _PLAYED.get((service, operation))
        if play is None:
            raise NotPlayed(f"{service} {operation}: write it in {__name__}, or simulate over moto")
        return play(self, request)

    def _get_item(self, request: AWSRequest) -> AWSResponse:
        item = self.table.get(_key(_asked(request)["Key"]))
        return _json(request, {"Item": _typed(item)} if item else {})

    def _batch_get_item(self, request: AWSRequest) -> AWSResponse:
        ((name, wanted),) = _asked(request)["RequestItems"].items()
        found = self.table.fetch([_key(key) for key in wanted["Keys"]])
        items = [_typed(item) for item in found.values()]
        return _json(request, {"Responses": {name: items}, "UnprocessedKeys": {}})

    def _put_item(self, request: AWSRequest) -> AWSResponse:
        asked = _asked(request)
        item = _plain(asked["Item"])
        match asked.get("ConditionExpression"):
            case None:
                self.table.put(item)
            case "attribute_not_exists(PK)":
                try:
                    self.table.create(item)
                except Refused as refused:
                    return _refused(request, refused)
            case other:
                raise NotPlayed(f"PutItem under the condition {other}")
        return _json(request, {})

    def _update_item(self, request: AWSRequest) -> AWSResponse:
        asked = _asked(request)
        given = {
            name[1:]: _untyped(value)
            for name, value in asked.get("ExpressionAttributeValues", {}).items()
        }
        key, change = _key(asked["Key"]), asked["UpdateExpression"]
        try:
            after = self.table.update(key, change, given, when=asked["ConditionExpression"])
        except Refused as refused:
            return _refused(request, refused)
        return _json(request, {"Attributes": _typed(after)})

    def _query(self, request: AWSRequest) -> AWSResponse:
        """All at once: pages are for moto to play."""
        asked = _asked(request)
        given = {
            name[1:]: _untyped(value) for name, value in asked["ExpressionAttributeValues"].items()
        }
        found = self.table.query(
            asked["IndexName"].removesuffix("-index") if "IndexName" in asked else None,
            given["pk"],
            since=given["since"],
            until=given["until"],
            backward=not asked["ScanIndexForward"],
        )
        return _json(request, {"Items": [_typed(item) for item in found]})

    def _scan(self, request: AWSRequest) -> AWSResponse:
        return _json(request, {"Items": [_typed(item) for item in self.table.items.values()]})

    def _send_message(self, request: AWSRequest) -> AWSResponse:
        body = _asked(request)["MessageBody"].encode()
        md5 = hashlib.md5(body, usedforsecurity=False).hexdigest()
        return _json(request, {"MessageId": "message", "MD5OfMessageBody": md5})

    def _publish(self, request: AWSRequest) -> AWSResponse:
        return _xml(request, "Publish", "<MessageId>message</MessageId>")

    def _get_topic_attributes(self, request: AWSRequest) -> AWSResponse:
        entry = "<entry><key>SubscriptionsConfirmed</key><value>1</value></entry>"
        return _xml(request, "GetTopicAttributes", f"<Attributes>{entry}</Attributes>")

    def _get_secret_value(self, request: AWSRequest) -> AWSResponse:
        name = _asked(request)["SecretId"]
        return _json(request, {"ARN": name, "Name": name, "SecretString": self.secrets[name]})

    def _put_object(self, request: AWSRequest) -> AWSResponse:
        body = _uploaded(request)
        self.objects[place(request)] = body
        return _raw(request, 200, b"", {"etag": _etag(body), "x-amz-version-id": "1"})

    def _get_object(self, request: AWSRequest) -> AWSResponse:
        body = self.objects.get(place(request))
        if body is None:
            return _raw(request, 404, b"<Error><Code>NoSuchKey</Code></Error>", {})
        known = request.headers.get("If-None-Match", b"")
        if (known.decode() if isinstance(known, bytes) else known) == _etag(body):
            return _raw(request, 304, b"", {})
        headers = {"etag": _etag(body), "content-length": str(len(body)), "x-amz-version-id": "1"}
        return _raw(request, 200, body, headers)

    def _list_objects(self, request: AWSRequest) -> AWSResponse:
        """All at once."""
        asked = parse_qs(urlsplit(request.url).query)
        bucket, _ = place(request)
        (prefix,) = asked.get("prefix", [""])
        keys = sorted(key for at, key in self.objects if at == bucket and key.startswith(prefix))
        found = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in keys)
        body = f"<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>"
        return _raw(request, 200, body.encode(), {"content-type": "application/xml"})

    def _list_versions(self, request: AWSRequest) -> AWSResponse:
        """One of each object, older than all that is played: no bucket here keeps others."""
        asked = parse_qs(urlsplit(request.url).query)
        bucket, _ = place(request)
        (prefix,) = asked.get("prefix", [""])
        found = "".join(
            f"<Version><Key>{key}</Key><VersionId>1</VersionId><IsLatest>true</IsLatest>"
            "<LastModified>2000-01-01T00:00:00.000Z</LastModified></Version>"
            for at, key in sorted(self.objects)
            if at == bucket and key.startswith(prefix)
        )
        body = f"<ListVersionsResult>{found}</ListVersionsResult>"
        return _raw(request, 200, body.encode(), {"content-type": "application/xml"})

    def _delete_objects(self, request: AWSRequest) -> AWSResponse:
        bucket, _ = place(request)
        for key in re.findall("<Key>(.*?)</Key>", request.body.decode()):
            self.objects.pop((bucket, key), None)
        return _raw(request, 200, b"<DeleteResult/>", {"content-type": "application/xml"})


_PLAYED: dict[tuple[str, str], Callable[[PlainAws, AWSRequest], AWSResponse]] = {
    ("dynamodb", "GetItem"): PlainAws._get_item,
    ("dynamodb", "BatchGetItem"): PlainAws._batch_get_item,
    ("dynamodb", "PutItem"): PlainAws._put_item,
    ("dynamodb", "UpdateItem"): PlainAws._update_item,
    ("dynamodb", "Query"): PlainAws._query,
    ("dynamodb", "Scan"): PlainAws._scan,
    ("sqs", "SendMessage"): PlainAws._send_message,
    ("sns", "Publish"): PlainAws._publish,
    ("sns", "GetTopicAttributes"): PlainAws._get_topic_attributes,
    ("secrets-manager", "GetSecretValue"): PlainAws._get_secret_value,
    ("s3", "PutObject"): PlainAws._put_object,
    ("s3", "GetObject"): PlainAws._get_object,
    ("s3", "ListObjectsV2"): PlainAws._list_objects,
    ("s3", "ListObjectVersions"): PlainAws._list_versions,
    ("s3", "DeleteObjects"): PlainAws._delete_objects,
}


def asked_form(request: AWSRequest) -> dict[str, str]:
    """The fields of a request to SNS."""
    body = request.body if isinstance(request.body, str) else request.body.decode()
    return {name: values[0] for name, values in parse_qs(body).items()}


def _asked(request: AWSRequest) -> dict[str, Any]:
    return json.loads(request.body)


def place(request: AWSRequest) -> tuple[str, str]:
    """The bucket and the key of a request to S3."""
    parts = urlsplit(request.url)
    bucket, _, rest = parts.netloc.partition(".s3.")
    path = unquote(parts.path).lstrip("/")
    if rest:
        return bucket, path
    bucket, _, path = path.partition("/")
    return bucket, path


def _uploaded(request: AWSRequest) -> bytes:
    """The object in a PutObject: in chunks, since the SDK sends a checksum after it."""
    sent: Any = request.body
    body = sent if isinstance(sent, bytes) else sent.read()
    if b"aws-chunked" not in request.headers.get("Content-Encoding", b""):
        return body
    found, at = b"", 0
    while size := int(body[at : (end := body.index(b"\r\n", at))], 16):
        found += body[end + 2 : end + 2 + size]
        at = end + 2 + size + 2
    return found


def _etag(body: bytes) -> str:
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


def _key(typed: Mapping[str, Any]) -> Key:
    return key_of(_plain(typed))


def _plain(item: Mapping[str, Any]) -> Item:
    return {name: _untyped(value) for name, value in item.items()}


def _untyped(typed: Mapping[str, Any]) -> Value:
    ((kind, value),) = typed.items()
    if kind == "N":
        return int(value)
    return base64.b64decode(value) if kind == "B" else value


def _typed(item: Item) -> dict[str, Any]:
    return {name: _one(value) for name, value in item.items()}


def _one(value: Value) -> dict[str, str]:
    if isinstance(value, int):
        return {"N": str(value)}
    return {"B": base64.b64encode(value).decode()} if isinstance(value, bytes) else {"S": value}


def _json(request: AWSRequest, answer: Mapping[str, Any], status: int = 200) -> AWSResponse:
    headers = {"content-type": "application/x-amz-json-1.0"}
    return _raw(request, status, json.dumps(answer).encode(), headers)


def _refused(request: AWSRequest, refused: Refused) -> AWSResponse:
    error: dict[str, Any] = {
        "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        "message": "The conditional request failed",
    }
    if refused.item:
        error["Item"] = _typed(refused.item)
    return _json(request, error, 400)


def _xml(request: AWSRequest, action: str, result: str) -> AWSResponse:
    body = (
        f'<{action}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/">'
        f"<{action}Result>{result}</{action}Result>"
        "<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>"
        f"</{action}Response>"
    )
    return _raw(request, 200, body.encode(), {"content-type": "text/xml"})


def _raw(request: AWSRequest, status: int, body: bytes, headers: Mapping[str, str]) -> AWSResponse:
    return AWSResponse(request.url, status, dict(headers), MockRawResponse(body))
