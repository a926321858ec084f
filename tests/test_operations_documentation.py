"""What docs/operations.md and the pipeline say is held to the code."""

import re
import shlex
from pathlib import Path

import boto3
import pytest
import yaml
from botocore import xform_name
from typer.main import get_command

from earwitness.cli import app
from tests.expansion import TEMPLATE, expand

ROOT = Path(__file__).parents[1]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")
PIPELINE = (ROOT / "docs" / "pipeline.yml").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
DEPLOYING = (ROOT / "docs" / "deploying.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
HIGH_LEVEL = ("s3 cp", "s3 sync", "sso login")  # of the AWS command line's own making, in no model
OF_ALL = {"--output", "--query", "--region", "--profile", "--max-items"}
RENAMED = {"sns subscribe": {"--notification-endpoint"}}  # the API's Endpoint


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


def typed(page, program):
    """The words of each command of a program, in blocks and in lines of text."""
    text = page.read_text("utf-8").replace("\\\n", " ")
    block = re.compile(r"^ *```\w*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
    inside, outside = "".join(block.findall(text)), block.sub("", text)
    commands = re.findall(rf"(?:^ *|{{ ){program} ([a-z].*?)(?:; }})?$", inside, re.MULTILINE)
    commands += re.findall(rf"`{program} ([^`]+)`", outside)
    return [shlex.split(command, comments=True) for command in commands]


def unknown_to_aws(words):
    """What a command says that AWS does not know, by its own models."""
    service, operation, *rest = words
    if f"{service} {operation}" in HIGH_LEVEL:
        return set()
    client = boto3.client(service.removesuffix("api"), region_name="eu-central-1")
    if operation == "wait":
        return {rest[0]} - {name.replace("_", "-") for name in client.waiter_names}
    model = client.meta.service_model
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in operations:
        return {operation}
    members = model.operation_model(operations[operation]).input_shape.members
    options = {f"--{no}{xform_name(member, '-')}" for member in members for no in ("", "no-")}
    said = {word for word in rest if word.startswith("--")}
    return said - options - OF_ALL - RENAMED.get(f"{service} {operation}", set())


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_aws_command_that_is_told_is_one_with_its_options(page):
    wrong = {" ".join(words): unknown_to_aws(words) for words in typed(page, "aws")}
    assert {command: unknown for command, unknown in wrong.items() if unknown} == {}


def test_a_wrong_aws_command_would_be_seen():
    assert unknown_to_aws(["sqs", "send-massage"]) == {"send-massage"}
    assert unknown_to_aws(["sqs", "send-message", "--queue", "x"]) == {"--queue"}
    assert unknown_to_aws(["dynamodb", "wait", "table-there"]) == {"table-there"}


def test_commands_are_found_in_blocks_and_in_lines():
    told = typed(ROOT / "docs" / "operations.md", "aws")
    assert ["dynamodb", "delete-table", "--table-name", "earwitness-restored"] in told
    assert ["sqs", "send-message", "--queue-url", "$URL", "--message-body", "{}"] in told


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
