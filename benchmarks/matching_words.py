"""Build the tables that matching ships: the folding table and the words of twelve languages.

    python -m benchmarks.matching_words

Needs wordfreq, a development dependency. The word tables are derived from its data and stand
under that data's licence (see NOTICE); the folding table is derived from Python's unicodedata.
"""

from __future__ import annotations

import zlib
from math import log10
from pathlib import Path

import numpy as np
from wordfreq import get_frequency_dict

import earwitness.matching
from earwitness.matching.folding import POINTS, fold_point, squeeze

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


def main() -> None:
    """Write the tables and say how large they became."""
    DATA.mkdir(exist_ok=True)
    (DATA / "folding.z").write_bytes(folding_table())
    zipf = words_by_zipf()
    by_key: dict[int, float] = {}
    for word, value in zipf.items():
        key = zlib.crc32(word.encode())
        by_key[key] = max(value, by_key.get(key, 0.0))
    keys = np.array(sorted(by_key), np.uint32)
    np.save(DATA / "word_keys.npy", keys)
    np.save(DATA / "word_zipf.npy", np.array([round(by_key[k] * 20) for k in keys.tolist()], "u1"))
    common = "\n".join(sorted(word for word, value in zipf.items() if value >= COMMON))
    (DATA / "common_words.z").write_bytes(zlib.compress(common.encode(), 9))
    for path in sorted(DATA.iterdir()):
        print(f"{path.name:20} {path.stat().st_size:>10,} bytes")
    print(f"{len(keys):,} words, {common.count(chr(10)) + 1:,} of them common")


if __name__ == "__main__":
    main()
