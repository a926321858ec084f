"""What docs/operations.md and the pipeline say is held to the code."""

import re
from pathlib import Path

import yaml
from typer.main import get_command

from earwitness.cli import app
from tests.expansion import TEMPLATE, expand

ROOT = Path(__file__).parents[1]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")
PIPELINE = (ROOT / "docs" / "pipeline.yml").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
DEPLOYING = (ROOT / "docs" / "deploying.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")


def section(title):
    return OPERATIONS.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_every_test_of_the_drill_exists():
    named = set(re.findall(r"`(test_\w+)`", section("Drill")))
    tests = "".join(path.read_text("utf-8") for path in (ROOT / "tests").glob("test_*.py"))
    assert len(named) >= 5
    assert {name for name in named if f"def {name}(" not in tests} == set()


def test_every_command_of_the_runbook_exists():
    commands = get_command(app).commands
    for told in re.findall(r"`earwitness ([a-z]+)(?: ([a-z]+))?", OPERATIONS):
        group = commands[told[0]]
        assert not hasattr(group, "commands") or told[1] in group.commands


def test_the_pipeline_checks_then_stages_then_asks_for_approval():
    jobs = yaml.safe_load(PIPELINE)["jobs"]
    assert jobs["staging"]["needs"] == "check"
    assert jobs["production"]["needs"] == "staging"
    assert jobs["production"]["environment"]


def test_what_the_pipeline_makes_can_be_made():
    targets = [one for line in re.findall(r"run: make ([\w ]+)", PIPELINE) for one in line.split()]
    assert {"check", "audit"} <= set(targets)
    assert [one for one in targets if not re.search(f"^{one}:", MAKEFILE, re.MULTILINE)] == []


def test_the_pipeline_holds_no_secret():
    assert "secrets." not in PIPELINE
    assert "AKIA" not in PIPELINE


def kept_by_the_template():
    """What CloudFormation leaves behind."""
    resources = expand(TEMPLATE)["Resources"].items()
    return {name for name, one in resources if one.get("DeletionPolicy", "Delete") != "Delete"}


def test_what_a_teardown_leaves_is_named_with_the_way_to_remove_it():
    removing = DEPLOYING.split("## Removing it")[1]
    rows = [line.split(" | ") for line in removing.splitlines() if line.startswith("| `")]
    named = {row[0].strip("| `") for row in rows}
    assert kept_by_the_template() <= named
    assert all(len(row) == 4 and row[3].strip("| ") for row in rows)


def test_the_readme_names_what_a_teardown_leaves():
    told = README.split("## Clean up")[1].split("## ")[0]
    assert {name for name in kept_by_the_template() if f"`{name}`" not in told} == set()


def test_every_kind_that_a_teardown_leaves_is_asked_for_by_its_listing():
    removing = DEPLOYING.split("## Removing it")[1]
    resources = expand(TEMPLATE)["Resources"]
    assert all(resources[name]["Type"] in removing for name in kept_by_the_template())
