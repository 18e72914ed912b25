"""Writing to clocks: every change is a line in the ledger, and the deadline follows from the lines."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from csplatform.common import clock as time
from csplatform.common.bulk import insert
from csplatform.conversations.actors import SYSTEM
from csplatform.conversations.chronicle import Recorded
from csplatform.conversations.models import Conversation, EventVerb, Status
from csplatform.conversations.services import draft, history, save_conversations, save_drafts
from csplatform.notifications.services import alarmed
from csplatform.people.models import User
from csplatform.sla.alarms import Alarm, next_moment, take_due
from csplatform.sla.escalations import ring_for_escalations
from csplatform.sla.models import (
    ACTIVE,
    Change,
    Clock,
    ClockEvent,
    ClockEventKind,
    ClockKind,
    ClockState,
    Escalation,
    Terms,
)
from csplatform.sla.policies import terms_for
from csplatform.sla.reckoning import standing

_PAUSABLE = frozenset({Status.PENDING.value, Status.SNOOZED.value})
# Lines that move the deadline.
_MOVING = frozenset({ClockEventKind.STARTED, ClockEventKind.PAUSED, ClockEventKind.RESUMED, ClockEventKind.RETARGETED})
_MUTABLE = (
    "state", "terms", "changed_at", "due_at", "warn_at", "wake_at", "warned_at", "breached_at", "paused_since",
    "remaining", "steps", "met_at", "cancelled_at", "credited_to",
)  # fmt: skip


def active_clocks(conversation_ids: Iterable[int]) -> QuerySet[Clock]:
    """The active clocks of conversations that are locked already, locked in their turn."""
    clocks = Clock.objects.filter(conversation_id__in=conversation_ids, state__in=ACTIVE)
    return clocks.select_for_update(of=("self",)).select_related("terms").order_by("id")


class Ledger:
    """The active clocks of one locked conversation, and what happens to them at one moment.

    Nothing is written before `save`. A moment that lies before a clock's newest line counts as the moment of
    that line: a ledger never runs backwards.
    """

    def __init__(
        self,
        conversation: Conversation,
        at: datetime,
        active: Iterable[Clock] | None = None,
        terms: Callable[[Conversation], Terms | None] = terms_for,
    ) -> None:
        self.conversation = conversation
        self._terms = terms
        self.at = at
        self.active = list(active_clocks([conversation.pk]) if active is None else active)
        self.lines: list[ClockEvent] = []
        self.history: list[tuple[EventVerb, dict[str, Any]]] = []
        self._past: dict[int, list[ClockEvent]] | None = None

    def of(self, *kinds: ClockKind) -> list[Clock]:
        """The active clocks of these kinds."""
        return [clock for clock in self.active if clock.kind in kinds and clock.is_active]

    def present_terms(self) -> Terms | None:
        """What is promised for the conversation at present."""
        return self._terms(self.conversation)

    def start(self, kind: ClockKind, cycle: int, terms: Terms | None) -> None:
        """Start a clock; it is paused at once where the conversation's status says so."""
        clock = Clock(conversation=self.conversation, kind=kind, cycle=cycle, terms=terms)
        clock.started_at = clock.changed_at = self.at
        self.active.append(clock)
        self._write(clock, ClockEventKind.STARTED)
        self.follow_status(clock)

    def follow_status(self, clock: Clock) -> None:
        """Pause or resume a clock as its terms say for the conversation's present status.

        Without terms there is no deadline to be fair about; the pause is kept for the terms that may come.
        """
        pausing = clock.terms.promise().paused_in if clock.terms else _PAUSABLE
        if self.conversation.status not in pausing:
            self._resume(clock)
        elif clock.state == ClockState.RUNNING:
            self.ring(clock)
            clock.state, clock.paused_since = ClockState.PAUSED, self._moment(clock)
            self._write(clock, ClockEventKind.PAUSED, str(self.conversation.status))

    def meet(self, clock: Clock, by: User | None = None, reason: str = "") -> None:
        """What was owed was done; by `by`, where an agent is to be credited, else `reason` may say how."""
        self._resume(clock)  # so that it is known what its deadline would have been
        self._miss(clock)
        clock.steps = []
        clock.state, clock.met_at, clock.credited_to = ClockState.MET, self._moment(clock), by
        self._write(clock, ClockEventKind.MET, reason)

    def cancel(self, clock: Clock, reason: str) -> None:
        """It is no longer owed."""
        self._miss(clock)
        clock.steps = []
        clock.state, clock.cancelled_at = ClockState.CANCELLED, self._moment(clock)
        clock.paused_since = clock.remaining = None
        self._write(clock, ClockEventKind.CANCELLED, reason)

    def retarget(self, because: Change) -> None:
        """Reckon what is owed under the terms that hold now, as though they had held from the start.

        What is owed under terms that do not care for such a change stays as it was promised; what was missed stays
        missed: a clock that breached keeps its terms and its deadline. The history tells which deadlines moved.
        """
        concerned = [
            clock for clock in self.active if clock.terms is None or because in clock.terms.promise().retarget_on
        ]
        if not concerned:
            return
        terms, moved = self.present_terms(), []
        for clock in concerned:
            old = clock.due_at
            self._retarget(clock, terms)
            if clock.due_at != old:
                moved.append({"kind": clock.kind, "old": _as_text(old), "new": _as_text(clock.due_at)})
        if moved:
            policy = terms.name if terms else ""
            self.history.append((EventVerb.RETARGETED, {"because": because.value, "policy": policy, "moved": moved}))

    def _retarget(self, clock: Clock, terms: Terms | None) -> None:
        self.ring(clock)
        if clock.is_late or clock.terms == terms:
            return
        clock.terms = terms
        self._write(clock, ClockEventKind.RETARGETED)
        if clock.warn_at is None or clock.warn_at > self.at:
            clock.warned_at = None  # of another deadline
            _set_wake(clock)
        self.follow_status(clock)

    def ring(self, clock: Clock) -> None:
        """Write down every alarm whose moment has passed, each once, in the order of these moments.

        A warning that its breach has overtaken stands in the ledger, but is told to nobody.
        """
        for alarm in take_due(clock, self.at, time.now()):
            self._alarm(clock, alarm)

    def next_deadline(self) -> datetime | None:
        """The earliest deadline that runs; it may have passed."""
        return min((clock.due_at for clock in self.active if clock.due_at and clock.state == "running"), default=None)

    def save(self) -> None:
        """Write everything down."""
        save_all([self])

    def _resume(self, clock: Clock) -> None:
        if clock.state == ClockState.PAUSED:
            clock.state, clock.paused_since = ClockState.RUNNING, None
            self._write(clock, ClockEventKind.RESUMED)

    def _miss(self, clock: Clock) -> None:
        if clock.due_at and not clock.breached_at and clock.due_at < self.at:
            clock.breached_at = max(clock.due_at, clock.changed_at)
            self._alarm(clock, Alarm(ClockEventKind.BREACHED, clock.breached_at, time.now(), EventVerb.SLA_BREACHED))

    def _alarm(self, clock: Clock, alarm: Alarm) -> None:
        """Write an alarm down, and into the history where it is told."""
        line = self._write(clock, alarm.kind, at=alarm.at)
        line.step, line.late_by, line.recorded_at = alarm.step, alarm.late_by, alarm.recorded_at
        if alarm.verb:
            self.history.append((alarm.verb, alarm.facts(clock, clock.terms.name if clock.terms else "")))

    def _moment(self, clock: Clock) -> datetime:
        return max(self.at, clock.changed_at)

    def _write(self, clock: Clock, kind: ClockEventKind, reason: str = "", at: datetime | None = None) -> ClockEvent:
        line = ClockEvent(clock=clock, kind=kind, at=at or self._moment(clock), reason=reason, recorded_at=time.now())
        clock.changed_at = line.at
        self.lines.append(line)
        if kind in _MOVING and not clock.is_late:
            self._aim(clock)
        _set_wake(clock)
        line.due_at, line.terms = clock.due_at, clock.terms
        return line

    def _aim(self, clock: Clock) -> None:
        promise = clock.terms.promise() if clock.terms else None
        lines = self._lines_of(clock)
        stand = standing(lines, ClockKind(clock.kind), promise)
        clock.due_at, clock.warn_at, clock.remaining = stand.due_at, stand.warn_at, stand.remaining
        taken = {line.step for line in lines}
        clock.steps = [[at.isoformat(), step] for at, step in stand.steps if step not in taken]

    def _lines_of(self, clock: Clock) -> list[ClockEvent]:
        past = self._written()[clock.pk] if clock.pk else []
        return [*past, *(line for line in self.lines if line.clock is clock)]

    def _written(self) -> dict[int, list[ClockEvent]]:
        """The lines that were there before, for all clocks at once; read when the first is asked for."""
        if self._past is None:
            self._past = {clock.pk: [] for clock in self.active if clock.pk}
            for line in ClockEvent.objects.filter(clock__in=self._past).order_by("id"):
                self._past[line.clock_id].append(line)
        return self._past


