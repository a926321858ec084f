"""The ways in which a text may write a term, and the rules that reject what only looks like it."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """How a match is written. The values are what ``Match.kind`` holds."""

    EXACT = "exact"  # the name itself, in any case, with or without marks
    HANDLE = "handle"  # @name
    HASHTAG = "hashtag"  # #name, also inside: #boycottName
    DOMAIN = "domain"  # name.com
    SPACING = "spacing"  # joined, split, hyphened, s p a c e d
    INFLECTION = "inflection"  # an ending of one of the languages
    COMPOUND = "compound"  # joined with another word: Name-Aktie, Namefahrer
    VERSION = "version"  # followed by a number: name7
    EMOJI = "emoji"  # a term of symbols, literally
    LISTED = "listed"  # a spelling that the watchlist allows
    TRANSLITERATION = "transliteration"  # another script
    LOOKALIKE = "lookalike"  # signs that look like the letters: n1ke, Νike
    PHONETIC = "phonetic"  # sounds the same
    REPEATED = "repeated"  # runs of a letter: nameee
    TRANSPOSED = "transposed"  # two neighbouring letters swapped
    DROPPED = "dropped"  # a letter missing
    DOUBLED = "doubled"  # a letter twice instead of once
    INSERTED = "inserted"  # a letter too many
    SUBSTITUTED = "substituted"  # one letter for another
    SEVERAL = "several"  # two slips of different kinds
    TRUNCATED = "truncated"  # the end is missing


class Rule(StrEnum):
    """What decided on a match or rejected a near miss; ``explain`` names it."""

    FOUND = "found"
    COMMON_WORD = "common word"  # a word of some language: no misspelling
    COMMON_PARTS = "common parts"  # neighbouring common words that join to the name
    IMPLAUSIBLE = "implausible slip"  # within the distance, but nobody slips like this
    CASE = "case"  # the term is case-sensitive
    CONTEXT_MISSING = "context missing"  # none of require_any near by
    CONTEXT_EXCLUDES = "context excludes"  # one of exclude_any is there
    OTHER_ACCOUNT = "other account"  # part of somebody else's handle
    IN_ADDRESS = "in address"  # inside a URL or an email address
    INSIDE_WORD = "inside word"  # the name's letters within another word
    SIGNS_DIFFER = "signs differ"  # H&M is not hm
    EXACT_ONLY = "exact only"  # the term is not fuzzy
    OVERLAPPED = "overlapped"  # a better or longer match covers it
    APART = "apart"  # punctuation stands between the parts
