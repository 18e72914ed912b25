"""What an agent is writing, and what is written and to be sent at its time."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from csplatform.common.models import Dated
from csplatform.contacts.models import Handle
from csplatform.conversations.models.attachment import storage_path
from csplatform.conversations.models.conversation import Conversation


class DraftMode(models.TextChoices):
    REPLY = "reply", _("Reply")
    NOTE = "note", _("Note")


class AfterSending(models.TextChoices):
    """What becomes of the conversation once the answer is on its way."""

    NOTHING = "", _("Stays as it is")
    RESOLVE = "resolve", _("Resolve")
    PENDING = "pending", _("Set to pending")
    SNOOZE = "snooze", _("Snooze")


class Draft(Dated):
    """A text of one agent in one conversation that has not been sent.

    While `send_at` is empty it is being written; each agent writes one answer and one note in a conversation. With a
    `send_at` it is planned: nobody but its author changes it, and whoever sees the conversation sees it.
    `is_later` tells a moment that was chosen from the few seconds in which sending can be undone.

    `key` is the key under which it will be sent: however often that happens, it is one message.
    `version` is the moment of the last change (ms since 1970), and greater than any before: a screen that shows an
    older one must not overwrite a newer one unseen.
    `seen_seq` is the conversation's last message that its author had on the screen when they began, `planned_seq` its
    last one when the draft was planned.
    `handle` is which of the customer's handles a planned one goes to.
    `letter` holds what was typed into the fields above the text (to, cc, bcc, subject, quote, through), as far as it
    is not what the page had there by itself; once planned, all of it.
    `held_reason` says in English why a planned answer was not sent.
    """

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="drafts")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts", db_index=False)
    mode = models.CharField(max_length=10, choices=DraftMode.choices, default=DraftMode.REPLY)
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    version = models.BigIntegerField()
    seen_seq = models.PositiveIntegerField(default=0)
    handle = models.ForeignKey(Handle, models.SET_NULL, null=True, related_name="+")
    text = models.TextField(blank=True)
    letter = models.JSONField(default=dict)
    held_reason = models.TextField(blank=True)
    send_at = models.DateTimeField(null=True)
    is_later = models.BooleanField(default=False)
    planned_at = models.DateTimeField(null=True)
    planned_seq = models.PositiveIntegerField(default=0)
    then = models.CharField(max_length=10, choices=AfterSending.choices, blank=True, default="")
    then_until = models.DateTimeField(null=True)
    unless_customer_writes = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["author", "conversation", "mode"],
                name="one_draft_of_a_kind_is_written",
                condition=Q(send_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(send_at__isnull=True) | Q(mode="reply"), name="only_answers_are_planned"
            ),
            models.CheckConstraint(
                condition=Q(send_at__isnull=True, planned_at__isnull=True)
                | Q(send_at__isnull=False, planned_at__isnull=False),
                name="planned_drafts_say_since_when",
            ),
            models.CheckConstraint(
                condition=Q(then="snooze", then_until__isnull=False) | (~Q(then="snooze") & Q(then_until__isnull=True)),
                name="drafts_snooze_until_a_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["send_at"], name="draft_to_send", condition=Q(send_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.mode}/{self.author_id}"

    @property
    def is_planned(self) -> bool:
        """Whether it will be sent by itself."""
        return self.send_at is not None


class DraftFile(Dated):
    """A file that was uploaded for a draft; sending it hands its content over to the message."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="files")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField(default=0)
    file = models.FileField(upload_to=storage_path, max_length=200)

    class Meta:
        verbose_name = _("file of a draft")
        verbose_name_plural = _("files of drafts")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_image(self) -> bool:
        """Whether a browser may show it in place: raster images only, never SVG."""
        return self.content_type in {"image/png", "image/jpeg", "image/gif", "image/webp"}


class SendingHabit(models.Model):
    """For how many seconds one agent can undo sending: mail, and answers in a chat, where somebody waits."""

    class Seconds(models.IntegerChoices):
        OFF = 0, _("Off")
        FIVE = 5, _("5 seconds")
        TEN = 10, _("10 seconds")
        TWENTY = 20, _("20 seconds")
        THIRTY = 30, _("30 seconds")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="sending_habit"
    )
    mail_seconds = models.PositiveSmallIntegerField(choices=Seconds.choices, default=Seconds.TEN)
    chat_seconds = models.PositiveSmallIntegerField(choices=Seconds.choices, default=Seconds.OFF)

    class Meta:
        verbose_name = _("sending habit")
        verbose_name_plural = _("sending habits")

    def __str__(self) -> str:
        return f"{self.user_id}: {self.mail_seconds}/{self.chat_seconds}"
