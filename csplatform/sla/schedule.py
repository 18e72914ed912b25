"""When somebody works: openings by the wall clock of one time zone. Pure values, no Django, no database.

An opening is written `09:00-12:30`. It belongs to the day on which it begins; one that closes at or before the
time it opens ends on the next day (`22:00-06:00`). Midnight at the end of a day is `24:00`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

from csplatform.sla.public_holidays import PublicHolidays

DAY = 24 * 60
_OPENING = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—]\s*(\d{1,2}):(\d{2})")


class BadOpening(ValueError):
    """A line of opening hours that cannot be read; the argument is the part in question."""


class OverlappingOpenings(ValueError):
    """Two openings cover the same moment; the argument is the second."""


@dataclass(frozen=True, slots=True, order=True)
class Opening:
    """Minutes after the midnight at which its day begins; `closes` past 1440 is the next day's morning."""

    opens: int
    closes: int

    def __str__(self) -> str:
        closes = self.closes - DAY if self.closes > DAY else self.closes
        return f"{_wall(self.opens)}-{_wall(closes)}"


Openings = tuple[Opening, ...]


@dataclass(frozen=True)
class Schedule:
    """A week of openings, Monday first, and days that have their own instead (none: closed all day).

    `names` says why some days are special. Public `holidays` are closed days that `days` says nothing else of; those
    of the years from `written_from` to `written_to` are among `days` already, as they were known when that was
    written, and are not asked for again.
    """

    zone: ZoneInfo
    weekly: Sequence[Openings]
    days: Mapping[date, Openings] = field(default_factory=dict)
    name: str = ""
    names: Mapping[date, str] = field(default_factory=dict)
    holidays: PublicHolidays | None = None
    written_from: int = 0
    written_to: int = 0

    def __post_init__(self) -> None:
        if len(self.weekly) != 7 or not any(self.weekly):
            raise ValueError("a week has seven days, and somebody must work on one of them")

    def openings(self, day: date) -> Openings:
        """The openings that begin on `day`."""
        own = self.days.get(day)
        if own is not None:
            return own
        return () if self._unwritten_holiday(day) else self.weekly[day.weekday()]

    def is_special(self, day: date) -> bool:
        """Whether `day` has hours of its own."""
        return day in self.days or self._unwritten_holiday(day) is not None

    def name_of(self, day: date, locale: str = "en_US") -> str:
        """Why `day` is special; a public holiday by its name in `locale`, where the library has it."""
        own = self.names.get(day, "")
        if self.holidays and (not own or own == self.holidays.name_of(day)):
            return self.holidays.name_of(day, locale) or own
        return own

    def _unwritten_holiday(self, day: date) -> str | None:
        if self.holidays is None or self.written_from <= day.year <= self.written_to:
            return None
        return self.holidays.name_of(day)


@dataclass(frozen=True)
class Together:
    """Several schedules at once: somebody works while any of them is open."""

    parts: tuple[Schedule, ...]


Hours = Schedule | Together


def together(parts: Sequence[Schedule]) -> Hours | None:
    """The hours of several schedules; None for none."""
    return Together(tuple(parts)) if len(parts) > 1 else next(iter(parts), None)


def parts_of(hours: Hours | None) -> tuple[Schedule, ...]:
    """The schedules that `together` was made of."""
    if hours is None:
        return ()
    return hours.parts if isinstance(hours, Together) else (hours,)


def parse_openings(text: str) -> Openings:
    """Read `09:00-12:00, 13:00-18:00`; empty text is a closed day.

    Raises BadOpening, or OverlappingOpenings for two that cover one moment of the same day's work.
    """
    return _checked(sorted(_parse(part.strip()) for part in re.split(r"[,;、،]", text) if part.strip()))


def parse_week(days: Iterable[Iterable[str]]) -> tuple[Openings, ...]:
    """Read seven lists of openings, Monday first.

    Raises as `parse_openings` does; a night shift must not run into the next day's first opening either.
    """
    week = tuple(parse_openings(",".join(day)) for day in days)
    for today, tomorrow in zip(week, week[1:] + week[:1], strict=True):
        if today and tomorrow and today[-1].closes - DAY > tomorrow[0].opens:
            raise OverlappingOpenings(str(tomorrow[0]))
    return week


def _parse(text: str) -> Opening:
    match = _OPENING.fullmatch(text)
    if match is None:
        raise BadOpening(text)
    first, second = (int(match[1]), int(match[2])), (int(match[3]), int(match[4]))
    opens, closes = (hour * 60 + minute for hour, minute in (first, second))
    if max(first[1], second[1]) > 59 or opens >= DAY or closes > DAY or opens == closes:
        raise BadOpening(text)
    return Opening(opens, closes if closes > opens else closes + DAY)


def _checked(openings: Sequence[Opening]) -> Openings:
    for earlier, later in pairwise(openings):
        if earlier.closes > later.opens:
            raise OverlappingOpenings(str(later))
    return tuple(openings)


def _wall(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
