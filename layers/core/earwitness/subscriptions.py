"""Who is subscribed to the topic of alerts, and what is amiss with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlparse

if TYPE_CHECKING:
    from mypy_boto3_sns.client import SNSClient

_CANCELLED_BY_A_LINK = frozenset({"email", "email-json"})


@dataclass(frozen=True, slots=True)
class Subscription:
    """One endpoint. ``authenticated``: only an AWS caller can cancel it, no link in a mail.

    ``arn`` is empty until it is confirmed; ``reads_body``: its filter asks for what the message
    says, not for its attributes.
    """

    endpoint: str
    protocol: str
    confirmed: bool
    authenticated: bool = False
    filter_policy: dict[str, Any] | None = None
    arn: str = ""
    reads_body: bool = False

    @property
    def amiss(self) -> str:
        """What should be mended, if something should."""
        if not self.confirmed:
            return "pending: nobody has confirmed it"
        if self.protocol in _CANCELLED_BY_A_LINK and not self.authenticated:
            return "can be cancelled by one click: confirm it by `earwitness subscribers confirm`"
        if self.protocol == "sms" and "sms" not in (self.filter_policy or {}):
            return 'not held to the monthly cap: its filter policy lacks {"sms": ["yes"]}'
        return ""

    @property
    def line(self) -> str:
        """For people."""
        state = "confirmed" if self.confirmed else "pending"
        sent = json.dumps(self.filter_policy) if self.filter_policy else "everything"
        told = f"{state:9}  {self.protocol:6}  {self.endpoint}  {sent}"
        return f"{told}\n           ! {self.amiss}" if self.amiss else told


class Subscriptions:
    """The subscriptions of one topic."""

    def __init__(self, topic_arn: str, client: SNSClient) -> None:
        self._arn = topic_arn
        self._client = client

    def subscriptions(self) -> list[Subscription]:
        """All of them, by protocol and endpoint.

        Raises:
            ClientError, BotoCoreError: AWS refuses or cannot be reached.
        """
        pages = self._client.get_paginator("list_subscriptions_by_topic")
        found = [
            self._one(cast("dict[str, str]", one))
            for page in pages.paginate(TopicArn=self._arn)
            for one in page["Subscriptions"]
        ]
        return sorted(found, key=lambda one: (one.protocol, one.endpoint))

    def confirm(self, token: str) -> str:
        """Confirm by the token of the mail, or its whole link; returns the subscription's ARN.

        Raises:
            ClientError, BotoCoreError: AWS refuses or cannot be reached.
        """
        given = parse_qs(urlparse(token).query).get("Token", [token])[0]
        answer = self._client.confirm_subscription(
            TopicArn=self._arn, Token=given, AuthenticateOnUnsubscribe="true"
        )
        return answer["SubscriptionArn"]

    def _one(self, listed: dict[str, str]) -> Subscription:
        arn = listed["SubscriptionArn"]
        endpoint, protocol = listed.get("Endpoint", ""), listed.get("Protocol", "")
        if not arn.startswith("arn:"):  # PendingConfirmation, Deleted
            return Subscription(endpoint, protocol, confirmed=False)
        held = self._client.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        policy = held.get("FilterPolicy")
        return Subscription(
            endpoint,
            protocol,
            confirmed=held.get("PendingConfirmation", "false") != "true",
            authenticated=held.get("ConfirmationWasAuthenticated") == "true",
            filter_policy=json.loads(policy) if policy else None,
            arn=arn,
            reads_body=held.get("FilterPolicyScope") == "MessageBody",
        )
