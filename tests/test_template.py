"""The template as deployed keeps our rules; a bad one is caught breaking every single one."""

import json
import re
import tomllib
from datetime import timedelta
from typing import Any

import pytest
import yaml

from earwitness.operations.checks.queues import EXPORT_LATE_AFTER, LATE_AFTER
from earwitness.operations.runbook import what_to_do
from tests.expansion import ROOT, TEMPLATE, expand
from tests.template_rules import RULES, Rule, identity_statements, of_type, target, threshold

CANARY = ROOT / "tests" / "cases" / "canary_template.yaml"
NAMES = [check.__name__ for check in RULES]
HANDLERS = sorted(path.stem for path in (ROOT / "functions").glob("*.py"))


@pytest.fixture(scope="module")
def ours() -> dict[str, Any]:
    return expand(TEMPLATE)


@pytest.fixture(scope="module")
def canary() -> dict[str, Any]:
    return expand(CANARY)


@pytest.mark.parametrize("check", RULES, ids=NAMES)
def test_our_template_keeps_the_rule(check: Rule, ours: dict[str, Any]) -> None:
    assert list(check(ours)) == []


@pytest.mark.parametrize("check", RULES, ids=NAMES)
def test_a_bad_template_is_caught_breaking_the_rule(check: Rule, canary: dict[str, Any]) -> None:
    assert list(check(canary)) != []


def test_the_template_fits_on_1050_lines() -> None:
    assert len(TEMPLATE.read_text("utf-8").splitlines()) <= 1050


def test_every_handler_file_is_a_function(ours: dict[str, Any]) -> None:
    handlers = [f["Handler"] for _, f in of_type(ours, "AWS::Lambda::Function")]
    assert sorted(handlers) == [f"{name}.handler" for name in HANDLERS]


def test_a_package_is_built_under_the_name_of_its_handler(ours: dict[str, Any]) -> None:
    for name, function in of_type(ours, "AWS::Lambda::Function"):
        assert function["Handler"] == f"{name.lower()}.handler"


def workers(template: dict[str, Any]) -> set[str]:
    """Every function but those that answer a browser."""
    answering = {
        target(url["TargetFunctionArn"]) for _, url in of_type(template, "AWS::Lambda::Url")
    }
    return {name for name, _ in of_type(template, "AWS::Lambda::Function")} - answering


def test_a_page_is_open_to_who_holds_a_link_and_to_nobody_by_name(ours: dict[str, Any]) -> None:
    urls = {target(url["TargetFunctionArn"]): url for _, url in of_type(ours, "AWS::Lambda::Url")}
    assert set(urls) == {"Acknowledge", "Ingest"}
    assert urls["Acknowledge"]["AuthType"] == "NONE"
    assert "Cors" not in urls["Acknowledge"]


def test_the_key_that_signs_links_is_made_by_aws_and_read_by_name(ours: dict[str, Any]) -> None:
    key = ours["Resources"]["SigningKey"]["Properties"]
    assert key["GenerateSecretString"]["PasswordLength"] >= 32
    assert "SecretString" not in key


def test_reports_are_deleted_with_the_data_they_quote(ours: dict[str, Any]) -> None:
    rules = ours["Resources"]["ReportsBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert {"Ref": "DataRetention"} in [rule.get("ExpirationInDays") for rule in rules]


def dashboard(template: dict[str, Any]) -> list[dict[str, Any]]:
    """The widgets, with everything that CloudFormation fills in replaced by a word."""
    body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    return list(json.loads(re.sub(r"\$\{[^}]+\}", "filled-in", body))["widgets"])


def test_the_dashboard_shows_what_an_ops_engineer_asks(ours: dict[str, Any]) -> None:
    told = json.dumps(dashboard(ours))
    for asked in ("Posts", "MentionsKept", "AlertsSent", "SecondsFromPostToAlert", "health", "lag",
                  "Invocations", "ConsumedWriteCapacityUnits", "IncomingBytes"):  # fmt: skip
        assert asked in told


def test_every_metric_of_the_dashboard_is_reported(ours: dict[str, Any]) -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "functions").glob("*.py"))
    body = json.dumps(dashboard(ours))
    names = re.findall(r'\["(?:Earwitness|\.)", "(\w+)", "service"', body)
    assert names
    assert [name for name in names if f'"{name}"' not in code] == []


