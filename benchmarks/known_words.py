"""Write the words of each language that lie one slip from a rule's word.

``python -m benchmarks.known_words``, after rules have changed: "created" is no misspelt "cheated".
Needs wordfreq (development only). A word counts as known from Zipf frequency 2.5, that is about
once in three million words.
"""

from __future__ import annotations

import wordfreq

from earwitness.judging import notation, rules

KNOWN_FROM = 2.5
FOLDER = notation.FOLDER / "known"


def known(language: str) -> list[str]:
    """The folded words to write for a language, sorted."""
    lexicon = rules.lexicon(language)
    lexicon.known = frozenset()
    words = set()
    for word in wordfreq.iter_wordlist(language):
        if wordfreq.zipf_frequency(word, language) < KNOWN_FROM:
            break
        folded = notation.folded_word(word, language)
        if lexicon.slip(folded) and not lexicon.satisfied(folded):
            words.add(folded)
    return sorted(words)


def main() -> None:
    """Write one file per language."""
    FOLDER.mkdir(exist_ok=True)
    for language in rules.LANGUAGES:
        words = known(language)
        (FOLDER / f"{language}.txt").write_text("\n".join(words) + "\n", "utf-8")
        print(f"{language}: {len(words)} known words beside the rules' own")


if __name__ == "__main__":
    main()
