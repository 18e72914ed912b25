"""Deadlines in working time, by named cases and against a slow reference."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csplatform.sla.calculator import due, working_time_between
from csplatform.sla.schedule import DAY, Opening, Openings, Schedule, parse_openings

MINUTE = timedelta(minutes=1)


def schedule(zone: str, week: str | list[str], days: dict[str, str] | None = None) -> Schedule:
    """Return a schedule; a single line is for Monday to Friday."""
    lines = [week] * 5 + ["", ""] if isinstance(week, str) else week
    own = {date.fromisoformat(day): parse_openings(line) for day, line in (days or {}).items()}
    return Schedule(ZoneInfo(zone), tuple(map(parse_openings, lines)), own)


OFFICE = schedule("UTC", "09:00-18:00")
LUNCH = schedule("UTC", "09:00-12:00, 13:00-18:00")
NIGHT = schedule("UTC", ["22:00-06:00"] * 7)
ALWAYS_BERLIN = schedule("Europe/Berlin", ["00:00-24:00"] * 7)
MADRID = schedule("Europe/Madrid", "09:00-18:00")
SUNDAY_NEW_YORK = schedule("America/New_York", ["", "", "", "", "", "", "01:00-05:00"])
HOLIDAY = schedule("UTC", "09:00-18:00", {"2026-03-03": "", "2026-03-07": "10:00-12:00"})
NIGHT_BEFORE_HOLIDAY = schedule("UTC", ["22:00-06:00"] * 7, {"2026-03-03": ""})

# 2026-03-02 is a Monday. Moments without an offset are in UTC.
CASES = {
    "calendar time counts the night": (None, "2026-03-02 23:30", 60, "2026-03-03 00:30"),
    "within one opening": (OFFICE, "2026-03-02 10:00", 60, "2026-03-02 11:00"),
    "before the office opens": (OFFICE, "2026-03-02 06:00", 60, "2026-03-02 10:00"),
    "after it closed": (OFFICE, "2026-03-02 20:00", 60, "2026-03-03 10:00"),
    "over the night": (OFFICE, "2026-03-02 17:30", 60, "2026-03-03 09:30"),
    "over the weekend": (OFFICE, "2026-03-06 17:30", 60, "2026-03-09 09:30"),
    "at closing time to the minute": (OFFICE, "2026-03-02 17:00", 60, "2026-03-02 18:00"),
    "started at closing time": (OFFICE, "2026-03-02 18:00", 60, "2026-03-03 10:00"),
    "seconds are kept": (OFFICE, "2026-03-02 10:00:17.25", 60, "2026-03-02 11:00:17.25"),
    "over lunch": (LUNCH, "2026-03-02 11:30", 60, "2026-03-02 13:30"),
    "started at lunch": (LUNCH, "2026-03-02 12:30", 60, "2026-03-02 14:00"),
    "three days of work": (OFFICE, "2026-03-02 10:00", 3 * 540, "2026-03-05 10:00"),
    "in a night shift, before midnight": (NIGHT, "2026-03-02 23:00", 120, "2026-03-03 01:00"),
    "in a night shift, after midnight": (NIGHT, "2026-03-03 05:30", 60, "2026-03-03 22:30"),
    "a public holiday": (HOLIDAY, "2026-03-02 17:30", 60, "2026-03-04 09:30"),
    "a Saturday that is worked": (HOLIDAY, "2026-03-06 17:30", 60, "2026-03-07 10:30"),
    "the night before a holiday ends as usual": (NIGHT_BEFORE_HOLIDAY, "2026-03-03 05:00", 90, "2026-03-04 22:30"),
    "another zone": (MADRID, "2026-03-02 16:30", 60, "2026-03-03 08:30"),
    "a weekend that puts the clocks forward": (MADRID, "2026-03-27 16:30", 60, "2026-03-30 07:30"),
    "a weekend that puts the clocks back": (MADRID, "2026-10-23 15:30", 60, "2026-10-26 08:30"),
    "a day that is an hour short": (ALWAYS_BERLIN, "2026-03-28 23:00", 24 * 60, "2026-03-29 23:00"),
    # 2026-03-08, 02:00 becomes 03:00 in New York: 01:00-05:00 is three hours long.
    "clocks put forward within an opening": (SUNDAY_NEW_YORK, "2026-03-08 06:00", 180, "2026-03-08 09:00"),
    "clocks put forward, more than the day holds": (SUNDAY_NEW_YORK, "2026-03-08 06:00", 181, "2026-03-15 05:01"),
    # 2026-11-01, 02:00 becomes 01:00: it is five hours long.
    "clocks put back within an opening": (SUNDAY_NEW_YORK, "2026-11-01 05:00", 300, "2026-11-01 10:00"),
    "clocks put back, more than the day holds": (SUNDAY_NEW_YORK, "2026-11-01 05:00", 301, "2026-11-08 06:01"),
    "an opening that begins in the skipped hour": (
        schedule("America/New_York", ["", "", "", "", "", "", "02:30-05:00"]),
        *("2026-03-08 00:00", 60, "2026-03-08 08:00"),
    ),
    "an opening within the skipped hour is worth nothing": (
        schedule("America/New_York", ["", "", "", "", "", "", "02:15-02:45"]),
        *("2026-03-08 00:00", 10, "2026-03-15 06:25"),
    ),
    "an opening that ends in the repeated hour ends the first time": (
        schedule("America/New_York", ["09:00-10:00", "", "", "", "", "", "00:00-01:30"]),
        *("2026-11-01 04:00", 100, "2026-11-02 14:10"),
    ),
    "a day that an island skipped": (
        schedule("Pacific/Apia", ["00:00-24:00"] * 7),
        *("2011-12-30 09:00", 120, "2011-12-30 11:00"),
    ),
    "nothing to do is due at once": (OFFICE, "2026-03-01 03:00", 0, "2026-03-01 03:00"),
}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("hours", "start", "minutes", "expected"), CASES.values(), ids=CASES)
def test_due(hours: Schedule | None, start: str, minutes: int, expected: str) -> None:
    assert due(moment(start), minutes * MINUTE, hours) == moment(expected)
    assert working_time_between(moment(start), moment(expected), hours) == minutes * MINUTE


def test_results_are_in_utc() -> None:
    start = datetime(2026, 3, 2, 10, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert due(start, MINUTE, None).tzinfo is UTC
    assert due(start, MINUTE, OFFICE).tzinfo is UTC


def test_nothing_is_worked_backwards() -> None:
    assert working_time_between(moment("2026-03-03 10:00"), moment("2026-03-02 10:00"), OFFICE) == timedelta(0)
    assert working_time_between(moment("2026-03-03 10:00"), moment("2026-03-02 10:00"), None) == timedelta(0)


# --- The reference: it walks minute by minute and reads the wall clock.

ZONES = ["UTC", "Europe/Madrid", "America/New_York", "Asia/Kolkata", "Asia/Tokyo", "Australia/Lord_Howe",
         "Africa/Casablanca", "Pacific/Chatham", "America/Sao_Paulo", "Asia/Tehran"]  # fmt: skip


def minutes_worked(start: datetime, count: int, hours: Schedule) -> list[bool]:
    """For each minute from `start` on, whether it is worked.

    The wall clock is read as one that is never put back: it stands still until it is as late again.
    """
    latest = datetime(1, 1, 1)  # noqa: DTZ001  # what a wall clock shows has no zone
    worked = []
    for index in range(-DAY, count):
        wall = (start + index * MINUTE).astimezone(hours.zone).replace(tzinfo=None)
        latest = max(latest, wall)
        if index >= 0:
            worked.append(_is_open(latest, hours))
    return worked


def _is_open(wall: datetime, hours: Schedule) -> bool:
    at = wall.hour * 60 + wall.minute
    today, yesterday = wall.date(), wall.date() - timedelta(days=1)
    return any(opening.opens <= at < opening.closes for opening in hours.openings(today)) or any(
        at < opening.closes - DAY for opening in hours.openings(yesterday)
    )


@st.composite
def a_day(draw: st.DrawFn) -> Openings:
    edges = sorted(draw(st.lists(st.integers(0, DAY // 5 - 1), max_size=4, unique=True)))
    pairs = [(edges[i] * 5, edges[i + 1] * 5) for i in range(0, len(edges) - 1, 2)]
    if len(edges) % 2 and draw(st.booleans()):
        pairs.append((edges[-1] * 5, DAY + draw(st.integers(0, edges[0] if len(edges) > 1 else edges[-1])) * 5))
    return tuple(Opening(*pair) for pair in pairs)


# Around the days on which clocks are changed somewhere, so that most cases meet one.
STARTS = st.builds(
    lambda day, minute: datetime.combine(day, datetime.min.time(), UTC) + minute * MINUTE,
    st.sampled_from([date(2026, 3, 6), date(2026, 3, 27), date(2026, 10, 2), date(2026, 10, 23), date(2026, 10, 30),
                     date(2026, 4, 3), date(2018, 11, 2), date(2022, 3, 20), date(2026, 2, 13), date(2026, 6, 1)]),
    st.integers(0, 3 * DAY),
)  # fmt: skip


@given(
    zone=st.sampled_from(ZONES),
    week=st.tuples(*[a_day()] * 7).filter(any),
    holidays=st.dictionaries(st.integers(0, 8), a_day(), max_size=3),
    start=STARTS,
    working=st.integers(1, 24 * 60),
)
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
def test_the_calculator_agrees_with_a_walk_by_the_minute(
    zone: str, week: tuple[Openings, ...], holidays: dict[int, Openings], start: datetime, working: int
) -> None:
    days = {start.date() + timedelta(days=offset): openings for offset, openings in holidays.items()}
    hours = Schedule(ZoneInfo(zone), week, days)
    worked = minutes_worked(start, 4 * DAY, hours)
    total = sum(worked)
    assert working_time_between(start, start + 4 * DAY * MINUTE, hours) == total * MINUTE
    if working <= total:
        last = [index for index, is_worked in enumerate(worked) if is_worked][working - 1]
        assert due(start, working * MINUTE, hours) == start + (last + 1) * MINUTE
    else:
        assert due(start, working * MINUTE, hours) > start + 4 * DAY * MINUTE
