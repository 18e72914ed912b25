"""The deadline of a clock, worked out from its ledger alone: a pure function."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from csplatform.sla import calculator
from csplatform.sla.models import ClockEvent, ClockEventKind, ClockKind
from csplatform.sla.schedule import Hours
from csplatform.sla.terms import Promise


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which a clock ran; `end` is None where it still runs."""

    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a clock stands. `due_at` and `warn_at` are None without a target, or while a pause leaves them open.

    `remaining` is the working time that a pause left of the target, None where no pause leaves it open.
    `steps` are the escalation steps whose moments are known, in the order of these.
    """

    due_at: datetime | None = None
    warn_at: datetime | None = None
    remaining: timedelta | None = None
    steps: tuple[tuple[datetime, int], ...] = ()


def standing(events: Iterable[ClockEvent], kind: ClockKind, promise: Promise | None) -> Standing:
    """Reckon a clock's ledger (in order) under a promise, as though it had been given from the start."""
    target = promise.targets.get(kind) if promise else None
    if promise is None or target is None:
        return Standing()
    spans, hours = running_spans(events), promise.hours_of(kind)
    due_at, remaining = _reach(spans, target.time, hours)
    warn_at, _ = _reach(spans, target.time * promise.warn_at, hours)
    steps = []
    for step in promise.steps_of(kind):
        at = due_at + timedelta(minutes=step.minutes) if due_at and step.minutes is not None else None
        if step.share is not None:
            at, _ = _reach(spans, target.time * step.share, hours)
        if at is not None:
            steps.append((at, step.pk))
    return Standing(due_at, warn_at, remaining, tuple(sorted(steps)))


def running_spans(events: Iterable[ClockEvent]) -> list[Span]:
    """When a clock ran, by its ledger."""
    spans: list[Span] = []
    for event in events:
        if event.kind in {ClockEventKind.STARTED, ClockEventKind.RESUMED}:
            spans.append(Span(event.at, None))
        elif event.kind == ClockEventKind.PAUSED:
            spans[-1] = Span(spans[-1].start, event.at)
    return spans


def _reach(spans: Sequence[Span], time: timedelta, hours: Hours | None) -> tuple[datetime | None, timedelta | None]:
    """The moment at which the clock has run for `time`; or None, and what is left, where a pause comes before."""
    for span in spans:
        worked = None if span.end is None else calculator.working_time_between(span.start, span.end, hours)
        if worked is None or time <= worked:
            return calculator.due(span.start, time, hours), None
        time -= worked
    return None, time
