"""The page behind a link: what is shown, what is done, and what changes nothing."""

import base64
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from earwitness.links import Action, Link, sign
from earwitness.model import Group, Priority, Role, Verdict
from tests.alert_scenarios import about, written
from tests.stack import Context, deployed

SECRET = b"a secret of 64 signs"
GROUP_ID = "3fa9c1d2e4b5a697"
ANGRY = "<b>Nortwind Air</b> lost my bag, mail ann@post.example"
WATCHLIST = """
brands:
  - {{name: Northwind Air, language: {language}, time_zone: Europe/Berlin, terms: [Northwind Air]}}
channels:
  - {{name: news, kind: feed, url: "https://news.example/feed"}}
"""


class Browser:
    """Somebody with a link."""

    def __init__(self, stack):
        self.stack = stack
        self.store = stack.acknowledge.store
        self.now = datetime.now(UTC)

    def request(self, method, path, body="", *, encoded=False):
        event = {
            "rawPath": path,
            "requestContext": {"http": {"method": method}},
            "body": base64.b64encode(body.encode()).decode() if encoded else body,
            "isBase64Encoded": encoded,
        }
        return self.stack.acknowledge.handler(event, Context())

    def link(self, action, subject=None, *, days=1, secret=SECRET):
        link = Link(action, subject or self.alert_id, self.now + timedelta(days=days))
        return f"/{sign(link, secret)}"

    def alert(self, text=ANGRY, group_id=GROUP_ID, **post):
        mention = written(text, "Nortwind Air", published_at=self.now, fetched_at=self.now, **post)
        opened_at = self.now.replace(microsecond=0)
        self.group = self.store.save_group(
            Group(
                group_id=group_id, brand="Northwind Air", role=Role.OWN, kind="complaint",
                priority=Priority.HIGH, opened_at=opened_at, due_at=self.now, mention=mention,
                first_said_at=self.now, said_at=self.now,
            ),
            self.now,
        )  # fmt: skip
        self.alert_id = f"{group_id}-{self.group.window}-1"
        alert = replace(about(mention), alert_id=self.alert_id, group_id=group_id)
        self.store.open_notification(alert, self.now, self.now)
        self.stack.poll.store.keep([mention], self.now)
        return mention

    def second_alert(self):
        """An alert about another post, whose links nobody has."""
        self.second_group_id = "77aa9c1d2e4b5a69"
        mention = self.alert("Nortwind Air is late", self.second_group_id, source_id="other")
        self.second_alert_id, self.second_mention_id = self.alert_id, mention.mention_id

    def held(self):
        """All that the table holds."""
        return self.stack.dynamodb.scan(TableName="table")["Items"]

    def answers(self):
        group = self.store.groups([GROUP_ID])[GROUP_ID]
        return group.acknowledged, group.handled


@pytest.fixture
def browser():
    with deployed() as stack:
        someone = Browser(stack)
        someone.alert()
        yield someone


FORMS = {
    Action.TAKE: {"name": "Ada"},
    Action.HANDLE: {"name": "Ada"},
    Action.MUTE: {"name": "Ada", "what": "author", "for": "week", "reason": "spam"},
    Action.WRONG: {"name": "Ada", "verdict": "not_ours"},
}


def test_a18_to_look_at_a_page_changes_nothing(browser):
    before = browser.held()
    for action in FORMS:
        for method in ("GET", "HEAD"):
            assert browser.request(method, browser.link(action))["statusCode"] == 200
    assert browser.held() == before


def test_who_confirms_takes_the_alert_under_their_name(browser):
    answer = browser.request("POST", browser.link(Action.TAKE), urlencode({"name": "Ada Öz"}))
    taken, handled = browser.answers()
    assert (answer["statusCode"], taken.by, handled) == (200, "Ada Öz", None)
    assert "Taken by Ada Öz" in answer["body"]


def test_a_form_that_comes_encoded_is_read_too(browser):
    body = urlencode({"name": "Ada"})
    browser.request("POST", browser.link(Action.HANDLE), body, encoded=True)
    assert browser.answers()[1].by == "Ada"


