"""A conversation among others: what was merged into it, what it is linked to, what it might be merged with."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from csplatform.conversations.models import Conversation, ConversationLink, ConversationMerge
from csplatform.conversations.selectors import visible_conversations
from csplatform.flows.merge_conversations import undoable_merge
from csplatform.people.models import User

MOST_SHOWN = 20
MOST_FOUND = 8
_LARGEST = 18


@dataclass(frozen=True, slots=True)
class Standing:
    """`merge` can still be taken back; `into` is where this one went, as far as the reader may see that."""

    merge: ConversationMerge | None
    into: Conversation | None


def standing(user: User, conversation: Conversation) -> Standing:
    """Return what the head of a conversation says of merges, in one query for most conversations."""
    if conversation.merged_into_id is not None:
        return Standing(None, visible_conversations(user).filter(pk=conversation.merged_into_id).first())
    return Standing(undoable_merge(conversation), None)


def related_to(user: User, conversation: Conversation) -> list[Conversation]:
    """Return the conversations that this one is linked to, newest first, as far as `user` sees them."""
    one = ConversationLink.objects.filter(other=conversation).order_by().values("one")
    other = ConversationLink.objects.filter(one=conversation).order_by().values("other")
    return list(_rows(user).filter(Q(pk__in=one) | Q(pk__in=other))[:MOST_SHOWN])


def candidates(user: User, conversation: Conversation, query: str, contacts: list[int]) -> list[Conversation]:
    """Return conversations to merge or link with: the one with that number, the contact's own, those of `contacts`."""
    number = query.removeprefix("#")
    own = Q(contact=conversation.contact_id)
    if query:
        own &= Q(subject__icontains=query) | Q(preview__icontains=query)
    wanted = own | Q(contact__in=contacts)
    if number.isdecimal() and number.isascii() and len(number) <= _LARGEST:
        wanted |= Q(pk=int(number))
    return list(_rows(user).filter(wanted, merged_into__isnull=True).exclude(pk=conversation.pk)[:MOST_FOUND])


def _rows(user: User) -> QuerySet[Conversation]:
    rows = visible_conversations(user).select_related("contact", "handle", "account")
    return rows.defer("account__credentials").order_by("-id")
