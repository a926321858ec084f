"""The topic that carries alerts to people and programs: the only code that knows SNS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from earwitness.alerting import Message

if TYPE_CHECKING:
    from mypy_boto3_sns.client import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef

# A publish whose answer is lost is repeated by SNS's own account, so the SDK sends it once: the
# claim decides when it is tried again, and says that it may be a repeat.
_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})


class NotAccepted(Exception):
    """SNS did not take a message, and says so: nobody was told."""


class Topic:
    """One SNS topic."""

    def __init__(self, arn: str, client: SNSClient | None = None) -> None:
        self._arn = arn
        self._client = client or boto3.client("sns", config=_CONFIG)

    def publish(self, message: Message) -> str:
        """Send one message, in the words of each kind of subscriber; returns SNS's message id.

        Raises:
            NotAccepted: not accepted: throttled, no permission, a message that it does not take.
            ClientError, BotoCoreError: nobody knows.
        """
        try:
            return self._publish(message)
        except ClientError as error:
            if 400 <= error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
                raise NotAccepted(str(error)) from error
            raise

    def _publish(self, message: Message) -> str:
        attributes: dict[str, MessageAttributeValueTypeDef] = {
            name: {"DataType": "String", "StringValue": value}
            for name, value in message.attributes.items()
        }
        answer = self._client.publish(
            TopicArn=self._arn,
            Subject=message.subject,
            MessageStructure="json",
            Message=json.dumps(
                {
                    "default": message.machine,
                    "email": message.email,
                    "sms": message.sms,
                    "https": message.chat,
                }
            ),
            MessageAttributes=attributes,
        )
        return answer["MessageId"]

    def subscribers(self) -> int:
        """How many subscriptions are confirmed.

        Raises:
            ClientError, BotoCoreError: nobody knows.
        """
        attributes = self._client.get_topic_attributes(TopicArn=self._arn)["Attributes"]
        return int(attributes.get("SubscriptionsConfirmed", "0"))
