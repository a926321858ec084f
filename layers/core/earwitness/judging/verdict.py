"""From evidence to a judgement: sentiment, intent, priority and the named reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from earwitness.judging.reading import Reading
from earwitness.judging.scopes import Evidence
from earwitness.model import Engagement, Intent, Judgement, Priority, Reason, Sentiment

FEELING = 0.75  # the least sum of weights that is a sentiment: half a plain "good" or "bad"
BLAME = -1.0  # what a word weighs from which one who is not concerned complains: "not" is none
VIRAL_INTERACTIONS = 500  # reposts and replies; velocity decides finer, once it is measured
WIDELY_READ = 50  # as above, where only emoji and punctuation could be read
_EVIDENCE_SHOWN = 6
COURTESY = "courtesy"  # the section of thanks that may only close a letter

# Reasons for an intent that no rule named by itself.
_UNSPOKEN = {
    Intent.COMPLAINT: Reason("complaint/negative words to or about the brand"),
    Intent.QUESTION: Reason("question/asked", ("?",)),
}
PRIORITIES = {
    Intent.SAFETY: Priority.CRITICAL,
    Intent.OUTAGE: Priority.CRITICAL,
    Intent.URGENT: Priority.HIGH,
    Intent.CHURN: Priority.HIGH,
    Intent.COMPLAINT: Priority.HIGH,
    Intent.SUPPORT: Priority.HIGH,
    Intent.QUESTION: Priority.NORMAL,
    Intent.PRAISE: Priority.NORMAL,
    Intent.REFERENCE: Priority.NORMAL,
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a post beside its words."""

    language: str
    has_rules: bool
    personal: bool  # the author speaks of themselves, or to someone
    named: bool  # the brand stands in the text, not only in an address
    to_care: bool  # said to a handle that is there for customers
    engagement: Engagement


def decide(reading: Reading, evidence: Sequence[Evidence], facts: Facts) -> Judgement:
    """Judge one brand by the evidence about it."""
    shown = {e.intent for e in evidence if e.intent}
    balance = _balance(reading, evidence, shown)
    sentiment = _sentiment(balance, shown)
    blames = any(e.weight < BLAME for e in evidence)
    intent = _intent(reading, sentiment, shown, facts, blames=blames)
    priority = PRIORITIES[intent]
    reasons = _reasons(reading, evidence, intent)
    if intent in _UNSPOKEN and intent not in shown:
        reasons = (_UNSPOKEN[intent], *reasons)
    if not facts.has_rules:
        priority, told = _without_rules(reading, sentiment, facts)
        reasons = (told, *reasons)
    elif sentiment is Sentiment.NEGATIVE and interactions(facts.engagement) >= VIRAL_INTERACTIONS:
        priority = Priority.CRITICAL
        number = f"{interactions(facts.engagement)} reposts and replies"
        reasons = (Reason("widely shared and negative", (number,)), *reasons)
    return Judgement(
        facts.language, sentiment, intent, priority, reasons or (Reason("no rule applies"),)
    )


def _balance(reading: Reading, evidence: Sequence[Evidence], shown: set[Intent]) -> float:
    """The sum of what weighs; thanks that close a request or a complaint weigh nothing."""
    felt = [e.weight for e in evidence if e.hit.rule.name != COURTESY]
    polite = reading.asks or Intent.SUPPORT in shown or any(weight <= -1 for weight in felt)
    thanks = () if polite else (e.weight for e in evidence if e.hit.rule.name == COURTESY)
    return sum(felt) + sum(thanks)


def reread(
    judgement: Judgement, sentiment: Sentiment, intent: Intent | None, reader: str
) -> Judgement:
    """The judgement with the sentiment, and the intent if any, that a managed reader found.

    What the rules found critical stays so: a reader may miss what one word says. Without an
    intent of its own, a changed sentiment moves the intent only between praise, mere reference
    and complaint.
    """
    if judgement.priority is Priority.CRITICAL:
        return replace(judgement, sentiment=sentiment, reader=reader)
    meant = intent or _following(judgement.intent, sentiment)
    told = Reason(f"read by {reader}", (sentiment.value, meant.value))
    return replace(
        judgement,
        sentiment=sentiment,
        intent=meant,
        priority=PRIORITIES[meant],
        reasons=(told, *judgement.reasons),
        reader=reader,
    )


