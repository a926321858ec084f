"""Decide what is said, to whom and when: pure decisions, each with a named reason."""

from earwitness.alerting.decide import Quiet, assess
from earwitness.alerting.wording import Message, Setting, compose

__all__ = ["Message", "Quiet", "Setting", "assess", "compose"]
