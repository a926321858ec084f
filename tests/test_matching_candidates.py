"""The index of deletions against brute force: no pair within the permitted distance is lost."""

import random
import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from earwitness import matching
from earwitness.matching import folding
from earwitness.matching.deletions import Deletions, permitted
from earwitness.matching.filters import Held, Remembered
from earwitness.matching.hashing import hashes, joined
from earwitness.matching.reading import decide
from earwitness.matching.screening import screened
from tests.matching_cases import rows, watchlist

LETTERS = "abcdeяш"
words = st.text(LETTERS, min_size=4, max_size=16)


@st.composite
def names_with_slips(draw):
    names = draw(st.lists(words.filter(lambda w: len(w) > 4), min_size=1, max_size=8, unique=True))
    written = draw(st.lists(words, max_size=4))
    for name in names:
        slipped = list(name)
        for _ in range(permitted(len(name))):
            at = draw(st.integers(0, len(slipped) - 1))
            kind = draw(st.sampled_from(("drop", "insert", "substitute", "swap")))
            if kind == "drop":
                del slipped[at]
            elif kind == "insert":
                slipped.insert(at, draw(st.sampled_from(LETTERS)))
            elif kind == "substitute":
                slipped[at] = draw(st.sampled_from(LETTERS))
            else:
                slipped[at : at + 2] = reversed(slipped[at : at + 2])
        written.append("".join(slipped))
    return names, [w for w in written if w]


@settings(max_examples=400, deadline=None)
@given(names_with_slips())
def test_every_pair_within_the_permitted_distance_is_a_candidate(case):
    names, written = case
    near = {
        (w, n)
        for w, word in enumerate(written)
        for n, name in enumerate(names)
        if OSA.distance(name, word) <= permitted(len(name))
    }
    found = Deletions.of(names, [permitted(len(n)) for n in names]).candidates(written)
    assert near - set(found) == set()


def test_a_thousand_names_lose_no_pair_either():
    rng = random.Random(7)
    letters = string.ascii_lowercase[:6]
    names = sorted({"".join(rng.choices(letters, k=rng.randint(5, 20))) for _ in range(1000)})
    written = ["".join(rng.choices(letters, k=rng.randint(4, 9))) for _ in range(300)]
    written += [n[:3] + n[4:7] + n[8:] for n in names] + [n[1:] for n in names]
    depths = [permitted(len(n)) for n in names]
    found = set(Deletions.of(names, depths).candidates(written))
    near = {
        (w, n)
        for w, word in enumerate(written)
        for n, name in enumerate(names)
        if OSA.distance(name, word, score_cutoff=2) <= depths[n]
    }
    assert near
    assert near - found == set()


@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_the_hash_of_two_tokens_joined_follows_from_theirs(first, second):
    one, two, both = (hashes([text]) for text in (first, second, first + second))
    lengths = hashes([first]).astype("int64") * 0 + len(first)
    assert joined(one, lengths, two) == both


@pytest.mark.parametrize("count", [0, 1, 5000])
def test_a_held_word_is_always_held(count):
    listed = [f"name{n}" for n in range(count)]
    assert len(Held.of(listed).holding(hashes(listed))) == count


def test_a_token_just_remembered_is_not_missing():
    memory = Remembered()
    keys = hashes([f"token{n}" for n in range(1000)])
    memory.add(keys)
    assert len(memory.missing(keys)) < 10
    assert len(memory.missing(hashes(["other"]))) == 1


STANDARD = matching.build(watchlist(*rows("watchlist")))
written = st.one_of(
    st.sampled_from([text for _, text, _ in rows("found") + rows("not_found")]),
    st.lists(st.sampled_from([e.term.text for e in STANDARD.entries]), max_size=4).map(" ".join),
    st.text(max_size=30),
)


@settings(max_examples=400, deadline=None)
@given(written, st.data())
def test_no_token_with_a_reading_is_screened_out(text, data):
    at = data.draw(st.integers(0, len(text)))
    gone = data.draw(st.integers(0, 2))
    put = data.draw(
        st.sampled_from(["", "'", "#", "@", "_", "1", "\u00e9", "\u0430", "eee", "ing"])
    )
    text = text[:at] + put + text[at + gone :]
    stream = folding.read([text])
    every, gapped = np.arange(len(stream)), stream.gapped()
    if not len(stream):
        return
    passed = screened(stream, every, gapped, STANDARD.sought)
    verdicts = decide(STANDARD, stream.folded.split(), gapped.tolist())
    lost = [
        stream.token(n)
        for n, verdict in enumerate(verdicts)
        if verdict and not passed[n] and (verdict.parts or _stands(verdict, bool(gapped[n])))
    ]
    assert lost == []


def _stands(verdict, gapped):
    return any(gapped or not r.needs.startswith("apostrophe") for r in verdict.readings)
