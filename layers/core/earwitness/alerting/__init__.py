"""Decide what is said, to whom and when: pure decisions, each with a named reason."""

from earwitness.alerting.decide import Quiet, assess
from earwitness.alerting.volume import spiked
from earwitness.alerting.wording import Message, compose

__all__ = ["Message", "Quiet", "assess", "compose", "spiked"]
