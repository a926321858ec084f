"""Alerts of every kind, in every language of the posts: what the golden texts are made from."""

from dataclasses import dataclass, replace
from datetime import timedelta

from earwitness.alerting.wording import Setting, recall
from earwitness.model import (
    Alert,
    Author,
    Brand,
    BrandCount,
    ChannelGap,
    Darkness,
    Digest,
    Engagement,
    Entry,
    Event,
    Folded,
    Health,
    Incident,
    Intent,
    Priority,
    Reason,
    ResponseTime,
    Role,
    Sentiment,
    Term,
)
from earwitness.signals import (
    History,
    Reading,
    Usual,
    hours_compared,
    raised,
    velocity,
    volume,
)
from tests.posts import NOW, a_judgement, a_match, a_mention, a_post

LINK = "https://abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.on.aws/"
LINKS = {
    action: f"{LINK}{letter}.tk9x2a.3fa9c1d2e4b5a697-1772456400-1.hVb0Qm3xJ2zKq8Lw5Rt1Ug"
    for action, letter in {"take": "t", "handle": "h", "mute": "m", "wrong": "w"}.items()
}
ANSWERS = {name: LINKS[name] for name in ("take", "handle")}  # what is about no single post


@dataclass(frozen=True)
class Scenario:
    """An alert and the setting it is told in, but for the reader's language."""

    alert: Alert
    setting: Setting

    def told_in(self, language):
        return replace(self.setting, brand=replace(self.setting.brand, language=language))


def an_alert(**changes):
    fields = {
        "alert_id": "3fa9c1d2e4b5a697-1772456400-1",
        "group_id": "3fa9c1d2e4b5a697",
        "brand": "Northwind Air",
        "role": Role.OWN,
        "priority": Priority.HIGH,
        "kind": "complaint",
        "channel": "mastodon",
        "language": "en",
        "reasons": (
            Reason("complaint/not delivered", ("lost",)),
            Reason("complaint/no answer", ("nobody answers",)),
        ),
        "created_at": NOW,
        "since": NOW - timedelta(minutes=12),
        "respond_by_at": NOW + timedelta(minutes=60),
    }
    return Alert(**{**fields, **changes})


def about(mention, **changes):
    judgement = mention.judgement
    fields = {
        "brand": mention.brand,
        "role": mention.role,
        "priority": judgement.priority,
        "kind": str(judgement.intent),
        "channel": mention.post.channel,
        "language": judgement.language,
        "reasons": judgement.reasons,
        "mention": mention,
    }
    return an_alert(**{**fields, **changes})


BRAND = Brand(
    "Northwind Air", Role.OWN, (Term("Northwind Air"), Term("@northwindair")), "Europe/Berlin"
)
CYRILLIC = Brand("Норд Эйр", Role.OWN, (Term("Норд Эйр"),), "Europe/Moscow")


def written(text, surface, **changes):
    """A mention of a text and what was read as the brand in it."""
    judgement = changes.pop("judgement", None) or a_judgement()
    match = changes.pop("match", {})
    post = a_post(
        text,
        kind="mastodon",
        channel="mastodon",
        url="https://social.example/@jroth/114092",
        **{"published_at": NOW - timedelta(minutes=12), "fetched_at": NOW, **changes},
    )
    return a_mention(post=post, judgement=judgement, matches=(a_match(surface, text, **match),))


