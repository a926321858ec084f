"""Build the tables that matching ships: the folding table and the words of twelve languages.

    npm pack dictionary-en dictionary-ru dictionary-tr      # unpack each into DIR/dictionary-xx
    python -m benchmarks.matching_words DIR

Needs wordfreq, a development dependency, for how common words are, and three spelling
dictionaries for which of them are written small: "apple" is a word, "nike" only a name. The
tables stand under their sources' licences (see NOTICE).
"""

from __future__ import annotations

import re
import sys
import zlib
from math import log10
from pathlib import Path

import numpy as np
from wordfreq import get_frequency_dict

import earwitness.matching
from earwitness.matching.folding import POINTS, fold_point, squeeze
from earwitness.matching.hashing import hashes

DATA = Path(earwitness.matching.__file__).parent / "data"
LANGUAGES = ("en", "de", "ru", "tr", "sv", "es", "fr", "it", "pt", "nl", "pl", "id")
READ_WHOLE = frozenset(LANGUAGES[:7])  # customers write these: rarer words are kept too
RARE, RARE_ELSEWHERE, COMMON = 2.0, 2.5, 3.0  # Zipf: log10 of occurrences per billion words


def folding_table() -> bytes:
    """What each code point becomes in a stream, four bytes each, compressed."""
    points = np.fromiter((fold_point(point) for point in range(POINTS)), np.uint32, POINTS)
    return zlib.compress(points.tobytes(), 9)


def words_by_zipf() -> dict[str, float]:
    """Folded words with their highest Zipf value in any of the languages."""
    found: dict[str, float] = {}
    for language in LANGUAGES:
        floor = RARE if language in READ_WHOLE else RARE_ELSEWHERE
        for word, frequency in get_frequency_dict(language, "best").items():
            zipf = log10(frequency) + 9
            key = squeeze(word)
            if zipf >= floor and key and not key.isdigit():
                found[key] = max(zipf, found.get(key, 0.0))
    return found


# Words that dictionaries write small and that people use for the brand.
MADE_OF_BRANDS = frozenset(
    ("google", "twitter", "skype", "photoshop", "xerox", "android", "ebay", "amazon")
)


def written_small(folder: Path) -> set[str]:
    """The folded words that a Hunspell dictionary has in small letters, with plain endings."""
    words: set[str] = set()
    for path in sorted(folder.glob("dictionary-*/index.dic")):
        for line in path.read_text("utf-8").splitlines()[1:]:
            word, _, flags = line.partition("/")
            if word.islower() and len(word) > 2:
                words.add(squeeze(word))
                if path.parent.name.endswith("-en"):
                    words |= english_forms(squeeze(word), flags)
    return words - MADE_OF_BRANDS


def english_forms(word: str, flags: str) -> set[str]:
    """Plural, past and -ing forms, as the English dictionary's flags S, D and G allow them."""
    stem = re.sub("e$", "", word)
    endings = {"S": (word + "s", word + "es"), "D": (stem + "ed",), "G": (stem + "ing",)}
    return {form for flag, forms in endings.items() if flag in flags for form in forms}


def main() -> None:
    """Write the tables and say how large they became."""
    small = written_small(Path(sys.argv[1]))
    DATA.mkdir(exist_ok=True)
    (DATA / "folding.z").write_bytes(folding_table())
    zipf = words_by_zipf()
    by_key: dict[int, int] = {}
    for word, key in zip(zipf, (hashes(list(zipf)) >> np.uint64(32)).tolist(), strict=True):
        value = zipf[word]
        packed = min(round(value * 15), 127) | (128 if word in small else 0)
        by_key[key] = max(packed, by_key.get(key, 0))
    keys = np.array(sorted(by_key), np.uint32)
    np.save(DATA / "word_keys.npy", keys)
    np.save(DATA / "word_zipf.npy", np.array([by_key[k] for k in keys.tolist()], "u1"))
    common = "\n".join(sorted(word for word, value in zipf.items() if value >= COMMON))
    (DATA / "common_words.z").write_bytes(zlib.compress(common.encode(), 9))
    for path in sorted(DATA.iterdir()):
        print(f"{path.name:20} {path.stat().st_size:>10,} bytes")
    print(f"{len(keys):,} words, {common.count(chr(10)) + 1:,} of them common")


if __name__ == "__main__":
    main()
