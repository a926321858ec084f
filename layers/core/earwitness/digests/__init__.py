"""Digests: what was not urgent, said at a fixed hour; as an email and as a report with charts."""

from earwitness.digests.counting import Count, tally
from earwitness.digests.periods import Period, due
from earwitness.digests.summing import Around, sum_up

__all__ = ["Around", "Count", "Period", "due", "sum_up", "tally"]