_COMPLAINT = written(
    "Nortwind Air lost my bag and nobody answers. Booking number QX7K2P, "
    "write to jana.roth@post.example or call +49 30 1234 5678!",
    "Nortwind Air",
)
_EARLIER = tuple(
    written(
        f"Northwind Air again, {days} days",
        "Northwind Air",
        source_id=f"earlier-{days}",
        published_at=NOW - timedelta(days=days),
        judgement=a_judgement(
            sentiment=Sentiment.NEGATIVE if days < 20 else Sentiment.NEUTRAL,
            intent=Intent.COMPLAINT if days < 20 else Intent.QUESTION,
        ),
    )
    for days in (1, 2, 4, 30)
)
_OUTAGE = written(
    "Приложение Норд Эйра не работает второй час, посадочный не открыть",
    "Норд Эйра",
    author=Author(name="Ирина", handle="irina_k"),
    engagement=Engagement(likes=1240, reposts=310, replies=96, views=48_000),
    judgement=a_judgement(
        Priority.CRITICAL,
        Intent.OUTAGE,
        language="ru",
        reasons=(Reason("outage/down", ("не работает",)),),
    ),
    match={"brand": "Норд Эйр", "kind": "inflection", "edits": 0, "confidence": 0.99},
)
_OUTAGE = replace(_OUTAGE, brand="Норд Эйр")
_HOSTILE = written(
    "\x1b[31mNorthwind Air\u202e <script>alert('x')</script> <b>sue</b>\r\nBcc: all@x.example "
    + "a" * 90
    + " @channel [win](https://evil.example)",
    "Northwind Air",
    author=Author(name="<img src=x onerror=a()>", handle="h\u2066ack"),
    judgement=a_judgement(
        Priority.CRITICAL, Intent.SAFETY, reasons=(Reason("safety/legal", ("sue",)),)
    ),
    match={"kind": "exact", "edits": 0, "confidence": 1.0},
)
_COMPETITOR = replace(
    written(
        "Corvane Airways leaked my passport data",
        "Corvane Airways",
        judgement=a_judgement(
            Priority.CRITICAL,
            Intent.SAFETY,
            reasons=(Reason("safety/leak", ("leaked", "passport data")),),
        ),
        match={"brand": "Corvane Airways", "kind": "exact", "edits": 0, "confidence": 1.0},
    ),
    brand="Corvane Airways",
    role=Role.COMPETITOR,
)
_VELOCITY = velocity(
    "post",
    NOW,
    [Reading(timedelta(minutes=15), 310), Reading(timedelta(minutes=31), 1246)],
    Usual(channel=[24] * 20),
    kind="mastodon",
)
_SPREADS = replace(
    _COMPLAINT,
    post=replace(_COMPLAINT.post, engagement=Engagement(likes=806, reposts=402, replies=38)),
    velocity=_VELOCITY,
    judgement=raised(_COMPLAINT.judgement, _VELOCITY),
)
_HOUR = NOW.replace(minute=0, second=0, microsecond=0)
_SPIKE = volume(
    "Northwind Air",
    _HOUR,
    History(dict.fromkeys(hours_compared(_HOUR), 3) | {_HOUR: 41}),
)
_INCIDENT = Incident(
    brand="Northwind Air",
    role=Role.OWN,
    kinds=("outage",),
    opened_at=NOW - timedelta(minutes=40),
    opened_by="reports",
    reason=Reason("many_authors", ("212 authors in 60 minutes", "usual 1.4", "threshold 6.1")),
    measured_at=NOW,
    posts=1_412,
    authors=1_207,
    channels=(("mastodon", 900), ("travellers forum", 402), ("hn", 110)),
    languages=(("de", 800), ("en", 500), ("ru", 112)),
    first=_COMPLAINT,
    fastest=_COMPLAINT,
)

