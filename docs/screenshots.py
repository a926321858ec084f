"""Take the README's pictures of an email, an SMS, the confirm page, a digest and a report.

``python docs/screenshots.py [NAME...]`` writes docs/images/*.png, or those named. Needs Chromium
(``apt install chromium``).
Texts are those of the golden scenarios, shown as a phone shows plain text.
"""

from __future__ import annotations

import html
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "layers/core")]

from earwitness import pages  # noqa: E402
from earwitness.alerting.wording import compose  # noqa: E402
from earwitness.answering import Question  # noqa: E402
from earwitness.digests.report import report  # noqa: E402
from earwitness.exports.report import page as page_of  # noqa: E402
from earwitness.links import Action, Link  # noqa: E402
from tests.alert_scenarios import SCENARIOS  # noqa: E402
from tests.browser import CHROMIUM, chromium  # noqa: E402
from tests.posts import NOW  # noqa: E402
from tests.report_scenario import shown_report  # noqa: E402
from tests.test_digests import OURS, shown_digest  # noqa: E402

IMAGES = ROOT / "docs" / "images"
PHONE = """<!doctype html><meta charset=utf-8>
<meta name=viewport content="width=device-width"><style>
body {{ margin: 0; background: #fff; font: 15px/1.45 "DejaVu Sans", sans-serif; color: #111; }}
.bar {{ background: #f1f3f4; padding: 10px 14px; font-weight: 600; overflow-wrap: anywhere; }}
pre {{ font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }}
pre {{ padding: 12px 14px; }}
.sms {{ margin: 16px; padding: 10px 14px; background: #e9ecef; border-radius: 16px; }}
</style>{body}"""


def main() -> None:
    """Write every picture."""
    if CHROMIUM is None:
        raise SystemExit("Chromium is not installed: apt install chromium")
    IMAGES.mkdir(exist_ok=True)
    wanted = sys.argv[1:]
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        for name, (page, width, height) in shots().items():
            if name in wanted or not wanted:
                source = Path(folder) / "page.html"
                source.write_text(page, encoding="utf-8")
                seen = browser.look(source, width, height=height, mobile=width < 500)
                (IMAGES / f"{name}.png").write_bytes(seen.picture)


def shots() -> dict[str, tuple[str, int, int]]:
    """HTML, width and height of each picture, by name."""
    complaint = SCENARIOS["complaint"]
    english = compose(complaint.alert, complaint.told_in("en"))
    outage = SCENARIOS["outage, grown"]
    russian = compose(outage.alert, outage.told_in("ru"))
    texts = "".join(f"<pre class=sms>{html.escape(m.sms)}</pre>" for m in (english, russian))
    brand_report = page_of(shown_report())
    return {
        "email": (PHONE.format(body=_mail(english.subject, english.email)), 375, 1500),
        "email-ru": (PHONE.format(body=_mail(russian.subject, russian.email)), 375, 1500),
        "sms": (PHONE.format(body=f"<div class=bar>Earwitness</div>{texts}"), 375, 320),
        "confirm": (_confirm(), 375, 800),
        "report": (report(shown_digest(), OURS, {}), 900, 1600),
        "brand-report": (brand_report, 1280, 3400),
        "brand-report-phone": (brand_report, 390, 3400),
    }


def _mail(subject: str, text: str) -> str:
    return f"<div class=bar>{html.escape(subject)}</div><pre>{html.escape(text)}</pre>"


def _confirm() -> str:
    scenario = SCENARIOS["complaint"]
    link = Link(Action.MUTE, scenario.alert.alert_id, NOW)
    headline = compose(scenario.alert, scenario.told_in("en")).email.splitlines()[0]
    mention = scenario.alert.mention
    question = Question(link, "Northwind Air", "en", "Europe/Berlin", headline, mention)
    given = {"name": "", "problem": "", **question.shown()}
    return pages.render("confirm.html", question.phrases, **given)


if __name__ == "__main__":
    main()
