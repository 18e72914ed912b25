"""Reading clocks, and why they are due when they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from csplatform.conversations.models import Conversation, Status
from csplatform.sla.models import Clock, ClockEvent, ClockEventKind, Terms


@dataclass(frozen=True, slots=True)
class Step:
    """One reason why a deadline is where it is. `due_at` is the deadline as it stood after it, None for none yet."""

    at: datetime
    text: str
    due_at: datetime | None


def clocks_of(conversation: Conversation) -> QuerySet[Clock]:
    """Every clock of a conversation, in the order of their start."""
    clocks = Clock.objects.filter(conversation=conversation)
    return clocks.select_related("terms", "credited_to").order_by("started_at", "id")


def explain(clock: Clock) -> list[Step]:
    """Why the clock is due when it is, step by step, in the reader's language: one step a line of its ledger."""
    lines = clock.events.select_related("terms").order_by("id")
    return [Step(line.at, " ".join(_told(clock, line)), line.due_at) for line in lines]


def _told(clock: Clock, line: ClockEvent) -> Iterator[str]:
    if line.kind == ClockEventKind.STARTED:
        yield _("The clock started.")
        yield from _terms_told(clock, line.terms)
    elif line.kind == ClockEventKind.RETARGETED:
        yield _("The target was moved, counted from the start of the clock.")
        yield from _terms_told(clock, line.terms)
    elif line.kind == ClockEventKind.PAUSED:
        yield _("The clock was paused: the conversation's status was “%(status)s”.") % {
            "status": Status(line.reason).label
        }
    elif line.kind == ClockEventKind.CANCELLED:
        status = Status(line.reason).label
        yield _("Not counted any more: the conversation's status was “%(status)s”.") % {"status": status}
    else:
        yield _PLAIN[ClockEventKind(line.kind)]()


_PLAIN = {
    ClockEventKind.RESUMED: lambda: _("The clock ran again, with the time that was left."),
    ClockEventKind.WARNED: lambda: _("The deadline came near."),
    ClockEventKind.BREACHED: lambda: _("The deadline was missed."),
    ClockEventKind.MET: lambda: _("Done."),
}


def _terms_told(clock: Clock, terms: Terms | None) -> Iterator[str]:
    promise = terms.promise() if terms else None
    if promise is None:
        yield _("No policy matches, so there is no deadline.")
        return
    target = promise.targets.get(clock.kind)
    if target is None:
        yield _("The policy “%(policy)s” sets no target for this.") % {"policy": promise.policy}
        return
    yield ngettext(
        "The policy “%(policy)s” allows %(minutes)d minute.",
        "The policy “%(policy)s” allows %(minutes)d minutes.",
        target.minutes,
    ) % {"policy": promise.policy, "minutes": target.minutes}
    schedule = promise.schedule_of(clock.kind)
    if schedule is None:
        yield _("Every minute counts.")
    else:
        yield _("The hours of the calendar “%(calendar)s” count (%(zone)s).") % {
            "calendar": promise.calendar,
            "zone": schedule.zone.key,
        }
