"""Requests as senders sign them, and the events in which Lambda hands them to ingest."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import boto3

KEYS = {
    "signing_key": "our-key-4b1d",
    "slack_signing_secret": "slack-key-77aa",
    "zendesk_signing_secret": "zendesk-key-90fe",
}
POSTS = {
    "posts": [
        {
            "id": "1",
            "channel": "partner forum",
            "text": "Northwnd Air lost my bag and nobody answers the phone, worst airline ever",
        }
    ]
}


def put_keys(keys=KEYS):
    boto3.client("secretsmanager").create_secret(
        Name="earwitness/ingest", SecretString=json.dumps(keys)
    )


def mac(key, text):
    return hmac.new(KEYS[key].encode(), text, hashlib.sha256)


def own(body, at, nonce="nonce-0001"):
    time = str(int(at.timestamp()))
    signature = mac("signing_key", f"v1:{time}:{nonce}:".encode() + body).hexdigest()
    return {
        "X-Earwitness-Timestamp": time,
        "X-Earwitness-Signature": f"v1={signature}",
        "Idempotency-Key": nonce,
    }


def slack(body, at):
    time = str(int(at.timestamp()))
    signature = mac("slack_signing_secret", f"v0:{time}:".encode() + body).hexdigest()
    return {"X-Slack-Request-Timestamp": time, "X-Slack-Signature": f"v0={signature}"}


def zendesk(body, at):
    time = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    signature = mac("zendesk_signing_secret", time.encode() + body).digest()
    return {
        "X-Zendesk-Webhook-Signature-Timestamp": time,
        "X-Zendesk-Webhook-Signature": base64.b64encode(signature).decode(),
    }


def request(body, headers, method="POST", *, encoded=False):
    """The event of a function URL."""
    return {
        "version": "2.0",
        "headers": {name.lower(): value for name, value in headers.items()},
        "requestContext": {"http": {"method": method, "path": "/"}},
        "body": base64.b64encode(body).decode() if encoded else body.decode(),
        "isBase64Encoded": encoded,
    }


def signed_push(value=POSTS, sign=own, at=None, **changes):
    body = json.dumps(value).encode()
    return request(body, sign(body, at or datetime.now(UTC)), **changes)