def save_all(ledgers: Sequence[Ledger]) -> None:
    """Write several ledgers down at once: their clocks, lines and alarms, and the conversations' next deadlines."""
    save_clocks(ledgers)
    for ledger in ledgers:
        deadline = ledger.next_deadline()
        if ledger.conversation.next_deadline_at != deadline:
            ledger.conversation.next_deadline_at = deadline
            if not ledger.history:  # a line of history saves the whole conversation
                ledger.conversation.save(update_fields=["next_deadline_at"])
    save_history(ledgers)


def save_clocks(ledgers: Sequence[Ledger]) -> None:
    """Write the clocks and lines of several ledgers down, of conversations that have been saved."""
    lines = [line for ledger in ledgers for line in ledger.lines]
    changed = {id(line.clock): line.clock for line in lines}.values()
    insert([clock for clock in changed if clock.pk is None])
    created = {id(line.clock) for line in lines if line.kind == ClockEventKind.STARTED}
    known = [clock for clock in changed if id(clock) not in created]
    Clock.objects.bulk_update(known, _MUTABLE)
    insert(lines)
    escalations = [Escalation(line=line) for line in lines if line.kind == ClockEventKind.ESCALATED]
    if escalations:
        insert(escalations)
        ring_for_escalations()


def save_history(ledgers: Sequence[Ledger]) -> None:
    """Write what is to be told into the conversations' histories: the screens hear of it, and whose deadline it is."""
    telling = [ledger for ledger in ledgers if ledger.history]
    drafts = [
        draft(ledger.conversation, history(verb, SYSTEM, **facts))
        for ledger in telling
        for verb, facts in ledger.history
    ]
    save_conversations([ledger.conversation for ledger in telling])
    save_drafts(drafts)
    alarmed(
        [
            Recorded(line.pk, line.conversation_id, EventVerb(line.verb), line.conversation.assignee_id)
            for line in drafts
        ],
        time.now(),
    )


def _set_wake(clock: Clock) -> None:
    """Let the sweep look at the clock when its next alarm is due."""
    clock.wake_at = next_moment(clock) if clock.is_active else None


def _as_text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
