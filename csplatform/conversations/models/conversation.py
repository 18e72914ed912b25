"""A conversation: one matter of one contact, with exactly one owner at any time."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from csplatform.common.models import Dated
from csplatform.contacts.models import Contact, Handle
from csplatform.conversations.models.indexes import list_indexes
from csplatform.gateway.models import ChannelAccount


class Status(models.TextChoices):
    OPEN = "open", _("Open")
    PENDING = "pending", _("Pending")
    SNOOZED = "snoozed", _("Snoozed")
    RESOLVED = "resolved", _("Resolved")
    SPAM = "spam", _("Spam")


class OwnerKind(models.TextChoices):
    BOT = "bot", _("Bot")
    QUEUE = "queue", _("Queue")
    AGENT = "agent", _("Agent")


class Priority(models.IntegerChoices):
    LOW = 10, _("Low")
    NORMAL = 20, _("Normal")
    HIGH = 30, _("High")
    URGENT = 40, _("Urgent")


class Tag(models.Model):
    """A word that conversations are filed under."""

    name = models.CharField(_("name"), max_length=60, unique=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Conversation(Dated):
    """One matter of one contact.

    `last_seq` numbers the messages. `revision` grows with every change that a screen shows, be it a new
    message, a receipt or a new owner: a screen that knows a revision asks for what is newer.
    `waiting_since` is when the customer's oldest unanswered message came; empty once an agent answered.
    `next_deadline_at` is written by the SLA clocks alone.

    `participants` are addresses (external ids, lower-case) of people beside the contact who take part in a thread.
    `held_for` is set on the mail of somebody who quotes a thread without taking part in it: the thread it asks to
    join, until an agent has said yes or no.
    `merged_into` is where the messages are of one that was merged away: it stays, resolved, as a signpost.
    `fields` holds custom fields by their keys. `last_customer_seq` is the number of the customer's newest message.
    """

    # Indexes that begin with `contact`, `assignee` and `team` stand below.
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="conversations", db_index=False)
    account = models.ForeignKey(ChannelAccount, models.PROTECT, related_name="conversations")
    handle = models.ForeignKey(Handle, models.PROTECT, related_name="conversations")
    subject = models.CharField(_("subject"), max_length=500, blank=True)
    preview = models.CharField(max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=20, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.OPEN)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority.choices, default=Priority.NORMAL)
    owner_kind = models.CharField(_("owner"), max_length=10, choices=OwnerKind.choices, default=OwnerKind.QUEUE)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="conversations", db_index=False
    )
    team = models.ForeignKey("people.Team", models.SET_NULL, null=True, blank=True, db_index=False)
    tags: "models.ManyToManyField[Tag, models.Model]" = models.ManyToManyField(
        Tag, blank=True, related_name="conversations"
    )
    participants = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    held_for = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="held", db_index=False)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged_from", db_index=False
    )
    fields = models.JSONField(default=dict, blank=True)
    last_customer_seq = models.PositiveIntegerField(default=0)
    last_seq = models.PositiveIntegerField(default=0)
    revision = models.PositiveIntegerField(default=0)
    last_message_at = models.DateTimeField(_("last message"), null=True)
    last_customer_message_at = models.DateTimeField(null=True)
    waiting_since = models.DateTimeField(_("waiting since"), null=True)
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True)
    next_deadline_at = models.DateTimeField(_("next deadline"), null=True)

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ["-last_message_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(owner_kind=OwnerKind.AGENT, assignee__isnull=False)
                | (~Q(owner_kind=OwnerKind.AGENT) & Q(assignee__isnull=True)),
                name="conversation_has_one_owner",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.SNOOZED) | Q(snoozed_until__isnull=True),
                name="only_snoozed_conversations_wake",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.RESOLVED, resolved_at__isnull=False)
                | (~Q(status=Status.RESOLVED) & Q(resolved_at__isnull=True)),
                name="resolved_conversations_say_when",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | (Q(status=Status.RESOLVED) & ~Q(merged_into=F("id"))),
                name="merged_conversations_are_resolved",
            ),
        ]
        indexes = [
            models.Index(fields=["merged_into"], name="conversation_merged", condition=Q(merged_into__isnull=False)),
            GinIndex(fields=["fields"], name="conversation_by_field", opclasses=["jsonb_path_ops"]),
            models.Index(F("last_message_at").desc(), F("id").desc(), name="conversation_newest"),
            models.Index(
                fields=["account", "waiting_since"],
                name="conversation_in_queue",
                condition=Q(owner_kind="queue", status="open", waiting_since__isnull=False),
            ),
            models.Index(fields=["snoozed_until"], name="conversation_to_wake", condition=Q(status="snoozed")),
            models.Index(fields=["held_for"], name="conversation_held", condition=Q(held_for__isnull=False)),
            models.Index(fields=["contact", "-id"], name="conversation_of_contact"),
            *list_indexes(),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.subject}".strip()

    @property
    def is_closed(self) -> bool:
        """Whether nobody is expected to do anything with it."""
        return self.status in {Status.RESOLVED, Status.SPAM}
