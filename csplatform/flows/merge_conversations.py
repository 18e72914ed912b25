"""Two conversations turn out to be one matter."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from csplatform.common import clock
from csplatform.common.errors import Conflict, InvalidInput
from csplatform.common.text import one_line
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import (
    Conversation,
    ConversationMerge,
    Dispatch,
    EventVerb,
    MessageKind,
    Route,
    Seen,
    Status,
    Tag,
)
from csplatform.conversations.renumber import bring_together, take_apart
from csplatform.conversations.services import lock_both, record, remember_waiting
from csplatform.flows.merged import refuse_merged
from csplatform.flows.routes import remember_route
from csplatform.notifications import services as notifications
from csplatform.sla import services as sla

UNDO_WITHIN = timedelta(minutes=10)
# Lines of history after which a merge cannot be taken back any more.
_FINAL = [EventVerb.SPLIT, EventVerb.MERGED, EventVerb.LET_IN, EventVerb.ERASED]


@transaction.atomic
def merge_conversations(*, keep: int, other: int, by: Actor, of_two_contacts: bool = False) -> Conversation:
    """Put everything of conversation `other` into `keep`, in the order of time, and return that.

    `other` stays, resolved, as a signpost: what continues it lands in `keep`. Nothing is owed in it any more; in `keep`
    the customer's oldest unanswered message counts. Raises InvalidInput where they are the same, one was merged
    before, or they belong to two contacts and that is not said to be meant.
    """
    if keep == other:
        raise InvalidInput(_("A conversation cannot be merged into itself."), field="other")
    kept, merged = lock_both(keep, other)
    refuse_merged(kept)
    refuse_merged(merged)
    if kept.contact_id != merged.contact_id and not of_two_contacts:
        raise InvalidInput(_("These conversations belong to two contacts."), field="other")
    at = clock.now()
    before = _state_of(kept, merged)
    sla.merged_away(merged, at)
    before["messages"] = bring_together(kept, merged)
    notifications.go_along(before["messages"])
    notifications.follow_along(merged, kept)
    before |= _move_what_belongs(kept, merged)
    _take_over(kept, merged)
    _close(merged, kept)
    record(merged, EventVerb.MERGED, by, to_id=kept.pk)
    _catch_up(kept, before["kept"]["status"])
    record(kept, EventVerb.MERGED, by, from_id=merged.pk)
    ConversationMerge.objects.create(kept=kept, merged=merged, by=by.user, at=at, before=before)
    return kept


@transaction.atomic
def undo_merge(merge_id: int, *, by: Actor) -> Conversation:
    """Take a merge back, and return the conversation that comes back by it.

    Messages, tags, addresses and what is owed go back where they were. Raises Conflict, with the reason, where that is
    no longer possible.
    """
    found = ConversationMerge.objects.get(pk=merge_id)
    kept, merged = lock_both(found.kept_id, found.merged_id)
    merge = ConversationMerge.objects.select_for_update().get(pk=merge_id)
    reason = why_final(merge, kept)
    if reason:
        raise Conflict(reason)
    at = clock.now()
    old = kept.status
    take_apart(kept, merged, merge.before["messages"])
    notifications.go_along(merge.before["messages"])
    _bring_back(kept, merged, merge.before)
    record(merged, EventVerb.UNMERGED, by, from_id=kept.pk)
    remember_waiting(merged)
    merged.save()
    sla.status_changed(merged, Status.RESOLVED, at)
    if merged.waiting_since:
        sla.merged_in(merged, at)
    _catch_up(kept, old)
    record(kept, EventVerb.UNMERGED, by, to_id=merged.pk)
    merge.undone_at = at
    merge.save(update_fields=["undone_at"])
    return merged


def why_final(merge: ConversationMerge, kept: Conversation) -> str:
    """Return why a merge cannot be taken back any more; empty while it can."""
    if merge.undone_at is not None or kept.merged_into_id is not None:
        return _("This merge was taken back, or followed by another.")
    if clock.now() - merge.at > UNDO_WITHIN:
        return _("A merge can be taken back for ten minutes.")
    line = kept.messages.filter(verb=EventVerb.MERGED, data__from_id=merge.merged_id).order_by("-seq").first()
    later = kept.messages.filter(seq__gt=line.seq if line else 0)
    if line is None or later.exclude(kind=MessageKind.EVENT).exists() or later.filter(verb__in=_FINAL).exists():
        return _("Something was said since: the merge stays.")
    return ""


def undoable_merge(conversation: Conversation) -> ConversationMerge | None:
    """Return the conversation's latest merge while it can be taken back; one query where there was none lately."""
    lately = conversation.merges.filter(undone_at__isnull=True, at__gt=clock.now() - UNDO_WITHIN)
    merge = lately.order_by("-id").first()
    return merge if merge is not None and not why_final(merge, conversation) else None


