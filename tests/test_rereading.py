"""A managed reader looks over what is new, within its cap; the rules stand in for it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.stub import ANY, Stubber

from earwitness import rereading
from earwitness.environment import EnvironmentIncomplete
from earwitness.model import Engagement, Intent, Priority, Sentiment, Watchlist
from earwitness.readers import BedrockModel
from earwitness.rereading import Reader
from tests.expansion import TEMPLATE, expand
from tests.posts import NOW, a_judgement, a_mention, a_post
from tests.stack import deployed
from tests.tables import a_store, a_table, empty_table
from tests.template_rules import identity_statements

MODEL = "arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0"
REFERENCE = a_judgement(Priority.NORMAL, Intent.REFERENCE, sentiment=Sentiment.NEUTRAL)
COMPREHEND = Reader("comprehend", cap=1.0)
BEDROCK = Reader("bedrock", cap=1.0, model=BedrockModel(MODEL, 0.00006, 0.00024))


@pytest.fixture(scope="module")
def table():
    with a_table():
        yield


@pytest.fixture
def store(table):
    empty_table()
    return a_store()


@pytest.fixture
def service():
    """A client with its stub, made from the service's own model."""
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}

    def made(name):
        client = boto3.client(name, "eu-central-1", **keys)
        stub = Stubber(client)
        stub.activate()
        return client, stub

    return made


def said(mood):
    score = {"Positive": 0.1, "Negative": 0.7, "Neutral": 0.1, "Mixed": 0.1}
    return {
        "ResultList": [{"Index": 0, "Sentiment": mood, "SentimentScore": score}],
        "ErrorList": [],
    }


def grown(mention):
    return replace(mention, post=replace(mention.post, engagement=Engagement(likes=99)))


def looked_over(reader, mentions, store, client, **given):
    return reader.look_over(mentions, store, NOW, client=lambda _: client, **given)


def test_a_new_mention_is_judged_by_the_reader(store, service):
    client, stub = service("comprehend")
    stub.add_response("batch_detect_sentiment", said("NEGATIVE"))
    (found,) = looked_over(COMPREHEND, [a_mention(a_post(), REFERENCE)], store, client)
    assert (found.judgement.intent, found.judgement.reader) == (Intent.COMPLAINT, "comprehend")


def test_a_mention_that_is_known_is_not_paid_for_again_and_keeps_its_judgement(store, service):
    client, stub = service("comprehend")
    stub.add_response("batch_detect_sentiment", said("NEGATIVE"))
    mention = a_mention(a_post(), REFERENCE)
    store.keep(looked_over(COMPREHEND, [mention], store, client), NOW)
    store.keep(looked_over(COMPREHEND, [grown(mention)], store, client), NOW)
    assert store.mention_by_id(mention.mention_id).judgement.reader == "comprehend"


def test_what_has_become_critical_is_not_held_down_by_what_the_reader_said_before(store, service):
    client, stub = service("comprehend")
    stub.add_response("batch_detect_sentiment", said("POSITIVE"))
    mention = a_mention(a_post(), REFERENCE)
    store.keep(looked_over(COMPREHEND, [mention], store, client), NOW)
    spread = replace(mention, judgement=a_judgement(Priority.CRITICAL))
    store.keep(looked_over(COMPREHEND, [grown(spread)], store, client), NOW)
    judgement = store.mention_by_id(mention.mention_id).judgement
    assert (judgement.priority, judgement.reader) == (Priority.CRITICAL, "rules")


def test_what_a_reader_judged_stands_when_the_stack_goes_back_to_the_rules(store):
    read = a_mention(a_post(), replace(REFERENCE, reader="bedrock", intent=Intent.CHURN))
    store.keep([read], NOW)
    store.keep([grown(a_mention(a_post(), REFERENCE))], NOW)
    judgement = store.mention_by_id(read.mention_id).judgement
    assert (judgement.reader, judgement.intent) == ("bedrock", Intent.CHURN)


def test_an_edit_that_no_reader_looked_over_is_the_rules_and_says_so(store):
    read = a_mention(a_post(), replace(REFERENCE, reader="bedrock", intent=Intent.CHURN))
    store.keep([read], NOW)
    store.keep([a_mention(a_post("Edit: I stay with Nortwind Air"), REFERENCE)], NOW)
    judgement = store.mention_by_id(read.mention_id).judgement
    assert (judgement.reader, judgement.intent) == ("rules", Intent.REFERENCE)


def test_an_edited_mention_is_read_again(store, service):
    client, stub = service("comprehend")
    store.keep([a_mention(a_post("Nortwind Air"), REFERENCE)], NOW)
    stub.add_response("batch_detect_sentiment", said("POSITIVE"))
    (found,) = looked_over(
        COMPREHEND, [a_mention(a_post("Nortwind Air!"), REFERENCE)], store, client
    )
    assert found.judgement.reader == "comprehend"


def test_what_would_be_refused_is_sent_nowhere(store, service):
    client, _ = service("comprehend")  # any call would raise
    gone, old = a_mention(a_post(source_id="gone"), REFERENCE), NOW - timedelta(days=89)
    late = a_mention(a_post(source_id="old", published_at=old), REFERENCE)
    store.keep([gone], NOW)
    store.redact(gone.brand, gone.post.post_id, NOW)
    assert looked_over(COMPREHEND, [gone, late], store, client) == [gone, late]


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerException"])
def test_a_failure_leaves_the_judgement_of_the_rules_and_ends_the_asking(store, service, code):
    client, stub = service("comprehend")
    stub.add_client_error("batch_detect_sentiment", code)  # a second call would raise
    mentions = [a_mention(a_post(source_id=str(n)), REFERENCE) for n in range(40)]
    found = looked_over(COMPREHEND, mentions, store, client)
    assert {one.judgement.reader for one in found} == {"rules"}


