"""Where a conversation stands: open, pending, asleep, resolved, spam."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from csplatform.common import clock
from csplatform.common.errors import InvalidInput
from csplatform.conversations.actors import SYSTEM, Actor
from csplatform.conversations.models import Conversation, EventVerb, Status
from csplatform.conversations.services import lock, record
from csplatform.flows.fields import check_complete
from csplatform.flows.merged import refuse_merged
from csplatform.notifications import services as notifications
from csplatform.sla import services as sla


def resolve(conversation_id: int, *, by: Actor) -> Conversation:
    """Close a conversation as done; its customer's next message opens it again.

    Raises InvalidInput where an agent has not filled in what must be.
    """
    check_complete(Conversation.objects.select_related("contact").get(pk=conversation_id), by)
    return _move(conversation_id, Status.RESOLVED, EventVerb.RESOLVED, by, resolved_at=clock.now())


def reopen(conversation_id: int, *, by: Actor) -> Conversation:
    """Open a conversation again, whatever it was."""
    return _move(conversation_id, Status.OPEN, EventVerb.REOPENED, by)


def set_pending(conversation_id: int, *, by: Actor) -> Conversation:
    """Wait for somebody else, such as the customer."""
    return _move(conversation_id, Status.PENDING, EventVerb.PENDING, by)


def mark_spam(conversation_id: int, *, by: Actor, reason: str = "") -> Conversation:
    """Put a conversation among the spam; what its sender writes there opens nothing. `reason` goes into the history."""
    return _move(conversation_id, Status.SPAM, EventVerb.SPAM, by, {"reason": reason} if reason else {})


def snooze(conversation_id: int, *, until: datetime | None, by: Actor) -> Conversation:
    """Hide a conversation until a moment (timezone-aware) or the customer's next message; None for the latter alone.

    Raises InvalidInput for a moment that has passed.
    """
    if until is not None and until <= clock.now():
        raise InvalidInput(_("That moment has passed."), field="until")
    facts = {"until": until.isoformat()} if until else {}
    return _move(conversation_id, Status.SNOOZED, EventVerb.SNOOZED, by, facts, again=True, snoozed_until=until)


def wake(conversation_id: int) -> Conversation:
    """Open a conversation whose snooze has ended; one that was woken otherwise is left alone."""
    with transaction.atomic():
        conversation = lock(conversation_id)
        due = conversation.snoozed_until is not None and conversation.snoozed_until <= clock.now()
        if conversation.status != Status.SNOOZED or not due:
            return conversation
        return _move(conversation_id, Status.OPEN, EventVerb.WOKEN, SYSTEM)


def wake_due(limit: int = 200) -> int:
    """Wake every conversation whose snooze has ended. Returns how many."""
    due = Conversation.objects.filter(status=Status.SNOOZED, snoozed_until__lte=clock.now())
    ids = list(due.order_by("snoozed_until").values_list("pk", flat=True)[:limit])
    for conversation_id in ids:
        wake(conversation_id)
    return len(ids)


@transaction.atomic
def _move(
    conversation_id: int,
    to: Status,
    verb: EventVerb,
    by: Actor,
    facts: dict[str, Any] | None = None,
    *,
    again: bool = False,
    resolved_at: datetime | None = None,
    snoozed_until: datetime | None = None,
) -> Conversation:
    conversation = lock(conversation_id)
    refuse_merged(conversation)
    old = conversation.status
    if old == to and not again:
        return conversation
    conversation.status = to
    conversation.resolved_at = resolved_at
    conversation.snoozed_until = snoozed_until
    if conversation.is_closed:
        conversation.waiting_since = None
    line = record(conversation, verb, by, **(facts or {}))
    if verb == EventVerb.WOKEN:
        notifications.woken(line)
    if old != to:
        sla.status_changed(conversation, old, clock.now())
    return conversation
