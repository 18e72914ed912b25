"""100,000 random clocks against a reference that knows nothing but minutes.

The reference looks at the wall clock once a minute and notes, in one bit a minute, whether anybody works; a clock's
ledger is another row of bits. What a clock ran is where both are set, and its deadline the end of the n-th such minute.
Most cases lie around days on which clocks are changed somewhere.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest

from csplatform.sla.models import ClockEvent, ClockEventKind, ClockKind
from csplatform.sla.public_holidays import PublicHolidays
from csplatform.sla.reckoning import standing
from csplatform.sla.schedule import DAY, Hours, Opening, Openings, Schedule, parts_of, together
from csplatform.sla.terms import Promise, Target

CASES, SHARES, QUESTIONS = 100_000, 4, 125
HORIZON = 16 * DAY
MINUTE = timedelta(minutes=1)
ZONES = ["UTC", "Europe/Madrid", "America/New_York", "Asia/Kolkata", "Asia/Tokyo", "Australia/Lord_Howe",
         "Africa/Casablanca", "Pacific/Chatham", "America/Sao_Paulo", "Asia/Tehran"]  # fmt: skip
FIRST_DAYS = [
    *(date(2026, 3, 6), date(2026, 3, 27), date(2026, 4, 3), date(2026, 10, 2), date(2026, 10, 23), date(2026, 10, 30)),
    *(date(2018, 11, 2), date(2022, 3, 20), date(2026, 2, 13), date(2026, 12, 20)),
]
COUNTRIES = [PublicHolidays("ES", "MD"), PublicHolidays("JP"), PublicHolidays("US", "NY"), PublicHolidays("BR")]


@lru_cache
def wall_clock(zone: str, first: date) -> Sequence[tuple[date, int]]:
    """What the wall clock shows in each minute from midnight (UTC) of `first` on: the day, and the minute of it.

    It is read as one that is never put back: it stands still until it is as late again.
    """
    midnight, latest, shown = datetime.combine(first, datetime.min.time(), UTC), None, []
    for minute in range(-DAY, HORIZON):
        wall = (midnight + minute * MINUTE).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        latest = wall if latest is None else max(latest, wall)
        if minute >= 0:
            shown.append((latest.date(), latest.hour * 60 + latest.minute))
    return shown


def open_minutes(schedule: Schedule, first: date) -> int:
    """A bit for each minute from `first` on in which the schedule is open."""
    clock = wall_clock(schedule.zone.key, first)
    days = {day: hours_of_day(schedule, day) for day in dict(clock)}
    return int("".join("1" if days[day][minute] else "0" for day, minute in reversed(clock)), 2)


def hours_of_day(schedule: Schedule, day: date) -> bytearray:
    """Whether each minute that the wall clock shows on `day` is worked."""
    minutes = bytearray(DAY)
    for opening in schedule.openings(day):
        minutes[opening.opens : min(opening.closes, DAY)] = b"\1" * (min(opening.closes, DAY) - opening.opens)
    for opening in schedule.openings(day - timedelta(days=1)):
        past_midnight = max(opening.closes - DAY, 0)
        minutes[:past_midnight] = b"\1" * past_midnight
    return minutes


def nth_set(bits: int, number: int) -> int | None:
    """The place of the `number`-th set bit, counted from one; None where there are fewer."""
    if bits.bit_count() < number:
        return None
    low, high = 0, bits.bit_length()
    while high - low > 1:
        middle = (low + high) // 2
        if (bits & ((1 << middle) - 1)).bit_count() >= number:
            high = middle
        else:
            low = middle
    return high - 1


def a_day(chance: random.Random) -> Openings:
    edges = sorted(chance.sample(range(DAY // 5), chance.randint(0, 4)))
    pairs = [(edges[i] * 5, edges[i + 1] * 5) for i in range(0, len(edges) - 1, 2)]
    if len(edges) % 2 and chance.random() < 0.5:
        pairs.append((edges[-1] * 5, DAY + chance.randint(0, edges[0]) * 5))
    return tuple(Opening(*pair) for pair in pairs)


def a_schedule(chance: random.Random, first: date) -> Schedule:
    week: tuple[Openings, ...] = ()
    while not any(week):
        week = tuple(a_day(chance) for _ in range(7))
    special = {first + timedelta(days=chance.randint(0, 12)): a_day(chance) for _ in range(chance.randint(0, 3))}
    holidays = chance.choice([*COUNTRIES, None, None, None, None])
    return Schedule(ZoneInfo(chance.choice(ZONES)), week, special, holidays=holidays)


@dataclass(frozen=True)
class Rota:
    """Hours, and the reference's view of them."""

    hours: Hours | None
    bits: int


