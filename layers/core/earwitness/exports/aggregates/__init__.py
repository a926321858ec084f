"""Aggregates: figures of many rows, each with its definition where it is made.

``Counting``   counts rows as they stream by: volume, stories, authors, reach, sentiment, shares
``Figures``    what a brand's rows of a stretch come to
``Share``      a share of voice with its interval
``heat_map``   peak hours on a brand's clock
``topics``     the words that rose

Response times, quantiles and the share itself are in ``earwitness.figures``, gaps and coverage in
``earwitness.coverage``: digests use them too, and do without numpy.
"""

from earwitness.exports.aggregates.counting import Counting, Figures, StoryHours
from earwitness.exports.aggregates.heat import Cell, heat_map
from earwitness.exports.aggregates.shares import Share, shares

__all__ = ["Cell", "Counting", "Figures", "Share", "StoryHours", "heat_map", "shares"]
