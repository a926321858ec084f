"""The digest as one HTML file that needs nothing else: for a browser, and for paper."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from markupsafe import Markup

from earwitness import pages
from earwitness.alerting.wording.phrases import phrases
from earwitness.alerting.wording.summary import change, length, share
from earwitness.digests import charts
from earwitness.model import Brand, Digest


def report(digest: Digest, brand: Brand, links: Mapping[str, tuple[str, str]]) -> str:
    """The whole report. ``links`` are those to accept and to reject a match, by mention id."""
    say = phrases(brand.language)
    zone = ZoneInfo(brand.time_zone)
    drawn = {
        "mentions": Markup(charts.mentions(digest, say)),  # noqa: S704 - leather escapes names
        "sentiment": Markup(charts.sentiment(digest, say)),  # noqa: S704
        "hours": Markup(charts.hours(digest)),  # noqa: S704
    }
    return pages.render(
        "report.html",
        say,
        title=say("digest", "title", brand=digest.brand, period=say("digest", digest.every)),
        digest=digest,
        zone=zone,
        charts=drawn,
        links=links,
        policy=pages.content_security_policy(),
        share=lambda name: share(digest, name, say),
        change=lambda now, before: change(now, before, say),
        length=lambda seconds: length(seconds, say),
    )
