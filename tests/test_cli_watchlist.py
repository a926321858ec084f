"""``earwitness watchlist``: check says everything, push sends only what passed."""

import json
from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws
from typer.testing import CliRunner

from earwitness.cli import app, deployment
from earwitness.watchlist_bucket import PUSHED_KEY

ROOT = Path(__file__).parents[1]
GOOD = """\
brands:
  - {name: Northwind Air, terms: [Northwind Air]}
  - {name: Corvane, role: competitor, terms: [Corvane Airways]}
channels:
  - {name: hn, kind: hackernews, every: 2m}
"""
BAD = GOOD.replace("2m", "soon").replace("role: competitor", "role: rival")
TEMPLATE = {
    "Resources": {
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"VersioningConfiguration": {"Status": "Enabled"}},
        }
    },
    "Outputs": {"WatchlistBucketName": {"Value": {"Ref": "Bucket"}}},
}


def earwitness(*arguments, **options):
    return CliRunner().invoke(app, ["watchlist", *arguments], **options)


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "watchlist.yaml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


@pytest.fixture
def aws(monkeypatch, tmp_path):
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_REGION", raising=False)
    with mock_aws():
        yield


@pytest.fixture
def stack(aws):
    """A function that deploys the part of the stack that holds the watchlist."""

    def deploy(name="earwitness", template=TEMPLATE):
        client = boto3.client("cloudformation")
        client.create_stack(StackName=name, TemplateBody=json.dumps(template))
        outputs = client.describe_stacks(StackName=name)["Stacks"][0].get("Outputs", [])
        return {o["OutputKey"]: o["OutputValue"] for o in outputs}.get("WatchlistBucketName")

    return deploy


def pushed(bucket):
    return boto3.client("s3").get_object(Bucket=bucket, Key=PUSHED_KEY)["Body"].read().decode()


def test_check_prints_every_problem_and_exits_1(file):
    done = earwitness("check", file(BAD))
    assert done.exit_code == 1
    fields = [line.split(": ")[1] for line in done.stdout.splitlines()]
    assert fields == ["brands[1].role", "channels[0].every"]
    assert done.stderr.endswith(": 2 problems\n")


def test_check_of_a_good_watchlist_sums_it_up_and_exits_0(file):
    done = earwitness("check", file(GOOD))
    assert done.exit_code == 0
    assert done.stdout.endswith("ok: 2 brands (1 of competitors), 2 terms, 1 channel\n")


def test_check_warns_of_a_term_that_is_a_word_by_line_and_field(file):
    path = file(GOOD.replace("[Corvane Airways]", "[Corvane Airways,\n      Target]"))
    done = earwitness("check", path)
    assert done.exit_code == 0
    (warning,) = [line for line in done.stdout.splitlines() if "'Target' is a common" in line]
    assert warning.startswith(f"{path}:4: brands[1].terms[1]: warning: ")


def test_check_as_json_names_each_part_of_a_problem(file):
    path = file(BAD)
    found = json.loads(earwitness("check", path, "--json").stdout)
    assert found["ok"] is False
    assert found["problems"][0] == {
        "source": path,
        "line": 3,
        "field": "brands[1].role",
        "message": 'expected own or competitor, got "rival"; write role: own',
    }


def test_check_as_json_counts_what_is_watched(file):
    found = json.loads(earwitness("check", file(GOOD), "--json").stdout)
    assert found == {
        "ok": True,
        "problems": [],
        "warnings": [],
        "brands": 2,
        "competitors": 1,
        "terms": 2,
        "channels": 1,
    }


def test_check_reads_standard_input():
    done = earwitness("check", "-", input=BAD)
    assert done.exit_code == 1
    assert done.stdout.startswith("standard input:3: brands[1].role")


def test_check_of_the_example_passes():
    assert earwitness("check", str(ROOT / "watchlist.yaml")).exit_code == 0


def test_a_file_that_is_not_there_is_a_wrong_use():
    done = earwitness("check", "nowhere.yaml")
    assert done.exit_code == 2
    assert "cannot read nowhere.yaml: No such file" in done.stderr


def test_push_puts_the_file_into_the_stacks_bucket_as_it_was_written(file, stack):
    bucket = stack()
    text = "# by hand\n" + GOOD
    done = earwitness("push", file(text))
    assert done.exit_code == 0, done.stderr
    assert pushed(bucket) == text
    assert f"s3://{bucket}/watchlist.yaml" in done.stdout
    assert "In use within a minute" in done.stdout


def test_push_to_a_stack_of_another_name(file, stack):
    bucket = stack("earwitness-staging")
    assert earwitness("push", file(GOOD), "--stack", "earwitness-staging").exit_code == 0
    assert pushed(bucket) == GOOD


def test_push_sends_nothing_that_has_problems(file, stack):
    bucket = stack()
    done = earwitness("push", file(BAD))
    assert done.exit_code == 1
    assert "not pushed: 2 problems" in done.stderr
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket=bucket)


def refused(done, *says):
    assert done.exit_code == 3
    assert "not pushed: " in done.stderr
    assert all(words in done.stderr for words in says), done.stderr
    assert done.stdout == ""


def test_push_without_the_stack_says_how_to_deploy_or_name_it(file, aws):
    done = earwitness("push", file(GOOD))
    refused(done, "no stack earwitness in eu-central-1", "sam deploy --guided", "--stack")


def test_push_to_a_stack_that_is_not_ours_says_so(file, stack):
    stack(template={"Resources": TEMPLATE["Resources"]})
    refused(earwitness("push", file(GOOD)), "has no output WatchlistBucketName")


def test_push_without_credentials_says_how_to_sign_in(file, aws, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    refused(earwitness("push", file(GOOD)), "no AWS credentials", "aws sso login")


def test_push_without_a_region_says_how_to_give_it(file, aws, monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    refused(earwitness("push", file(GOOD)), "no AWS region: give --region")


def test_push_with_an_unknown_profile_names_it(file, aws):
    refused(earwitness("push", file(GOOD), "--profile", "nobody"), "(nobody)", "list-profiles")


def test_push_with_no_way_to_aws_says_so(file, aws, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(deployment._SOON, "retries", {"total_max_attempts": 1})
    refused(earwitness("push", file(GOOD)), "cannot connect to AWS")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("AccessDenied", "not allowed to DescribeStacks for stack earwitness: told so"),
        ("ExpiredToken", "the AWS credentials have expired"),
        ("InvalidClientTokenId", "AWS does not know these credentials"),
        ("Throttling", "AWS refused DescribeStacks for stack earwitness: told so"),
    ],
)
def test_what_aws_refuses_is_said_in_words(file, aws, monkeypatch, code, says):
    client = boto3.client("cloudformation")
    stub = Stubber(client)
    stub.add_client_error("describe_stacks", code, "told so")
    stub.activate()
    monkeypatch.setattr(boto3.Session, "client", lambda *_, **__: client)
    refused(earwitness("push", file(GOOD)), says)
