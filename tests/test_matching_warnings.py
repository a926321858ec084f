from earwitness import matching
from earwitness.model import Term
from tests.matching_cases import watchlist


def reasons(*brands):
    return [(w.term, w.reason) for w in matching.warnings(watchlist(*brands))]


def test_a_term_that_is_a_common_word_is_warned_about():
    assert ("Orange", "is a common word") in reasons(("Orange", "Orange"))


def test_a_term_near_common_words_is_warned_about_with_the_commonest():
    (near,) = [
        w
        for w in matching.warnings(watchlist(("Pinterest", "Pinterest")))
        if w.reason == "is near common words"
    ]
    assert near.words[0][0] == "interest"
    assert near.words[0][1] > 4.5


def test_a_warning_reads_well_and_proposes_context():
    warning = matching.warnings(watchlist(("Orange", "Orange", "@orange_fr")))[0]
    assert str(warning).startswith(
        "brand 'Orange', term 'Orange' is a common word: orange (40 in a million words). "
        "Consider require_any: [orange_fr, store,"
    )


def test_a_term_with_context_or_capitals_needs_no_warning():
    assert (
        reasons(("A", Term("Apple", require_any=("phone",)), Term("Orange", case_sensitive=True)))
        == []
    )


def test_an_unusual_name_needs_no_warning():
    assert reasons(("Hepsiburada", "Hepsiburada")) == []


def test_handles_and_domains_need_no_warning():
    assert reasons(("Target", "@target", "#target", "domain:target.com")) == []


def test_ten_thousand_terms_are_warned_about_as_each_alone_would_be():
    names = [f"Orang{number}" for number in range(10_000)] + ["Orange", "Appel", "Pinterest"]
    every = {w.term: w.words for w in matching.warnings(watchlist(("X", *names)))}
    alone = {w.term: w.words for name in names[-3:] for w in matching.warnings(watchlist((name,)))}
    assert {term: every[term] for term in alone} == alone
