"""What a link asks of the person who opens it, and what their answer does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from earwitness.alerting.wording.headline import headline
from earwitness.alerting.wording.phrases import Phrases, phrases
from earwitness.alerting.wording.plain import clean, shorten
from earwitness.alerting.wording.quoting import quote
from earwitness.links import Action, Link
from earwitness.model import (
    Acknowledgement,
    Brand,
    Correction,
    Group,
    Mention,
    Role,
    Silence,
    Spelling,
    Verdict,
    Watchlist,
    digest,
)
from earwitness.near_misses import rulings
from earwitness.store import Store

_NAME_MAX, _REASON_MAX = 80, 200
_MUTE_FOR = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
_SCOPES = ("author", "channel", "kind")
_WRONG = (Verdict.NOT_OURS, Verdict.LESS_URGENT, Verdict.MORE_URGENT)
_TITLES = {
    Action.TAKE: "take",
    Action.HANDLE: "handle",
    Action.MUTE: "mute",
    Action.WRONG: "wrong",
    Action.ACCEPT: "accept",
    Action.REJECT: "reject",
}


class Choice(NamedTuple):
    """One of several, by radio buttons: (value, label) each."""

    name: str
    legend: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What a link asks, about what. ``groups`` are none where it is about a match in a post."""

    link: Link
    brand: str
    language: str
    time_zone: str
    headline: str
    mention: Mention | None
    groups: tuple[Group, ...] = ()

    @property
    def phrases(self) -> Phrases:
        """The language of the page."""
        return phrases(self.language)

    @property
    def known(self) -> tuple[str, ...]:
        """Who has taken it or dealt with it already."""
        marks = [
            (name, mark)
            for group in self.groups
            for name, mark in (("taken", group.acknowledged), ("handled", group.handled))
            if mark
        ]
        return tuple(dict.fromkeys(self.marked(name, mark.by, mark.at) for name, mark in marks))

    def marked(self, name: str, by: str, at: datetime) -> str:
        """That somebody has done something, and when."""
        zone = ZoneInfo(self.time_zone)
        return self.phrases("page", name, by=clean(by), at=self.phrases.at(at, zone))

    def shown(self) -> dict[str, Any]:
        """What the confirm page is told."""
        hidden = lambda kind: self.phrases("personal", kind)  # noqa: E731
        quoted = self.mention and quote(self.mention.post, self.mention.matches, hidden=hidden)
        return {
            "title": self.phrases("page", _TITLES[self.link.action], brand=clean(self.brand)),
            "headline": self.headline,
            "quote": quoted or "",
            "known": self.known,
            "choices": self.choices(),
            "wants_reason": self.link.action is Action.MUTE,
        }

    def choices(self) -> tuple[Choice, ...]:
        """What is to be chosen before one confirms."""
        say, brand = self.phrases, clean(self.brand)
        if self.link.action is Action.MUTE:
            return (
                Choice(
                    "what", say("page", "what"), tuple((s, say("page", s)) for s in self._scopes())
                ),
                Choice(
                    "for", say("page", "how_long"), tuple((s, say("page", s)) for s in _MUTE_FOR)
                ),
            )
        if self.link.action is Action.WRONG:
            options = tuple((str(v), say("page", str(v), brand=brand)) for v in _WRONG)
            return (Choice("verdict", say("page", "how_wrong"), options),)
        return ()

    def _scopes(self) -> tuple[str, ...]:
        named = self.mention and (self.mention.post.author.handle or self.mention.post.author.name)
        return _SCOPES if named else _SCOPES[1:]


@dataclass(frozen=True, slots=True)
class Answered:
    """What was done, by whom."""

    by: str
    said: str


