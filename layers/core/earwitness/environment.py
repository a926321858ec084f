"""What a function is told by its template: validated once, at start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

REQUIRED = (
    "TABLE_NAME",
    "POLLS_QUEUE_URL",
    "ASSESS_QUEUE_URL",
    "NOTIFY_QUEUE_URL",
    "TOPIC_ARN",
    "WATCHLIST_BUCKET",
    "POSTS_QUEUE_URL",
    "INGEST_KEYS",
    "AUTHOR_KEY_ARN",
)


class EnvironmentIncomplete(Exception):
    """A variable that the template should set is missing or malformed."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The names of this deployment's resources, and its settings."""

    table_name: str
    polls_queue_url: str
    assess_queue_url: str
    notify_queue_url: str
    topic_arn: str
    watchlist_bucket: str
    posts_queue_url: str
    ingest_keys: str  # the name of the secret that holds the keys to sign with
    author_key_arn: str  # of the secret that hides authors' names in the table
    retention_for: timedelta
    escalation_topic_arn: str  # "": escalations go to the topic of all alerts
    allow_loopback: bool  # channels may live on this machine: the embedded demo only

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> Environment:
        """Read the variables that template.yaml sets under Globals.

        Raises:
            EnvironmentIncomplete: names every variable that is missing or malformed.
        """
        missing = [name for name in REQUIRED if not variables.get(name)]
        if missing:
            raise EnvironmentIncomplete(
                f"not set: {', '.join(missing)}; template.yaml sets them under Globals"
            )
        days = variables.get("DATA_RETENTION_DAYS", "90")
        if not days.isdecimal() or not int(days):
            raise EnvironmentIncomplete(f"DATA_RETENTION_DAYS: expected whole days, got {days!r}")
        return cls(
            table_name=variables["TABLE_NAME"],
            polls_queue_url=variables["POLLS_QUEUE_URL"],
            assess_queue_url=variables["ASSESS_QUEUE_URL"],
            notify_queue_url=variables["NOTIFY_QUEUE_URL"],
            topic_arn=variables["TOPIC_ARN"],
            watchlist_bucket=variables["WATCHLIST_BUCKET"],
            posts_queue_url=variables["POSTS_QUEUE_URL"],
            ingest_keys=variables["INGEST_KEYS"],
            author_key_arn=variables["AUTHOR_KEY_ARN"],
            retention_for=timedelta(days=int(days)),
            escalation_topic_arn=variables.get("ESCALATION_TOPIC_ARN", ""),
            allow_loopback=variables.get("ALLOW_LOOPBACK", "false") == "true",
        )
