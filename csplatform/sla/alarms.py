"""Which alarms of a clock are due, and which comes next. Pure: the ledger and the sweep both go by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.conf import settings

from csplatform.conversations.models import EventVerb
from csplatform.sla.models import ClockEventKind, ClockState


class Alarmed(Protocol):
    """What an alarm asks about a clock: fields of `Clock`, in their meaning there."""

    kind: str
    state: str
    changed_at: datetime
    due_at: datetime | None
    warn_at: datetime | None
    warned_at: datetime | None
    breached_at: datetime | None
    wake_at: datetime | None
    steps: Any


@dataclass(frozen=True, slots=True)
class Alarm:
    """A line for the ledger; `verb` is how the conversation's history tells it, NONE where it does not."""

    kind: ClockEventKind
    at: datetime
    recorded_at: datetime
    verb: EventVerb = EventVerb.NONE
    step: int | None = None

    @property
    def late_by(self) -> timedelta | None:
        """How late it was recorded, where that is too late."""
        late = self.recorded_at - self.at
        return late if late > timedelta(seconds=settings.SLA_LATE_SECONDS) else None

    def facts(self, clock: Alarmed, policy: str) -> dict[str, Any]:
        """What the history says of it."""
        due_at = clock.due_at.isoformat() if clock.due_at else None
        late = {"late_by": round(self.late_by.total_seconds())} if self.late_by else {}
        return {"kind": clock.kind, "due_at": due_at, "policy": policy} | late


def take_due(clock: Alarmed, before: datetime, recorded_at: datetime) -> list[Alarm]:
    """Mark on the clock, and return, the alarms whose moments lie before `before`, in the order of these moments.

    An alarm whose moment lies before the clock's newest line counts as of that line. A warning that its own breach has
    overtaken is told to nobody.
    """
    taken = []
    for moment, kind, step in _open(clock):
        if moment >= before:
            break
        at = max(moment, clock.changed_at)
        verb = EventVerb.NONE
        if kind == ClockEventKind.BREACHED:
            clock.breached_at, verb = at, EventVerb.SLA_BREACHED
        elif kind == ClockEventKind.WARNED:
            overtaken = clock.due_at is not None and clock.due_at < before and not clock.breached_at
            clock.warned_at, verb = at, EventVerb.NONE if overtaken else EventVerb.SLA_WARNED
        else:
            clock.steps = [to_come for to_come in clock.steps if to_come[1] != step]
        clock.changed_at = at
        taken.append(Alarm(kind, at, recorded_at, verb, step))
    clock.wake_at = next_moment(clock)
    return taken


def next_moment(clock: Alarmed) -> datetime | None:
    """When the next alarm of an active clock is due; None for never."""
    to_come = _open(clock)
    return to_come[0][0] if to_come else None


def _open(clock: Alarmed) -> Sequence[tuple[datetime, ClockEventKind, int | None]]:
    """The alarms still to be given, in the order of their moments. Nothing is escalated while a clock is paused."""
    alarms: list[tuple[datetime, ClockEventKind, int | None]] = []
    if clock.warn_at and not clock.warned_at:
        alarms.append((clock.warn_at, ClockEventKind.WARNED, None))
    if clock.due_at and not clock.breached_at:
        alarms.append((clock.due_at, ClockEventKind.BREACHED, None))
    if clock.steps and clock.state == ClockState.RUNNING:
        alarms += [(datetime.fromisoformat(at), ClockEventKind.ESCALATED, step) for at, step in clock.steps]
    return sorted(alarms, key=lambda alarm: alarm[0])
