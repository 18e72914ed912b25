"""Folding and cutting text of any script."""

import re
import unicodedata

_SPACES = re.compile(r"\s+")
# Accents of Latin, Greek and Cyrillic; vowel points of Hebrew and Arabic, and the stroke that lengthens a word.
# Marks that make another letter of one (the voicing of kana, the vowels of Thai and Hindi) are not among them.
_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u0640\u064b-\u065f\u0670]")


def fold(text: str) -> str:
    """Return `text` as it is compared: width and case folded (NFKC), white space single."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def fold_loosely(text: str) -> str:
    """Return `text` as it is searched: folded, and without accents and vowel points."""
    decomposed = unicodedata.normalize("NFD", fold(text))
    return unicodedata.normalize("NFC", _ACCENTS.sub("", decomposed))


def one_line(text: str, limit: int) -> str:
    """Return the first `limit` characters of `text` on one line, with an ellipsis where it was cut."""
    line = _SPACES.sub(" ", text).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def without_nul(text: str) -> str:
    """Return `text` as PostgreSQL can keep it: no NUL, no lone surrogate."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
