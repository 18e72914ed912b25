"""What a mail's conversation has to do with others: the one it wants to join, those that wait beside it, its twins."""

from dataclasses import dataclass

from csplatform.conversations.models import Conversation
from csplatform.conversations.selectors import same_mail_elsewhere, visible_conversations
from csplatform.gateway.selectors import abilities_of
from csplatform.people.models import User

# More than these are found in the view of held mail.
MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Neighbours:
    """As far as the reader sees them. `quoted` is None too where a held mail quotes what is not for the reader."""

    quoted: Conversation | None = None
    held: tuple[Conversation, ...] = ()
    elsewhere: tuple[Conversation, ...] = ()


def neighbours(user: User, conversation: Conversation) -> Neighbours:
    """Return what stands beside a conversation, in at most three queries; none on channels without threads."""
    if not abilities_of(conversation.account).threaded:
        return Neighbours()
    others = visible_conversations(user).select_related("contact", "handle").order_by("-id")
    twins = same_mail_elsewhere(user, conversation).select_related("account").defer("account__credentials")
    return Neighbours(
        quoted=others.filter(pk=conversation.held_for_id).first() if conversation.held_for_id else None,
        held=tuple(others.filter(held_for=conversation)[:MOST_SHOWN]),
        elsewhere=tuple(twins.order_by("-id")[:MOST_SHOWN]),
    )
