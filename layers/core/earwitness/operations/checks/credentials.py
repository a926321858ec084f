"""Whether the secrets that the watchlist names are there. Their values are never asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from earwitness.operations.finding import Finding, note, ok, wrong
from earwitness.operations.installation import Installation

AREA = "secrets"
_CREATE = "create it: docs/channels.md says what it holds for each kind"
_MADE = {  # what to do if somebody deleted for good what the stack had made
    "SigningKey": "create one of the same name, of 64 random characters: every link sent is void",
    "AuthorKey": "put the copy that you kept into a secret of the same name; there is no other "
    "way to find authors again, or to keep out who was erased",
}


def check(site: Installation) -> Iterator[Finding]:
    """Each secret that a channel names, the key that signs links, and those of pushes."""
    watchlist = site.bucket.accepted()
    users: dict[str, list[str]] = defaultdict(list)
    for channel in watchlist.channels if watchlist else ():
        name = channel.options.get("credentials")
        if isinstance(name, str):
            users[name].append(channel.name)
    prefix = site.parameters.get("CredentialsPrefix", "earwitness/")
    for name, channels in sorted(users.items()):
        yield _of_channels(site, name, prefix, f"needed by {', '.join(channels)}")
    for logical, arn in site.of_kind("AWS::SecretsManager::Secret"):
        yield _described(site, arn, logical, "made by the stack", _found(site, arn))
    pushed = f"{prefix}ingest"
    held = _found(site, pushed)
    if held is None:
        yield note(AREA, pushed, "is not there: nobody can push posts (docs/ingest.md)")
    else:
        yield _described(site, pushed, pushed, "signs pushed posts", held)


def _of_channels(site: Installation, name: str, prefix: str, why: str) -> Finding:
    if not name.removeprefix("/").startswith(prefix):
        return wrong(
            AREA,
            name,
            f"{why}, and out of reach: names begin with {prefix}",
            do=f"rename it to {prefix}..., or deploy with another CredentialsPrefix",
        )
    return _described(site, name, name, why, _found(site, name))


def _described(
    site: Installation, name: str, subject: str, why: str, held: dict[str, Any] | None
) -> Finding:
    if held is None:
        where = "SSM Parameter Store" if name.startswith("/") else "Secrets Manager"
        return wrong(AREA, subject, f"{why}, and not in {where}", do=_MADE.get(subject, _CREATE))
    if held.get("DeletedDate"):
        return wrong(
            AREA,
            subject,
            f"{why}, and about to be deleted",
            held["DeletedDate"],
            do=f"restore it: `aws secretsmanager restore-secret --secret-id {name}`",
        )
    changed = held.get("LastChangedDate") or held.get("LastModifiedDate") or held.get("CreatedDate")
    return ok(AREA, subject, f"{why}; {_age(site.now, changed)}")


def _found(site: Installation, name: str) -> dict[str, Any] | None:
    """What AWS tells of a secret without its value; None: there is none."""
    try:
        if name.startswith("/"):
            chosen = [{"Key": "Name", "Option": "Equals", "Values": [name]}]
            found = site.client("ssm").describe_parameters(ParameterFilters=chosen)["Parameters"]
            return dict(found[0]) if found else None
        return dict(site.client("secretsmanager").describe_secret(SecretId=name))
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise


def _age(now: datetime, changed: datetime | None) -> str:
    return f"last changed {max(0, (now - changed).days)} days ago" if changed else "never changed"