def a_rota(chance: random.Random, first: date) -> Rota:
    """Hours of one calendar, of several, or none at all: calendar time."""
    schedules = [a_schedule(chance, first) for _ in range(chance.choice([0, 1, 1, 1, 1, 2, 3]))]
    bits = 0
    for schedule in schedules:
        bits |= open_minutes(schedule, first)
    return Rota(together(schedules), bits if schedules else (1 << HORIZON) - 1)


def a_ledger(chance: random.Random, midnight: datetime) -> tuple[list[ClockEvent], int]:
    """A clock's start, pauses and resumptions; and a bit for each minute in which it ran."""
    moments = sorted(chance.sample(range(10 * DAY), chance.choice([1, 1, 1, 2, 3, 4, 5])))
    kinds = [ClockEventKind.STARTED, *[ClockEventKind.PAUSED, ClockEventKind.RESUMED] * 2]
    events = [
        ClockEvent(kind=kind, at=midnight + minute * MINUTE) for kind, minute in zip(kinds, moments, strict=False)
    ]
    ends = [*moments, HORIZON] if len(moments) % 2 else moments
    ran = 0
    for begin, end in zip(ends[::2], ends[1::2], strict=True):
        ran |= (1 << end) - (1 << begin)
    return events, ran


def questions(chance: random.Random) -> Iterator[None]:
    """Ask about many clocks under the same two rotas; a clock is retargeted from one to the other."""
    first = chance.choice(FIRST_DAYS)
    midnight = datetime.combine(first, datetime.min.time(), UTC)
    rotas = [a_rota(chance, first), a_rota(chance, first)]
    for _ in range(QUESTIONS):
        events, ran = a_ledger(chance, midnight)
        for rota in chance.sample(rotas, 2):  # before and after the change of target
            minutes = chance.choice([chance.randint(1, 600), chance.randint(1, 4 * DAY)])
            check(events, ran, rota, minutes, midnight)
            yield


def check(events: list[ClockEvent], ran: int, rota: Rota, minutes: int, midnight: datetime) -> None:
    promise = Promise("Any", {"resolution": Target(minutes, rota.hours is not None)}, frozenset(), 0.5, rota.hours)
    stand = standing(events, ClockKind.RESOLUTION, promise)
    worked = rota.bits & ran
    last = nth_set(worked, minutes)
    where = f"{[part.zone.key for part in parts_of(rota.hours)]} {[(e.kind, e.at) for e in events]} {minutes}"
    if last is not None:
        assert (stand.due_at, stand.remaining) == (midnight + (last + 1) * MINUTE, None), where
    elif events[-1].kind == ClockEventKind.PAUSED:
        assert (stand.due_at, stand.remaining) == (None, (minutes - worked.bit_count()) * MINUTE), where
    else:
        assert stand.due_at is not None, where
        assert stand.due_at > midnight + HORIZON * MINUTE, where


@pytest.mark.timeout(300)
@pytest.mark.parametrize("share", range(SHARES))
def test_deadlines_agree_with_the_minutes(share: int) -> None:
    chance = random.Random(f"deadlines {share}")
    asked = 0
    while asked < CASES // SHARES:
        asked += sum(1 for _ in questions(chance))
    assert asked >= CASES // SHARES
