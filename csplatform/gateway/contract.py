"""What the core asks of a channel, and what the two say to each other. No Django models here.

A channel package translates between its platform and these types; it never sees a conversation.
All times are timezone-aware. Every identifier of a platform is text, unique within its account: where a
platform's ids are unique only inside a chat, the channel puts the chat in front.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Protocol


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """All that a channel may know of the account it works for; `credentials` are decrypted.

    `webhook` is the address that the platform is to call, told to `Abilities.check` only.
    """

    id: int
    name: str
    address: str
    credentials: Mapping[str, str]
    settings: Mapping[str, Any]
    webhook: str = ""


@dataclass(frozen=True, slots=True)
class RawDelivery:
    """One call of a platform, exactly as it came: signatures are made over these bytes.

    Header names are lower-case. `received_at` is when the door took it.
    """

    body: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str]
    method: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What a platform's first test of our address wants to hear."""

    body: bytes
    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


class HandleKind(StrEnum):
    """What an `external_id` is. Addresses of the kinds EMAIL and PHONE mean the same person on every account."""

    EMAIL = "email"
    PHONE = "phone"
    VISITOR = "visitor"
    SOCIAL = "social"


@dataclass(frozen=True, slots=True)
class Sender:
    """Whoever wrote, as the platform names them. `language` is the platform's word for it, if any (BCP 47)."""

    external_id: str
    kind: HandleKind
    name: str = ""
    language: str = ""


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
    """

    external_id: str
    state: ReceiptState
    at: datetime
    reason: str = ""
    recipients: tuple[str, ...] = ()
    permanent: bool = False


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


Event = InboundMessage | MessageEdited | MessageDeleted | Receipt | Reaction | Typing


@dataclass(frozen=True, slots=True)
class OutboundAttachment:
    """A file to send. `open` reads the whole content; it may be called again on a retry.

    `content_id` (without brackets) is set where the message's HTML shows it inline.
    """

    name: str
    content_type: str
    size: int
    open: Callable[[], bytes]
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class QuotedMessage:
    """An earlier message of the conversation, to be quoted below an answer. `html` is unsafe, as it came."""

    author: str
    sent_at: datetime
    text: str
    html: str = ""


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One call's worth of a reply, already cut to the channel's abilities.

    `key` is ours, fixed before the first try and equal on every retry: derive the platform's
    de-duplication key or the Message-ID from it. `thread_refs` are external ids in the conversation, oldest first;
    `reply_to` is the customer's message being answered, where the channel has threads; in a chat, an answer
    to what was just said needs no quotation. `automatic` marks text that no person wrote.

    `recipient` is the first of To; `also_to`, `cc` and `bcc` are the others, where the channel has `copies`.
    `thread_name` is the core's name for the conversation, to be given back in `InboundMessage.thread_names`.
    `quoted` is history to be shown below the answer, newest first; `signature` is plain text for its end.
    """

    key: str
    recipient: str
    text: str
    html: str = ""
    subject: str = ""
    attachments: tuple[OutboundAttachment, ...] = ()
    reply_to: str = ""
    thread_refs: tuple[str, ...] = ()
    language: str = ""
    automatic: bool = False
    also_to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    thread_name: str = ""
    quoted: tuple[QuotedMessage, ...] = ()
    signature: str = ""


@dataclass(frozen=True, slots=True)
class SendResult:
    """The platform took it, and calls it `external_id` (what receipts and echoes will name).

    `refused` names those of several recipients that it did not take, each with a reason in English.
    """

    external_id: str
    state: ReceiptState = ReceiptState.ACCEPTED
    refused: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where polling stopped last time; the channel alone knows what is inside."""

    value: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What polling brought: raw deliveries to store, and the cursor to keep in the same transaction.

    `more` asks to be called again at once.
    """

    deliveries: tuple[RawDelivery, ...]
    cursor: Cursor
    more: bool = False


