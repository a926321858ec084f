"""What every template of ours must keep to. A rule yields one sentence per breach.

Rules read the expanded template, since scanners of the raw one miss what its loops and
SAM resources become. Each is tried on a template that breaks it, too.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

Template = dict[str, Any]
Rule = Callable[[Template], Iterator[str]]

RULES: list[Rule] = []

# People name their secrets after the stack is deployed: what is fixed is how the names begin.
CREDENTIALS = re.compile(
    r"arn:\$\{AWS::Partition\}:(secretsmanager|ssm):\$\{AWS::Region\}:\$\{AWS::AccountId\}:"
    r"(secret:|parameter/)\$\{CredentialsPrefix\}(ingest-)?\*"
)
# Objects of a bucket of ours below a folder: their names are not known beforehand.
OBJECTS_BELOW = re.compile(r"\$\{\w+Bucket\.Arn\}/[\w/-]+/\*")
# Functions that let nobody in whose request they have not signed beforehand (HMAC, expiry).
CHECK_SIGNATURES = {"Acknowledge", "Ingest"}


def rule(check: Rule) -> Rule:
    RULES.append(check)
    return check


def of_type(template: Template, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in template["Resources"].items():
        if resource["Type"] == kind:
            yield name, resource.get("Properties", {})


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def target(value: Any) -> str | None:
    """The logical id that a Ref or GetAtt points to."""
    if isinstance(value, dict):
        if "Ref" in value:
            return value["Ref"]
        if "Fn::GetAtt" in value:
            return value["Fn::GetAtt"][0]
    return None


def identity_statements(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of a policy that a role carries."""
    for name, role in of_type(template, "AWS::IAM::Role"):
        for policy in role.get("Policies", []):
            for statement in as_list(policy["PolicyDocument"]["Statement"]):
                yield name, statement
    for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        for name, policy in of_type(template, kind):
            for statement in as_list(policy["PolicyDocument"]["Statement"]):
                yield name, statement


