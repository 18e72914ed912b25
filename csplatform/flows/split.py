"""A new matter under an old subject becomes a conversation of its own."""

from django.db import transaction
from django.utils.translation import gettext as _

from csplatform.common import clock
from csplatform.common.errors import InvalidInput
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, EventVerb, Message, MessageKind, Status
from csplatform.conversations.services import lock, record, remember_waiting
from csplatform.flows.merged import refuse_merged
from csplatform.flows.moving import move
from csplatform.notifications import services as notifications
from csplatform.sla import services as sla


@transaction.atomic
def split(conversation_id: int, message_id: int, *, by: Actor) -> Conversation:
    """Move a customer's message and all that was said after it into a new conversation, and return that.

    Raises InvalidInput where the message is not a customer's in this conversation, where nothing would be left
    behind, or on a channel that keeps a person's messages in one conversation.
    """
    source = lock(conversation_id)
    first = source.messages.filter(pk=message_id, kind=MessageKind.CUSTOMER).first()
    refuse_merged(source)
    _check(source, first)
    assert first is not None
    messages = list(source.messages.filter(seq__gte=first.seq).exclude(kind=MessageKind.EVENT).order_by("seq"))
    new = _open(source, first)
    notifications.assigned(record(new, EventVerb.SPLIT, by, from_id=source.pk))
    moved = move(messages, source, new, by)
    _owe(new, moved)
    remember_waiting(source)
    record(source, EventVerb.SPLIT, by, to_id=new.pk)
    if source.waiting_since is None:
        sla.nobody_waits(source, clock.now())
    return new


def _check(source: Conversation, first: Message | None) -> None:
    if not source.account.adapter().abilities.threaded:
        raise InvalidInput(_("On this channel a person has one conversation."))
    if first is None:
        raise InvalidInput(_("Only a customer's message can begin a conversation."))
    if not source.messages.filter(seq__lt=first.seq).exclude(kind=MessageKind.EVENT).exists():
        raise InvalidInput(_("This message begins the conversation already."))


def _open(source: Conversation, first: Message) -> Conversation:
    assert first.handle is not None
    return Conversation.objects.create(
        contact=first.handle.contact,
        account=source.account,
        handle=first.handle,
        subject=first.subject or source.subject,
        language=source.language,
        priority=source.priority,
        owner_kind=source.owner_kind,
        assignee=source.assignee,
        team_id=source.team_id,
        participants=source.participants,
        status=Status.OPEN,
    )


def _owe(new: Conversation, moved: list[Message]) -> None:
    """The new matter's clocks run from the message that began it; what was answered already is met."""
    sla.conversation_opened(new, moved[0].created_at)
    for message in moved:
        if message.kind == MessageKind.REPLY:
            sla.agent_replied(new, message.author, message.created_at)
        elif message.kind == MessageKind.AUTOMATIC:
            sla.answered_automatically(new, message.created_at)
        elif message.kind == MessageKind.CUSTOMER and not message.is_machine:
            sla.customer_wrote(new, message.created_at)
