"""Volume spike and post velocity: measured deviations, each with its numbers.

``volume``    distinct stories of a brand in one hour against the same hours of earlier days
``Detector``  any stream of counts at a fixed step, one row at a time, the past only
``spikes``    the same for lines of text: ``timestamp,count`` in, a verdict or a complaint out
``velocity``  one post's engagement against posts of the same age; ``raised``: what it does to
              a judgement
"""

from earwitness.model import Sensitivity
from earwitness.signals.hourly import Baseline, History, baseline, hours_compared, volume
from earwitness.signals.rows import BadLine, as_json, spikes
from earwitness.signals.streaming import Detector, Verdict
from earwitness.signals.viral import Reading, Usual, interactions, raised, velocity

__all__ = [
    "BadLine",
    "Baseline",
    "Detector",
    "History",
    "Reading",
    "Sensitivity",
    "Usual",
    "Verdict",
    "as_json",
    "baseline",
    "hours_compared",
    "interactions",
    "raised",
    "spikes",
    "velocity",
    "volume",
]
