"""What the house does when a deadline comes near or was missed."""

import secrets
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from csplatform.common.clock import now
from csplatform.common.fields import EncryptedJSONField
from csplatform.common.models import Dated
from csplatform.conversations.models import Priority
from csplatform.people.models import Team
from csplatform.sla.models.clock import ClockEvent
from csplatform.sla.models.policy import ClockKind, Policy
from csplatform.sla.terms import Step


class StepAction(models.TextChoices):
    NOTIFY = "notify", _("Notify")
    ASSIGN = "assign", _("Assign to an agent")
    HAND_OVER = "hand_over", _("Hand over to a team")
    PRIORITY = "priority", _("Raise the priority")
    TAG = "tag", _("Add a tag")
    WEBHOOK = "webhook", _("Call a webhook")


# What each action has to know.
_NEEDED = {
    StepAction.ASSIGN: ("agent", _("Say to whom.")),
    StepAction.HAND_OVER: ("team", _("Say to which team.")),
    StepAction.PRIORITY: ("priority", _("Say which priority.")),
    StepAction.TAG: ("tag", _("Say which tag.")),
    StepAction.WEBHOOK: ("url", _("Say which address.")),
}


def new_secret() -> dict[str, Any]:
    """A key for signing that nobody has used before."""
    return {"key": secrets.token_urlsafe(32)}


class EscalationStep(Dated):
    """Something to do at a share of a target, or so many minutes after it was missed.

    When it is due belongs to what was promised, and stays as it was when the clock got its terms; what is done then
    is the house's own affair, and is done as the step says at that time. A step that was deleted does nothing.
    """

    policy = models.ForeignKey(Policy, models.CASCADE, related_name="steps", verbose_name=_("policy"))
    kind = models.CharField(
        _("clock"), max_length=20, choices=ClockKind.choices, blank=True, help_text=_("Empty: every clock.")
    )
    share = models.FloatField(
        _("at a share of the target"), null=True, blank=True,
        validators=[MinValueValidator(0.01), MaxValueValidator(1)], help_text=_("1 is the deadline."),
    )  # fmt: skip
    minutes = models.PositiveIntegerField(_("or so many minutes after it was missed"), null=True, blank=True)
    action = models.CharField(_("what to do"), max_length=10, choices=StepAction.choices, default=StepAction.NOTIFY)
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("agent")
    )
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("team"))
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority.choices, null=True, blank=True)
    tag = models.CharField(_("tag"), max_length=60, blank=True)
    url = models.CharField(
        _("webhook"), max_length=500, blank=True, validators=[URLValidator(schemes=["https", "http"])]
    )
    secret = EncryptedJSONField(default=new_secret, editable=False)

    class Meta:
        verbose_name = _("escalation step")
        verbose_name_plural = _("escalation steps")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(share__isnull=True) ^ Q(minutes__isnull=True), name="escalation_steps_have_one_moment"
            ),
            models.CheckConstraint(condition=Q(share=None) | Q(share__gt=0, share__lte=1), name="shares_are_shares"),
        ]

    def __str__(self) -> str:
        return self.get_action_display()

    def clean(self) -> None:
        """Refuse a step without its moment, or without what its action has to know."""
        if (self.share is None) == (self.minutes is None):
            raise ValidationError(_("Give either a share of the target or minutes after it was missed."))
        field, message = _NEEDED.get(StepAction(self.action), ("", ""))
        if field and getattr(self, field) in {None, ""}:
            raise ValidationError({field: message})
        if self.action == StepAction.NOTIFY and not (self.agent or self.team):
            raise ValidationError(_("Say whom to notify: an agent or a team."))

    def moment(self) -> Step:
        """When the step is due, for a promise."""
        return Step(self.pk, self.kind, self.share, self.minutes)


class EscalationState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    SKIPPED = "skipped", _("Not needed any more")
    FAILED = "failed", _("Failed")


class Escalation(models.Model):
    """A step that came due, and what became of it. The ledger's line and this one are written together.

    `retry_at` is when to try next; empty where it is settled.
    """

    line = models.OneToOneField(ClockEvent, models.CASCADE, related_name="escalation", verbose_name=_("ledger line"))
    state = models.CharField(
        _("state"), max_length=10, choices=EscalationState.choices, default=EscalationState.WAITING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    retry_at = models.DateTimeField(_("next attempt"), null=True, default=now)
    reason = models.TextField(_("reason"), blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True)

    class Meta:
        verbose_name = _("escalation")
        verbose_name_plural = _("escalations")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", retry_at__isnull=False, settled_at=None)
                | (~Q(state="waiting") & Q(retry_at=None, settled_at__isnull=False)),
                name="escalations_wait_or_are_settled",
            )
        ]
        indexes = [models.Index(fields=["retry_at"], name="escalation_to_do", condition=Q(retry_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.line_id} {self.get_state_display()}"
