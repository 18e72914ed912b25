"""What a channel reads out of a delivery."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class HandleKind(StrEnum):
    """What an `external_id` is. Addresses of the kinds EMAIL and PHONE mean the same person on every account.

    PUBLIC is a place where everybody reads what is said, as somebody's comments below one post: what is sent there
    answers in public.
    """

    EMAIL = "email"
    PHONE = "phone"
    VISITOR = "visitor"
    SOCIAL = "social"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Sender:
    """Whoever wrote, as the platform names them. `language` is the platform's word for it, if any (BCP 47).

    Of a PUBLIC place, `private` is the external id under which the same person is written to in private, if any.
    """

    external_id: str
    kind: HandleKind
    name: str = ""
    language: str = ""
    private: str = ""


@dataclass(frozen=True, slots=True)
class FileBytes:
    """An attachment whose content came along."""

    data: bytes


@dataclass(frozen=True, slots=True)
class FileReference:
    """An attachment that must be fetched with `Abilities.download`; `ref` is the platform's id for it."""

    ref: str


@dataclass(frozen=True, slots=True)
class InboundAttachment:
    """A file that came with a message. `content_id` (without brackets) is set where HTML shows it inline."""

    name: str
    content_type: str
    content: FileBytes | FileReference
    content_id: str = ""


class ReceiptState(StrEnum):
    """How far a reply got. Order of appearance is order of progress; FAILED may follow ACCEPTED."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform's word on a reply we sent; `reason` says in English why it failed.

    `recipients` are the names by which the report calls the one person it is about, where a reply can go to
    several: it counts only where one of them was written to. `permanent` says that a later try is pointless.
    `key` is the one `send` was given, where the platform hands it back: so it is known what a broken line left open.
    """

    external_id: str
    state: ReceiptState
    at: datetime
    reason: str = ""
    recipients: tuple[str, ...] = ()
    permanent: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """Something a customer said.

    `external_id` with the account makes a repeat recognisable. `fingerprint` tells two different messages
    that wrongly carry the same id apart (e-mail); empty where the platform's ids can be trusted.
    `text` is what the person wrote, `full_text` the same with quotes and signature where they were folded away.
    `thread_refs` are external ids of earlier messages that this one answers, nearest first.
    `automatic` marks what no person wrote (auto-replies, bounces, newsletters): it opens nothing that was closed,
    is owed no answer, and is never answered by a machine. `bulk` marks what a person wrote to many (a mailing list):
    a person may answer it, a machine never does. `spam` is the verdict of whoever carried it here.

    `thread_names` are names that `OutboundMessage.thread_name` gave to conversations, the surest first; they count
    after `thread_refs`. `addressees` are the others it was written to (external ids): they take part from now on.
    `thread_root` is the sender's program's own name for the whole thread; it counts last, and among their own only.
    `receipts` are what a machine's mail says of our replies: where one holds, the message is shown beside that reply.
    `pressed` marks a press of the account's own menu: it opens `Abilities.brief_window` only, where there is one.
    """

    external_id: str
    sender: Sender
    text: str
    sent_at: datetime
    html: str = ""
    full_text: str = ""
    subject: str = ""
    attachments: tuple[InboundAttachment, ...] = ()
    thread_refs: tuple[str, ...] = ()
    fingerprint: str = ""
    automatic: bool = False
    bulk: bool = False
    spam: bool = False
    thread_names: tuple[str, ...] = ()
    thread_root: str = ""
    addressees: tuple[str, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    pressed: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """The customer changed an earlier message."""

    external_id: str
    text: str
    edited_at: datetime


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    """The customer took an earlier message back."""

    external_id: str
    deleted_at: datetime


@dataclass(frozen=True, slots=True)
class Reaction:
    """The customer put an emoji on a message, or took it off (`emoji` empty)."""

    external_id: str
    sender: Sender
    emoji: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Typing:
    """The customer is typing at this moment."""

    sender: Sender
    at: datetime


@dataclass(frozen=True, slots=True)
class Echo:
    """What the account said to a person, as the platform reports it back: from here, or from the platform's own inbox.

    `recipient` is that person. `key` is the one `send` was given, where the platform hands it back.
    """

    external_id: str
    recipient: Sender
    text: str
    sent_at: datetime
    attachments: tuple[InboundAttachment, ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptUpTo:
    """Everything sent to one person until a moment got so far: some platforms name no messages in their receipts.

    `state` is DELIVERED or READ.
    """

    person: str
    state: ReceiptState
    until: datetime


@dataclass(frozen=True, slots=True)
class Reachability:
    """A person lets the account write to them from now on, or no longer; `reason` says in English how that came."""

    person: str
    reachable: bool
    at: datetime
    reason: str = ""


Event = (
    InboundMessage | MessageEdited | MessageDeleted | Receipt | ReceiptUpTo | Reaction | Typing | Echo | Reachability
)
