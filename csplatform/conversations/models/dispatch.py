"""The outbox: one row for each call that hands (a part of) a message to a platform."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from csplatform.common import clock
from csplatform.common.models import Dated
from csplatform.conversations.models.conversation import Conversation
from csplatform.conversations.models.message import Message
from csplatform.gateway.models import ChannelAccount


class DispatchState(models.TextChoices):
    """SENDING holds a lease: a worker that died in it leaves an expired lease behind."""

    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    ACCEPTED = "accepted", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    READ = "read", _("Read")
    UNCERTAIN = "uncertain", _("Perhaps sent")
    FAILED = "failed", _("Failed")


class Dispatch(Dated):
    """One call to a platform. `key` is fixed before the first try and given to the platform where it takes one."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="dispatches")
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="dispatches")
    account = models.ForeignKey(ChannelAccount, models.PROTECT)
    ordinal = models.PositiveSmallIntegerField()
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    text = models.TextField(blank=True)
    attachment_ids = ArrayField(models.BigIntegerField(), default=list)
    state = models.CharField(max_length=10, choices=DispatchState.choices, default=DispatchState.QUEUED)
    external_id = models.CharField(max_length=1000, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    try_at = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = _("dispatch")
        verbose_name_plural = _("dispatches")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["message", "ordinal"], name="dispatch_numbers_are_unique"),
            models.UniqueConstraint(
                fields=["account", "external_id"],
                name="one_dispatch_per_external_id",
                condition=~Q(external_id=""),
            ),
            models.CheckConstraint(
                condition=Q(state="sending") ^ Q(lease_until__isnull=True), name="sending_holds_a_lease"
            ),
        ]
        indexes = [
            models.Index(
                fields=["conversation", "id"],
                name="dispatch_unfinished",
                condition=Q(state__in=["queued", "sending"]),
            ),
            models.Index(fields=["try_at"], name="dispatch_to_try", condition=Q(state__in=["queued", "sending"])),
        ]

    def __str__(self) -> str:
        return f"{self.message}.{self.ordinal}"
