"""What is owed in a conversation until when, and why: its clocks as the panel shows them."""

from dataclasses import dataclass
from datetime import timedelta

from babel.units import format_unit
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from csplatform.conversations.models import Conversation
from csplatform.desk.history import reader_locale
from csplatform.sla.models import Clock, ClockState
from csplatform.sla.selectors import Step, clocks_of, explain

# A conversation of years has hundreds; what is owed comes first, and of what is done the newest.
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Reason:
    """A step of the explanation; `moved` tells whether the deadline is another one after it."""

    step: Step
    moved: bool


@dataclass(frozen=True, slots=True)
class Owed:
    """A clock as it is shown.

    `counts_down` where its deadline runs; `outcome` says in a word what became of it otherwise, in the colour `tone`.
    """

    clock: Clock
    outcome: str
    tone: str
    reasons: list[Reason]

    @property
    def counts_down(self) -> bool:
        """Whether there is a deadline that comes nearer, or that was missed and is still owed."""
        return self.clock.state == ClockState.RUNNING and self.clock.due_at is not None


def deadlines(conversation: Conversation) -> list[Owed]:
    """Return the conversation's clocks: what is owed by its deadline, then what ended, newest first.

    Three queries, however many there are.
    """
    ended = Coalesce("met_at", "cancelled_at").desc(nulls_first=True)
    clocks = clocks_of(conversation).order_by(ended, F("due_at").asc(nulls_last=True), "id")
    return [_owed(clock) for clock in clocks[:MOST_SHOWN]]


def _owed(clock: Clock) -> Owed:
    return Owed(clock, *_outcome(clock), _reasons(explain(clock)))


def _outcome(clock: Clock) -> tuple[str, str]:
    """Return what became of a clock, and how good that is."""
    if clock.state == ClockState.PAUSED:
        if clock.remaining is None:
            return _("Paused"), "paused"
        return _("Paused, %(time)s left") % {"time": lasting(clock.remaining)}, "paused"
    if clock.state == ClockState.CANCELLED:
        return _("Not counted any more"), ""
    if clock.state == ClockState.MET and clock.due_at:
        return (_("Met late"), "late") if clock.is_late else (_("Met in time"), "in-time")
    return (_("Done"), "in-time") if clock.state == ClockState.MET else (_("No deadline"), "")


def _reasons(steps: list[Step]) -> list[Reason]:
    before = [None, *(step.due_at for step in steps)]
    return [Reason(step, step.due_at != due_at) for step, due_at in zip(steps, before, strict=False)]


def lasting(time: timedelta) -> str:
    """Return how long something lasts, in hours and minutes, short, in the reader's language."""
    hours, minutes = divmod(round(time / timedelta(minutes=1)), 60)
    units = [(hours, "hour"), (minutes, "minute")] if hours else [(minutes, "minute")]
    parts = [format_unit(number, unit, "short", locale=reader_locale()) for number, unit in units]
    return " ".join(parts)