def test_every_field_of_the_dashboards_query_is_logged(ours: dict[str, Any]) -> None:
    (query,) = [w["properties"]["query"] for w in dashboard(ours) if w["type"] == "log"]
    code = (ROOT / "functions" / "poll.py").read_text("utf-8")
    fields = re.findall(r"(?:latest|sum|avg)\((\w+)\)", query)
    assert {"health", "lag_seconds"} <= set(fields)
    assert [field for field in fields if f"{field}=" not in code] == []


def test_a15_only_whom_iam_lets_can_publish_an_alert_and_by_tls_alone(ours: dict[str, Any]) -> None:
    statements = ours["Resources"]["AlertsPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    told = [(one["Effect"], one["Action"], one["Condition"]) for one in statements]
    assert told == [("Deny", "sns:Publish", {"Bool": {"aws:SecureTransport": "false"}})]


def test_a23_no_key_of_ones_own_is_used_that_a_service_would_need_a_grant_for(
    ours: dict[str, Any],
) -> None:
    keys = {
        str(properties[name])
        for resource in ours["Resources"].values()
        for properties in [resource.get("Properties", {})]
        for name in ("KmsMasterKeyId", "KmsKeyId", "KmsKeyArn")
        if name in properties
    }
    assert keys == {"alias/aws/sns"}  # AWS's own; our function alone publishes under it
    assert not list(of_type(ours, "AWS::KMS::Key"))


def test_the_files_that_the_application_repository_shows_exist(ours: dict[str, Any]) -> None:
    told = ours["Metadata"]["AWS::ServerlessRepo::Application"]
    assert (ROOT / told["LicenseUrl"]).exists()
    assert (ROOT / told["ReadmeUrl"]).exists()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert told["SemanticVersion"] == project["version"]
    assert told["SpdxLicenseId"] == project["license"]


def test_every_alarm_has_a_line_in_the_runbook(ours: dict[str, Any]) -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8").split("\n## Logs\n")[0]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    assert all(len(row) == 4 and all(row) for row in rows)
    for name, _ in of_type(ours, "AWS::CloudWatch::Alarm"):
        suffix = re.sub("^[A-Z][a-z]+(?=Errors|Throttles|Late|Dead)", "...", name)
        told = [row for row in rows if f"`{name}`" in row[0]]
        told = told or [row for row in rows if f"`{suffix}`" in row[0]]
        assert [row[3] for row in told] == [what_to_do(name)], name


def test_a_fall_of_confirmed_subscriptions_raises_an_alarm(ours: dict[str, Any]) -> None:
    alarm = ours["Resources"]["SubscriptionsLost"]["Properties"]
    told = (alarm["MetricName"], alarm["ComparisonOperator"], alarm["Threshold"])
    assert told == ("SubscriptionsLost", "GreaterThanThreshold", 0)
    assert alarm["AlarmActions"] == [{"Ref": "Operations"}]


def test_doctor_calls_late_what_the_alarms_do(ours: dict[str, Any]) -> None:
    after = {
        name: timedelta(seconds=threshold(ours, alarm))
        for name, alarm in of_type(ours, "AWS::CloudWatch::Alarm")
        if name.endswith("Late")
    }
    assert after.pop("ExportLate") == EXPORT_LATE_AFTER
    assert set(after.values()) == {LATE_AFTER}


def test_every_function_takes_work_from_its_own_queue(ours: dict[str, Any]) -> None:
    mappings = {
        target(m["FunctionName"]): target(m["EventSourceArn"])
        for name, m in of_type(ours, "AWS::Lambda::EventSourceMapping")
        if name != "IngestWork"
    }
    assert mappings == {name: f"{name}Queue" for name in workers(ours)}


def test_what_is_pushed_waits_for_two_weeks_until_poll_keeps_it(ours: dict[str, Any]) -> None:
    work, queue = (ours["Resources"][name]["Properties"] for name in ("IngestWork", "IngestQueue"))
    assert (target(work["FunctionName"]), target(work["EventSourceArn"])) == ("Poll", "IngestQueue")
    assert queue["MessageRetentionPeriod"] == 14 * 86400


def test_who_faces_the_internet_touches_no_item_but_what_it_remembers(ours: dict[str, Any]) -> None:
    allowed = [s for n, s in identity_statements(ours) if n == "IngestPolicy"]
    (table,) = [s for s in allowed if "dynamodb:PutItem" in s["Action"]]
    assert table["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["W#*"]}}


def test_every_function_may_take_from_its_queue_and_log(ours: dict[str, Any]) -> None:
    for name in workers(ours):
        role = ours["Resources"][f"{name}Role"]["Properties"]
        allowed = {
            (action, target(statement["Resource"]))
            for statement in role["Policies"][0]["PolicyDocument"]["Statement"]
            for action in statement["Action"]
        }
        assert allowed == {
            ("sqs:ReceiveMessage", f"{name}Queue"),
            ("sqs:DeleteMessage", f"{name}Queue"),
            ("sqs:GetQueueAttributes", f"{name}Queue"),
            ("logs:CreateLogStream", "Logs"),
            ("logs:PutLogEvents", "Logs"),
        }


@pytest.mark.parametrize("prefix", ["", "*", "earwitness", "/"])
def test_the_names_of_credentials_begin_with_something(ours: dict[str, Any], prefix: str) -> None:
    parameter = ours["Parameters"]["CredentialsPrefix"]
    assert re.fullmatch(parameter["AllowedPattern"], parameter["Default"])
    assert not re.fullmatch(parameter["AllowedPattern"], prefix)


def test_only_what_asks_a_source_reads_credentials(ours: dict[str, Any]) -> None:
    reading = ("secretsmanager:GetSecretValue", "ssm:GetParameter")
    statements = [(n, s) for n, s in identity_statements(ours) if s["Action"] in reading]
    readers = {n for n, s in statements if "CredentialsPrefix" in str(s["Resource"])}
    assert readers == {"PollPolicy", "RefreshPolicy", "IngestPolicy"}


def test_only_notify_publishes(ours: dict[str, Any]) -> None:
    publishers = {n for n, s in identity_statements(ours) if "sns:Publish" in s["Action"]}
    assert publishers == {"NotifyPolicy"}


def test_the_scheduler_reaches_every_queue_that_ticks(ours: dict[str, Any]) -> None:
    ticked = {target(s["Target"]["Arn"]) for _, s in of_type(ours, "AWS::Scheduler::Schedule")}
    role = ours["Resources"]["TicksRole"]["Properties"]
    (statement,) = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert {target(resource) for resource in statement["Resource"]} == ticked


def test_no_index_name_is_too_short_for_dynamodb(ours: dict[str, Any]) -> None:
    for _, table in of_type(ours, "AWS::DynamoDB::Table"):
        for index in table["GlobalSecondaryIndexes"]:
            assert len(index["IndexName"]) >= 3


def test_every_index_that_is_read_exists(ours: dict[str, Any]) -> None:
    (table,) = [table for _, table in of_type(ours, "AWS::DynamoDB::Table")]
    names = {index["IndexName"] for index in table["GlobalSecondaryIndexes"]}
    read = set(re.findall(r"\$\{Table\.Arn\}/index/([\w-]+)", TEMPLATE.read_text("utf-8")))
    assert read <= names


def test_every_parameter_is_explained_and_has_a_default(ours: dict[str, Any]) -> None:
    for name, parameter in ours["Parameters"].items():
        assert parameter.get("Description"), name
        assert "Default" in parameter, name


def test_loopback_is_refused_outside_the_demo(ours: dict[str, Any]) -> None:
    rule = ours["Rules"]["LoopbackIsForTheDemo"]
    assert rule["RuleCondition"] == {"Fn::Equals": [{"Ref": "AllowLoopback"}, "true"]}
    assert rule["Assertions"][0]["Assert"] == {"Fn::Equals": [{"Ref": "Stage"}, "demo"]}


def test_a_test_stack_can_be_torn_down_and_production_cannot(ours: dict[str, Any]) -> None:
    assert ours["Resources"]["Table"]["Properties"]["DeletionProtectionEnabled"] == {
        "Fn::If": ["IsKept", True, False]
    }
    kept = {
        value
        for equals in ours["Conditions"]["IsKept"]["Fn::Or"]
        for value in equals["Fn::Equals"]
        if isinstance(value, str)
    }
    assert kept == {"prod", "staging"}


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("AlertEmail", ""),
        ("AlertEmail", "care@northwind.example"),
        ("UrlConcurrency", ""),
        ("UrlConcurrency", "5"),
        ("PermissionsBoundaryArn", ""),
        ("PermissionsBoundaryArn", "arn:aws:iam::123456789012:policy/boundary"),
        ("PermissionsBoundaryArn", "arn:aws-us-gov:iam::123456789012:policy/a/b"),
    ],
)
def test_a_well_formed_parameter_is_taken(ours: dict[str, Any], parameter: str, value: str) -> None:
    assert re.fullmatch(ours["Parameters"][parameter]["AllowedPattern"], value)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("AlertEmail", "care@northwind"),
        ("AlertEmail", "a@b.example, c@d.example"),
        ("OperationsEmail", "nobody"),
        ("UrlConcurrency", "0"),
        ("UrlConcurrency", "five"),
        ("PermissionsBoundaryArn", "boundary"),
    ],
)
def test_a_malformed_parameter_is_refused(ours: dict[str, Any], parameter: str, value: str) -> None:
    assert not re.fullmatch(ours["Parameters"][parameter]["AllowedPattern"], value)


