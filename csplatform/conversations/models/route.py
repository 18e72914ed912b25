"""The other channels through which a conversation is held beside its own."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from csplatform.common import clock
from csplatform.contacts.models import Handle
from csplatform.conversations.models.conversation import Conversation


class Route(models.Model):
    """We wrote to `handle` in a conversation of another account: what comes back from there belongs here too.

    `used_at` is when we last did.
    """

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="routes")
    handle = models.ForeignKey(Handle, models.CASCADE, related_name="routes")
    used_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("route")
        verbose_name_plural = _("routes")
        ordering = ["-used_at"]
        constraints = [models.UniqueConstraint(fields=["conversation", "handle"], name="one_route_to_a_handle")]

    def __str__(self) -> str:
        return f"#{self.conversation_id} → {self.handle_id}"