@dataclass(frozen=True, slots=True)
class Download:
    """A fetched attachment."""

    data: bytes
    content_type: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One step of a live test of an account's settings; `ok` is None where it could not be tried.

    `step` and `words` are for an administrator, in the language of the moment: what was tried, and what to do.
    """

    step: str
    ok: bool | None
    words: str = ""


class FieldKind(StrEnum):
    """How an administrator enters a value, and what it is kept as.

    Among the credentials: LOGIN (a user name, which may be read again), SECRET and LONG_SECRET (of several lines, such
    as a private key), which are never shown again. Among the settings: TEXT, LONG_TEXT and CHOICE as text, NUMBER as
    int or float, SWITCH as bool, LIST (entered one a line) as a list of texts.
    """

    TEXT = "text"
    LOGIN = "login"
    SECRET = "secret"  # noqa: S105 - a kind of field, not a password
    LONG_SECRET = "long secret"  # noqa: S105
    NUMBER = "number"
    SWITCH = "switch"
    CHOICE = "choice"
    LIST = "list"
    LONG_TEXT = "long text"


@dataclass(frozen=True, slots=True)
class AccountField:
    """A value that a channel's accounts need; what is left empty is not kept, and the channel takes its `default`.

    `label`, `help` and `group` are lazy translations; `choices` are pairs of value and label. A group of fields that
    are all `rare` is folded while nothing of it is set. A field called `address` words the account's own address.
    """

    name: str
    label: Any
    kind: FieldKind = FieldKind.TEXT
    required: bool = False
    help: Any = ""
    group: Any = ""
    choices: tuple[tuple[str, Any], ...] = ()
    default: Any = ""
    rare: bool = False


@dataclass(frozen=True, slots=True)
class Abilities:
    """What the platform can do; the core asks here instead of naming platforms.

    attachments_per_message: 0 none, 1 each in a call of its own, None any number beside the text.
    max_caption: text allowed beside a lone attachment; 0 means the text goes first, by itself.
    max_attachment: bytes for one file, None for no limit of its own.
    reply_window: how long after the customer's last message a free reply is allowed, None for ever.
    threaded: each thread is a conversation of its own (e-mail); else a person has one open conversation.
    deduplicates: the platform recognises `OutboundMessage.key`, so an uncertain send may be repeated.
    polled: `fetch` brings news and wants to be called.
    called: the platform calls the account's webhook address, which somebody has to enter there.
    secret_headers: lower-case names of headers that carry a secret itself; they are not stored with a delivery.
    max_webhook: bytes that one call may have, None for the usual limit.
    download: fetches a `FileReference`; raises SendUnavailable to be called again, SendFailed when it is gone.
    copies: a message may go to several people, and be forwarded to others.
    source: agents may read a delivery's bytes as they came (a mail's source).
    examine: looks closer at a kept delivery, over the network if it must, and returns what to add to its message's
        metadata; called after the message is on the screen. Raises SendUnavailable to be called again.
    name_ahead: returns the `external_id` that a message with this key will have, where the channel fixes it before the
        first try; so a send that ended in doubt is still recognised by whoever answers it.
    fields: what an administrator enters for an account; check: tries these values out, step by step. Never raises.
    """

    max_text: int | None = None
    html: bool = False
    subject: bool = False
    attachments_per_message: int | None = 1
    max_caption: int = 0
    max_attachment: int | None = None
    receipts: frozenset[ReceiptState] = frozenset({ReceiptState.ACCEPTED})
    edits: bool = False
    deletes: bool = False
    reply_window: timedelta | None = None
    threaded: bool = False
    deduplicates: bool = False
    polled: bool = False
    called: bool = True
    secret_headers: frozenset[str] = frozenset()
    max_webhook: int | None = None
    download: "Callable[[AccountConfig, str], Download] | None" = None
    copies: bool = False
    source: bool = False
    examine: "Callable[[AccountConfig, RawDelivery], Mapping[str, Any]] | None" = None
    name_ahead: "Callable[[AccountConfig, str], str] | None" = None
    fields: tuple[AccountField, ...] = ()
    check: "Callable[[AccountConfig], Sequence[Finding]] | None" = None


class Channel(Protocol):
    """What the desk asks of a channel, and nothing more. One instance serves one account for a moment."""

    slug: ClassVar[str]
    label: ClassVar[Any]
    abilities: ClassVar[Abilities]

    def __init__(self, account: AccountConfig) -> None: ...

    def handshake(self, raw: RawDelivery) -> HttpAnswer | None:
        """Answer the platform's test of our address, or None where this is no such test.

        Raises WebhookRejected where it is one, and is not signed as it must be.
        """
        ...

    def verify(self, raw: RawDelivery) -> None:
        """Raise WebhookRejected unless the platform signed these bytes."""
        ...

    def parse(self, raw: RawDelivery) -> list[Event]:
        """Translate; pure: no database, no network, the same answer every time.

        Raises Unreadable where the bytes make no sense. Kinds of event we do not know are left out.
        """
        ...

    def fetch(self, cursor: Cursor) -> FetchResult:
        """Ask the platform for news. Raises SendUnavailable where it cannot be reached."""
        ...

    def send(self, message: OutboundMessage) -> SendResult:
        """Hand one message to the platform.

        Raises SendFailed (final), SendUnavailable (try again), SendUncertain (the platform may have taken it).
        """
        ...
