"""Digests: what was not urgent, said at a fixed hour; as an email and as a report with charts."""

from earwitness.digests.counting import Count, tally
from earwitness.digests.summing import Around, sum_up
from earwitness.periods import Period, due

__all__ = ["Around", "Count", "Period", "due", "sum_up", "tally"]
