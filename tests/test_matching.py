import pytest

from earwitness import matching
from earwitness.matching import calibration
from earwitness.model import Term, Tier
from tests.matching_cases import post, rows, watchlist

STANDARD = matching.build(watchlist(*rows("watchlist")))


def found(text, index=STANDARD, title=None):
    return [
        f"{m.brand}={m.surface}:{m.kind}"
        for m in matching.find([post(text, title)], index)[0]
        if m.tier is not Tier.DOUBTFUL
    ]


@pytest.mark.parametrize(("language", "text", "expected"), rows("found"))
def test_a_way_to_write_a_name_is_found(language, text, expected):
    assert found(text) == expected.split("; ")


@pytest.mark.parametrize(("language", "text", "why"), rows("not_found"))
def test_what_only_looks_like_a_name_is_not_found(language, text, why):
    assert found(text) == []


@pytest.mark.parametrize(("language", "text", "expected"), rows("found"))
def test_offsets_cut_the_surface_out_of_the_original(language, text, expected):
    matches = matching.find([post("before"), post(text)], STANDARD)[1]
    assert [text[m.start : m.end] for m in matches] == [m.surface for m in matches]


def test_offsets_in_a_title_count_from_its_own_start():
    (match,) = matching.find([post("nothing here", title="Why Tesla?")], STANDARD)[0]
    assert (match.in_title, match.start, match.end) == (True, 4, 9)


def test_a_batch_gives_what_single_posts_give():
    posts = [post(text) for _, text, _ in rows("found") + rows("not_found")]
    assert matching.find(posts, STANDARD) == [matching.find([p], STANDARD)[0] for p in posts]


def test_context_decides_about_a_name_that_is_a_word():
    index = matching.build(
        watchlist(
            ("Target", Term("Target", require_any=("store",), exclude_any=("target audience",)))
        )
    )
    assert found("the target store", index) == ["Target=target:exact"]
    assert found("a moving target", index) == []
    assert found("our target audience in the store", index) == []


FILLER = " and then we walked home again" * 10  # 60 words: a post so long is about many things


@pytest.mark.parametrize(
    ("text", "title", "expected"),
    [
        ("the target store", None, ["target"]),
        ("the target" + FILLER, "a store", ["target"]),  # a title is near to everything
        ("the target stores", None, ["target"]),  # inflected
        ("the target shoping", None, ["target"]),  # with a slip
        ("the target story", None, []),  # a word of its own is no slip
        ("a moving target" + FILLER + " to the store", None, []),  # too far
        ("a moving target. We went to the store" + FILLER, None, ["target"]),
        ("target store" + FILLER + " our target audience", None, ["target"]),  # only the first
        ("our target audience in the store", None, []),
        ("our target audiences in the store", None, []),
        ("an audience, a target, a store", None, ["target"]),  # not the excluded phrase
    ],
)
def test_context_is_looked_for_near_by(text, title, expected):
    term = Term("Target", require_any=("store", "shopping"), exclude_any=("target audience",))
    index = matching.build(watchlist(("Target", term)))
    matches = matching.find([post(text, title)], index)[0]
    assert [m.surface for m in matches] == expected


def test_a_case_sensitive_term_is_found_only_as_written():
    index = matching.build(watchlist(("Apple", Term("Apple", case_sensitive=True))))
    assert found("Apple sells phones", index) == ["Apple=Apple:exact"]
    assert found("an apple a day", index) == []


def test_an_exact_term_is_not_found_misspelt():
    index = matching.build(watchlist(("Netflix", Term("Netflix", fuzzy=False))))
    assert found("netflx netfliks netflix", index) == ["Netflix=netflix:exact"]


def test_a_listed_spelling_counts_though_it_is_a_word():
    index = matching.build(watchlist(("Nike", Term("Nike", allow=("nice", "naiky")))))
    assert found("nice shoes, naiky shoes", index) == ["Nike=nice:listed", "Nike=naiky:listed"]


