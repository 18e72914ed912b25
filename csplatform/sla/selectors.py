"""Reading clocks, and why they are due when they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext, to_locale
from django.utils.translation import gettext as _

from csplatform.conversations.models import Conversation, Status
from csplatform.sla.models import AUTOMATIC, Clock, ClockEvent, ClockEventKind, ClockKind
from csplatform.sla.schedule import Schedule, parts_of

_RESPONSES = (ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE)
# An explanation names the special days of so many days at most.
_DAYS_TOLD = 366
# How the library of holidays calls the languages that it does not call as Django does.
_LOCALES = {"zh-hans": "zh_CN", "zh-hant": "zh_TW", "pt-br": "pt_BR", "en": "en_US"}


@dataclass(frozen=True, slots=True)
class Step:
    """One reason why a deadline is where it is. `due_at` is the deadline as it stood after it, None for none yet."""

    at: datetime
    text: str
    due_at: datetime | None


def clocks_of(conversation: Conversation) -> QuerySet[Clock]:
    """Every clock of a conversation, in the order of their start, with all that `explain` asks for."""
    clocks = Clock.objects.filter(conversation=conversation)
    return with_explanations(clocks).order_by("started_at", "id")


def with_explanations(clocks: QuerySet[Clock]) -> QuerySet[Clock]:
    """Clocks with all that `explain` asks for: three statements, however many clocks."""
    lines = Prefetch("events", ClockEvent.objects.order_by("id"))
    return clocks.select_related("credited_to").prefetch_related(lines, "events__terms")


def explain(clock: Clock) -> list[Step]:
    """Why the clock is due when it is, step by step, in the reader's language: one step a line of its ledger."""
    lines = sorted(clock.events.all(), key=lambda line: line.pk)
    return [Step(line.at, " ".join(_told(clock, line)), line.due_at) for line in lines]


def _told(clock: Clock, line: ClockEvent) -> Iterator[str]:
    if line.kind == ClockEventKind.STARTED:
        yield _("The clock started.")
        yield from _terms_told(clock, line)
    elif line.kind == ClockEventKind.RETARGETED:
        yield _("The target was moved, counted from the start of the clock.")
        yield from _terms_told(clock, line)
    elif line.kind == ClockEventKind.PAUSED:
        yield _("The clock was paused: the conversation's status was “%(status)s”.") % {
            "status": Status(line.reason).label
        }
    elif line.kind == ClockEventKind.RESUMED:
        yield _("The clock ran again, with the time that was left.")
        yield from _special_days(clock, line)
    elif line.kind == ClockEventKind.CANCELLED:
        yield _cancelled(line.reason)
    elif line.kind == ClockEventKind.MET:
        yield _met(clock, line.reason)
    else:
        yield _PLAIN[ClockEventKind(line.kind)]()
    if line.late_by:
        yield _("It was noticed late, by %(time)s hours, because nothing kept watch at its time.") % {
            "time": _hours(line.late_by)
        }


def _hours(time: timedelta) -> str:
    """Hours, minutes and seconds such as `1:05:00`."""
    minutes, seconds = divmod(round(time.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def _cancelled(reason: str) -> str:
    if reason == "moved":
        return _("Not counted any more: what waited for an answer was moved to another conversation.")
    if reason == "bot":
        return _("Not counted any more: the bot took the conversation.")
    return _("Not counted any more: the conversation's status was “%(status)s”.") % {"status": Status(reason).label}


def _met(clock: Clock, reason: str) -> str:
    if clock.kind == ClockKind.RESOLUTION:
        return _("The conversation was resolved.")
    if clock.credited_to is None:
        if reason == AUTOMATIC:
            return _("It was answered automatically, and the policy lets that count.")
        return _("It was answered outside of this desk.")
    told = _("%(name)s got the conversation.") if clock.kind == ClockKind.QUEUE else _("%(name)s answered.")
    return told % {"name": clock.credited_to.name}


_PLAIN = {
    ClockEventKind.WARNED: lambda: _("The deadline came near."),
    ClockEventKind.BREACHED: lambda: _("The deadline was missed."),
    ClockEventKind.ESCALATED: lambda: _("A step of the escalation was taken."),
}


def _terms_told(clock: Clock, line: ClockEvent) -> Iterator[str]:
    promise = line.terms.promise() if line.terms else None
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
    schedules = parts_of(promise.hours_of(clock.kind))
    for schedule in schedules:
        yield _("The hours of the calendar “%(calendar)s” count (%(zone)s).") % {
            "calendar": schedule.name,
            "zone": schedule.zone.key,
        }
    if len(schedules) > 1:
        yield _("The clock runs while any of them is open.")
    if not schedules:
        yield _("Every minute counts.")
    if promise.automatic_counts and clock.kind in _RESPONSES:
        yield _("An automatic answer counts, too.")
    yield from _special_days(clock, line)


def _special_days(clock: Clock, line: ClockEvent) -> Iterator[str]:
    """The days with hours of their own on the way from a line to the deadline as it stood after it."""
    promise = line.terms.promise() if line.terms else None
    if promise is None or line.due_at is None:
        return
    for schedule in parts_of(promise.hours_of(clock.kind)):
        first, last = (moment.astimezone(schedule.zone).date() for moment in (line.at, line.due_at))
        for offset in range(min((last - first).days, _DAYS_TOLD) + 1):
            day = first + timedelta(days=offset)
            if schedule.is_special(day):
                yield _day_told(schedule, day)


def _day_told(schedule: Schedule, day: date) -> str:
    language = (get_language() or settings.LANGUAGE_CODE).lower()
    name = schedule.name_of(day, _LOCALES.get(language, to_locale(language)))
    hours = ", ".join(map(str, schedule.openings(day)))
    if hours:
        told = _("%(day)s (%(name)s) is open %(hours)s.") if name else _("%(day)s is open %(hours)s.")
    else:
        told = _("%(day)s (%(name)s) is closed.") if name else _("%(day)s is closed.")
    return told % {"day": date_format(day, "DATE_FORMAT"), "name": name, "hours": hours}