def ask(link: Link, store: Store, watchlist: Watchlist) -> Question | None:
    """What a link asks; None: what it is about is over, or no longer kept."""
    if link.action in (Action.ACCEPT, Action.REJECT):
        mention = store.mention_by_id(link.subject)
        if mention is None:
            return None
        brand = _brand(watchlist, mention.brand)
        told = phrases(brand.language)("headline", str(mention.judgement.intent))
        told = f"{told} - {clean(mention.brand)}"
        return Question(link, mention.brand, brand.language, brand.time_zone, told, mention)
    notification = store.notification(link.subject)
    if notification is None:
        return None
    alert = notification.alert
    groups = tuple(store.groups(alert.folded_groups or [alert.group_id]).values())
    if not alert.folded_groups:  # another stretch of the same story may have begun since
        groups = tuple(g for g in groups if link.subject.startswith(f"{g.group_id}-{g.window}-"))
    if not groups:
        return None
    brand = _brand(watchlist, alert.brand)
    told = headline(alert, phrases(brand.language))
    return Question(link, alert.brand, brand.language, brand.time_zone, told, alert.mention, groups)


def act(question: Question, form: Mapping[str, str], store: Store, now: datetime) -> Answered | str:
    """Do what is asked, harmless when repeated; what is wrong with the form, if something is."""
    by = shorten(clean(form.get("name", "")), _NAME_MAX)
    chosen = all(form.get(choice.name) in dict(choice.options) for choice in question.choices())
    reasoned = question.link.action is not Action.MUTE or clean(form.get("reason", ""))
    if not (by and chosen and reasoned):
        return question.phrases("page", "missing")
    mark = Acknowledgement(by, now)
    match question.link.action:
        case Action.TAKE | Action.HANDLE:
            said = _answer(question, mark, store)
        case Action.MUTE if question.mention:
            said = _mute(question, question.mention, form, mark, store)
        case _:
            said = _correct(question, form, mark, store)
    return Answered(by, said)


def _answer(question: Question, mark: Acknowledgement, store: Store) -> str:
    """Who was first stays who took it, or dealt with it."""
    handled = question.link.action is Action.HANDLE
    for group in question.groups:
        do = store.handle if handled else store.acknowledge
        after = do(group.group_id, mark.by, mark.at) or group
        mark = (after.handled if handled else after.acknowledged) or mark
    return question.marked("handled" if handled else "taken", mark.by, mark.at)


def _mute(
    question: Question,
    mention: Mention,
    form: Mapping[str, str],
    mark: Acknowledgement,
    store: Store,
) -> str:
    """A silence of its own for each link: repeated, it finds the one that exists."""
    silence_id = digest("silence", question.link.nonce)[:16]
    silence = store.silence(silence_id)
    if silence is None:
        post = mention.post
        scope = {
            "author": post.author.handle or post.author.name,
            "channel": post.channel,
            "kind": str(mention.judgement.intent),
        }
        what = form["what"]
        silence = Silence(
            silence_id,
            shorten(clean(form["reason"]), _REASON_MAX),
            mark.by,
            mark.at,
            mark.at + _MUTE_FOR[form["for"]],
            brand=question.brand,
            author=scope["author"] if what == "author" else None,
            channel=scope["channel"] if what == "channel" else None,
            kind=scope["kind"] if what == "kind" else None,
        )
        store.add_silence(silence)
    return question.marked("muted", mark.by, silence.expires_at)


def _correct(
    question: Question, form: Mapping[str, str], mark: Acknowledgement, store: Store
) -> str:
    """What is judged wrongly needs no answer either."""
    if question.mention is not None:
        verdict = {
            Action.ACCEPT: Verdict.OURS,
            Action.REJECT: Verdict.NOT_OURS,
        }.get(question.link.action) or Verdict(form["verdict"])
        judged, mention_id = question.mention.judgement, question.mention.mention_id
        said = Correction(mention_id, question.brand, mark.by, mark.at, judged, verdict)
        ruled: tuple[Spelling, ...] = ()
        if verdict in (Verdict.OURS, Verdict.NOT_OURS):
            ruled = rulings(question.mention, verdict, mark.by, mark.at)
        for ruling in ruled:
            store.rule(ruling)
        store.correct(said)
        for group in question.groups if verdict is not Verdict.MORE_URGENT else ():
            store.handle(group.group_id, mark.by, mark.at)
        if ruled and verdict is Verdict.NOT_OURS:
            return question.phrases("page", "spelling_noted")
    return question.phrases("page", "noted")


def _brand(watchlist: Watchlist, name: str) -> Brand:
    """The brand of that name; for what concerns none, the first of all."""
    named = watchlist.brand(name) or next(iter(watchlist.brands), None)
    return named or Brand(name, Role.OWN, ())