def resource_statements(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of a policy that a bucket, queue, topic or key carries."""
    for name, resource in template["Resources"].items():
        if resource["Type"].endswith(("QueuePolicy", "TopicPolicy", "BucketPolicy")):
            for statement in as_list(resource["Properties"]["PolicyDocument"]["Statement"]):
                yield name, statement


def dead_letter_queues(template: Template) -> set[str | None]:
    """Queues that others send to what they give up."""
    carriers = [*of_type(template, "AWS::SQS::Queue"), *of_type(template, "AWS::SNS::Subscription")]
    return {
        target(properties["RedrivePolicy"]["deadLetterTargetArn"])
        for _, properties in carriers
        if "RedrivePolicy" in properties
    }


def alarms_on(template: Template, metric: str) -> set[str | None]:
    """What the alarms on a metric watch, where they tell someone."""
    return {
        target(dimension["Value"])
        for _, alarm in of_type(template, "AWS::CloudWatch::Alarm")
        if alarm.get("MetricName") == metric and alarm.get("AlarmActions")
        for dimension in alarm["Dimensions"]
    }


# Actions for which IAM knows no resource narrower than "*":
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_comprehend.html
WITHOUT_RESOURCES = ("comprehend:BatchDetectSentiment",)


@rule
def actions_are_named(template: Template) -> Iterator[str]:
    for name, statement in identity_statements(template):
        for action in as_list(statement.get("Action", "*")):
            if "*" in action:
                yield f"{name} allows {action}"


@rule
def resources_are_named(template: Template) -> Iterator[str]:
    for name, statement in identity_statements(template):
        for resource in as_list(statement.get("Resource", "*")):
            text = resource.get("Fn::Sub", "") if isinstance(resource, dict) else resource
            if statement.get("Action") in WITHOUT_RESOURCES:
                continue
            if "*" in text and not (CREDENTIALS.fullmatch(text) or OBJECTS_BELOW.fullmatch(text)):
                yield f"{name} allows {statement.get('Action')} on {text}"


@rule
def no_policy_of_others_is_attached(template: Template) -> Iterator[str]:
    for name, role in of_type(template, "AWS::IAM::Role"):
        for policy in role.get("ManagedPolicyArns", []):
            if target(policy) not in template["Resources"]:
                yield f"{name} carries {policy}"


@rule
def every_role_is_bounded_on_request(template: Template) -> Iterator[str]:
    for name, role in of_type(template, "AWS::IAM::Role"):
        if "Fn::If" not in as_dict(role.get("PermissionsBoundary")):
            yield f"{name} ignores the permissions boundary"


def as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


@rule
def every_function_has_a_role_of_its_own(template: Template) -> Iterator[str]:
    seen: dict[str | None, str] = {}
    for name, function in of_type(template, "AWS::Lambda::Function"):
        role = target(function["Role"])
        if role in seen:
            yield f"{name} and {seen[role]} share {role}"
        seen[role] = name


@rule
def who_may_come_from_elsewhere_is_said(template: Template) -> Iterator[str]:
    for name, statement in resource_statements(template):
        if statement["Effect"] == "Allow" and not {"aws:SourceArn", "aws:SourceAccount"} & {
            key for operator in statement.get("Condition", {}).values() for key in operator
        }:
            yield f"{name} lets {statement['Principal']} in from any account"


@rule
def a_role_is_assumed_by_one_service(template: Template) -> Iterator[str]:
    for name, role in of_type(template, "AWS::IAM::Role"):
        for statement in role["AssumeRolePolicyDocument"]["Statement"]:
            if not isinstance(as_dict(statement["Principal"]).get("Service"), str):
                yield f"{name} may be assumed by {statement['Principal']}"


@rule
def functions_run_what_the_layers_are_built_for(template: Template) -> Iterator[str]:
    for name, function in of_type(template, "AWS::Lambda::Function"):
        if (function["Runtime"], function.get("Architectures")) != ("python3.13", ["arm64"]):
            yield f"{name} runs {function['Runtime']} on {function.get('Architectures')}"


@rule
def functions_share_one_log_group_that_forgets(template: Template) -> Iterator[str]:
    groups = dict(of_type(template, "AWS::Logs::LogGroup"))
    for name, function in of_type(template, "AWS::Lambda::Function"):
        group = target(function.get("LoggingConfig", {}).get("LogGroup"))
        if group not in groups:
            yield f"{name} writes to a log group of its own"
        elif "RetentionInDays" not in groups[group]:
            yield f"{group} keeps its logs for ever"


@rule
def no_secret_is_in_an_environment(template: Template) -> Iterator[str]:
    telling = ("SECRET", "TOKEN", "PASSWORD", "CREDENTIAL", "API_KEY")
    for name, function in of_type(template, "AWS::Lambda::Function"):
        for variable in function.get("Environment", {}).get("Variables", {}):
            if any(word in variable for word in telling):
                yield f"{name} has {variable} in its environment: pass the name of a parameter"


@rule
def no_url_is_open_to_all(template: Template) -> Iterator[str]:
    """But for those whose tests hold them to refuse what is not signed."""
    for name, url in of_type(template, "AWS::Lambda::Url"):
        if url["AuthType"] == "NONE" and target(url["TargetFunctionArn"]) not in CHECK_SIGNATURES:
            yield f"{name} is open to all"


@rule
def who_faces_the_internet_is_bounded_on_request(template: Template) -> Iterator[str]:
    functions = dict(of_type(template, "AWS::Lambda::Function"))
    for _, url in of_type(template, "AWS::Lambda::Url"):
        name = str(target(url["TargetFunctionArn"]))
        if "Fn::If" not in as_dict(functions[name].get("ReservedConcurrentExecutions")):
            yield f"strangers may make {name} take every execution that the account has"


@rule
def mappings_report_each_failure(template: Template) -> Iterator[str]:
    for name, mapping in of_type(template, "AWS::Lambda::EventSourceMapping"):
        if mapping.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{name} fails a whole batch for one message"


@rule
def mappings_bound_their_concurrency(template: Template) -> Iterator[str]:
    for name, mapping in of_type(template, "AWS::Lambda::EventSourceMapping"):
        if "MaximumConcurrency" not in mapping.get("ScalingConfig", {}):
            yield f"{name} may take every execution that the account has"


@rule
def messages_stay_hidden_while_they_are_worked_on(template: Template) -> Iterator[str]:
    """Six times the time-out, as AWS advises: a throttled batch is retried within it."""
    queues = dict(of_type(template, "AWS::SQS::Queue"))
    functions = dict(of_type(template, "AWS::Lambda::Function"))
    for _, mapping in of_type(template, "AWS::Lambda::EventSourceMapping"):
        queue, function = target(mapping["EventSourceArn"]), target(mapping["FunctionName"])
        hidden_for = queues[queue].get("VisibilityTimeout", 30)
        if hidden_for < 6 * functions[function]["Timeout"]:
            yield f"{queue} hides a message for {hidden_for} s, too short for {function}"


@rule
def queues_outlast_their_tries(template: Template) -> Iterator[str]:
    """Else a message that always fails would expire, and never be seen as a dead letter."""
    for name, queue in of_type(template, "AWS::SQS::Queue"):
        tries = queue.get("RedrivePolicy", {}).get("maxReceiveCount", 0)
        if queue.get("MessageRetentionPeriod", 345600) <= tries * queue.get(
            "VisibilityTimeout", 30
        ):
            yield f"{name} forgets a message before its last try"


@rule
def work_that_fails_becomes_a_dead_letter(template: Template) -> Iterator[str]:
    dead_letters = dead_letter_queues(template)
    for name, queue in of_type(template, "AWS::SQS::Queue"):
        if name not in dead_letters and "RedrivePolicy" not in queue:
            yield f"{name} has no dead-letter queue"
    for name, subscription in of_type(template, "AWS::SNS::Subscription"):
        if subscription["TopicArn"] == {"Ref": "Alerts"} and "RedrivePolicy" not in subscription:
            yield f"{name} has no dead-letter queue"


@rule
def dead_letters_raise_an_alarm(template: Template) -> Iterator[str]:
    watched = alarms_on(template, "ApproximateNumberOfMessagesVisible")
    yield from (
        f"{queue} fills unseen"
        for queue in sorted(map(str, dead_letter_queues(template) - watched))
    )


@rule
def failing_functions_raise_an_alarm(template: Template) -> Iterator[str]:
    for metric in ("Errors", "Throttles"):
        watched = alarms_on(template, metric)
        for name, _ in of_type(template, "AWS::Lambda::Function"):
            if name not in watched:
                yield f"no alarm on {metric} of {name}"


@rule
def waiting_work_raises_an_alarm(template: Template) -> Iterator[str]:
    watched = alarms_on(template, "ApproximateAgeOfOldestMessage")
    for _, mapping in of_type(template, "AWS::Lambda::EventSourceMapping"):
        if target(mapping["EventSourceArn"]) not in watched:
            yield f"work may wait in {target(mapping['EventSourceArn'])} unseen"


@rule
def work_that_goes_on_is_not_called_late(template: Template) -> Iterator[str]:
    """SQS counts what a function is at work on: no alarm before that has run out of time."""
    functions = dict(of_type(template, "AWS::Lambda::Function"))
    longest: dict[str | None, int] = {}
    for _, mapping in of_type(template, "AWS::Lambda::EventSourceMapping"):
        queue, function = target(mapping["EventSourceArn"]), target(mapping["FunctionName"])
        longest[queue] = max(longest.get(queue, 0), functions[str(function)]["Timeout"])
    for name, alarm in of_type(template, "AWS::CloudWatch::Alarm"):
        if alarm.get("MetricName") == "ApproximateAgeOfOldestMessage":
            (queue,) = (target(one["Value"]) for one in alarm["Dimensions"])
            if threshold(template, alarm) < longest[queue]:
                yield f"{name} goes off while {queue} is worked on in time"


def threshold(template: Template, alarm: dict[str, Any]) -> float:
    """At what an alarm goes off, looked up where it is in a mapping."""
    value = alarm["Threshold"]
    if isinstance(value, dict):
        mapping, first, second = value["Fn::FindInMap"]
        value = template["Mappings"][mapping][first][second]
    return float(value)


@rule
def silent_channels_raise_an_alarm(template: Template) -> Iterator[str]:
    stale = [
        alarm
        for _, alarm in of_type(template, "AWS::CloudWatch::Alarm")
        if alarm.get("MetricName") == "ChannelsStale" and alarm.get("AlarmActions")
    ]
    if not stale:
        yield "no alarm on ChannelsStale"
    if any(alarm.get("TreatMissingData") != "breaching" for alarm in stale):
        yield "nobody hears that ChannelsStale is not measured any more"


@rule
def alarms_can_be_published(template: Template) -> Iterator[str]:
    """CloudWatch has no right to a key that AWS manages: the alarm would go nowhere."""
    topics = dict(of_type(template, "AWS::SNS::Topic"))
    for name, alarm in of_type(template, "AWS::CloudWatch::Alarm"):
        for topic in map(target, alarm.get("AlarmActions", [])):
            if "KmsMasterKeyId" in topics.get(str(topic), {}):
                yield f"{name} cannot publish to {topic}"


@rule
def schedules_go_through_a_queue(template: Template) -> Iterator[str]:
    queues = dict(of_type(template, "AWS::SQS::Queue"))
    for name, schedule in of_type(template, "AWS::Scheduler::Schedule"):
        if target(schedule["Target"]["Arn"]) not in queues:
            yield f"{name} invokes asynchronously: its tick can be dropped"
    for name, _ in of_type(template, "AWS::Events::Rule"):
        yield f"{name} invokes asynchronously: its tick can be dropped"


@rule
def queues_are_encrypted(template: Template) -> Iterator[str]:
    for name, queue in of_type(template, "AWS::SQS::Queue"):
        if not queue.get("SqsManagedSseEnabled") and "KmsMasterKeyId" not in queue:
            yield f"{name} is not encrypted"


@rule
def alerts_are_encrypted(template: Template) -> Iterator[str]:
    for name, topic in of_type(template, "AWS::SNS::Topic"):
        if name == "Alerts" and "KmsMasterKeyId" not in topic:
            yield f"{name} quotes people and is not encrypted"


@rule
def queues_and_topics_answer_tls_alone(template: Template) -> Iterator[str]:
    """Each by its one policy: of two, the one that is set last would hold."""
    refusing = {
        "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", "Queues", "sqs:*"),
        "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", "Topics", "sns:Publish"),
    }
    for kind, (policy_kind, members, action) in refusing.items():
        policies = [policy for _, policy in of_type(template, policy_kind)]
        for name, _ in of_type(template, kind):
            own = [policy for policy in policies if name in map(target, policy[members])]
            denied = [
                statement
                for policy in own
                for statement in as_list(policy["PolicyDocument"]["Statement"])
                if (statement["Effect"], statement["Principal"]) == ("Deny", "*")
                and (statement["Action"], target(statement["Resource"])) == (action, name)
                and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
            ]
            if len(own) != 1 or not denied:
                yield f"{name} answers without TLS"


@rule
def buckets_are_closed(template: Template) -> Iterator[str]:
    blocks = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    tls_only = {
        target(policy["Bucket"])
        for _, policy in of_type(template, "AWS::S3::BucketPolicy")
        for statement in as_list(policy["PolicyDocument"]["Statement"])
        if statement["Effect"] == "Deny"
        and statement["Action"] == "s3:*"
        and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
    }
    for name, bucket in of_type(template, "AWS::S3::Bucket"):
        access = bucket.get("PublicAccessBlockConfiguration", {})
        if not all(access.get(block) for block in blocks):
            yield f"{name} may be made public"
        if name not in tls_only:
            yield f"{name} answers without TLS"
        for needed in ("BucketEncryption", "VersioningConfiguration", "LifecycleConfiguration"):
            if needed not in bucket:
                yield f"{name} has no {needed}"


@rule
def tables_are_safe(template: Template) -> Iterator[str]:
    for name, table in of_type(template, "AWS::DynamoDB::Table"):
        held = {
            "is encrypted": table.get("SSESpecification", {}).get("SSEEnabled"),
            "can be restored": table.get("PointInTimeRecoverySpecification", {}).get(
                "PointInTimeRecoveryEnabled"
            ),
            "is protected from deletion": table.get("DeletionProtectionEnabled"),
            "forgets": table.get("TimeToLiveSpecification", {}).get("Enabled"),
        }
        for what, value in held.items():
            if not value:
                yield f"{name}: not said that it {what}"


@rule
def writes_are_bounded(template: Template) -> Iterator[str]:
    for name, table in of_type(template, "AWS::DynamoDB::Table"):
        for part in [table, *table.get("GlobalSecondaryIndexes", [])]:
            if "MaxWriteRequestUnits" not in part.get("OnDemandThroughput", {}):
                yield f"{part.get('IndexName', name)}: a flood's bill is not bounded"
