"""Moving messages from one conversation to another. A line of history stays behind in the place of each."""

from collections.abc import Iterable
from uuid import uuid4

from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Attachment, Conversation, Dispatch, EventVerb, Message, MessageKind
from csplatform.conversations.services import adopt
from csplatform.notifications import services as notifications


def move(messages: Iterable[Message], source: Conversation, target: Conversation, by: Actor) -> list[Message]:
    """Move `messages` from `source` to the end of `target`, in their order. Needs both conversations' locks."""
    notifications.follow_along(source, target)
    return [_move(message, source, target, by) for message in messages]


def _move(message: Message, source: Conversation, target: Conversation, by: Actor) -> Message:
    """The old row becomes the line of history, so that screens which show it put one in the other's place."""
    moved = Message.objects.get(pk=message.pk)
    _leave_behind(message, source, target, by)
    moved.pk = None
    moved._state.adding = True
    adopt(target, moved)
    Attachment.objects.filter(message_id=message.pk).update(message=moved)
    Dispatch.objects.filter(message_id=message.pk).update(message=moved, conversation=target)
    notifications.moved(message.pk, moved)
    return moved


def _leave_behind(message: Message, source: Conversation, target: Conversation, by: Actor) -> None:
    line = Message(
        pk=message.pk,
        conversation=source,
        seq=message.seq,
        kind=MessageKind.EVENT,
        key=uuid4(),
        verb=EventVerb.MOVED,
        author=by.user,
        data={"actor": by.kind.value, "to_id": target.pk},
        created_at=message.created_at,
        sent_at=message.sent_at,
    )
    source.revision += 1
    line.revision = source.revision
    line.save(force_update=True)