def test_a_mute_is_a_silence_that_expires_and_has_a_reason(browser):
    browser.request("POST", browser.link(Action.MUTE), urlencode(FORMS[Action.MUTE]))
    (silence,) = browser.store.silences(browser.now)
    assert (silence.reason, silence.created_by, silence.author) == ("spam", "Ada", "jroth")
    assert timedelta(days=6) < silence.expires_at - browser.now < timedelta(days=8)


def test_a_wrong_judgement_is_noted_and_the_alert_is_dealt_with(browser):
    browser.request("POST", browser.link(Action.WRONG), urlencode(FORMS[Action.WRONG]))
    mention_id = browser.group.mention.mention_id
    assert browser.store.corrections_of([mention_id])[mention_id].verdict is Verdict.NOT_OURS
    assert browser.answers()[1].by == "Ada"


def test_a_wrong_judgement_counts_against_its_rules(browser):
    form = urlencode({"name": "Ada", "verdict": "less_urgent"})
    browser.request("POST", browser.link(Action.WRONG), form)
    (said,) = browser.store.corrections(
        browser.now - timedelta(days=1), browser.now + timedelta(days=1)
    )
    assert [reason.name for reason in said.judged.reasons] == ["complaint"]
    assert said.agrees is False


@pytest.mark.parametrize(
    ("action", "verdict"), [(Action.ACCEPT, Verdict.OURS), (Action.REJECT, Verdict.NOT_OURS)]
)
def test_a_doubtful_match_is_accepted_or_rejected(browser, action, verdict):
    mention_id = browser.group.mention.mention_id
    browser.request("POST", browser.link(action, mention_id), urlencode({"name": "Ada"}))
    assert browser.store.corrections_of([mention_id])[mention_id].verdict is verdict


@pytest.mark.parametrize(
    ("action", "subject", "verdict"),
    [
        (Action.ACCEPT, "mention", Verdict.OURS),
        (Action.REJECT, "mention", Verdict.NOT_OURS),
        (Action.WRONG, "alert", Verdict.NOT_OURS),
    ],
)
def test_a_verdict_on_a_match_is_one_on_its_spelling(browser, action, subject, verdict):
    subject = browser.group.mention.mention_id if subject == "mention" else None
    browser.request("POST", browser.link(action, subject), urlencode(FORMS[Action.WRONG]))
    (ruling,) = browser.store.spellings("Northwind Air", browser.now)
    assert (ruling.surface, ruling.verdict, ruling.by) == ("Nortwind Air", verdict, "Ada")


@pytest.mark.parametrize(("action", "told"), [(Action.ACCEPT, False), (Action.REJECT, True)])
def test_who_rejects_a_spelling_is_told_that_the_watchlist_ends_its_alerts(browser, action, told):
    path = browser.link(action, browser.group.mention.mention_id)
    answer = browser.request("POST", path, urlencode({"name": "Ada"}))
    assert ("Until the watchlist excludes this spelling" in answer["body"]) is told


@pytest.mark.parametrize("action", FORMS)
def test_a19_a_replayed_link_changes_nothing(browser, action):
    path, form = browser.link(action), urlencode(FORMS[action])
    browser.request("POST", path, form)
    before = browser.held()
    again = browser.request("POST", path, urlencode({**FORMS[action], "name": "Mallory"}))
    renewed = browser.request("POST", browser.link(action, days=2), form)
    assert (again["statusCode"], renewed["statusCode"]) == (409, 409)
    assert browser.held() == before


