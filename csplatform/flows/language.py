"""The language in which a conversation's customer is answered."""

from csplatform.bot.language import choose_language, detect_language
from csplatform.conversations.models import Conversation
from csplatform.gateway.contract import InboundMessage
from csplatform.gateway.models import ChannelAccount


def language_of(
    event: InboundMessage, account: ChannelAccount, conversation: Conversation | None, contact_language: str = ""
) -> str:
    """Return the conversation's language (BCP 47) after `event`: what a machine wrote never changes it."""
    detected = None if event.automatic else detect_language(event.text or event.full_text or event.subject)
    return choose_language(
        detected,
        stated=event.sender.language or None,
        conversation=conversation.language if conversation else None,
        contact=contact_language or None,
        default=account.default_language,
    )
