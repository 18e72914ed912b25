"""What a person is told of, what they follow, and how they want to hear of it. No text of a customer is kept here."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from csplatform.common import clock
from csplatform.conversations.models import Conversation, Message


class Kind(models.TextChoices):
    """What somebody is told of. MESSAGE and NOTE: in a conversation of theirs, or one that they follow."""

    MENTIONED = "mentioned", _("Somebody mentions me")
    ASSIGNED = "assigned", _("A conversation is assigned to me")
    MESSAGE = "message", _("A customer writes in a conversation that I have or follow")
    NOTE = "note", _("A colleague leaves a note in a conversation that I have or follow")
    WOKEN = "woken", _("A conversation that I have or follow wakes up")
    SLA_WARNED = "sla_warned", _("A deadline of mine is near")
    SLA_BREACHED = "sla_breached", _("A deadline of mine was missed")
    ESCALATED = "escalated", _("Something late is escalated to me")


class Way(models.TextChoices):
    """How somebody hears of it. BROWSER: in the desk too, which shows it through the browser where that is allowed."""

    BROWSER = "browser", _("In the desk and by the browser")
    DESK = "desk", _("In the desk")
    NONE = "none", _("Not at all")


DEFAULT_WAYS = {
    Kind.MENTIONED: Way.BROWSER,
    Kind.ASSIGNED: Way.BROWSER,
    Kind.MESSAGE: Way.BROWSER,
    Kind.NOTE: Way.DESK,
    Kind.WOKEN: Way.BROWSER,
    Kind.SLA_WARNED: Way.DESK,
    Kind.SLA_BREACHED: Way.BROWSER,
    Kind.ESCALATED: Way.BROWSER,
}


class Notification(models.Model):
    """Something that concerns a person. What happens again before they have seen it is counted, not added.

    `message` is the newest line of the timeline that it is about, and `count` how many there were since it was new;
    `created_at` is when the newest came.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="notifications")
    message = models.ForeignKey(Message, models.CASCADE, related_name="+")
    count = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "conversation", "kind"], name="one_unseen_of_a_kind", condition=Q(seen_at=None)
            )
        ]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="notification_newest"),
            models.Index(fields=["created_at"], name="notification_oldest"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.conversation_id}"


class Follow(models.Model):
    """A person wants to hear what happens in a conversation."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="follows")
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="follows")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("follow")
        verbose_name_plural = _("follows")
        constraints = [models.UniqueConstraint(fields=["user", "conversation"], name="followed_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.conversation_id}"


class Mention(models.Model):
    """A note names a person; kept as long as the note is."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mentions")
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="mentions")
    message = models.ForeignKey(Message, models.CASCADE, related_name="mentions")

    class Meta:
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        constraints = [models.UniqueConstraint(fields=["message", "user"], name="mentioned_once")]
        indexes = [models.Index(fields=["user", "conversation"], name="mention_by_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.message_id}"


class Preference(models.Model):
    """How a person wants to hear of one kind; without a row it is DEFAULT_WAYS'."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notification_preferences")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    way = models.CharField(max_length=8, choices=Way.choices)

    class Meta:
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="one_preference_a_kind")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind}: {self.way}"
