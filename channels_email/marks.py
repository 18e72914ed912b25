"""Marks at the beginnings of lines, by which the HTML of a mail tells what a line is. Pure.

Many mail programs say in their HTML where the earlier mail begins, which line introduces a quotation, and what is a
signature. Their plain text says it in the words of one of forty languages. The marks carry the former to the folding;
they are private-use characters, taken out of any text that comes from outside and never shown.
"""

from collections.abc import Iterable

# All that follows is the earlier mail.
EARLIER = "\ue0f0"
# The line introduces a quotation: “On …, somebody wrote:”.
ATTRIBUTION = "\ue0f1"
# The line belongs to a signature.
SIGNATURE = "\ue0f2"
ALL = EARLIER + ATTRIBUTION + SIGNATURE
_NONE = {ord(mark): None for mark in ALL}


def clean(text: str) -> str:
    """Return `text` without any mark: for what comes from outside, before marks are set in it."""
    return text if text.isascii() else text.translate(_NONE)


def without(lines: Iterable[str]) -> list[str]:
    """Return `lines` as they are shown: a line that is nothing but a mark is left out."""
    return [line.lstrip(ALL) if line[:1] in _MARKS else line for line in lines if line not in _MARKS]


_MARKS = frozenset(ALL)
