"""Who has a conversation: an agent, or a team's queue."""

from django.db import transaction
from django.utils.translation import gettext as _

from csplatform.common import clock
from csplatform.common.errors import InvalidInput
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, EventVerb, OwnerKind
from csplatform.conversations.services import lock, record, tell_former
from csplatform.notifications import services as notifications
from csplatform.people.models import Team, User
from csplatform.sla import services as sla
from csplatform.sla.models import Change


@transaction.atomic
def assign(conversation_id: int, *, to: User | None, by: Actor) -> Conversation:
    """Give a conversation to an agent, or back to its queue (`to` None). Raises InvalidInput for one who left."""
    conversation = lock(conversation_id)
    if conversation.assignee == to and (to is None) == (conversation.owner_kind == OwnerKind.QUEUE):
        return conversation
    if to is not None and not to.is_active:
        raise InvalidInput(_("The account of %(name)s is not active.") % {"name": to.name}, field="assignee")
    tell_former(conversation)
    conversation.assignee = to
    conversation.owner_kind = OwnerKind.AGENT if to else OwnerKind.QUEUE
    line = record(conversation, EventVerb.ASSIGNED, by, to=to.name if to else "", to_id=to.pk if to else None)
    sla.owner_changed(conversation, clock.now())
    notifications.assigned(line)
    return conversation


@transaction.atomic
def hand_over(conversation_id: int, *, to: Team | None, by: Actor) -> Conversation:
    """Move a conversation into a team's queue, from whoever has it."""
    conversation = lock(conversation_id)
    tell_former(conversation)
    conversation.team = to
    conversation.assignee = None
    conversation.owner_kind = OwnerKind.QUEUE
    record(conversation, EventVerb.HANDED_OVER, by, to=to.name if to else "", to_id=to.pk if to else None)
    at = clock.now()
    sla.retarget(conversation, at, Change.TEAM)
    sla.owner_changed(conversation, at)
    return conversation
