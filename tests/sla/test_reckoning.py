"""The deadline is a pure function of the ledger, whatever the pauses."""

from datetime import UTC, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from csplatform.sla.calculator import working_time_between
from csplatform.sla.models import ClockEvent, ClockEventKind, ClockKind
from csplatform.sla.reckoning import standing
from csplatform.sla.schedule import Schedule, parse_openings
from csplatform.sla.terms import Promise, Target

START = datetime(2026, 10, 23, 6, 0, tzinfo=UTC)  # Friday before the clocks are put back in Europe
MINUTE = timedelta(minutes=1)
HOURS = Schedule(
    ZoneInfo("Europe/Madrid"), [*[parse_openings("08:30-12:00, 13:00-17:30")] * 5, (), parse_openings("01:00-04:00")]
)


def ledger(gaps: list[int]) -> list[ClockEvent]:
    """A clock that starts, and is paused and resumed by turns, so many minutes apart."""
    kinds = [ClockEventKind.STARTED, *[ClockEventKind.PAUSED, ClockEventKind.RESUMED] * len(gaps)]
    moments = [START + minutes * MINUTE for minutes in accumulate(gaps, initial=0)]
    return [ClockEvent(kind=kind, at=at) for kind, at in zip(kinds, moments, strict=False)]


def promise(minutes: int) -> Promise:
    return Promise("Test", {"resolution": Target(minutes, True)}, frozenset(), 0.5, HOURS)


def ran(events: list[ClockEvent], end: datetime) -> timedelta:
    """How long the clock ran until `end`, in working time, a minute at a time."""
    total, running, waiting = timedelta(0), False, list(events)
    at = START
    while at < end:
        while waiting and waiting[0].at <= at:
            running = waiting.pop(0).kind != ClockEventKind.PAUSED
        if running:
            total += working_time_between(at, at + MINUTE, HOURS)
        at += MINUTE
    return total


@given(gaps=st.lists(st.integers(1, 900), max_size=6), target=st.integers(1, 900))
@settings(max_examples=80, deadline=None)
def test_a_clock_is_due_when_it_has_run_for_its_target(gaps: list[int], target: int) -> None:
    events = ledger(gaps)
    stand = standing(events, ClockKind.RESOLUTION, promise(target))
    if stand.due_at is None:
        assert stand.remaining is not None
        assert ran(events, events[-1].at) + stand.remaining == target * MINUTE
        assert stand.remaining > timedelta(0)
    else:
        assert ran(events, stand.due_at) == target * MINUTE
        assert stand.warn_at is not None
        assert stand.warn_at <= stand.due_at


@given(gaps=st.lists(st.integers(1, 900), max_size=6), target=st.integers(2, 900))
@settings(max_examples=80, deadline=None)
def test_a_warning_is_a_deadline_of_its_share(gaps: list[int], target: int) -> None:
    events = ledger(gaps)
    whole = standing(events, ClockKind.RESOLUTION, promise(target * 2))
    assert whole.warn_at == standing(events, ClockKind.RESOLUTION, promise(target)).due_at


def test_without_a_target_nothing_is_due() -> None:
    assert standing(ledger([5]), ClockKind.NEXT_RESPONSE, promise(10)).due_at is None
    assert standing(ledger([5]), ClockKind.RESOLUTION, None).remaining is None
