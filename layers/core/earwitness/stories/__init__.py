"""Stories: which posts are copies and near-copies of one text.

The caller keeps a KnownStory under each of ``keys(signature(post))`` when a post is the first
of its story, for at least 14 days, and offers ``assign`` those it finds under a new post's keys.
"""

from earwitness.stories.addresses import canonical, domain
from earwitness.stories.assign import (
    Decision,
    KnownStory,
    Relation,
    assign,
    distinct,
    story_id_of_post,
    story_ids,
)
from earwitness.stories.reach import place, reach
from earwitness.stories.signature import Signature, keys, signature, wording_id

__all__ = [
    "Decision",
    "KnownStory",
    "Relation",
    "Signature",
    "assign",
    "canonical",
    "distinct",
    "domain",
    "keys",
    "place",
    "reach",
    "signature",
    "story_id_of_post",
    "story_ids",
    "wording_id",
]
