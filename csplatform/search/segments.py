"""Cutting text of any script into what is looked up.

Words are words where they stand apart. Chinese, Japanese and Korean are cut into single characters and pairs; scripts
that write words together with few letters, such as Thai, into groups of three.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple, TypeAlias

from csplatform.search.folding import fold, spell_out

LONGEST_WORD = 60
GROUP = 3
# Fewer digits than this are no telephone number; its last seven name it in every way of writing it.
PHONE_DIGITS = 7
PHONE = "~"

_CJK = (
    "\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u303b\u303c\u3041-\u3096\u309d-\u309f"
    "\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u3131-\u318e\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua000-\ua48c\ua960-\ua97c\uac00-\ud7fb\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
_THAI = "\u0e01-\u0e4e\u0e81-\u0ecd\u0edc-\u0edf\u0f40-\u0fbc\u1000-\u103f\u1050-\u109f\u1780-\u17d3\u1980-\u19df"
_SIGNS = "\u203c\u2049\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff\U0001f000-\U0001faff"
# The vowel signs of India's scripts are parts of a word, though Python does not take them for that.
_INDIC = "\u0900-\u0963\u0971-\u0dff"
# A letter or digit of a script that has words.
IN_WORD = f"(?:[{_INDIC}]|[^\\W_{_CJK}{_THAI}])"
_PIECE = re.compile(f"([{_CJK}]+)|([{_THAI}]+)|([{_SIGNS}])|({IN_WORD}+)")
_ASCII_WORD = re.compile("[a-z0-9]+")
# Words tied by what ties the parts of addresses, numbers and names: "AB-1234/5", "ana@shop.example", "don't".
_TIED = re.compile(r"(?<![^\W_])[^\W_]+(?:[-._/@+:#&'’][^\W_]+)+")
_NUMBER = re.compile(r"(?<![^\W_])\+?\(?\d(?:[ ().\-/]{0,2}\d){6,16}")
_WORD = re.compile(r"[^\W_]+")
_SPELT_OUT = re.compile("[äöüåøÄÖÜÅØ]")
_NOT_DIGITS = re.compile(r"\D")


class Kind(Enum):
    """How a piece of text is cut. The values number the groups of the pattern that finds them."""

    PAIRS = 1
    GROUPS = 2
    SIGN = 3
    WORD = 4


class Piece(NamedTuple):
    """A run of characters that are cut alike."""

    kind: Kind
    text: str


# One thing to look up, and where it stands. What stands beside the line has no place. (A plain tuple: a text has many.)
Token: TypeAlias = tuple[str, int | None]


def pieces(folded: str) -> Iterator[Piece]:
    """Yield the pieces of a folded text, in order, without what is between them."""
    for found in _PIECE.finditer(folded):
        yield Piece(Kind(found.lastindex), found[0])


def cut(folded: str) -> Iterator[Token]:
    """Yield what is to be looked up of a folded text, and at which place: a word counts one, of other scripts each
    character.
    """
    if folded.isascii():
        for at, word in enumerate(_ASCII_WORD.findall(folded)):
            yield word[:LONGEST_WORD], at
        return
    at = 0
    for kind, text in pieces(folded):
        if kind is Kind.PAIRS:
            for character in text:
                yield character, None
            for place in range(len(text) - 1):
                yield text[place : place + 2], at + place
        elif kind is Kind.GROUPS:
            for place in range(len(text)):
                yield text[place : place + GROUP], at + place
        else:
            yield text[:LONGEST_WORD], at
        at += len(text) if kind in (Kind.PAIRS, Kind.GROUPS) else 1


def beside(text: str, folded: str) -> Iterator[str]:
    """Yield other ways to look up what stands in `text`: tied words as one, telephone numbers, ä spelt out as ae."""
    yield from map(squeezed, _TIED.findall(folded))
    for number in _NUMBER.findall(folded):
        yield phone_key(number)
        yield from (phone_key(part) for part in number.split() if sum(map(str.isdigit, part)) >= PHONE_DIGITS)
    yield from spelt_out(text)


def spelt_out(text: str) -> Iterator[str]:
    """Yield the words of `text` that have an ä or the like, with ae or the like in its place."""
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    if _SPELT_OUT.search(composed):
        for word in _WORD.findall(composed):
            if _SPELT_OUT.search(word):
                yield fold(spell_out(word))[:LONGEST_WORD]


def squeezed(tied: str) -> str:
    """Return a folded text with its letters and digits only: "AB-1234/5" is "ab12345"."""
    return "".join(filter(str.isalnum, tied))[:LONGEST_WORD]


def numbers(text: str) -> Iterator[re.Match[str]]:
    """Yield what may be a telephone number, or another with as many digits."""
    return _NUMBER.finditer(text)


def phone_key(number: str) -> str:
    """Return what a telephone number is looked up by: the same for every way to write it."""
    return PHONE + _NOT_DIGITS.sub("", number)[-PHONE_DIGITS:]
