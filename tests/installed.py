"""The whole template deployed on moto: what doctor and its kin look at from outside.

moto's CloudFormation knows neither secrets nor schedules, alarms and function URLs: the first
three are made by their own calls, addresses are given, and the listing is made whole.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any
from unittest.mock import patch

import boto3
from botocore.client import BaseClient
from moto import mock_aws

from earwitness.operations.installation import Installation, Resource, find
from tests.expansion import TEMPLATE, expand
from tests.template_rules import of_type, target, threshold

STACK = "earwitness"
_UNKNOWN_TO_MOTO = (
    "AWS::Lambda::Url", "AWS::SecretsManager::Secret", "AWS::Scheduler::Schedule",
    "AWS::CloudWatch::Dashboard", "AWS::CloudWatch::Alarm", "AWS::SQS::QueuePolicy",
    "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy",
)  # fmt: skip


@contextmanager
def installed(**addresses: str) -> Iterator[Installation]:
    """A stack that was just deployed; ``addresses`` are outputs that name something real."""
    with mock_aws(), _account(executions=1000):
        site = installation(deploy(), addresses)
        protect(site)
        yield site


def deploy() -> dict[str, Resource]:
    """Create every resource of the template; returns those that moto does not list."""
    template = expand(TEMPLATE)
    extra = {
        name: Resource("AWS::SecretsManager::Secret", _secret(name, properties))
        for name, properties in of_type(template, "AWS::SecretsManager::Secret")
    }
    arns = {name: resource.physical_id for name, resource in extra.items()}
    schedules = dict(of_type(template, "AWS::Scheduler::Schedule"))
    alarms = dict(of_type(template, "AWS::CloudWatch::Alarm"))
    _package()
    template["Resources"] = {
        name: resource
        for name, resource in template["Resources"].items()
        if resource["Type"] not in _UNKNOWN_TO_MOTO
    }
    template.pop("Rules", None)
    body = json.dumps(_filled_in(template, arns), default=str)
    boto3.client("cloudformation").create_stack(StackName=STACK, TemplateBody=body)
    for name, schedule in schedules.items():
        extra[name] = Resource("AWS::Scheduler::Schedule", _scheduled(name, schedule))
    for name, alarm in alarms.items():
        known = alarm | {"Threshold": threshold(template, alarm)}
        extra[name] = Resource("AWS::CloudWatch::Alarm", _alarm(name, known))
    return extra


def installation(extra: dict[str, Resource], addresses: dict[str, str]) -> Installation:
    client = cache(boto3.client)  # one of each service
    found = find(client, STACK, datetime.now(UTC))
    return replace(
        found,
        resources={**found.resources, **extra},
        outputs={**{k: v for k, v in found.outputs.items() if "lambda-url" not in v}, **addresses},
    )


def _secret(name: str, properties: dict[str, Any]) -> str:
    made = boto3.client("secretsmanager").create_secret(Name=name, SecretString="of 64 signs")
    return str(made["ARN"])


def _package() -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(
        Bucket="code", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as packed:
        packed.writestr("handler.py", "")
    s3.put_object(Bucket="code", Key="package.zip", Body=package.getvalue())


def _scheduled(name: str, schedule: dict[str, Any]) -> str:
    queue = target(schedule["Target"]["Arn"])
    boto3.client("scheduler").create_schedule(
        Name=f"{STACK}-{name}",
        ScheduleExpression=schedule["ScheduleExpression"],
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": f"arn:aws:sqs:eu-central-1:123456789012:{queue}",
                "RoleArn": "arn:aws:iam::123456789012:role/ticks"},
    )  # fmt: skip
    return f"{STACK}-{name}"


def _alarm(name: str, alarm: dict[str, Any]) -> str:
    watched = ("MetricName", "Namespace", "ComparisonOperator", "Threshold", "EvaluationPeriods")
    boto3.client("cloudwatch").put_metric_alarm(
        AlarmName=f"{STACK}-{name}-X1", Statistic="Maximum", Period=60,
        **{key: alarm[key] for key in watched},
    )  # fmt: skip
    return f"{STACK}-{name}-X1"


def protect(site: Installation) -> None:
    """What the template asks of table and buckets and moto's CloudFormation leaves out."""
    for _, bucket in site.of_kind("AWS::S3::Bucket"):
        site.client("s3").put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
        )
    client, table = site.client("dynamodb"), site.physical_id("Table")
    client.update_time_to_live(
        TableName=table,
        TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": True},
    )
    client.update_continuous_backups(
        TableName=table,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )


@contextmanager
def _account(executions: int) -> Iterator[None]:
    """The account's quota, which moto does not tell."""
    make = BaseClient._make_api_call

    def told(client: Any, operation: str, parameters: Any) -> Any:
        if operation == "GetAccountSettings":
            return {"AccountLimit": {"ConcurrentExecutions": executions}}
        return make(client, operation, parameters)

    with patch.object(BaseClient, "_make_api_call", told):
        yield


def _filled_in(value: Any, arns: dict[str, str]) -> Any:
    """The template with what moto cannot make replaced by its value."""
    if isinstance(value, dict):
        if target(value) in arns:
            return arns[str(target(value))]
        if value.get("Fn::GetAtt", ("", ""))[1] == "FunctionUrl":
            return f"https://{value['Fn::GetAtt'][0].lower()}.lambda-url.example/"
        return {key: _filled_in(one, arns) for key, one in value.items()}
    return [_filled_in(one, arns) for one in value] if isinstance(value, list) else value
