"""What is promised to whom, and what was promised when."""

import json
from functools import cached_property

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from csplatform.common.clock import now
from csplatform.common.models import Dated
from csplatform.contacts.models import Tier
from csplatform.conversations.models import Priority, Status, Tag
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Team
from csplatform.sla.models.calendar import Calendar, TeamCalendar
from csplatform.sla.schedule import together
from csplatform.sla.terms import Promise, Target, promise_from


class ClockKind(models.TextChoices):
    FIRST_RESPONSE = "first_response", _("First response")
    NEXT_RESPONSE = "next_response", _("Next response")
    RESOLUTION = "resolution", _("Resolution")
    QUEUE = "queue", _("Time in queue")


class Change(models.TextChoices):
    """What may change about a conversation that a policy asks about."""

    TEAM = "team", _("Team")
    PRIORITY = "priority", _("Priority")
    TIER = "tier", _("Tier")
    LANGUAGE = "language", _("Language")
    TAG = "tag", _("Tags")


def every_change() -> list[str]:
    """Every change moves the targets, unless the policy says otherwise."""
    return list(Change.values)


class Policy(Dated):
    """Targets for the conversations that match. The first active policy by `position` that matches is taken.

    A condition left empty matches everything.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    position = models.PositiveIntegerField(_("position"), default=0, help_text=_("The first that matches is taken."))
    is_active = models.BooleanField(_("active"), default=True)
    accounts: "models.ManyToManyField[ChannelAccount, models.Model]" = models.ManyToManyField(
        ChannelAccount, blank=True, related_name="+", verbose_name=_("channel accounts"), help_text=_("Empty: any.")
    )
    teams: "models.ManyToManyField[Team, models.Model]" = models.ManyToManyField(
        Team, blank=True, related_name="+", verbose_name=_("teams"), help_text=_("Empty: any.")
    )
    priorities = ArrayField(
        models.PositiveSmallIntegerField(choices=Priority.choices),
        verbose_name=_("priorities"), default=list, blank=True, help_text=_("Empty: any."),
    )  # fmt: skip
    tiers = ArrayField(
        models.CharField(max_length=10, choices=Tier.choices),
        verbose_name=_("tiers"), default=list, blank=True, help_text=_("Empty: any."),
    )  # fmt: skip
    languages = ArrayField(
        models.CharField(max_length=20), verbose_name=_("languages"), default=list, blank=True,
        help_text=_("Such as es, pt-BR; es takes es-MX, too. Empty: any."),
    )  # fmt: skip
    tags: "models.ManyToManyField[Tag, models.Model]" = models.ManyToManyField(
        Tag, blank=True, related_name="+", verbose_name=_("tags"), help_text=_("One of them is enough. Empty: any.")
    )
    retarget_on = ArrayField(
        models.CharField(max_length=10, choices=Change.choices),
        verbose_name=_("matched again on a change of"), default=every_change, blank=True,
        help_text=_("Other changes leave the targets as they were promised."),
    )  # fmt: skip
    calendar = models.ForeignKey(
        Calendar, models.PROTECT, null=True, blank=True, related_name="policies", verbose_name=_("calendar"),
        help_text=_("Business hours are counted in it. Empty: every target is in calendar time."),
    )  # fmt: skip
    more_calendars: "models.ManyToManyField[Calendar, models.Model]" = models.ManyToManyField(
        Calendar, blank=True, related_name="+", verbose_name=_("further calendars"),
        help_text=_("For teams that follow the sun: clocks run while any of the calendars is open."),
    )  # fmt: skip
    calendar_of_team = models.BooleanField(
        _("hours of the team"), default=False,
        help_text=_("Count in the calendar of the conversation's team, where it has one, instead."),
    )  # fmt: skip
    pause_when_pending = models.BooleanField(_("pause while pending"), default=True)
    pause_when_snoozed = models.BooleanField(_("pause while snoozed"), default=True)
    automatic_counts = models.BooleanField(
        _("automatic answers count"), default=False,
        help_text=_("An answer of the bot, or an automatic message, is a response. Without, only a person's is."),
    )  # fmt: skip
    warn_at = models.FloatField(
        _("warn at"), default=0.75, validators=[MinValueValidator(0.01), MaxValueValidator(0.99)],
        help_text=_("The share of the target's time after which a warning is given."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(warn_at__gt=0, warn_at__lt=1), name="policy_warns_on_the_way")
        ]

    def __str__(self) -> str:
        return self.name

    def promise(self, team_id: int | None) -> Promise:
        """What the policy promises at this moment for conversations of a team."""
        pausing = {Status.PENDING: self.pause_when_pending, Status.SNOOZED: self.pause_when_snoozed}
        targets = {target.kind: Target(target.minutes, target.in_business_hours) for target in self.targets.all()}
        return Promise(
            policy=self.name,
            targets=targets,
            paused_in=frozenset(status.value for status, pauses in pausing.items() if pauses),
            warn_at=self.warn_at,
            hours=together([calendar.schedule() for calendar in self._calendars(team_id)]),
            retarget_on=frozenset(self.retarget_on),
            automatic_counts=self.automatic_counts,
            steps=tuple(step.moment() for step in self.steps.all()),
        )

    def _calendars(self, team_id: int | None) -> list[Calendar]:
        if self.calendar_of_team and team_id is not None:
            of_team = TeamCalendar.objects.select_related("calendar").filter(team_id=team_id).first()
            if of_team is not None:
                return [of_team.calendar]
        own = [self.calendar] if self.calendar else []
        return own + [calendar for calendar in self.more_calendars.all() if calendar != self.calendar]


class PolicyTarget(models.Model):
    """How long one thing may take under a policy. A kind without a target has no deadline."""

    policy = models.ForeignKey(Policy, models.CASCADE, related_name="targets", verbose_name=_("policy"))
    kind = models.CharField(_("kind"), max_length=20, choices=ClockKind.choices)
    minutes = models.PositiveIntegerField(_("minutes"), validators=[MinValueValidator(1)])
    in_business_hours = models.BooleanField(_("in business hours"), default=True)

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "kind"], name="one_target_of_a_kind"),
            models.CheckConstraint(condition=Q(minutes__gte=1), name="targets_take_time"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.minutes}"


class Terms(models.Model):
    """What a policy promised at one moment. Written once and never changed: editing a policy leaves the past alone.

    Clocks share a row as long as nobody edits the policy or its calendar; `fingerprint` is what tells.
    """

    policy = models.ForeignKey(Policy, models.SET_NULL, null=True, related_name="terms", verbose_name=_("policy"))
    name = models.CharField(_("name"), max_length=100)
    fingerprint = models.CharField(max_length=64, unique=True)
    data = models.JSONField()
    created_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = _("terms")
        verbose_name_plural = _("terms")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    def promise(self) -> Promise:
        """The promise as it was made."""
        return self._promise

    @cached_property
    def _promise(self) -> Promise:
        return promise_from(json.dumps(self.data, sort_keys=True))
