"""Making spellings of the same thing equal, for what is searched and what it is searched for."""

import re
import unicodedata

# Marks that are stripped: those of Latin, Greek and Cyrillic, the Hebrew points, the Arabic vowels. Elsewhere (Thai,
# the scripts of India, the voicing of kana) a mark makes another letter.
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]")  # fmt: skip # noqa: E501
_LETTERS = str.maketrans(
    {
        "ı": "i",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ħ": "h",
        "ŧ": "t",
        "ى": "ي",
        "ی": "ي",
        "ک": "ك",
        "ة": "ه",
        "ٱ": "ا",
        "ۀ": "ه",
        "ہ": "ه",  # Arabic letters that are mixed up
        **dict.fromkeys("\u0640\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"),  # tatweel, and what is invisible
    }
)
_DIGITS = {
    code: str(unicodedata.decimal(chr(code)))
    for zero in (0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0E50)
    for code in range(zero, zero + 10)
}
_TABLE = _LETTERS | _DIGITS
# How those write who lack the letter, beside leaving its mark out.
_SPELT_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Å": "Aa", "Ø": "Oe"}
)


def fold(text: str) -> str:
    """Return `text` without what spellings differ in: width, case, diacritics, the digits of a script."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text).casefold().translate(_TABLE)
    return unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", text)))


def spell_out(word: str) -> str:
    """Return a word with ae for ä and the like."""
    return word.translate(_SPELT_OUT)
