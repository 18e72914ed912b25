"""“We have received your message”, said at once and in the customer's language."""

from csplatform.conversations.actors import SYSTEM
from csplatform.conversations.models import Conversation, Message, MessageKind
from csplatform.conversations.services import NewMessage
from csplatform.flows.outgoing import queue
from csplatform.knowledge.models import SystemText
from csplatform.knowledge.selectors import system_text


def acknowledge(conversation: Conversation) -> Message | None:
    """Queue the text “received” for a conversation a person has just opened, where the account wants that."""
    if not conversation.account.acknowledge:
        return None
    text = system_text(SystemText.Key.RECEIVED, conversation.language)
    if text is None:
        return None
    return queue(
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
