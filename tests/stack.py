"""The functions wired over moto: the resources of the template, fresh for each test."""

import importlib
import io
import json
import sys
from contextlib import contextmanager
from unittest.mock import patch

import boto3
from moto import mock_aws

from earwitness.store import TABLE

FUNCTIONS = (
    "dispatch", "poll", "ingest", "refresh", "assess", "notify", "acknowledge", "digest", "export",
)  # fmt: skip
PAGE = "https://page.example"


class Context:
    """What Lambda hands a function beside its event."""

    function_name = "under-test"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:under-test"
    aws_request_id = "request"

    def __init__(self, remaining_ms=60_000):
        self.remaining_ms = remaining_ms

    def get_remaining_time_in_millis(self):
        return self.remaining_ms


class Stack:
    """The deployed stack as a test sees it."""

    def __init__(self):
        self.log = io.StringIO()  # what the functions logged
        self.sqs = boto3.client("sqs")
        self.sns = boto3.client("sns")
        self.s3 = boto3.client("s3")
        self.dynamodb = boto3.client("dynamodb")
        self.dynamodb.create_table(TableName="table", **TABLE)
        self.polls_url = self.sqs.create_queue(QueueName="polls")["QueueUrl"]
        self.posts_url = self.sqs.create_queue(QueueName="posts")["QueueUrl"]
        self.export_url = self.sqs.create_queue(QueueName="export")["QueueUrl"]
        self.assess_url = self.sqs.create_queue(QueueName="assess")["QueueUrl"]
        self.notify_url = self.sqs.create_queue(QueueName="notify")["QueueUrl"]
        self.alerts_url = self.sqs.create_queue(QueueName="alerts")["QueueUrl"]
        self.escalations_url = self.sqs.create_queue(QueueName="escalations")["QueueUrl"]
        self.topic_arn = self._topic("alerts", self.alerts_url)
        self.escalation_topic_arn = self._topic("escalations", self.escalations_url)
        for bucket in ("watchlist", "reports", "exports"):
            self.s3.create_bucket(
                Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
            )
        self.signing_key_arn = boto3.client("secretsmanager").create_secret(
            Name="signing-key", SecretString="a secret of 64 signs"
        )["ARN"]
        self.author_key_arn = boto3.client("secretsmanager").create_secret(
            Name="author-key", SecretString="another one of 64 signs"
        )["ARN"]
        self.s3.put_bucket_versioning(
            Bucket="watchlist", VersioningConfiguration={"Status": "Enabled"}
        )

    def _topic(self, name, queue_url):
        topic_arn = self.sns.create_topic(Name=name)["TopicArn"]
        queue = self.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
        self.sns.subscribe(
            TopicArn=topic_arn, Protocol="sqs", Endpoint=queue["Attributes"]["QueueArn"]
        )
        return topic_arn

    @property
    def environment(self):
        """The variables that the template sets."""
        return {
            "TABLE_NAME": "table",
            "POLLS_QUEUE_URL": self.polls_url,
            "ASSESS_QUEUE_URL": self.assess_url,
            "NOTIFY_QUEUE_URL": self.notify_url,
            "POSTS_QUEUE_URL": self.posts_url,
            "INGEST_KEYS": "earwitness/ingest",
            "TOPIC_ARN": self.topic_arn,
            "ESCALATION_TOPIC_ARN": self.escalation_topic_arn,
            "WATCHLIST_BUCKET": "watchlist",
            "REPORTS_BUCKET": "reports",
            "EXPORTS_BUCKET": "exports",
            "EXPORT_QUEUE_URL": self.export_url,
            "AUTHOR_KEY_ARN": self.author_key_arn,
            "SIGNING_KEY_ARN": self.signing_key_arn,
            "ACKNOWLEDGE_URL": f"{PAGE}/",
            "SMS_PER_MONTH": "2",
            "ALLOW_LOOPBACK": "true",
        }

    def push(self, text):
        self.s3.put_object(Bucket="watchlist", Key="watchlist.yaml", Body=text.encode())

    def drain(self, url):
        """The bodies that wait on a queue, taken off it."""
        bodies = []
        while messages := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
            "Messages", []
        ):
            for message in messages:
                bodies.append(message["Body"])
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    def tick(self):
        """Everything that happens in a minute: dispatch, each poll it sent, assess, notify."""
        self.dispatch.handler(sqs_event("{}"), Context())
        for body in self.drain(self.polls_url):
            self.poll.handler(sqs_event(body), Context())
        self.assess.handler(sqs_event("{}"), Context())
        self.notify.handler(sqs_event("{}"), Context())

    def alerts(self):
        """What subscribers received since they were asked last."""
        return [json.loads(body) for body in self.drain(self.alerts_url)]

    def escalations(self):
        """What the escalation topic's subscribers received since they were asked last."""
        return [json.loads(body) for body in self.drain(self.escalations_url)]


def sqs_event(*bodies):
    """The event in which Lambda hands messages of a queue to a function."""
    return {
        "Records": [
            {
                "messageId": f"message-{hash(body)}-{number}",
                "receiptHandle": "handle",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:queue",
                "awsRegion": "eu-central-1",
            }
            for number, body in enumerate(bodies)
        ]
    }


@contextmanager
def deployed():
    """A stack with its functions imported afresh, as in a cold start."""
    with mock_aws():
        stack = Stack()
        with patch.dict("os.environ", stack.environment):
            for name in FUNCTIONS:
                sys.modules.pop(f"functions.{name}", None)
                setattr(stack, name, importlib.import_module(f"functions.{name}"))
                for handler in getattr(stack, name).logger.handlers:
                    handler.setStream(stack.log)
            yield stack
