"""What the scanners may pass over has a reason, and what reaches a package is pinned by hash."""

import re
from pathlib import Path

import pytest

from tests.expansion import ROOT
from tests.scan import CANARY, CANARY_BREAKS, CHECKOV, Excuse, Found, exceptions, lint, scan

VENDOR_MAKEFILE = (ROOT / "layers" / "vendor" / "Makefile").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
PINS = sorted(path.stem for path in (ROOT / "layers" / "vendor").glob("*.txt"))


@pytest.mark.parametrize("one", exceptions(), ids=lambda one: one.check)
def test_every_exception_says_why_and_where(one: Excuse) -> None:
    assert len(one.why.split()) >= 8
    assert one.where.startswith("AWS::")
    assert re.compile(one.where)


def test_a24_no_check_is_excused_everywhere() -> None:
    anything = Found("CKV_AWS_1", "AWS::IAM::Role.Any", "")
    assert not any(re.fullmatch(one.where, anything.where) for one in exceptions())


def test_a24_an_exception_excuses_its_own_check_alone() -> None:
    one = Excuse("CKV_AWS_18", r"AWS::S3::Bucket\.A", "why")
    assert one.excuses(Found("CKV_AWS_18", "AWS::S3::Bucket.A", ""))
    assert not one.excuses(Found("CKV_AWS_53", "AWS::S3::Bucket.A", ""))
    assert not one.excuses(Found("CKV_AWS_18", "AWS::S3::Bucket.Another", ""))


@pytest.mark.skipif(not CHECKOV.exists(), reason="`make .venv-scan/.stamp` installs checkov")
def test_a24_the_scan_finds_what_is_wrong_with_the_bad_template() -> None:
    found = scan(CANARY)
    assert {one.check for one in found} >= CANARY_BREAKS
    assert any(not one.excuses(bad) for bad in found for one in exceptions())
    excused = {bad.check for bad in found if any(one.excuses(bad) for one in exceptions())}
    assert {bad.check for bad in found} - excused >= {"CKV_AWS_60", "CKV_AWS_53"}


def test_a_bad_queue_is_found_by_the_linter_on_the_expanded_template(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"No": 1}}}}')
    assert [one.check for one in lint(bad)] == ["E3002"]


def test_a21_the_layers_take_wheels_with_known_hashes_alone() -> None:
    (install,) = re.findall(r"uv pip install[^\n]*\\\n[^\n]*", VENDOR_MAKEFILE)
    assert "--require-hashes" in install
    assert "--only-binary :all:" in install


def test_a21_every_pin_of_the_layers_is_audited() -> None:
    (audited,) = re.findall(r"foreach pins,([\w ]+),-r layers/vendor", MAKEFILE)
    assert sorted([*audited.split(), "uv"]) == PINS  # uv installs; it is deployed nowhere


def test_an_audit_that_cannot_ask_fails() -> None:
    assert "pip-audit --strict" in MAKEFILE


def test_ci_scans() -> None:
    (check,) = re.findall(r"^check: (.*?)  ##", MAKEFILE, re.MULTILINE)
    assert "scan" in check.split()
