"""How conversations stand to each other, and to the agents who read them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from csplatform.common import clock
from csplatform.conversations.models.conversation import Conversation


class ConversationMerge(models.Model):
    """One conversation was put into another. `before` is what undoing needs; an erasure deletes the row."""

    kept = models.ForeignKey(Conversation, models.CASCADE, related_name="merges")
    merged = models.ForeignKey(Conversation, models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    before = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("merge of conversations")
        verbose_name_plural = _("merges of conversations")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"#{self.merged_id} → #{self.kept_id}"


class ConversationLink(models.Model):
    """Two conversations have to do with each other; `one` is the older, so that a pair is there once."""

    one = models.ForeignKey(Conversation, models.CASCADE, related_name="+")
    other = models.ForeignKey(Conversation, models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("link between conversations")
        verbose_name_plural = _("links between conversations")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="conversations_are_linked_once"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="links_begin_at_the_older"),
        ]

    def __str__(self) -> str:
        return f"#{self.one_id} – #{self.other_id}"


class Seen(models.Model):
    """How far an agent has read a conversation: the number of the last message they had before them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="seen")
    seq = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("reading mark")
        verbose_name_plural = _("reading marks")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["user", "conversation"], name="one_reading_mark")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.conversation_id}/{self.seq}"
