"""Looking through the newest first.

A word may stand in every second conversation, and nobody wants them all. Each document carries its day, and its block
of 32 days, as words that nobody can type; so the index itself finds what stands in the documents of some days. A search
asks for one day, then for two more, for four, and so on, and stops as soon as it has enough: what is common is found
among few, and what is rare costs a look into every window, which is empty.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 1, 1, tzinfo=UTC)
_BLOCK = 32  # days
_DAYS = (1, 2, 4, 8, 16, 32)
_BLOCKS = (2, 4, 8, 16, 32)


@dataclass(frozen=True, slots=True)
class Window:
    """Documents whose moment is from `since` to before `until`. `expression` narrows to them; empty: to all."""

    since: datetime
    until: datetime
    expression: str = ""


def day_words(moment: datetime) -> Sequence[str]:
    """Return the words that say when a document's moment is."""
    day = _day(moment)
    return f"=d{day}", f"=b{day // _BLOCK}"


def windows(newest: datetime) -> Iterator[Window]:
    """Yield windows that together cover all time, the newest first; nothing is newer than the day after `newest`."""
    day, until = _day(newest) + 1, _LAST
    for number in (_DAYS[0] + 1, *_DAYS[1:]):
        first = day - number + 1
        yield Window(_start(first), until, _any_of("=d", range(first, day + 1)))
        until, day = _start(first), first - 1
    block = day // _BLOCK
    for number in _BLOCKS:
        first = block - number + 1
        yield Window(_start(first * _BLOCK), until, _any_of("=b", range(first, block + 1)))
        until, block = _start(first * _BLOCK), first - 1
    yield Window(_EPOCH, until)


def _day(moment: datetime) -> int:
    return (moment - _EPOCH).days


def _start(day: int) -> datetime:
    return _EPOCH + timedelta(days=day)


def _any_of(prefix: str, numbers: range) -> str:
    return " | ".join(f"'{prefix}{number}'" for number in numbers)
