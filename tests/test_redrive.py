"""Dead letters: shown with age and reason, sent back in one command, lost by none."""

import json
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from earwitness.cli import app, deployment
from earwitness.model import Channel
from earwitness.operations import dead_letters
from earwitness.polls import PollRequest
from earwitness.watchlist_bucket import refresh
from tests.installed import installed

WATCHLIST = b"""
brands: [{name: Northwind Air, terms: [Northwind Air]}]
channels: [{name: news, kind: feed, url: "https://news.example/rss"}]
"""
OF_NEWS = PollRequest(Channel("news", "feed", timedelta(0)).channel_id, "v", 7)
REQUEST = json.dumps({"channel_id": OF_NEWS.channel_id, "watchlist_version": "v", "slot": 7})


@pytest.fixture(scope="module")
def site():
    with installed() as site:
        bucket = site.physical_id("WatchlistBucket")
        site.client("s3").put_object(Bucket=bucket, Key="watchlist.yaml", Body=WATCHLIST)
        refresh(site.bucket)
        for _, uuid in site.of_kind("AWS::Lambda::EventSourceMapping"):
            site.client("lambda").update_event_source_mapping(UUID=uuid, Enabled=False)
        yield replace(site, now=site.now + timedelta(minutes=5))  # letters are older than now


@pytest.fixture(autouse=True)
def empty(site, monkeypatch):
    """Every queue is empty, and commands find the stack."""
    for _, url in site.of_kind("AWS::SQS::Queue"):
        while taken := site.client("sqs").receive_message(QueueUrl=url).get("Messages"):
            site.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=taken[0]["ReceiptHandle"])
    monkeypatch.setattr(dead_letters, "_LISTENS_SECONDS", 0)  # moto has one server

    @contextmanager
    def found(*_names):
        yield site

    monkeypatch.setattr(deployment, "installation", found)


def put(site, queue, *bodies):
    for body in bodies:
        site.client("sqs").send_message(QueueUrl=site.physical_id(queue), MessageBody=body)


def held(site, queue):
    """The bodies on a queue, left there."""
    url, sqs = site.physical_id(queue), site.client("sqs")
    taken = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for message in taken:
        sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )
    return sorted(message["Body"] for message in taken)


def logged(site, function, **line):
    """A line of the log group, in the stream that Lambda names after the function."""
    stream = f"2026/11/22/{site.physical_id(function)}[$LATEST]{len(line)}{line['level']}"
    logs, group = site.client("logs"), site.physical_id("Logs")
    with suppress(ClientError):  # it is there
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
    at = round(site.now.timestamp() * 1000)
    logs.put_log_events(logGroupName=group, logStreamName=stream,
                        logEvents=[{"timestamp": at, "message": json.dumps(line)}])  # fmt: skip


def redrive(*arguments):
    return CliRunner().invoke(app, ["redrive", *arguments])


def test_letters_go_back_to_the_queue_that_they_came_from(site):
    put(site, "PollDeadLetters", REQUEST)
    put(site, "IngestDeadLetters", '{"posts":[{}]}')
    done = redrive()
    assert done.exit_code == 0
    assert (held(site, "PollQueue"), held(site, "IngestQueue")) == ([REQUEST], ['{"posts":[{}]}'])
    assert held(site, "PollDeadLetters") == held(site, "IngestDeadLetters") == []


def test_more_letters_than_one_call_takes_go_back(site):
    bodies = [json.dumps({"number": number}) for number in range(23)]
    put(site, "AssessDeadLetters", *bodies)
    assert "23 sent back" in redrive().stdout
    url = site.physical_id("AssessQueue")
    told = site.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    assert told["Attributes"]["ApproximateNumberOfMessages"] == "23"


def test_a_dry_run_changes_nothing_and_says_that_letters_wait(site):
    put(site, "PollDeadLetters", REQUEST)
    done = redrive("--dry-run")
    assert done.exit_code == 1
    assert "poll: 1 dead letters" in done.stdout
    assert (held(site, "PollDeadLetters"), held(site, "PollQueue")) == ([REQUEST], [])


