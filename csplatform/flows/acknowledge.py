"""“We have received your message”, said at once and in the customer's language."""

from datetime import timedelta

from csplatform.common import clock
from csplatform.conversations.actors import SYSTEM
from csplatform.conversations.models import Conversation, Message, MessageKind
from csplatform.conversations.services import NewMessage
from csplatform.flows.outgoing import queue
from csplatform.gateway.contract import HandleKind
from csplatform.knowledge.models import SystemText
from csplatform.knowledge.selectors import system_text
from csplatform.sla import services as sla

# So many automatic answers one address gets within the time below: two machines that answer each other must end.
MOST_ANSWERS = 3
WITHIN = timedelta(hours=1)


def acknowledge(conversation: Conversation) -> Message | None:
    """Queue the text “received” for a conversation a person has just opened, where the account wants that."""
    if not conversation.account.acknowledge or conversation.handle.kind == HandleKind.PUBLIC:
        return None  # where everybody reads, no machine speaks
    if _has_heard_enough(conversation):
        return None
    text = system_text(SystemText.Key.RECEIVED, conversation.language)
    if text is None:
        return None
    message = queue(
        conversation,
        NewMessage(
            kind=MessageKind.AUTOMATIC,
            author=SYSTEM,
            text=text.body,
            subject=conversation.subject,
            language=text.language,
            is_machine=True,
        ),
    )
    sla.answered_automatically(conversation, message.created_at)
    return message


def _has_heard_enough(conversation: Conversation) -> bool:
    """Whether the address takes nothing, or has had so many automatic answers that it may be a machine itself."""
    handle = conversation.handle
    if handle.paused_at is not None:
        return True
    lately = handle.messages.filter(kind=MessageKind.AUTOMATIC, created_at__gt=clock.now() - WITHIN)
    return lately.count() >= MOST_ANSWERS