def test_the_month_s_cap_leaves_the_judgement_to_the_rules(store, service):
    client, stub = service("comprehend")
    stub.add_response("batch_detect_sentiment", said("NEGATIVE"))
    tight = Reader("comprehend", cap=0.0005)  # a short text costs 0.0003
    for number, reader in enumerate(("comprehend", "rules")):
        mention = a_mention(a_post(source_id=str(number)), REFERENCE)
        (found,) = looked_over(tight, [mention], store, client)
        assert found.judgement.reader == reader


def test_a22_the_cap_is_of_a_month(store):
    may = datetime(2026, 5, 31, 23, 59, tzinfo=UTC)
    asked = [may, may, may + timedelta(minutes=2)]
    assert [store.spend("bedrock", 0.6, 1.0, at) for at in asked] == [True, False, True]


def test_a22_a_cap_of_nothing_spends_nothing(store):
    assert not store.spend("comprehend", 0.0003, 0.0, NOW)


def test_no_batch_is_sent_once_the_time_is_up(store, service):
    client, _ = service("comprehend")
    times = iter([0.0, rereading.READ_FOR + 1])
    mention = a_mention(a_post(), REFERENCE)
    assert looked_over(COMPREHEND, [mention], store, client, clock=lambda: next(times)) == [mention]


def test_bedrock_judges_each_brand_of_a_post(store, service):
    client, stub = service("bedrock-runtime")
    answer = json.dumps(
        [
            {"n": 0, "sentiment": "negative", "intent": "churn"},
            {"n": 1, "sentiment": "positive", "intent": "praise"},
        ]
    )
    stub.add_response(
        "converse",
        {
            "output": {"message": {"role": "assistant", "content": [{"text": answer}]}},
            "stopReason": "end_turn",
            "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
            "metrics": {"latencyMs": 1},
        },
        {"modelId": MODEL, "system": ANY, "messages": ANY, "inferenceConfig": ANY},
    )
    one = a_mention(a_post(), REFERENCE)
    found = looked_over(BEDROCK, [one, replace(one, brand="Zelto")], store, client)
    assert [(m.brand, m.judgement.intent) for m in found] == [
        (one.brand, Intent.CHURN),
        ("Zelto", Intent.PRAISE),
    ]


@pytest.mark.parametrize("variables", [{}, {"JUDGE": "rules"}])
def test_the_rules_judge_alone_unless_a_reader_is_named(variables):
    assert Reader.of(variables) is None


def test_a_reader_is_what_the_template_says():
    variables = {
        "JUDGE": "bedrock",
        "JUDGE_DOLLARS_PER_MONTH": "1",
        "BEDROCK_MODELS": f"{MODEL},other",
        "BEDROCK_PRICES": "0.00006/0.00024",
    }
    assert Reader.of(variables) == BEDROCK


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"JUDGE": "oracle"}, "JUDGE: expected rules, comprehend or bedrock"),
        ({"JUDGE": "comprehend", "JUDGE_DOLLARS_PER_MONTH": "x"}, "JUDGE_DOLLARS_PER_MONTH"),
        ({"JUDGE": "bedrock"}, "BEDROCK_MODELS: expected the ARN"),
        ({"JUDGE": "bedrock", "BEDROCK_MODELS": MODEL}, "BEDROCK_PRICES: expected dollars"),
    ],
)
def test_a_malformed_setting_is_named(variables, named):
    with pytest.raises(EnvironmentIncomplete, match=named):
        Reader.of(variables)


def test_poll_asks_the_reader_that_its_stack_names(monkeypatch, service):
    client, stub = service("comprehend")
    stub.add_response("batch_detect_sentiment", said("NEGATIVE"))
    monkeypatch.setenv("JUDGE", "comprehend")
    monkeypatch.setenv("JUDGE_DOLLARS_PER_MONTH", "1")
    monkeypatch.setattr(rereading, "_client", lambda _: client)

    class Found:
        """One mention in whatever is offered."""

        watchlist = Watchlist((), (), "")

        def mentions(self, posts):
            return (a_mention(post, REFERENCE) for post in posts)

        def may_alert(self, mention, now):
            return False

    with deployed() as stack:
        post = a_post(published_at=datetime.now(UTC))
        (kept,) = stack.poll.poller.keep([post], Found()).new
        assert stack.poll.store.mention_by_id(kept).judgement.reader == "comprehend"


@pytest.mark.parametrize("policy", ["ComprehendPolicy", "BedrockPolicy"])
def test_those_that_judge_may_ask_the_reader(policy):
    roles = expand(TEMPLATE)["Resources"][policy]["Properties"]["Roles"]
    assert roles == [{"Ref": "PollRole"}, {"Ref": "RefreshRole"}]


@pytest.mark.parametrize(
    ("policy", "condition", "action", "resource"),
    [
        ("ComprehendPolicy", "ComprehendJudges", "comprehend:BatchDetectSentiment", "*"),
        (
            "BedrockPolicy",
            "BedrockJudges",
            "bedrock:InvokeModel",
            {"Fn::Split": [",", {"Ref": "BedrockModelArns"}]},
        ),
    ],
)
def test_a_reader_is_allowed_only_where_it_is_on(policy, condition, action, resource):
    template = expand(TEMPLATE)
    (statement,) = [s for name, s in identity_statements(template) if name == policy]
    assert template["Resources"][policy]["Condition"] == condition
    assert (statement["Action"], statement["Resource"]) == (action, resource)
