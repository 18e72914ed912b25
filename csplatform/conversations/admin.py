"""Conversations and messages to look at, the outbox, and tags. Work on conversations is done at the desk."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from csplatform.common.admin import Admin, ReadOnlyAdmin, ReadOnlyInline, badge
from csplatform.common.text import one_line
from csplatform.conversations.models import (
    Conversation,
    Dispatch,
    DispatchState,
    Message,
    MessageKind,
    Priority,
    Status,
    Tag,
)
from csplatform.conversations.selectors import visible_conversations, visible_messages
from csplatform.people.models import User

STATUS_COLOURS = {
    Status.OPEN: "info",
    Status.PENDING: "warning",
    Status.SNOOZED: "primary",
    Status.RESOLVED: "success",
    Status.SPAM: "",
}
PRIORITY_COLOURS = {str(each.value): "" for each in Priority} | {
    str(Priority.HIGH): "warning",
    str(Priority.URGENT): "danger",
}
KIND_COLOURS = {
    MessageKind.CUSTOMER: "info",
    MessageKind.REPLY: "success",
    MessageKind.AUTOMATIC: "primary",
    MessageKind.NOTE: "warning",
    MessageKind.EVENT: "",
}
DISPATCH_COLOURS = {
    DispatchState.QUEUED: "info",
    DispatchState.SENDING: "info",
    DispatchState.ACCEPTED: "success",
    DispatchState.DELIVERED: "success",
    DispatchState.READ: "success",
    DispatchState.UNCERTAIN: "warning",
    DispatchState.FAILED: "danger",
}


def _said(message: Message) -> str:
    """Return what a line of the timeline says, short."""
    return str(message.get_verb_display()) if message.kind == MessageKind.EVENT else one_line(message.text, 120)


class MessageInline(ReadOnlyInline):
    model = Message
    fields = ("seq", "kind", "author", "said", "state", "created_at")
    readonly_fields = fields
    ordering = ("seq",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        messages: QuerySet[Message] = super().get_queryset(request)
        return messages.select_related("author").defer("html", "full_text")

    @admin.display(description=_("text"))
    def said(self, message: Message) -> str:
        return _said(message)


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "topic",
        "contact",
        "account",
        "status_badge",
        "priority_badge",
        "assignee",
        "team",
        "last_message_at",
    )
    list_display_links = ("id", "topic")
    list_filter = ("status", "priority", "account", "team", "assignee")
    list_select_related = ("contact", "account", "assignee", "team")
    search_fields = ("subject", "contact__name", "handle__external_id")
    search_help_text = _("Subject, contact or address")
    date_hierarchy = "created_at"
    inlines = (MessageInline,)
    readonly_fields = ("tag_names",)
    fieldsets = (
        (None, {"fields": ("subject", "contact", "account", "handle", "language")}),
        (_("Work"), {"fields": ("status", "priority", "owner_kind", "assignee", "team", "tag_names")}),
        (
            _("Times"),
            {"fields": ("created_at", "last_message_at", "waiting_since", "snoozed_until", "resolved_at")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        assert isinstance(request.user, User)
        return visible_conversations(request.user).order_by(*self.get_ordering(request)).defer("account__credentials")

    @admin.display(description=_("subject"), ordering="subject")
    def topic(self, conversation: Conversation) -> str:
        return one_line(conversation.subject or conversation.preview, 70) or "—"

    @badge(STATUS_COLOURS, description=_("status"), ordering="status")
    def status_badge(self, conversation: Conversation) -> tuple[str, str]:
        return conversation.status, conversation.get_status_display()

    @badge(PRIORITY_COLOURS, description=_("priority"), ordering="priority")
    def priority_badge(self, conversation: Conversation) -> tuple[str, str]:
        return str(conversation.priority), conversation.get_priority_display()

    @admin.display(description=_("tags"))
    def tag_names(self, conversation: Conversation) -> str:
        return ", ".join(tag.name for tag in conversation.tags.all()) or "—"


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ("conversation", "seq", "kind_badge", "author", "said", "state", "created_at")
    list_display_links = ("seq", "said")
    list_filter = ("kind", "state", "account")
    list_select_related = ("conversation", "author")
    ordering = ("-id",)
    raw_id_fields = ("conversation", "handle", "delivery")
    fieldsets = (
        (None, {"fields": ("conversation", "seq", "kind", "verb", "author", "subject", "text", "language")}),
        (_("Channel"), {"fields": ("account", "handle", "external_id", "state", "state_reason", "delivery")}),
        (_("Times"), {"fields": ("sent_at", "created_at", "edited_at", "deleted_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        assert isinstance(request.user, User)
        return visible_messages(request.user).order_by(*self.ordering).defer("html", "full_text")

    @badge(KIND_COLOURS, description=_("kind"), ordering="kind")
    def kind_badge(self, message: Message) -> tuple[str, str]:
        return message.kind, message.get_kind_display()

    @admin.display(description=_("text"))
    def said(self, message: Message) -> str:
        return _said(message)


@admin.register(Dispatch)
class DispatchAdmin(ReadOnlyAdmin):
    list_display = ("id", "conversation", "account", "state_badge", "attempts", "try_at", "why")
    list_filter = ("state", "account")
    list_select_related = ("conversation", "account")
    ordering = ("-id",)
    exclude = ("attachment_ids",)

    @badge(DISPATCH_COLOURS, description=_("state"), ordering="state")
    def state_badge(self, dispatch: Dispatch) -> tuple[str, str]:
        return dispatch.state, dispatch.get_state_display()

    @admin.display(description=_("reason"))
    def why(self, dispatch: Dispatch) -> str:
        return one_line(dispatch.reason, 80)


@admin.register(Tag)
class TagAdmin(Admin):
    list_display = ("name", "uses")
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        tags: QuerySet[Tag] = super().get_queryset(request)
        return tags.annotate(uses=Count("conversations"))

    @admin.display(description=_("conversations"), ordering="uses")
    def uses(self, tag: Any) -> int:
        return int(tag.uses)
