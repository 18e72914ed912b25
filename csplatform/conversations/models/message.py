"""Everything that stands in a conversation's timeline, numbered."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from csplatform.common.models import Dated
from csplatform.contacts.models import Handle
from csplatform.conversations.models.conversation import Conversation
from csplatform.gateway.models import ChannelAccount, InboundDelivery


class MessageKind(models.TextChoices):
    """CUSTOMER came in; REPLY (an agent's) and AUTOMATIC (nobody's) go out; NOTE and EVENT stay inside.

    FORWARD goes out too, to somebody else than the customer: it answers nobody.
    """

    CUSTOMER = "customer", _("Customer message")
    REPLY = "reply", _("Reply")
    FORWARD = "forward", _("Forward")
    AUTOMATIC = "automatic", _("Automatic message")
    NOTE = "note", _("Internal note")
    EVENT = "event", _("Event")


class MessageState(models.TextChoices):
    """How far an outgoing message got; empty for everything else."""

    NONE = "", ""
    QUEUED = "queued", _("Queued")
    ACCEPTED = "accepted", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    READ = "read", _("Read")
    UNCERTAIN = "uncertain", _("Perhaps sent")
    FAILED = "failed", _("Failed")


class EventVerb(models.TextChoices):
    """What happened, for messages of the kind EVENT; `data` holds the particulars as plain values."""

    NONE = "", ""
    OPENED = "opened", _("opened the conversation")
    REOPENED = "reopened", _("reopened the conversation")
    RESOLVED = "resolved", _("resolved the conversation")
    PENDING = "pending", _("set the conversation to pending")
    SNOOZED = "snoozed", _("snoozed the conversation")
    WOKEN = "woken", _("woke the conversation")
    SPAM = "spam", _("marked the conversation as spam")
    ASSIGNED = "assigned", _("assigned the conversation")
    HANDED_OVER = "handed_over", _("handed the conversation over")
    PRIORITY = "priority", _("changed the priority")
    TAGGED = "tagged", _("added a tag")
    UNTAGGED = "untagged", _("removed a tag")
    LANGUAGE = "language", _("changed the language")
    CONTACT_MERGED = "contact_merged", _("merged another contact into this one")
    CONTACT_UNMERGED = "contact_unmerged", _("took the merge of two contacts back")
    MERGED = "merged", _("merged two conversations")
    UNMERGED = "unmerged", _("took a merge back")
    LINKED = "linked", _("linked two conversations")
    UNLINKED = "unlinked", _("took a link away")
    FIELD = "field", _("changed a field")
    REACTION = "reaction", _("reacted")
    HELD = "held", _("held a mail that quotes another conversation")
    LET_IN = "let_in", _("let a held mail join")
    KEPT_APART = "kept_apart", _("kept a held mail apart")
    SPLIT = "split", _("split off a new conversation")
    MOVED = "moved", _("moved a message")
    UNDELIVERED = "undelivered", _("could not be delivered")
    PAUSED = "paused", _("paused sending to an address")
    RESUMED = "resumed", _("resumed sending to an address")
    BLOCKED = "blocked", _("blocked the sender")
    UNBLOCKED = "unblocked", _("unblocked the sender")
    PLANNED = "planned", _("scheduled an answer")
    UNPLANNED = "unplanned", _("took a scheduled answer back")
    HELD_BACK = "held_back", _("did not send a scheduled answer")
    ERASED = "erased", _("erased the history")
    SLA_WARNED = "sla_warned", _("deadline is near")
    SLA_BREACHED = "sla_breached", _("deadline was missed")
    RETARGETED = "retargeted", _("moved a deadline")
    ESCALATED = "escalated", _("escalated the conversation")


class Message(Dated):
    """One line of the timeline. `created_at` is when we had it, `sent_at` when its author sent it.

    `metadata` holds what the channel says beside the text; where there are copies, `to`, `cc` and `bcc` (addresses).

    `revision` is the conversation's revision at the message's last change.
    `examine_at` is when its channel shall look closer at it; empty where it need not, or has.
    `mail_at` is when an answer goes by mail too, unless it has been read by then; empty where it need not, or did.
    `author` is the agent who wrote or did it; empty for customers and for the system.
    """

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages")
    seq = models.PositiveIntegerField()
    revision = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=MessageKind.choices)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True)
    handle = models.ForeignKey(Handle, models.PROTECT, null=True, related_name="messages")
    account = models.ForeignKey(ChannelAccount, models.PROTECT, null=True)
    delivery = models.ForeignKey(InboundDelivery, models.SET_NULL, null=True, related_name="messages")
    external_id = models.CharField(max_length=1000, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    thread_refs = ArrayField(models.CharField(max_length=1000), default=list)
    subject = models.CharField(max_length=500, blank=True)
    text = models.TextField(blank=True)
    full_text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    language = models.CharField(max_length=20, blank=True)
    metadata = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=MessageState.choices, blank=True, default="")
    state_reason = models.TextField(blank=True)
    verb = models.CharField(max_length=20, choices=EventVerb.choices, blank=True, default="")
    data = models.JSONField(default=dict)
    is_machine = models.BooleanField(default=False)
    examine_at = models.DateTimeField(null=True)
    mail_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="message_numbers_are_unique"),
            models.UniqueConstraint(
                fields=["account", "external_id"],
                name="one_message_per_external_id",
                condition=~Q(external_id=""),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["reply", "forward", "automatic"]) ^ Q(state=""),
                name="outgoing_messages_have_a_state",
            ),
            models.CheckConstraint(condition=Q(kind="event") ^ Q(verb=""), name="events_have_a_verb"),
            models.CheckConstraint(
                condition=Q(kind__in=["note", "event"]) | Q(account__isnull=False, handle__isnull=False),
                name="messages_have_a_channel",
            ),
        ]
        indexes = [
            models.Index(fields=["conversation", "revision"], name="message_by_revision"),
            models.Index(fields=["examine_at"], name="message_to_examine", condition=Q(examine_at__isnull=False)),
            models.Index(fields=["mail_at"], name="message_to_mail", condition=Q(mail_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.seq}"

    @property
    def is_outgoing(self) -> bool:
        """Whether it goes to the customer."""
        return self.kind in {MessageKind.REPLY, MessageKind.FORWARD, MessageKind.AUTOMATIC}
