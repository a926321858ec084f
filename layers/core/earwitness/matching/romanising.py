"""Other scripts in Latin letters, roughly as they sound, for comparing sounds.

Tables after the common practical transcriptions: Russian by ear (я ya, ч ch), Greek by its
modern sound, kana after Hepburn, Hangul by its letters' Revised Romanisation, Arabic, Hebrew
by consonants. Ideographs have no sound of their own here: names in them are matched as written.
"""

from __future__ import annotations


def split(row: str) -> list[str]:
    """The blank-separated values of a row of a table."""
    return row.split()


_CYRILLIC = dict(
    zip(
        "абвгдезийклмнопрстуфхцчшщъыьэюяіїєґўћђљњџј",
        split(
            "a b v g d e z i i k l m n o p r s t u f h ts ch sh sch _ i _ e yu ya i i e g u ch dj "
            "l n dj i"
        ),
        strict=True,
    )
) | {"ж": "zh", "ё": "e"}
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρσςτυφχψω",
        split("a v g d e z i t i k l m n ks o p r s s t i f h ps o"),
        strict=True,
    )
)
_KANA_ROWS = {
    "": "アイウエオ", "k": "カキクケコ", "s": "サシスセソ", "t": "タチツテト", "n": "ナニヌネノ",
    "h": "ハヒフヘホ", "m": "マミムメモ", "y": "ヤ_ユ_ヨ", "r": "ラリルレロ", "w": "ワヰ_ヱヲ",
    "g": "ガギグゲゴ", "z": "ザジズゼゾ", "d": "ダヂヅデド", "b": "バビブベボ", "p": "パピプペポ",
    "v": "ヷ_ヴ_ヺ",
}  # fmt: skip
_KANA = {
    kana: consonant + vowel
    for consonant, row in _KANA_ROWS.items()
    for kana, vowel in zip(row, "aiueo", strict=True)
    if kana != "_"
} | {"シ": "shi", "チ": "chi", "ツ": "tsu", "フ": "fu", "ジ": "ji", "ン": "n", "ー": "", "ッ": ""}
_SMALL_KANA = dict(zip("ァィゥェォャュョヮ", split("a i u e o ya yu yo wa"), strict=True))
_ARABIC = dict(
    zip(
        "ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءأإآؤئپچژگک",
        split(
            "a b t t j h h d d r z s sh s d t z a g f k k l m n h w y a a a a i a w y p ch zh g k"
        ),
        strict=True,
    )
)
_HEBREW = dict(
    zip(
        "אבגדהוזחטיכךלמםנןסעפףצץקרשת",
        split("a b g d h v z h t i k k l m m n n s a p f ts ts k r sh t"),
        strict=True,
    )
)
_TABLE = {
    ord(letter): latin.replace("_", "")
    for table in (_CYRILLIC, _GREEK, _KANA, _SMALL_KANA, _ARABIC, _HEBREW)
    for letter, latin in table.items()
}
_TABLE |= {point - 0x60: latin for point, latin in _TABLE.items() if 0x30A1 <= point <= 0x30F6}
_INITIAL = split("g kk n d tt r m b pp s ss - j jj ch k t p h")
_VOWEL = split("a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i")
_FINAL = split("- k k ks n n n t l k m l l l p l m p p t t ng t t k t p h")


def _syllable(character: str) -> str:
    """A syllable of Hangul by its letters; Unicode lays them out as initial, vowel, final."""
    index = ord(character) - 0xAC00
    if not 0 <= index < 11172:
        return character
    parts = _INITIAL[index // 588], _VOWEL[index % 588 // 28], _FINAL[index % 28]
    return "".join(parts).replace("-", "")


def romanise(folded: str) -> str:
    """Latin letters for every letter that has some; the rest stays. Line ends are kept."""
    if folded.isascii():
        return folded
    latin = folded
    for small, vowel in _SMALL_KANA.items():
        if small in latin:  # a small vowel replaces the vowel before it: fu+i = fi
            for kana, sound in _KANA.items():
                latin = latin.replace(kana + small, sound[:-1].removesuffix("y") + vowel)
    latin = latin.translate(_TABLE)
    return "".join(map(_syllable, latin)) if max(latin, default="") >= "\uac00" else latin


def is_kana(folded: str) -> bool:
    """Whether a token is written in kana alone."""
    return bool(folded) and all("\u3041" <= c <= "\u30ff" for c in folded)