def test_only_the_queues_that_are_named_are_touched(site):
    put(site, "PollDeadLetters", REQUEST)
    put(site, "AssessDeadLetters", "{}")
    redrive("assess")
    assert (held(site, "AssessQueue"), held(site, "PollDeadLetters")) == (["{}"], [REQUEST])


def test_alerts_stay_for_somebody_to_tell_their_readers(site):
    put(site, "AlertsDeadLetters", '{"Type": "Notification", "Message": "Nortwind lost my bag"}')
    done = redrive()
    assert done.exit_code == 1
    assert "an alert" in done.stdout
    assert "Nortwind lost" not in done.stdout
    assert held(site, "AlertsDeadLetters") != []


def test_letters_are_deleted_only_from_queues_that_are_named(site):
    put(site, "AlertsDeadLetters", "{}")
    assert redrive("--discard").exit_code == 2
    assert redrive("alerts", "--discard").exit_code == 0
    assert held(site, "AlertsDeadLetters") == []


def test_an_unknown_queue_is_refused_with_those_there_are(site):
    done = redrive("polls")
    assert done.exit_code == 2
    assert "no queue polls" in done.stderr


def test_no_letters_are_said_in_words(site):
    assert redrive().stdout == "no dead letters\n"


def shown(site, queue):
    (found,) = [one for one in dead_letters.queues(site) if one.name == queue]
    return dead_letters.letters(site, found, 10)


def test_a_letter_says_what_it_asks_for(site):
    put(site, "PollDeadLetters", REQUEST)
    put(site, "IngestDeadLetters", '{"posts":[{"text": "secret words"}]}')
    assert [one.what for one in shown(site, "poll")] == ["a poll of news"]
    assert [one.what for one in shown(site, "ingest")] == ["1 pushed posts"]


def test_the_reason_is_the_last_error_of_that_very_poll(site):
    put(site, "PollDeadLetters", REQUEST)
    of_news = {"level": "ERROR", "correlation_id": OF_NEWS.correlation_id}
    logged(site, "Poll", **of_news, exception_name="ValueError", exception="Trace\nValueError: bad")
    logged(site, "Poll", level="ERROR", errorType="Timeout", errorMessage="of another")
    logged(site, "Assess", level="ERROR", errorMessage="of assess")
    assert [one.reason for one in shown(site, "poll")] == ["ValueError: bad"]


def test_work_without_an_error_of_its_own_shows_the_last_of_its_function(site):
    put(site, "DispatchDeadLetters", "{}")
    logged(site, "Dispatch", level="ERROR", errorType="KeyError", errorMessage="'TABLE'")
    assert [one.reason for one in shown(site, "dispatch")] == ["KeyError: 'TABLE'"]


def test_what_fails_again_at_once_does_not_go_round_for_ever(site, monkeypatch):
    put(site, "PollDeadLetters", REQUEST)
    (queue,) = [one for one in dead_letters.queues(site) if one.name == "poll"]
    before = replace(site, now=site.now - timedelta(hours=1))
    assert dead_letters.send_back(before, queue) == 0


def test_g1_what_is_interrupted_leaves_a_double_and_loses_nothing(site, monkeypatch):
    put(site, "PollDeadLetters", REQUEST)
    make = BaseClient._make_api_call

    def failing(client, operation, parameters):
        if operation == "DeleteMessage":
            raise ClientError({"Error": {"Code": "500", "Message": "no"}}, operation)
        return make(client, operation, parameters)

    (queue,) = [one for one in dead_letters.queues(site) if one.name == "poll"]
    with monkeypatch.context() as patched:
        patched.setattr(BaseClient, "_make_api_call", failing)
        with pytest.raises(ClientError):
            dead_letters.send_back(site, queue)
    assert held(site, "PollQueue") == [REQUEST]
    (queue,) = [one for one in dead_letters.queues(site) if one.name == "poll"]
    assert queue.waiting == 1
