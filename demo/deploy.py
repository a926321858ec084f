"""The real template into the embedded AWS: built for this host, deployed with SAM."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from demo.embedded import PYTHON, REGION, EmbeddedAws
from demo.steps import CACHE, ROOT, StepFailed, last_lines, plain_environment

STACK = "earwitness-demo"
SAM = ROOT / ".venv-sam" / "bin" / "sam"
_BUILT = CACHE / "build"
_STAMP = CACHE / "built-from"
_ARTIFACTS = "earwitness-demo-artifacts"
_SOURCES = ("template.yaml", "functions", "layers")
_NO_SOURCE = {"__pycache__", ".mypy_cache", ".ruff_cache"}
_SAM_SETTINGS = {
    "SAM_CLI_TELEMETRY": "0",
    "__SAM_CLI_APP_DIR": str(CACHE / "sam"),  # not the user's own ~/.aws-sam
}


@dataclass(frozen=True, slots=True)
class Stack:
    """What was deployed: the names that AWS gave to the template's resources."""

    aws: EmbeddedAws
    name: str
    resources: Mapping[str, str]  # logical id -> physical id

    def queue_url(self, logical_id: str) -> str:
        """The URL of a queue, by its name in the template."""
        return self.resources[logical_id]

    @property
    def topic_arn(self) -> str:
        """The topic of the alerts."""
        return self.resources["Alerts"]

    @property
    def table_name(self) -> str:
        """The one table."""
        return self.resources["Table"]

    @property
    def watchlist_bucket(self) -> str:
        """Where the watchlist goes."""
        return self.resources["WatchlistBucket"]


def build() -> bool:
    """``sam build`` for this host, unless the last build was from the same sources.

    Returns: whether anything had to be built.
    Raises StepFailed when SAM is not installed or refuses.
    """
    if not SAM.exists():
        raise StepFailed("SAM is not installed: `make demo` does it, or make .venv-sam.")
    sources = _digest_of_sources()
    if _STAMP.exists() and _STAMP.read_text("utf-8") == sources and _BUILT.exists():
        return False
    CACHE.mkdir(parents=True, exist_ok=True)
    _STAMP.unlink(missing_ok=True)
    shutil.rmtree(_BUILT, ignore_errors=True)
    # Makefiles find uv and the python that the packages are for on the path. Whatever the user
    # set for pip and uv counts here: an index of their own, certificate authorities.
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("AWS_")
    } | {"PATH": path, "EARWITNESS_BUILD": "host", **_SAM_SETTINGS}
    _sam("build", ["build", "--build-dir", str(_BUILT), "--template-file", "template.yaml"],
         environment, ROOT)  # fmt: skip
    _STAMP.write_text(sources, "utf-8")
    return True


def deploy(aws: EmbeddedAws, parameters: Mapping[str, str]) -> Stack:
    """``sam deploy`` what was built, and mend what the embedded AWS leaves out.

    Raises StepFailed with the stack's own reason when it cannot be deployed.
    """
    aws.client("s3").create_bucket(Bucket=_ARTIFACTS)
    _sam(
        "deploy",
        [
            "deploy", "--template-file", str(_BUILT / "template.yaml"), "--stack-name", STACK,
            "--s3-bucket", _ARTIFACTS, "--region", REGION, "--language-extensions",
            "--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND",
            "--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar",
            "--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items()),
        ],
        plain_environment({**aws.variables, **_SAM_SETTINGS}),
        _BUILT,  # away from samconfig.toml: its defaults are for real accounts
    )  # fmt: skip
    stack = find(aws)
    _expire_items(stack)
    return stack


def find(aws: EmbeddedAws) -> Stack:
    """The stack that is deployed in the embedded AWS."""
    pages = aws.client("cloudformation").get_paginator("list_stack_resources")
    resources = {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for page in pages.paginate(StackName=STACK)
        for resource in page["StackResourceSummaries"]
    }
    return Stack(aws, STACK, resources)


def _expire_items(stack: Stack) -> None:
    """Turn TTL on: the embedded AWS ignores what the template says of it."""
    dynamodb = stack.aws.client("dynamodb")
    now = dynamodb.describe_time_to_live(TableName=stack.table_name)["TimeToLiveDescription"]
    if now["TimeToLiveStatus"] == "DISABLED":
        dynamodb.update_time_to_live(
            TableName=stack.table_name,
            TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": True},
        )


def _sam(step: str, arguments: list[str], environment: Mapping[str, str], folder: Path) -> None:
    log = CACHE / f"sam-{step}.log"
    with log.open("wb") as out:
        code = subprocess.run(
            [str(SAM), *arguments], cwd=folder, env=dict(environment), stdout=out, stderr=out,
            stdin=subprocess.DEVNULL, check=False,
        ).returncode  # fmt: skip
    if code:
        raise StepFailed(f"`sam {step}` failed: {_reason(log)} (all of it: {_short(log)})")


def _reason(log: Path) -> str:
    """The line that says why: the first failed resource, else the last error, else the end."""
    said = last_lines(log, 400).splitlines()
    for sign in (r"_FAILED\b", r"^Error:", r"\b\w*(Error|Exception)\b"):
        found = next((line for line in said if re.search(sign, line)), None)
        if found:
            return " ".join(found.removeprefix("Error: ").split())
    return said[-1] if said else "it said nothing"


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _digest_of_sources() -> str:
    """What the build depends on: every source, and the Python that it is built for."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {PYTHON.resolve()}".encode())
    for path in _source_files():
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _source_files() -> Iterator[Path]:
    for name in _SOURCES:
        source = ROOT / name
        files = [source] if source.is_file() else sorted(source.rglob("*"))
        yield from (f for f in files if f.is_file() and not _NO_SOURCE.intersection(f.parts))
