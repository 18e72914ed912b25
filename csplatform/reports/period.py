"""The stretch of time a report covers, cut into the viewer's own hours, days or weeks."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Step = Literal["hour", "day", "week"]

LONGEST_DAYS = 366
_HOURLY_UP_TO, _DAILY_UP_TO = 2, 92


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of one time zone, from the first to the last, both included."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        """The first moment, in UTC."""
        return _midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The first moment after it, in UTC."""
        return _midnight(self.last + timedelta(days=1), self.zone)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def step(self) -> Step:
        """How finely it is drawn: hours up to two days, days up to a quarter, weeks beyond."""
        if self.days <= _HOURLY_UP_TO:
            return "hour"
        return "day" if self.days <= _DAILY_UP_TO else "week"

    def buckets(self) -> list[datetime]:
        """Return where each hour, day or week begins, in the zone; a first week may begin before the period."""
        if self.step == "hour":
            return _hours(self.start, self.end, self.zone)
        pace = 1 if self.step == "day" else 7
        begin = self.first if self.step == "day" else self.first - timedelta(days=self.first.weekday())
        days = [begin + timedelta(days=offset) for offset in range(0, (self.last - begin).days + 1, pace)]
        return [datetime.combine(day, time.min, self.zone) for day in days]


def last_days(count: int, now: datetime, zone: ZoneInfo) -> Period:
    """Return the period of `count` days that ends today, as `zone` has it at `now`."""
    today = now.astimezone(zone).date()
    return Period(today - timedelta(days=count - 1), today, zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def _hours(start: datetime, end: datetime, zone: ZoneInfo) -> list[datetime]:
    """Count in UTC: a day on which the clocks change has 23 or 25 hours."""
    count = int((end - start) / timedelta(hours=1))
    return [(start + timedelta(hours=offset)).astimezone(zone) for offset in range(count)]
