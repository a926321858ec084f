"""A mass outage in seven languages: 2,000 posts in 20 minutes, and one unrelated.

Written for this measurement; brand and people are invented.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from earwitness.model import Author, Engagement, Post

BRAND = "Northwind Air"
LASTS_FOR = timedelta(minutes=20)
CHANNELS = (("mastodon", "mastodon"), ("forum", "feed"), ("hn", "hackernews"))

REPORTS = {
    "en": (
        "the {brand} app is down again, nothing loads",
        "{brand} website is down for everyone here",
        "is {brand} down? nobody can check in",
        "{brand} outage, login not working for anybody",
    ),
    "de": (
        "die App von {brand} ist komplett ausgefallen",
        "{brand} Webseite geht bei allen nicht mehr",
        "Störung bei {brand}? Niemand kann einchecken",
    ),
    "ru": ("приложение {brand} не работает ни у кого", "у {brand} массовый сбой, сайт лежит"),
    "tr": ("{brand} uygulaması çöktü, kimse giremiyor", "{brand} sitesi çöktü"),
    "sv": ("{brand} appen ligger nere för alla", "hela {brand} ligger nere just nu"),
    "es": ("la app de {brand} está caída para todos", "{brand} caído, nadie puede entrar"),
    "fr": ("l'application {brand} est en panne pour tout le monde", "panne générale chez {brand}"),
}
DETAILS = (
    "gate 4", "since noon", "on Android", "on my phone", "third time", "row 12", "two kids here",
    "Wien", "Malmö", "İzmir", "Sevilla", "Lyon", "Пермь", "Leeds", "booking page", "no refund page",
)  # fmt: skip
UNRELATED = (
    f"Smoke in the cabin of my {BRAND} flight this morning, a passenger was injured and "
    "taken to hospital. Nobody told us anything."
)


def posts(starts_at: datetime, count: int = 2000) -> Iterator[Post]:
    """The reports, evenly over 20 minutes, each by another author, and the unrelated one."""
    languages = list(REPORTS)
    for number in range(count):
        language = languages[number % len(languages)]
        said = REPORTS[language][number // 7 % len(REPORTS[language])].format(brand=BRAND)
        text = f"{said} ({DETAILS[number % len(DETAILS)]}, {DETAILS[number // 16 % len(DETAILS)]})"
        yield _post(number, text, language, starts_at + LASTS_FOR * (number / count))
        if number == count // 2:
            yield _post(count, UNRELATED, "en", starts_at + LASTS_FOR / 2)


def _post(number: int, text: str, language: str, at: datetime) -> Post:
    channel, kind = CHANNELS[number % len(CHANNELS)]
    return Post(
        kind=kind,
        source_id=f"outage-{number}",
        text=text,
        channel=channel,
        url=f"https://{channel}.example/{number}",
        language=language,
        author=Author(handle=f"traveller{number}", followers=number % 900),
        published_at=at,
        fetched_at=at,
        engagement=Engagement(likes=number * 37 % 101, reposts=number * 13 % 29),
    )
