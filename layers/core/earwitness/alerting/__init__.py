"""Decide what is said, to whom and when: pure decisions, each with a named reason.

A mention is admitted or stays quiet, joins its group, and the group is reviewed: it speaks,
waits or rests. Incidents, dark channels and volume spikes are groups too.
"""

from earwitness.alerting import caps, darkness, incidents, reports, volume
from earwitness.alerting.admission import Admitted, Quiet, admit
from earwitness.alerting.grouping import group_id_of, is_by_class, join
from earwitness.alerting.inhibition import has_waited, is_inside
from earwitness.alerting.review import Decision, Rest, Situation, Speak, Wait, review
from earwitness.alerting.saying import say, turn
from earwitness.alerting.silences import would_have
from earwitness.alerting.wording import Message, Setting, compose

__all__ = [
    "Admitted",
    "Decision",
    "Message",
    "Quiet",
    "Rest",
    "Setting",
    "Situation",
    "Speak",
    "Wait",
    "admit",
    "caps",
    "compose",
    "darkness",
    "group_id_of",
    "has_waited",
    "incidents",
    "is_by_class",
    "is_inside",
    "join",
    "reports",
    "review",
    "say",
    "turn",
    "volume",
    "would_have",
]
