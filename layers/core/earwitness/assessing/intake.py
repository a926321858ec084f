"""Flagged mentions: each is admitted or stays quiet, is counted, and joins its group."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from earwitness import alerting, signals, stories
from earwitness.alerting import Admitted, Quiet, incidents, reports
from earwitness.alerting.reports import Reports, Sighting
from earwitness.assessing.surroundings import Surroundings
from earwitness.assessing.talk import Talk
from earwitness.model import Group, Mention
from earwitness.store import Contended, Store


@dataclass(frozen=True, slots=True)
class Candidate:
    """A mention that may be said."""

    mention: Mention
    admitted: Admitted
    place: str  # who or what site said it

    @property
    def kind(self) -> str:
        """Why its author wrote."""
        return self.mention.judgement.intent


class Intake:
    """Takes flagged mentions up, batch by batch, within one tick."""

    def __init__(
        self,
        store: Store,
        surroundings: Surroundings,
        talk: Talk,
        outcome: Counter[str],
        fates: dict[str, str],
    ) -> None:
        """``outcome`` counts what becomes of mentions, ``fates`` says it of each, by its id."""
        self._store = store
        self._around = surroundings
        self._talk = talk
        self._outcome = outcome
        self._fates = fates
        # Read and kept in this tick: an index may not show yet what was written a moment ago.
        self._stories: dict[str, stories.KnownStory] = {}

    def take_up(self, mentions: Sequence[Mention]) -> None:
        """See to a batch: what follows from a mention is kept before its flag is cleared."""
        candidates = list(self._admitted(mentions))
        held_up: set[str] = set()
        for brand in dict.fromkeys(one.mention.brand for one in candidates):
            about = [one for one in candidates if one.mention.brand == brand]
            try:
                self._count(brand, about)
            except Contended:
                held_up |= {one.mention.mention_id for one in about}
        ready = [one for one in candidates if one.mention.mention_id not in held_up]
        held_up |= self._join(ready)
        for mention in mentions:
            if mention.mention_id not in held_up:
                self._store.assessed(mention)

    def _admitted(self, mentions: Iterable[Mention]) -> Iterable[Candidate]:
        now = self._around.now
        for mention in mentions:
            policy = self._around.alerting(mention.brand)
            decision = alerting.admit(mention, now, policy, self._around.silences)
            if isinstance(decision, Quiet):
                self._outcome[decision.reason] += 1
                self._fates[mention.mention_id] = decision.reason
                continue
            self._outcome["admitted"] += 1
            yield Candidate(mention, decision, stories.place(mention.post))

    def _count(self, brand: str, about: Sequence[Candidate]) -> None:
        """Count reports of trouble, and open or extend the brand's incident by them.

        Raises:
            Contended: another counted at the same time.
        """
        now = self._around.now
        trouble = [one for one in about if one.kind in reports.TROUBLE]
        group = self._around.incident(brand)
        if not trouble:
            return
        seen = (
            Sighting(one.place, one.mention.post.published_at or now, one.kind) for one in trouble
        )
        held = reports.counted(self._store.reports(brand, now), seen, now)
        finding = incidents.assess(held, usual(held, self._around), now, group)
        held = replace(held, loud_at=now) if finding.loud else held
        self._store.save_reports(held, now)
        if not incidents.is_open(group):
            if not finding.opens:
                return
            role = trouble[0].mention.role
            group = incidents.opened(
                group,
                brand,
                role,
                kinds=finding.kinds,
                by=incidents.REPORTS,
                reason=finding.reason,
                now=now,
            )
        assert group is not None  # noqa: S101 - open, or just opened
        kinds = finding.kinds if finding.opens else ()
        self._talk.settle(incidents.extended(group, kinds, _posts(group, kinds, trouble), now))

    def _join(self, candidates: Iterable[Candidate]) -> set[str]:
        """Let each candidate join its group; the ids of mentions whose group others changed."""
        joining: dict[str, list[tuple[Candidate, str]]] = defaultdict(list)
        outside = [one for one in candidates if not self._is_inside(one)]
        for one, story_id in self._with_stories(outside):
            vip = one.admitted.vip
            group_id = alerting.group_id_of(one.mention, story_id, vip=vip)
            self._fates[one.mention.mention_id] = group_id
            joining[group_id].append((one, story_id))
        known = self._store.groups(joining)
        held_up: set[str] = set()
        for group_id, members in joining.items():
            try:
                self._talk.settle(self._joined(known.get(group_id), members))
            except Contended:
                held_up |= {one.mention.mention_id for one, _ in members}
        return held_up

    def _joined(self, group: Group | None, members: list[tuple[Candidate, str]]) -> Group:
        for one, story_id in members:
            group = alerting.join(
                group,
                one.mention,
                one.admitted,
                story_id=story_id,
                place=one.place,
                now=self._around.now,
            )
        assert group is not None  # noqa: S101 - there is at least one member
        return group

    def _is_inside(self, one: Candidate) -> bool:
        """Whether a post is an incident's: counted there, and no group of its own."""
        incident = self._around.situation(one.mention.brand).incident
        inside = incident is not None and one.kind in incident.kinds and not one.admitted.vip
        self._outcome["in_incident"] += inside
        if inside:
            self._fates[one.mention.mention_id] = "in_incident"
        return inside

    def _with_stories(self, candidates: list[Candidate]) -> Iterable[tuple[Candidate, str]]:
        """Each candidate with the story it belongs to, kept if it begins one."""
        now = self._around.now
        told = [
            one for one in candidates if not alerting.is_by_class(one.mention, vip=one.admitted.vip)
        ]
        marks = [stories.signature(one.mention.post) for one in told]
        wanted = {key for mark in marks for key in stories.keys(mark)}
        self._stories |= self._store.known_stories(wanted - self._stories.keys())
        for one, mark in zip(told, marks, strict=True):
            found = stories.keys(mark)
            known = {
                self._stories[key].story_id: self._stories[key]
                for key in found
                if key in self._stories
            }
            decision = stories.assign(one.mention.post, known.values(), now)
            if decision.relation is not stories.Relation.COPY:
                story = stories.KnownStory(decision.story_id, mark, now)
                self._store.keep_story(story, [k for k in found if k not in self._stories], now)
                self._stories = dict.fromkeys(found, story) | self._stories
            yield one, decision.story_id
        yield from ((one, "") for one in candidates if one not in told)


def usual(held: Reports, around: Surroundings) -> incidents.Usual:
    """How many report trouble with a brand in an hour like this one."""
    counts = reports.by_hour(held, around.now)
    hour = max(counts)
    found = signals.baseline(signals.History(counts), hour)
    return incidents.Usual(found.mean, found.variance)


def _posts(
    group: Group, kinds: Iterable[str], trouble: Iterable[Candidate]
) -> Iterable[tuple[str, str]]:
    """Id and place of those that are inside the incident."""
    inside = {*(group.incident.kinds if group.incident else ()), *kinds}
    return [
        (one.mention.mention_id, one.place)
        for one in trouble
        if one.kind in inside and not one.admitted.vip
    ]