def test_two_brands_may_watch_the_same_name():
    index = matching.build(watchlist(("A", "Tesla"), ("B", "Tesla")))
    assert found("Tesla", index) == ["A=Tesla:exact", "B=Tesla:exact"]


def test_an_explanation_names_the_rule_that_refused_a_near_miss():
    explained = matching.explain(post("a phone for @tesco_help"), STANDARD)
    assert [(m.brand, m.surface, m.rule) for m in explained.near_misses] == [
        ("iPhone", "phone", matching.Rule.COMMON_WORD),
        ("Tesco", "@tesco_help", matching.Rule.OTHER_ACCOUNT),
    ]


@pytest.mark.parametrize(("language", "text", "expected"), rows("found"))
def test_an_explanation_has_the_matches_that_are_found(language, text, expected):
    index = matching.build(watchlist(*rows("watchlist")))
    explained = matching.explain(post(text), index).matches
    assert explained == matching.find([post(text)], index)[0]


def test_an_explanation_needs_no_earlier_search_to_see_a_misspelt_word_of_a_longer_name():
    index = matching.build(watchlist(("Northwind", "Northwind Air")))
    (match,) = matching.explain(post("Nortwind Air lost my bag"), index).matches
    assert match.surface == "Nortwind Air"


def test_a_term_with_nothing_to_look_for_is_refused_by_name():
    with pytest.raises(ValueError, match="brand 'X', term '!!'"):
        matching.build(watchlist(("X", "!!")))


def test_a_certain_mention_vouches_for_a_doubtful_one_of_the_same_brand():
    index = matching.build(watchlist(("Apple", "Apple", "@apple")))
    (alone,) = matching.find([post("my apple died")], index)[0]
    _, beside = matching.find([post("@apple my apple died")], index)[0]
    assert (alone.tier, beside.tier) == (Tier.DOUBTFUL, Tier.LIKELY)


def test_a_name_with_a_capital_inside_a_sentence_is_likelier_than_the_word():
    index = matching.build(watchlist(("Orange", "Orange")))
    matches = [matching.find([post(t)], index)[0][0] for t in ("an orange scarf", "ask Orange why")]
    assert [m.tier for m in matches] == [Tier.DOUBTFUL, Tier.LIKELY]


def test_kinds_and_rules_are_plain_strings():
    assert {type(kind.value) for kind in (*matching.Kind, *matching.Rule)} == {str}


@pytest.mark.parametrize(
    ("confidence", "tier"),
    [(0.95, Tier.SURE), (0.94, Tier.LIKELY), (0.6, Tier.LIKELY), (0.59, Tier.DOUBTFUL)],
)
def test_the_tier_follows_from_the_confidence(confidence, tier):
    assert calibration.tier(confidence) is tier


def test_a_better_score_is_never_less_sure():
    sure = [calibration.confidence(n / 200) for n in range(201)]
    assert sure == sorted(sure)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Strauß", "Strauss"), ("Müller", "Mueller"), ("Müller", "Muller"), ("Ørsted", "Oersted"),
        ("Ørsted", "Orsted"), ("Tjære", "Tjaere"), ("Citroën", "CITROEN"), ("Işıklar", "ISIKLAR"),
        ("Koçtaş", "koctas"), ("Diş Deposu", "DİŞ DEPOSU"), ("Škoda", "skoda"),
        ("Åhléns", "Aahlens"),
    ],
)  # fmt: skip
def test_letters_with_marks_are_found_however_they_are_typed(name, text):
    assert found(text, matching.build(watchlist((name,)))) == [f"{name}={text}:exact"]


def test_a_listed_handle_is_found_and_its_neighbour_is_not():
    index = matching.build(watchlist(("Tesco", "@tesco", "@tesco_help")))
    assert found("@tesco_help @tesco_uk", index) == ["Tesco=@tesco_help:handle"]


@pytest.mark.parametrize(
    "text", ["Betflix", "Vacebook", "Ryabair", "Samsumg", "Starvucks", "Amaxon"]
)
def test_a_slip_to_a_neighbouring_key_is_found(text):
    assert len(found(text)) == 1
