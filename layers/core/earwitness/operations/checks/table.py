"""Whether the table forgets, can be restored and cannot be deleted by mistake."""

from __future__ import annotations

from collections.abc import Iterator

from earwitness.operations.finding import Finding, ok, wrong
from earwitness.operations.installation import Installation

AREA = "table"


def check(site: Installation) -> Iterator[Finding]:
    """What the template asks of the table, and a restored copy lacks."""
    client, name = site.client("dynamodb"), site.physical_id("Table")
    table = client.describe_table(TableName=name)["Table"]
    state = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    yield _held(
        "time to live",
        state.get("TimeToLiveStatus") in ("ENABLED", "ENABLING"),
        "personal data is never deleted",
        f"`aws dynamodb update-time-to-live --table-name {name} "
        "--time-to-live-specification Enabled=true,AttributeName=expires_at`",
    )
    backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {})
    yield _held(
        "point-in-time recovery",
        recovery.get("PointInTimeRecoveryStatus") == "ENABLED",
        "nothing could be restored",
        f"`aws dynamodb update-continuous-backups --table-name {name} "
        "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`",
    )
    if site.parameters.get("Stage", "prod") in ("prod", "staging"):
        yield _held(
            "deletion protection",
            bool(table.get("DeletionProtectionEnabled")),
            "one call deletes every mention",
            f"`aws dynamodb update-table --table-name {name} --deletion-protection-enabled`",
        )


def _held(subject: str, holds: bool, else_: str, do: str) -> Finding:  # noqa: FBT001 - a fact
    if holds:
        return ok(AREA, subject, "on")
    return wrong(AREA, subject, f"off: {else_}", do=do)
