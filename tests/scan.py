"""``make scan``: cfn-lint and checkov on the template as it is deployed, loops written out.

Whatever they find must be excused in tests/cases/scan_exceptions.yaml, with a reason; an
exception that excuses nothing is as bad. Then the template that breaks every rule is scanned: if
that were clean, the scan would be worth nothing.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parents[1]
EXCEPTIONS = ROOT / "tests" / "cases" / "scan_exceptions.yaml"
CANARY = ROOT / "tests" / "cases" / "canary_template.yaml"
CFN_LINT = Path(sys.executable).with_name("cfn-lint")
CHECKOV = ROOT / ".venv-scan" / "bin" / "checkov"
# What a scan of the canary must at least find: an open role, an open address, a bare bucket,
# a short visibility timeout.
CANARY_BREAKS = {"CKV_AWS_60", "CKV_AWS_258", "CKV_AWS_53", "E3505"}


class Found(NamedTuple):
    """One finding: the scanner's name for it, and the resource or place."""

    check: str
    where: str
    told: str


class Excuse(NamedTuple):
    """A finding that is meant to be so."""

    check: str
    where: str  # a regular expression
    why: str

    def excuses(self, found: Found) -> bool:
        return found.check == self.check and bool(re.fullmatch(self.where, found.where))


def exceptions() -> list[Excuse]:
    """Those on file."""
    return [Excuse(**one) for one in yaml.safe_load(EXCEPTIONS.read_text("utf-8"))]


def lint(template: Path) -> list[Found]:
    """What cfn-lint finds."""
    done = subprocess.run(
        [CFN_LINT, "--format", "json", "--regions", "us-east-1", "--", template],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode & 1 and not done.stdout.strip():
        raise SystemExit(f"cfn-lint failed: {done.stderr}")
    return [
        Found(one["Rule"]["Id"], "/".join(map(str, one["Location"]["Path"][:2])), one["Message"])
        for one in json.loads(done.stdout or "[]")
    ]


def checkov(template: Path) -> list[Found]:
    """What checkov finds."""
    done = subprocess.run(
        [CHECKOV, "--file", template, "--framework", "cloudformation", "--compact", "--quiet",
         "--output", "json", "--skip-download"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise SystemExit(f"checkov failed: {done.stderr or done.stdout}") from None
    if not report["summary"]["resource_count"] or report["summary"]["parsing_errors"]:
        raise SystemExit(f"checkov read nothing: {report['summary']}")
    return [
        Found(one["check_id"], one["resource"], one["check_name"])
        for one in report["results"]["failed_checks"]
    ]


def scan(source: Path) -> list[Found]:
    """Both scanners on a template of ours, expanded."""
    from tests.expansion import expand

    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template.json"
        template.write_text(json.dumps(expand(source), default=str), "utf-8")
        return [*lint(template), *checkov(template)]


def main() -> int:
    """Print what is wrong; 0: nothing is."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    if not CHECKOV.exists():
        raise SystemExit(f"{CHECKOV} is absent: `make .venv-scan/.stamp` makes it")
    known = exceptions()
    found = scan(ROOT / "template.yaml")
    left = [one for one in found if not any(excuse.excuses(one) for excuse in known)]
    stale = [one for one in known if not any(one.excuses(bad) for bad in found)]
    for one in left:
        print(f"not excused: {one.check}: {one.where}: {one.told}")
    for one in stale:
        print(f"excuses nothing any more: {one.check}: {one.where}")
    missed = CANARY_BREAKS - {one.check for one in scan(CANARY)}
    for check in sorted(missed):
        print(f"the scan is blind: the bad template was not caught at {check}")
    print(f"{len(found)} findings, {len(found) - len(left)} excused by {len(known)} exceptions")
    return 1 if left or stale or missed else 0


if __name__ == "__main__":
    sys.exit(main())