SCENARIOS = {
    "complaint": Scenario(
        about(_COMPLAINT),
        Setting(BRAND, recall(_EARLIER, _COMPLAINT, NOW), LINKS),
    ),
    "outage, grown": Scenario(
        about(
            _OUTAGE,
            event=Event.GROWN,
            posts=64,
            authors=58,
            reasons=(
                *_OUTAGE.judgement.reasons,
                Reason("grown", ("58 authors, 21 when it was said last",)),
            ),
            respond_by_at=NOW + timedelta(minutes=15),
        ),
        Setting(CYRILLIC, recall((), _OUTAGE, NOW), LINKS),
    ),
    "hostile, escalated, perhaps a repeat": Scenario(
        about(
            _HOSTILE,
            event=Event.ESCALATED,
            level=1,
            reasons=(
                *_HOSTILE.judgement.reasons,
                Reason("nobody_has_taken_it", ("said 1 time(s)",)),
            ),
            respond_by_at=NOW - timedelta(minutes=5),
        ),
        Setting(BRAND, recall((), _HOSTILE, NOW), LINKS, may_repeat=True),
    ),
    "competitor": Scenario(about(_COMPETITOR, respond_by_at=None), Setting(BRAND)),
    "spreads": Scenario(
        about(_SPREADS, priority=Priority.CRITICAL, event=Event.GROWN),
        Setting(BRAND, recall((), _SPREADS, NOW), LINKS),
    ),
    "spike": Scenario(
        about(_COMPLAINT, kind="spike", reasons=(_SPIKE.reason, *_COMPLAINT.judgement.reasons)),
        Setting(BRAND, recall((), _COMPLAINT, NOW), LINKS),
    ),
    "incident": Scenario(
        an_alert(
            kind="incident",
            priority=Priority.CRITICAL,
            channel="",
            language="",
            event=Event.INCIDENT_UPDATED,
            incident=_INCIDENT,
            reasons=(
                _INCIDENT.reason,
                Reason("grown", ("1207 authors, 500 when it was said last",)),
            ),
            respond_by_at=NOW + timedelta(minutes=15),
        ),
        Setting(BRAND, links=ANSWERS),
    ),
    "incident over": Scenario(
        an_alert(
            kind="incident",
            priority=Priority.CRITICAL,
            channel="",
            language="",
            event=Event.INCIDENT_CLOSED,
            incident=replace(_INCIDENT, closed_at=NOW, closed_by="quiet"),
            reasons=(_INCIDENT.reason,),
            respond_by_at=None,
        ),
        Setting(BRAND),
    ),
    "dark channel": Scenario(
        an_alert(
            brand="",
            kind="channel",
            channel="aviation news",
            language="",
            event=Event.CHANNEL_DARK,
            reasons=(Reason("channel_dead", ("http_403",)),),
            darkness=Darkness(
                "id", "aviation news", "feed", Health.DEAD, "http_403", NOW - timedelta(hours=2)
            ),
            respond_by_at=None,
        ),
        Setting(BRAND, links=ANSWERS),
    ),
    "dark channel, back": Scenario(
        an_alert(
            brand="",
            kind="channel",
            channel="aviation news",
            language="",
            event=Event.CHANNEL_BACK,
            reasons=(Reason("channel_dead", ("http_403",)),),
            darkness=Darkness(
                "id",
                "aviation news",
                "feed",
                Health.DEAD,
                "http_403",
                NOW - timedelta(hours=2),
                NOW,
            ),
            respond_by_at=None,
        ),
        Setting(BRAND),
    ),
    "folded": Scenario(
        an_alert(
            brand="",
            kind="folded",
            channel="",
            language="",
            event=Event.FOLDED,
            reasons=(Reason("over_the_cap", ("31 suppressed",)),),
            folded=(
                Folded("Northwind Air", "complaint", "mastodon", "https://social.example/@a/1"),
                Folded("Northwind Air", "support", "hn", "https://news.example/item?id=2"),
            ),
            folded_count=31,
            respond_by_at=None,
        ),
        Setting(BRAND, links=ANSWERS),
    ),
}


def _entry(said, **changes):
    fields = {
        "url": "https://social.example/@lek/114080",
        "channel": "mastodon",
        "at": NOW - timedelta(hours=5),
        "by": "Lena Ek",
        "mention_id": "0a8d1f6be2f44c1d9b1f77ce1c3b8f21",
    }
    return Entry(said, **{**fields, **changes})


DIGEST = Digest(
    brand="Northwind Air",
    every="daily",
    since=NOW - timedelta(days=1),
    until=NOW,
    counts=(
        BrandCount("Northwind Air", Role.OWN, 1_141, 896, 260, 611, 270, 118),
        BrandCount("Corvane Airways", Role.COMPETITOR, 61, 0, 12, 40, 9, 0),
    ),
    hours=(0,) * 7 + (12, 96, 214, 180) + (41,) * 13,
    stories=(
        _entry("»Northwind Air« cancelled my flight twice and nobody answers", number=91_000),
        _entry("»Northwind Air« flies to Lisbon", by="", channel="aviation news", number=4_100),
    ),
    rival_stories=(_entry("»Corvane Airways« crews announce a strike", number=12_400),),
    unanswered=(_entry("»Nortwind Air« lost my bag and nobody answers"),),
    unanswered_count=1,
    overdue=1,
    new_authors=(_entry("Trying »Northwind Air« for the first time", number=48_000),),
    doubtful=(_entry("the »Nordwind« blew all night long"),),
    gaps=(
        ChannelGap("aviation news", 3, 24, Health.DEAD, "http_403"),
        ChannelGap("travellers forum", 1, 24, Health.OK),
    ),
    by_priority=(
        ResponseTime("critical", 1, 1, 0, 240.0, 3_300.0),
        ResponseTime("high", 14, 12, 3, 1_500.0, None),
    ),
    complete=False,
)
SCENARIOS["digest"] = Scenario(
    an_alert(
        kind="digest",
        priority=Priority.NORMAL,
        channel="",
        event=Event.DIGEST,
        reasons=(),
        respond_by_at=None,
        digest=DIGEST,
    ),
    Setting(BRAND, links={"report": LINKS["take"].replace("/t.", "/r.")}),
)
