"""What the core asks of a channel, and what the two say to each other. No Django models here.

A channel package translates between its platform and these types; it never sees a conversation.
All times are timezone-aware. Every identifier of a platform is text, unique within its account: where a
platform's ids are unique only inside a chat, the channel puts the chat in front.
"""

from csplatform.gateway.contract.account import (
    AccountConfig,
    AccountField,
    Cursor,
    FetchResult,
    FieldKind,
    Finding,
    HttpAnswer,
    RawDelivery,
)
from csplatform.gateway.contract.channel import (
    Abilities,
    BriefWindow,
    Channel,
)
from csplatform.gateway.contract.events import (
    Echo,
    Event,
    FileBytes,
    FileReference,
    HandleKind,
    InboundAttachment,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    Reachability,
    Reaction,
    Receipt,
    ReceiptState,
    ReceiptUpTo,
    Sender,
    Typing,
)
from csplatform.gateway.contract.outgoing import (
    Download,
    OutboundAttachment,
    OutboundMessage,
    Profile,
    QuotedMessage,
    SendResult,
    Template,
    TemplateUse,
)

__all__ = [
    "Abilities",
    "AccountConfig",
    "AccountField",
    "BriefWindow",
    "Channel",
    "Cursor",
    "Download",
    "Echo",
    "Event",
    "FetchResult",
    "FieldKind",
    "FileBytes",
    "FileReference",
    "Finding",
    "HandleKind",
    "HttpAnswer",
    "InboundAttachment",
    "InboundMessage",
    "MessageDeleted",
    "MessageEdited",
    "OutboundAttachment",
    "OutboundMessage",
    "Profile",
    "QuotedMessage",
    "RawDelivery",
    "Reachability",
    "Reaction",
    "Receipt",
    "ReceiptState",
    "ReceiptUpTo",
    "SendResult",
    "Sender",
    "Template",
    "TemplateUse",
    "Typing",
]
