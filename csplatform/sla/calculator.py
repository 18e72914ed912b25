"""Deadlines: a pure function of a start, an amount of working time and a schedule.

Hours of None are calendar time: every second counts. Moments are timezone-aware; results are in UTC.

Opening hours are read off the wall clock, so what happens where it is put forward or back has to be said: an
opening begins at the first moment at which the wall clock shows its time or later, and ends likewise. An hour
that is skipped is therefore worth nothing, and an hour that is repeated in the middle of an opening counts twice.
"""

import heapq
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from csplatform.sla.schedule import Hours, Schedule, parts_of

_SECOND = timedelta(seconds=1)


def due(start: datetime, working: timedelta, hours: Hours | None) -> datetime:
    """The moment at which `working` time has passed since `start`.

    Work that fills an opening exactly is due when it closes, not when the next one opens.
    """
    start = start.astimezone(UTC)
    if hours is None or working <= timedelta(0):
        return start + max(working, timedelta(0))
    for opens, closes in _spans(start, hours):
        if working <= closes - opens:
            return opens + working
        working -= closes - opens
    raise AssertionError("a schedule goes on for ever")


def working_time_between(start: datetime, end: datetime, hours: Hours | None) -> timedelta:
    """The working time between two moments; zero where `end` is not after `start`."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if hours is None:
        return max(end - start, timedelta(0))
    total = timedelta(0)
    if end <= start:
        return total
    for opens, closes in _spans(start, hours):
        if opens >= end:
            break
        total += min(closes, end) - opens
    return total


def _spans(start: datetime, hours: Hours) -> Iterator[tuple[datetime, datetime]]:
    """The spans of work from `start` on, in UTC, in order, none overlapping and none empty; without an end."""
    parts = parts_of(hours)
    openings = _openings(start, parts[0]) if len(parts) == 1 else heapq.merge(*(_openings(start, one) for one in parts))
    reached = start
    for opens, closes in openings:
        if max(opens, reached) < closes:
            yield max(opens, reached), closes
            reached = closes


def _openings(start: datetime, schedule: Schedule) -> Iterator[tuple[datetime, datetime]]:
    """The openings of one schedule that end after `start`, in the order in which they begin."""
    day = start.astimezone(schedule.zone).date() - timedelta(days=1)  # a night shift may still be running
    while True:
        for opening in schedule.openings(day):
            opens, closes = _moment(day, opening.opens, schedule.zone), _moment(day, opening.closes, schedule.zone)
            if closes > start:
                yield opens, closes
        day += timedelta(days=1)


@lru_cache(maxsize=8192)
def _moment(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """The first moment, in UTC, at which the wall clock of `zone` shows this time of `day` or a later one."""
    wall = datetime.combine(day, time(), zone) + timedelta(minutes=minutes)  # wall-clock arithmetic
    first = wall.replace(fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return first
    return _end_of_gap(wall.replace(fold=1).astimezone(UTC), first, zone)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The moment between the two at which the wall clock was put forward, to the second."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + timedelta(seconds=(after - before) // _SECOND // 2)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