@pytest.mark.parametrize("action", FORMS)
def test_a_crash_before_the_link_is_marked_as_used_does_no_harm(browser, action, monkeypatch):
    path, form = browser.link(action), urlencode(FORMS[action])
    with monkeypatch.context() as crash:
        crash.setattr(browser.store, "used", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            browser.request("POST", path, form)
    answers, silences = browser.answers(), list(browser.store.silences(browser.now))
    assert browser.request("POST", path, form)["statusCode"] == 200
    assert (browser.answers(), list(browser.store.silences(browser.now))) == (answers, silences)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (lambda b: "/", 403),
        (lambda b: "/favicon.ico", 403),
        (lambda b: b.link(Action.TAKE, secret=b"guessed"), 403),
        (lambda b: b.link(Action.TAKE).replace("/t.", "/h."), 403),
        (lambda b: b.link(Action.TAKE)[:-2] + "AA", 403),
        (lambda b: b.link(Action.TAKE, days=-1), 410),
        (lambda b: b.link(Action.TAKE, "unknown-1-1"), 410),
        (lambda b: b.link(Action.TAKE, f"{GROUP_ID}-1700000000-1"), 410),
        (lambda b: b.link(Action.ACCEPT, "0" * 32), 410),
    ],
    ids=["root", "icon", "other key", "other action", "other end", "expired", "unknown", "window",
         "mention"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_a19_a_forged_or_expired_link_changes_nothing(browser, method, path, status):
    before = browser.held()
    answer = browser.request(method, path(browser), urlencode(FORMS[Action.TAKE]))
    assert answer["statusCode"] == status
    assert browser.held() == before


@pytest.mark.parametrize(
    ("action", "form"),
    [
        (Action.TAKE, {}),
        (Action.TAKE, {"name": "  "}),
        (Action.MUTE, {"name": "Ada", "what": "author", "for": "week"}),
        (Action.MUTE, {"name": "Ada", "what": "all", "for": "week", "reason": "x"}),
        (Action.MUTE, {"name": "Ada", "what": "author", "for": "ever", "reason": "x"}),
        (Action.WRONG, {"name": "Ada", "verdict": "perfect"}),
    ],
)
def test_an_incomplete_form_is_asked_for_again_and_changes_nothing(browser, action, form):
    before = browser.held()
    answer = browser.request("POST", browser.link(action), urlencode(form))
    assert answer["statusCode"] == 400
    assert "Please fill in every field." in answer["body"]
    assert browser.held() == before


def test_a9_a_page_runs_nothing_and_shows_markup_as_text(browser):
    form = urlencode({"name": '"><script>alert(1)</script>'})
    pages = [
        browser.request("GET", browser.link(Action.MUTE)),
        browser.request("POST", browser.link(Action.WRONG), form),
        browser.request("POST", browser.link(Action.TAKE), form),
    ]
    for page in pages:
        assert not re.search(r"<script|<b>|\son\w+=|javascript:", page["body"])


def test_a_page_hides_personal_data(browser):
    assert "ann@post.example" not in browser.request("GET", browser.link(Action.TAKE))["body"]


def test_a9_a_browser_is_told_to_run_fetch_keep_and_tell_nothing(browser):
    told = browser.request("GET", browser.link(Action.TAKE))["headers"]
    assert told["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in told["Content-Security-Policy"]
    assert (told["Referrer-Policy"], told["Cache-Control"]) == ("no-referrer", "no-store")


def test_every_field_of_a_page_has_a_label(browser):
    for action in FORMS:
        page = browser.request("GET", browser.link(action))["body"]
        assert re.search(r'<html lang="en">', page)
        for name in re.findall(r'<input type="text" id="(\w+)"', page):
            assert f'<label for="{name}">' in page
        radios = page.count('type="radio"')
        assert page.count('<label><input type="radio"') == radios
        assert page.count("<legend>") == page.count("<fieldset>")


def test_a_page_speaks_the_language_of_the_brand(browser):
    browser.stack.push(WATCHLIST.format(language="sv"))
    browser.stack.dispatch.handler({"Records": []}, Context())
    page = browser.request("GET", browser.link(Action.TAKE))["body"]
    assert '<html lang="sv">' in page
    assert "Ta det här larmet?" in page


def test_a17_a_report_is_shown_by_an_address_that_is_good_for_minutes(browser):
    answer = browser.request("GET", browser.link(Action.REPORT, "ab12"))
    assert answer["statusCode"] == 302
    assert "digests/ab12.html" in answer["headers"]["Location"]
    assert "X-Amz-Expires=300" in answer["headers"]["Location"]