def _state_of(kept: Conversation, merged: Conversation) -> dict[str, Any]:
    return {"kept": _standing(kept), "merged": _standing(merged)}


def _standing(conversation: Conversation) -> dict[str, Any]:
    until, resolved = conversation.snoozed_until, conversation.resolved_at
    return {
        "status": conversation.status,
        "snoozed_until": until.isoformat() if until else None,
        "resolved_at": resolved.isoformat() if resolved else None,
        "priority": conversation.priority,
        "subject": conversation.subject,
        "participants": conversation.participants,
        "fields": conversation.fields,
        "held_for": conversation.held_for_id,
    }


def _move_what_belongs(kept: Conversation, merged: Conversation) -> dict[str, Any]:
    """Move what hangs on the merged conversation beside its messages; returns what has to come back."""
    Dispatch.objects.filter(conversation=merged).update(conversation=kept)
    routes = Route.objects.filter(conversation=merged).exclude(handle__in=kept.routes.values("handle"))
    tags = merged.tags.exclude(pk__in=kept.tags.values("pk"))
    signposts = Conversation.objects.filter(merged_into=merged)
    held = Conversation.objects.filter(held_for=merged)
    moved = {
        "routes": list(routes.values_list("pk", flat=True)),
        "tags": list(tags.values_list("pk", flat=True)),
        "signposts": list(signposts.values_list("pk", flat=True)),
        "held": list(held.values_list("pk", flat=True)),
    }
    routes.update(conversation=kept)
    kept.tags.add(*moved["tags"])
    signposts.update(merged_into=kept)
    held.exclude(pk=kept.pk).update(held_for=kept)
    Seen.objects.filter(conversation=kept).delete()  # its numbers are others now
    remember_route(kept, merged.handle)
    return moved


def _take_over(kept: Conversation, merged: Conversation) -> None:
    """Everybody who takes part in one takes part in both; the more urgent priority counts."""
    others = {merged.handle.external_id.lower()} if merged.contact_id != kept.contact_id else set()
    kept.participants = sorted({*kept.participants, *merged.participants, *others})
    kept.priority = max(kept.priority, merged.priority)
    kept.subject = kept.subject or merged.subject
    kept.fields = merged.fields | kept.fields
    if kept.held_for_id == merged.pk:
        kept.held_for = None
    if kept.status != Status.OPEN and merged.status == Status.OPEN:
        kept.status = Status.OPEN
        kept.snoozed_until = kept.resolved_at = None
    _retell(kept)


def _close(merged: Conversation, kept: Conversation) -> None:
    merged.status = Status.RESOLVED
    merged.resolved_at = clock.now()
    merged.snoozed_until = merged.waiting_since = None
    merged.merged_into = kept
    merged.held_for = None
    merged.last_customer_seq = 0


def _catch_up(kept: Conversation, old: str) -> None:
    """Let the conversation owe what its messages, as they are now, ask for."""
    at = clock.now()
    remember_waiting(kept)
    if kept.is_closed:
        kept.waiting_since = None
    kept.save()
    if kept.status != old:
        sla.status_changed(kept, old, at)
    if not kept.is_closed:
        sla.merged_in(kept, at)


def _bring_back(kept: Conversation, merged: Conversation, before: dict[str, Any]) -> None:
    Dispatch.objects.filter(message__in=before["messages"]).update(conversation=merged)
    Route.objects.filter(pk__in=before["routes"]).update(conversation=merged)
    kept.tags.remove(*Tag.objects.filter(pk__in=before["tags"]))
    Conversation.objects.filter(pk__in=before["signposts"]).update(merged_into=merged)
    Conversation.objects.filter(pk__in=before["held"]).update(held_for=merged)
    Seen.objects.filter(conversation=kept).delete()
    merged.merged_into = None
    for conversation, was in ((kept, before["kept"]), (merged, before["merged"])):
        _restore(conversation, was)
    _retell(kept)
    _retell(merged)


def _retell(conversation: Conversation) -> None:
    """Let a conversation say of itself what the messages say that it has now."""
    said = conversation.messages.exclude(kind__in=[MessageKind.NOTE, MessageKind.EVENT])
    last = said.order_by("seq").last()
    conversation.preview = one_line(last.text or last.full_text or last.subject, 160) if last else ""
    times = said.aggregate(at=Max("created_at"), asked_at=Max("created_at", filter=Q(kind=MessageKind.CUSTOMER)))
    conversation.last_message_at, conversation.last_customer_message_at = times["at"], times["asked_at"]


def _restore(conversation: Conversation, was: dict[str, Any]) -> None:
    conversation.status = was["status"]
    conversation.snoozed_until = parse_datetime(was["snoozed_until"]) if was["snoozed_until"] else None
    conversation.resolved_at = parse_datetime(was["resolved_at"]) if was["resolved_at"] else None
    conversation.held_for_id = was["held_for"]
    for name in ("priority", "subject", "participants", "fields"):
        setattr(conversation, name, was[name])
