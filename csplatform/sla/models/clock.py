"""Clocks: what is owed to a customer until when, and everything that ever happened to it."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from csplatform.common.clock import now
from csplatform.conversations.models import Conversation
from csplatform.sla.models.policy import ClockKind, Terms


class ClockState(models.TextChoices):
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    MET = "met", _("Met")
    CANCELLED = "cancelled", _("Cancelled")


ACTIVE = (ClockState.RUNNING, ClockState.PAUSED)


class Clock(models.Model):
    """One thing owed in one conversation: a first or next response, a resolution, or an end of waiting in the queue.

    It is kept where no policy sets a deadline, too: the time a response took is of interest all the same, and a
    policy may come to match later. All moments are in UTC and are the moments at which something was so, not
    those at which it was noticed (`ClockEvent.recorded_at` has these). A clock that breached runs on until it is
    met: `breached_at` and `met_at` together mean “met late”.

    changed_at  the moment of the newest line in the ledger
    due_at      the deadline; empty without a target, and while a pause leaves it open
    warn_at     when a warning is due; empty like `due_at`
    remaining   what a pause left of the target, in working time
    steps       the escalation steps to come, as pairs of a moment (ISO 8601) and the step's id, in their order
    wake_at     when the sweep has to look at this clock next; empty for never
    terms       what was promised; empty where no policy matched
    credited_to the author of the response that met it; for the time in queue, the agent who got the conversation
    """

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="clocks")
    kind = models.CharField(_("kind"), max_length=20, choices=ClockKind.choices)
    cycle = models.PositiveIntegerField(_("cycle"), default=1)
    state = models.CharField(_("state"), max_length=10, choices=ClockState.choices, default=ClockState.RUNNING)
    terms = models.ForeignKey(Terms, models.PROTECT, null=True, related_name="clocks", verbose_name=_("terms"))
    started_at = models.DateTimeField(_("started"))
    changed_at = models.DateTimeField(_("last change"))
    due_at = models.DateTimeField(_("due"), null=True)
    warn_at = models.DateTimeField(_("warning due"), null=True)
    wake_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(_("warned"), null=True)
    breached_at = models.DateTimeField(_("missed"), null=True)
    paused_since = models.DateTimeField(_("paused since"), null=True)
    remaining: "models.DurationField[timedelta | None, timedelta | None]" = models.DurationField(
        _("remaining"), null=True
    )
    steps = models.JSONField(_("escalations to come"), default=list)
    met_at = models.DateTimeField(_("met"), null=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True)
    credited_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="met_clocks", verbose_name=_("credited to")
    )

    class Meta:
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "kind"], name="one_active_clock_of_a_kind", condition=Q(state__in=ACTIVE)
            ),
            models.CheckConstraint(
                condition=Q(state="running", paused_since=None, met_at=None, cancelled_at=None)
                | Q(state="paused", paused_since__isnull=False, met_at=None, cancelled_at=None)
                | Q(state="met", paused_since=None, met_at__isnull=False, cancelled_at=None)
                | Q(state="cancelled", paused_since=None, met_at=None, cancelled_at__isnull=False),
                name="clock_state_says_when",
            ),
            models.CheckConstraint(condition=Q(due_at=None) | Q(terms__isnull=False), name="deadlines_come_from_terms"),
            models.CheckConstraint(
                condition=Q(breached_at=None) | Q(breached_at__gte=F("due_at"), due_at__isnull=False),
                name="breaches_follow_deadlines",
            ),
            models.CheckConstraint(
                condition=Q(wake_at=None) | Q(state__in=ACTIVE, terms__isnull=False), name="only_active_clocks_wake"
            ),
            models.CheckConstraint(
                condition=Q(remaining=None) | Q(state="paused"), name="only_paused_clocks_have_time_left"
            ),
            models.CheckConstraint(
                condition=Q(changed_at__gte=F("started_at")) & (Q(met_at=None) | Q(met_at__gte=F("started_at"))),
                name="clocks_run_forwards",
            ),
            models.CheckConstraint(condition=Q(credited_to=None) | Q(state="met"), name="only_met_clocks_are_credited"),
        ]
        indexes = [
            models.Index(fields=["wake_at"], name="clock_to_wake", condition=Q(wake_at__isnull=False)),
            models.Index(fields=["kind", "started_at"], name="clock_by_start"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.get_kind_display()} {self.cycle}"

    @property
    def is_active(self) -> bool:
        """Whether it is still owed: running or paused."""
        return self.state in ACTIVE

    @property
    def is_late(self) -> bool:
        """Whether the deadline was missed, be it met afterwards or not."""
        return self.breached_at is not None


# How a response was given, where no agent is credited: by the bot or an automatic message, or outside of this desk.
AUTOMATIC, ELSEWHERE = "automatic", "elsewhere"


class ClockEventKind(models.TextChoices):
    STARTED = "started", _("Started")
    PAUSED = "paused", _("Paused")
    RESUMED = "resumed", _("Resumed")
    RETARGETED = "retargeted", _("Target moved")
    WARNED = "warned", _("Warned")
    BREACHED = "breached", _("Missed")
    ESCALATED = "escalated", _("Escalated")
    MET = "met", _("Met")
    CANCELLED = "cancelled", _("Cancelled")


class ClockEvent(models.Model):
    """A line in a clock's ledger; lines are added and never changed.

    `at` is when it was so, `recorded_at` when it was written down: the two are apart where a sweep was late.
    `due_at` is the deadline as it stood after this line, and `terms` what was promised from it on. `step` is the id
    of the escalation step that was taken. `late_by` is set on alarms that were recorded too late because nothing
    swept at their time.
    """

    clock = models.ForeignKey(Clock, models.CASCADE, related_name="events", verbose_name=_("clock"))
    kind = models.CharField(_("what"), max_length=12, choices=ClockEventKind.choices)
    at = models.DateTimeField(_("at"))
    recorded_at = models.DateTimeField(_("recorded"), default=now)
    due_at = models.DateTimeField(_("due"), null=True)
    terms = models.ForeignKey(Terms, models.PROTECT, null=True, related_name="+", verbose_name=_("terms"))
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    step = models.BigIntegerField(_("escalation step"), null=True)
    late_by: "models.DurationField[timedelta | None, timedelta | None]" = models.DurationField(
        _("recorded late by"), null=True
    )

    class Meta:
        verbose_name = _("clock event")
        verbose_name_plural = _("clock events")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["clock", "kind"],
                name="happens_to_a_clock_once",
                condition=Q(kind__in=["started", "breached", "met", "cancelled"]),
            ),
            models.UniqueConstraint(
                fields=["clock", "step"], name="escalates_to_a_step_once", condition=Q(step__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M:%S}"
