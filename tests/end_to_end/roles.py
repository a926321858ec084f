"""Clients that may do what a function's role may, against the embedded AWS."""

from typing import Any

import boto3

from demo.deploy import Stack


def as_role(stack: Stack, logical_id: str, service: str) -> Any:
    """A client with a session of a role. The embedded AWS's root may assume any."""
    aws = stack.aws
    role = aws.client("iam").get_role(RoleName=stack.resources[logical_id])["Role"]["Arn"]
    session = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="end-to-end")
    given = session["Credentials"]
    return boto3.client(
        service,
        endpoint_url=aws.endpoint,
        verify=aws.variables["AWS_CA_BUNDLE"],
        region_name=aws.variables["AWS_REGION"],
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
