from __future__ import annotations

import json

import boto3
import pytest
from botocore.stub import ANY, Stubber

from earwitness.model import Intent, Judgement, Post, Priority, Sentiment
from earwitness.readers import BedrockModel, Judged, comprehend_price, with_bedrock, with_comprehend

MODEL = BedrockModel("some.model", price_in=0.001, price_out=0.005)
SCORES = {"Positive": 0.1, "Negative": 0.7, "Neutral": 0.1, "Mixed": 0.1}


def judged(text: str, language: str = "en", intent: Intent = Intent.REFERENCE) -> Judged:
    priority = Priority.CRITICAL if intent is Intent.SAFETY else Priority.NORMAL
    judgement = Judgement(language, Sentiment.NEUTRAL, intent, priority)
    return Judged(Post("x", "1", text), {"Norvia": judgement})


@pytest.fixture
def comprehend():
    client = boto3.client(
        "comprehend", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(client) as stub:
        yield client, stub


@pytest.fixture
def bedrock():
    client = boto3.client(
        "bedrock-runtime", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(client) as stub:
        yield client, stub


def moods(*found: tuple[int, str]) -> dict:
    results = [{"Index": i, "Sentiment": mood, "SentimentScore": SCORES} for i, mood in found]
    return {"ResultList": results, "ErrorList": []}


def converse(text: str) -> dict:
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": text}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
        "metrics": {"latencyMs": 1},
    }


def test_comprehend_s_sentiment_makes_a_reference_a_complaint(comprehend):
    client, stub = comprehend
    stub.add_response("batch_detect_sentiment", moods((0, "NEGATIVE")))
    (found,) = with_comprehend([judged("so that was Norvia")], client, lambda _: True)
    one = found.judgements["Norvia"]
    assert (one.intent, one.priority, one.reader) == (
        Intent.COMPLAINT, Priority.HIGH, "comprehend"
    )  # fmt: skip


def test_posts_go_to_comprehend_in_batches_of_one_language(comprehend):
    client, stub = comprehend
    stub.add_response("batch_detect_sentiment", moods((0, "POSITIVE")),
                      {"LanguageCode": "en", "TextList": ["a"] * 25})  # fmt: skip
    stub.add_response("batch_detect_sentiment", moods(), {"LanguageCode": "en", "TextList": ["a"]})
    stub.add_response("batch_detect_sentiment", moods(), {"LanguageCode": "de", "TextList": ["b"]})
    posts = [*(judged("a") for _ in range(26)), judged("b", "de"), judged("ц", "ru")]
    found = with_comprehend(posts, client, lambda _: True)
    assert [one.judgements["Norvia"].reader for one in found] == ["comprehend", *["rules"] * 27]
    stub.assert_no_pending_responses()


def test_a_failure_of_comprehend_leaves_the_rules_judgement(comprehend):
    client, stub = comprehend
    stub.add_client_error("batch_detect_sentiment", "ThrottlingException", http_status_code=400)
    posts = [judged("a")]
    assert with_comprehend(posts, client, lambda _: True) == posts


def test_nothing_is_sent_once_the_cost_cap_is_reached(comprehend):
    client, _ = comprehend
    posts = [judged("a")]
    assert with_comprehend(posts, client, lambda _: False) == posts


def test_comprehend_bills_three_units_at_least():
    assert [comprehend_price("a"), comprehend_price("a" * 301)] == pytest.approx([0.0003, 0.0004])


def test_personal_data_is_masked_before_it_is_sent(comprehend):
    client, stub = comprehend
    masked = {"LanguageCode": "en", "TextList": ["write to [email]"]}
    stub.add_response("batch_detect_sentiment", moods(), masked)
    with_comprehend([judged("write to ann@example.org")], client, lambda _: True)
    stub.assert_no_pending_responses()


def test_a_reader_does_not_lower_what_the_rules_found_critical(comprehend):
    client, stub = comprehend
    stub.add_response("batch_detect_sentiment", moods((0, "POSITIVE")))
    (found,) = with_comprehend([judged("a", intent=Intent.SAFETY)], client, lambda _: True)
    assert found.judgements["Norvia"].priority is Priority.CRITICAL


def test_bedrock_s_sentiment_and_intent_are_taken(bedrock):
    client, stub = bedrock
    said = json.dumps([{"n": 0, "sentiment": "negative", "intent": "churn"}])
    stub.add_response("converse", converse(f"Here you are: {said}"),
                      {"modelId": "some.model", "system": ANY, "messages": ANY,
                       "inferenceConfig": ANY})  # fmt: skip
    (found,) = with_bedrock([judged("a")], client, MODEL, lambda _: True)
    one = found.judgements["Norvia"]
    assert (one.intent, one.sentiment, one.reader) == (
        Intent.CHURN, Sentiment.NEGATIVE, "bedrock"
    )  # fmt: skip


@pytest.mark.parametrize(
    "said",
    ["I cannot", "[]", '[{"n": 7, "sentiment": "negative", "intent": "churn"}]', "[1]", "[{]",
     '[{"n": 0, "sentiment": "furious", "intent": "churn"}]', '[{"n": Infinity}]',
     "[" * 9_999 + "]"],
)  # fmt: skip
def test_an_answer_not_as_asked_for_leaves_the_rules_judgement(bedrock, said):
    client, stub = bedrock
    stub.add_response("converse", converse(said))
    posts = [judged("a")]
    assert with_bedrock(posts, client, MODEL, lambda _: True) == posts


@pytest.mark.parametrize("text", ["", "never again"])
def test_a_title_is_sent_with_the_text(comprehend, bedrock, text):
    titled = Judged(Post("x", "1", text, title="Norvia robbed a@b.example"), judged("").judgements)
    sent = f"Norvia robbed [email]\n{text}".strip()
    client, stub = comprehend
    stub.add_response("batch_detect_sentiment", moods((0, "NEGATIVE")),
                      {"LanguageCode": "en", "TextList": [sent]})  # fmt: skip
    (found,) = with_comprehend([titled], client, lambda _: True)
    assert found.judgements["Norvia"].reader == "comprehend"
    posts = json.dumps([{"n": 0, "brand": "Norvia", "post": sent}])
    client, stub = bedrock
    stub.add_response("converse", converse("[]"),
                      {"modelId": ANY, "system": ANY, "inferenceConfig": ANY,
                       "messages": [{"role": "user", "content": [{"text": posts}]}]})  # fmt: skip
    with_bedrock([titled], client, MODEL, lambda _: True)
    stub.assert_no_pending_responses()


def test_bedrock_is_not_asked_beyond_the_cost_cap(bedrock):
    client, _ = bedrock
    asked: list[float] = []

    def spend(dollars: float) -> bool:
        asked.append(dollars)
        return False

    posts = [judged("a")]
    assert with_bedrock(posts, client, MODEL, spend) == posts
    assert 0 < asked[0] < 0.01
