"""Print how well matching finds what it should and leaves what it should not: `make quality`.

Every figure is printed with its data and its definition. The data are recordings and labelled
posts in ../shared/data; without them this says so and ends.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from rapidfuzz.distance import OSA

from benchmarks import held_out
from benchmarks import matching_data as data
from earwitness import matching
from earwitness.matching.deletions import permitted
from earwitness.matching.folding import squeeze, tokens
from earwitness.model import Match, Tier

ALERTS = (Tier.SURE, Tier.LIKELY)
BATCH = 1000


def found(texts: Sequence[str], index: matching.Index) -> list[tuple[Match, ...]]:
    """The matches of each text."""
    posts = [data.post(text) for text in texts]
    return [
        m
        for at in range(0, len(posts), BATCH)
        for m in matching.find(posts[at : at + BATCH], index)
    ]


def index_of(brands: Iterable[str]) -> matching.Index:
    """An index of brands with their name as only term."""
    return matching.build(data.watchlist({name: (name,) for name in dict.fromkeys(brands)}))


def share(part: float, whole: float) -> str:
    """A share with its parts, as people like to check it."""
    return f"{part / whole:.3f} ({part:g}/{whole:g})" if whole else "- (0/0)"


def heading(text: str) -> None:
    """A line between the parts."""
    print(f"\n== {text}")


def labelled_surfaces() -> None:
    """Precision and recall over the hand-labelled surfaces, beside plain edit distance."""
    heading("spelling/fuzzy_candidates_a.tsv: distinct surfaces within 2 edits of a brand")
    print("right: hand-labelled typo, truncated or pun_or_nickname; version/compound apart")
    surfaces = data.surfaces()
    index = index_of(s.brand for s in surfaces)
    results = found([s.text for s in surfaces], index)
    best = [
        max((m.confidence for m in matches if m.brand == s.brand), default=0.0)
        for s, matches in zip(surfaces, results, strict=True)
    ]
    rules: dict[str, list[bool]] = {
        "ours, likely and sure": [b >= 0.6 for b in best],
        "ours, sure": [b >= 0.95 for b in best],
        "plain distance by length": [
            0 < s.edits <= max(1, permitted(len(s.brand))) for s in surfaces
        ],
        "plain distance <= 2": [True] * len(surfaces),
    }
    slips = sum(s.is_slip for s in surfaces)
    for name, flags in rules.items():
        hits = [s for s, flag in zip(surfaces, flags, strict=True) if flag]
        right = sum(s.is_slip for s in hits)
        others = sum(s.label == "version/compound" for s in hits)
        wrong = len(hits) - right - others
        print(
            f"  {name:26} precision {share(right, right + wrong):18} "
            f"recall {share(right, slips):16} versions and compounds found {others}"
        )
    missed = [
        f"{s.brand}<{s.text}" for s, b in zip(surfaces, best, strict=True) if s.is_slip and b < 0.6
    ]
    wrong_ones = [
        f"{s.brand}<{s.text}"
        for s, b in zip(surfaces, best, strict=True)
        if s.label == "not_brand" and b >= 0.6
    ]
    print("  missed:", ", ".join(missed))
    print("  wrong: ", ", ".join(wrong_ones))


def plain_distance(texts: Sequence[str], names: Sequence[str]) -> list[tuple[int, str, str]]:
    """What edit distance alone finds: (post, brand, token) with 1 or more permitted edits."""
    keys = {squeeze(name): name for name in names}
    by_token: dict[str, list[str]] = {}
    hits = []
    for number, text in enumerate(texts):
        for token in tokens(text):
            if token not in by_token:
                by_token[token] = [
                    name
                    for key, name in keys.items()
                    if abs(len(key) - len(token)) <= 2
                    and 0 < OSA.distance(key, token, score_cutoff=2) <= max(1, permitted(len(key)))
                ]
            hits += [(number, name, token) for name in by_token[token]]
    return hits


def false_alarms() -> None:
    """Alerts on ordinary posts that are no mention of the brand."""
    brands = sorted({s.brand for s in data.surfaces()})
    index = index_of(brands)
    right = {
        (s.brand, squeeze(s.text))
        for s in data.surfaces()
        if s.label not in ("not_brand", "hand_label")
    }
    for folder in ("btc", "wnut17"):
        posts = list(data.conll(folder))
        texts = [data.detokenised(token for token, _ in post) for post in posts]
        heading(f"posts/{folder}: {len(texts):,} ordinary posts, {len(brands)} brands of the list")
        print(
            "false alarm: a match that is no exact form of the name and no surface labelled right"
        )
        wrong: Counter[Tier] = Counter()
        kept: Counter[tuple[str, str, str]] = Counter()
        for matches in found(texts, index):
            for m in matches:
                if m.edits == 0 or (m.brand, squeeze(m.surface)) in right or m.kind == "lookalike":
                    continue
                wrong[m.tier] += 1
                if m.tier in ALERTS:
                    kept[m.brand, m.surface, m.kind] += 1
        plain = [h for h in plain_distance(texts, brands) if (h[1], h[2]) not in right]
        ours = wrong[Tier.SURE] + wrong[Tier.LIKELY]
        per = 10_000 / len(texts)
        print(
            f"  ours, sure      {wrong[Tier.SURE] * per:8.2f} per 10,000 posts ({wrong[Tier.SURE]})"
        )
        likely = wrong[Tier.LIKELY]
        print(f"  ours, likely    {likely * per:8.2f} per 10,000 posts ({likely})")
        print(f"  ours, doubtful  {wrong[Tier.DOUBTFUL] * per:8.2f} per 10,000 posts (never alert)")
        print(f"  plain distance  {len(plain) * per:8.2f} per 10,000 posts ({len(plain)})")
        print(f"  plain / ours, sure and likely: {len(plain) / max(ours, 1):.0f} times")
        print("  ours:", ", ".join(f"{b}<{s}" for (b, s, _), _n in kept.most_common(20)))


def variants() -> None:
    """Names as people typed them, by class."""
    rows = [r for r in data.company_variants() if len(squeeze(r[1])) > 3]
    names = sorted({canonical for _, canonical, _ in rows})
    index = index_of(names)
    heading("spelling/company_variants.tsv: the canonical name found in its typed variant")
    print("tier likely and above; two-edit typos need 9 letters; extends: 'Name Ltd', alias: IBM")
    total: Counter[str] = Counter()
    hit: Counter[str] = Counter()
    for (_, canonical, kind), matches in zip(rows, found([r[0] for r in rows], index), strict=True):
        total[kind] += 1
        hit[kind] += any(m.brand == canonical and m.tier in ALERTS for m in matches)
    for kind, count in total.most_common():
        print(f"  {kind:20} recall {share(hit[kind], count)}")


def slips() -> None:
    """Slips of general words, taken for names: recall by length and by kind."""
    heading(
        "spelling/birkbeck and norvig: slips of words taken as names, recall by length and kind"
    )
    print("pairs of one word of 5 to 14 letters within the permitted distance, each word a name;")
    print("common word: the misspelling is a word of some language, refused on purpose")
    seen = dict.fromkeys(
        (squeeze(w), squeeze(m))
        for w, m in data.misspellings()
        if w.isalpha() and m.isalpha() and 5 <= len(w) <= 14
    )
    pairs = [(w, m) for w, m in seen if 0 < OSA.distance(w, m) <= permitted(len(w))][::5]
    total: Counter[str] = Counter()
    hit: Counter[str] = Counter()
    for at in range(0, len(pairs), 400):
        part = pairs[at : at + 400]
        index = index_of(sorted({w for w, _ in part}))
        for word, written in part:
            explained = matching.explain(data.post(written), index)
            matches = [m for m in explained.matches if m.brand == word]
            refused = any(
                n.rule is matching.Rule.COMMON_WORD and n.brand == word
                for n in explained.near_misses
            )
            kind = matches[0].kind if matches else "common word" if refused else "other"
            for key in (f"length {min(len(word), 12):2}", f"kind {kind}"):
                total[key] += 1
                hit[key] += bool(matches) and matches[0].tier in ALERTS
    for key in sorted(total):
        print(f"  {key:24} recall {share(hit[key], total[key])}")


def telecom() -> None:
    """Russian posts: brands found, with their aliases as terms."""
    heading("posts/sentirueval2016_telecom: brand mentions, terms are names in both scripts")
    posts = list(data.telecom_posts())
    index = matching.build(data.watchlist(dict(data.TELECOMS.items())))
    results = found([text for text, _ in posts], index)
    whole = {
        brand: re.compile(
            "|".join(rf"(?<!\w){re.escape(term)}(?!\w)" for term in terms), re.IGNORECASE
        )
        for brand, terms in data.TELECOMS.items()
    }
    rows: dict[str, list[set[str]]] = {
        "ours, likely and sure": [{m.brand for m in ms if m.tier in ALERTS} for ms in results],
        "whole words": [{b for b, p in whole.items() if p.search(text)} for text, _ in posts],
        "substrings": [
            {
                b
                for b, ts in data.TELECOMS.items()
                if any(t.casefold() in text.casefold() for t in ts)
            }
            for text, _ in posts
        ],
    }
    for name, guesses in rows.items():
        right = sum(len(g & brands) for g, (_, brands) in zip(guesses, posts, strict=True))
        labelled = sum(len(brands) for _, brands in posts)
        guessed = sum(map(len, guesses))
        print(f"  {name:22} recall {share(right, labelled):19} precision {share(right, guessed)}")
    for brand in data.TELECOMS:
        labelled = sum(brand in brands for _, brands in posts)
        right = sum(
            brand in g and brand in b
            for g, (_, b) in zip(rows["ours, likely and sure"], posts, strict=True)
        )
        print(f"    {brand:14} recall {share(right, labelled)}")


def calibration() -> None:
    """How often matches of a confidence are right, over distinct judged spellings."""
    heading("calibration: confidence against the share that is right")
    print("data: fuzzy_candidates_a.tsv (version/compound count as right) and the spellings met in")
    print("38,820 posts, judged by hand (tests/cases/matching/judged.tsv); distinct spellings, not")
    print("exact names; the scale in calibration.py was set on these same data")
    judged = [
        (s.brand, s.text, s.label not in ("not_brand", "hand_label")) for s in data.surfaces()
    ]
    lines = (data.CASES / "judged.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("# ")]
    judged += [(brand, surface, verdict == "right") for brand, surface, _, verdict in rows]
    index = index_of(brand for brand, _, _ in judged)
    bins: dict[tuple[float, float], list[tuple[float, bool]]] = {
        edges: [] for edges in ((0.15, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 0.95), (0.95, 1.01))
    }
    results = found([surface for _, surface, _ in judged], index)
    kept: list[held_out.Judged] = []
    for (brand, _, right), matches in zip(judged, results, strict=True):
        sure = max((m.confidence for m in matches if m.brand == brand), default=0.0)
        kept.append((brand, sure, right))
        for (low, high), members in bins.items():
            if low <= sure < high:
                members.append((sure, right))
    print("  confidence    mean   right")
    for (low, high), members in bins.items():
        mean = sum(c for c, _ in members) / max(1, len(members))
        correct = sum(r for _, r in members)
        print(f"  {low:.2f}-{min(high, 1):.2f}   {mean:8.3f}   {share(correct, len(members))}")
    print("  the scale fitted anew on half of the brands, held against the other half, both ways:")
    for tier, mean, guess, hits, count in held_out.rows(kept):
        print(
            f"  {tier:9} says {mean:.3f}   fitted on others {guess:.3f}   "
            f"right {share(hits, count)}"
        )


def main() -> None:
    """Print every figure."""
    if not data.DATA.exists():
        print(f"no data in {data.DATA}: nothing measured")
        return
    for part in (labelled_surfaces, false_alarms, variants, slips, telecom, calibration):
        part()


if __name__ == "__main__":
    main()