def test_sam_commands_have_the_settings_that_the_template_needs() -> None:
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text("utf-8"))
    del settings["version"]
    assert {"default", "staging"} <= set(settings)
    for environment in settings.values():
        for command in ("build", "deploy", "validate", "package"):
            assert environment[command]["parameters"]["language_extensions"] is True
        capabilities = environment["deploy"]["parameters"]["capabilities"]
        assert set(capabilities) == {"CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"}


def test_environments_are_stacks_of_their_own(ours: dict[str, Any]) -> None:
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text("utf-8"))
    del settings["version"]
    names = [environment["global"]["parameters"]["stack_name"] for environment in settings.values()]
    assert len(set(names)) == len(names)
    for environment in settings.values():
        given = environment["deploy"]["parameters"].get("parameter_overrides", "")
        told = dict(one.split("=", 1) for one in given.split())
        assert set(told) <= set(ours["Parameters"])
        assert told.get("Stage", "prod") in ours["Parameters"]["Stage"]["AllowedValues"]


def test_a21_requirements_carry_hashes_and_no_addresses() -> None:
    files = [*ROOT.glob("requirements/*.txt"), *ROOT.glob("layers/vendor/*.txt")]
    assert files
    for path in files:
        text = path.read_text("utf-8")
        assert "://" not in text, path
        for pin in re.findall(r"^[A-Za-z0-9._-]+==.*(?:\n    --hash=.*)*", text, re.MULTILINE):
            assert "--hash=sha256:" in pin, f"{path}: {pin}"


def test_the_layer_and_the_tests_run_the_same_versions() -> None:
    def pins(name: str) -> set[str]:
        return set(
            re.findall(r"^([\w.-]+==[\w.]+)", (ROOT / name).read_text("utf-8"), re.MULTILINE)
        )

    assert pins("layers/vendor/requirements.txt") <= pins("requirements/dev.txt")


def test_the_canary_is_a_template() -> None:
    assert "Resources" in yaml.safe_load(CANARY.read_text("utf-8"))