def _following(intent: Intent, sentiment: Sentiment) -> Intent:
    if sentiment is Sentiment.NEGATIVE and intent in (Intent.PRAISE, Intent.REFERENCE):
        return Intent.COMPLAINT
    if sentiment is Sentiment.POSITIVE and intent in (Intent.COMPLAINT, Intent.REFERENCE):
        return Intent.PRAISE
    return intent


def interactions(engagement: Engagement) -> int:
    """Reposts and replies: what spreads a post or argues with it."""
    return (engagement.reposts or 0) + (engagement.replies or 0)


def _sentiment(balance: float, shown: set[Intent]) -> Sentiment:
    if balance <= -FEELING:
        return Sentiment.NEGATIVE
    blamed = shown & {Intent.COMPLAINT, Intent.CHURN, Intent.OUTAGE, Intent.SAFETY}
    if balance >= FEELING:
        return Sentiment.POSITIVE
    return Sentiment.NEGATIVE if blamed else Sentiment.NEUTRAL


def _intent(
    reading: Reading, sentiment: Sentiment, shown: set[Intent], facts: Facts, *, blames: bool
) -> Intent:
    """The most urgent intent that holds; one of them always does."""
    pleased, displeased = sentiment is Sentiment.POSITIVE, sentiment is Sentiment.NEGATIVE
    news = Intent.REFERENCE in shown and not facts.personal
    told = not pleased and not news
    # A word as weak as "not" or "sorry" is a complaint only from one who is a customer.
    customer = facts.personal and (facts.to_care or Intent.SUPPORT in shown)
    complains = displeased and facts.named and (blames or customer)
    wants = reading.asks > 0 or not pleased
    candidates = (
        (Intent.SAFETY, Intent.SAFETY in shown),
        (Intent.OUTAGE, Intent.OUTAGE in shown),
        (Intent.URGENT, Intent.URGENT in shown and told),
        (Intent.CHURN, Intent.CHURN in shown and told),
        (Intent.COMPLAINT, (Intent.COMPLAINT in shown or complains) and told),
        (Intent.SUPPORT, Intent.SUPPORT in shown and not news and wants),
        (Intent.QUESTION, (Intent.QUESTION in shown or reading.asks > 0) and told),
        (Intent.PRAISE, pleased),
        (Intent.REFERENCE, True),
    )
    return next(intent for intent, holds in candidates if holds)


def _reasons(reading: Reading, evidence: Sequence[Evidence], intent: Intent) -> tuple[Reason, ...]:
    """The rules set off, those of the intent first, each with its words."""
    words: dict[str, list[str]] = {}
    for e in sorted(evidence, key=lambda e: (e.intent is not intent, -abs(e.weight))):
        words.setdefault(_name(e), []).append(reading.evidence(e.hit))
    return tuple(
        Reason(name, tuple(dict.fromkeys(said))[:_EVIDENCE_SHOWN]) for name, said in words.items()
    )


def _name(evidence: Evidence) -> str:
    rule = evidence.hit.rule
    name = rule.name
    if name == "valence":
        name = "positive words" if rule.valence > 0 else "negative words"
    if evidence.negated:
        return f"{name}, negated"
    return f"{name}, only supposed" if evidence.doubted and evidence.intent is None else name


def _without_rules(reading: Reading, sentiment: Sentiment, facts: Facts) -> tuple[Priority, Reason]:
    """No rules for the language: emoji, punctuation and engagement have to do."""
    read, loud = interactions(facts.engagement), reading.exclaims >= 3
    number = f"{read} reposts and replies"
    told = Reason("no rules for the language: judged by emoji, punctuation, engagement",
                  (facts.language, f"{reading.exclaims} exclamation marks", number))  # fmt: skip
    if sentiment is Sentiment.NEGATIVE and read >= VIRAL_INTERACTIONS:
        return Priority.CRITICAL, told
    upset = sentiment is Sentiment.NEGATIVE or (loud and sentiment is Sentiment.NEUTRAL)
    high = upset or read >= WIDELY_READ
    return (Priority.HIGH if high else Priority.NORMAL), told
