"""Earwitness: find what is said about your brands, judge how soon someone must look, alert once.

Vocabulary, used in code, docs and messages with no synonyms:

Watchlist   everything the customer configures: brands, channels, rules
Brand       own or competitor; owns Terms
Term        a name, handle, hashtag or domain; fuzzy or exact; with optional context words
Channel     one place polled: kind, address, interval
Health      ok, dead or transient: the state of a channel
Cursor      opaque: where the last poll of a channel stopped
Post        one public item, normalised; its id derives from channel kind and source id
Author      who wrote a Post
Match       a Term at a span of a Post: offsets, edits, kind, confidence
Mention     a Post about a Brand, with its Matches and its Judgement
Judgement   language, sentiment, intent, Priority, reasons
Priority    critical, high or normal
Engagement  likes, reposts, replies and views at a time
Story       the copies and near-copies of one text
Signal      a measured deviation, of volume or velocity: observed, expected
Incident    an open stretch in which many customers are hit
Group       the posts of one story or class of a brand: said together, answered together
Alert       what is said, with a Reason
Delivery    proof that one Alert reached one Receiver
Silence     keeps alerts quiet; always expires, always has a reason
Digest      what was not urgent, said at a fixed hour
Export      mentions and aggregates in files

Verbs: poll, fetch, parse, find, judge, keep, advance, measure, assess, open, extend, close,
compose, notify, acknowledge, refresh, redact, export.
Suffixes: ``_at`` is an aware UTC datetime, ``_for`` a timedelta, ``_id`` a string.

Dependency rule, held by a test: functions -> edges (channels, fetching, store, receivers)
-> decisions (matching, judging, stories, signals, alerting) -> model. Decisions import the
model, ``text``, ``personal``, the standard library, numpy and rapidfuzz only: no I/O, no clock, no
randomness, no environment. Edges never import each other; functions wire them
(``polling``, ``assessing`` and ``exports`` are functions without their Lambda, ``answering`` what
a link does). Four floors, no circles: functions; judging and stories; the other modules; model,
text, personal and fetching.
"""
