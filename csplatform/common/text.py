"""Folding and cutting text of any script."""

import re
import unicodedata

_SPACES = re.compile(r"\s+")


def fold(text: str) -> str:
    """Return `text` as it is compared: width and case folded (NFKC), white space single."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def one_line(text: str, limit: int) -> str:
    """Return the first `limit` characters of `text` on one line, with an ellipsis where it was cut."""
    line = _SPACES.sub(" ", text).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def without_nul(text: str) -> str:
    """Return `text` as PostgreSQL can keep it: no NUL, no lone surrogate."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
