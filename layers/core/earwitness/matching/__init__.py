"""Find terms in posts: misspelt, inflected, disguised, in another script, in any spacing.

    index = build(watchlist)        # once
    find(posts, index)              # a tuple of matches per post
    explain(post, index)            # and why, with what was refused
    warnings(watchlist)             # terms that will be confused with words

How it works: ``folding`` makes one stream of tokens of a batch; ``screening`` passes over those
that can be no term; ``reading`` decides once per distinct token what it may be, with
``deletions`` (edit distance), ``sound``, ``romanising``, ``lookalikes`` and ``inflection``;
``spanning`` finds names of several tokens; ``sighting`` looks at the place; ``resolution`` lets
the best stand; ``calibration`` turns scores into confidence. ``lexicon`` knows the words of 12
languages.
"""

from earwitness.matching.ambiguity import Ambiguity, warnings
from earwitness.matching.explanation import Explanation, NearMiss, explain
from earwitness.matching.finding import find
from earwitness.matching.index import Index, build
from earwitness.matching.kinds import Kind, Rule

__all__ = [
    "Ambiguity",
    "Explanation",
    "Index",
    "Kind",
    "NearMiss",
    "Rule",
    "build",
    "explain",
    "find",
    "warnings",
]
