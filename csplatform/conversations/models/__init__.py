"""Conversations, what is said in them, and what is being sent."""

from csplatform.conversations.models.attachment import Attachment
from csplatform.conversations.models.conversation import Conversation, OwnerKind, Priority, Status, Tag
from csplatform.conversations.models.dispatch import Dispatch, DispatchState
from csplatform.conversations.models.draft import AfterSending, Draft, DraftFile, DraftMode, SendingHabit
from csplatform.conversations.models.message import EventVerb, Message, MessageKind, MessageState
from csplatform.conversations.models.relations import ConversationLink, ConversationMerge, Seen
from csplatform.conversations.models.route import Route

__all__ = [
    "AfterSending",
    "Attachment",
    "Conversation",
    "ConversationLink",
    "ConversationMerge",
    "Dispatch",
    "DispatchState",
    "Draft",
    "DraftFile",
    "DraftMode",
    "EventVerb",
    "Message",
    "MessageKind",
    "MessageState",
    "OwnerKind",
    "Priority",
    "Route",
    "Seen",
    "SendingHabit",
    "Status",
    "Tag",
]
