"""What a platform can do, and what the desk asks of a channel."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Protocol

from csplatform.gateway.contract.account import (
    AccountConfig,
    AccountField,
    Cursor,
    FetchResult,
    Finding,
    HttpAnswer,
    RawDelivery,
)
from csplatform.gateway.contract.events import Event, ReceiptState
from csplatform.gateway.contract.outgoing import Download, OutboundMessage, Profile, SendResult, Template


@dataclass(frozen=True, slots=True)
class BriefWindow:
    """How long free answers are taken after a press of a menu, and how many of them."""

    lasts: timedelta
    quota: int


@dataclass(frozen=True, slots=True)
class Abilities:
    """What the platform can do; the core asks here instead of naming platforms.

    attachments_per_message: 0 none, 1 each in a call of its own, None any number beside the text.
    max_caption: text allowed beside a lone attachment; 0 means the text goes first, by itself.
    measure: how long a text is for these two limits; by characters, unless the platform counts bytes or otherwise. A
        text is never shorter than its beginning.
    max_attachment: bytes for one file, None for no limit of its own.
    reply_window: how long after the customer's last message a free reply is allowed, None for ever.
    reply_quota: how many messages the platform takes for one of the customer's, None for any number. Templates do not
        count.
    brief_window: what a press of the account's menu opens (`InboundMessage.pressed`), where a message opens more.
    late_window: how long after it a person's answer is still taken, marked as late; None where the window is the end.
    late_allowed: whether the platform lets this account answer so late; None where it lets every account.
    private_answer: how long after somebody spoke in public they may be answered in private, once and without a file,
        though they have never written there; None where that needs a message of theirs.
    templates: returns the texts that may be sent when no free answer is allowed. Raises SendFailed, SendUnavailable.
    quick_replies: how many buttons a message may carry.
    threaded: each thread is a conversation of its own (e-mail); else a person has one open conversation.
    deduplicates: the platform recognises `OutboundMessage.key`, so an uncertain send may be repeated.
    polled: `fetch` brings news and wants to be called.
    called: the platform calls the account's webhook address, which somebody has to enter there.
    thanks: what the platform wants to hear once its call is stored, and of which content type.
    rings: its calls hold no news, they only say that `fetch` would bring some; so that is done at once.
    secret_headers: lower-case names of headers that carry a secret itself; they are not stored with a delivery.
    max_webhook: bytes that one call may have, None for the usual limit.
    download: fetches a `FileReference`; raises SendUnavailable to be called again, SendFailed when it is gone.
    copies: a message may go to several people, and be forwarded to others.
    source: agents may read a delivery's bytes as they came (a mail's source).
    examine: looks closer at a kept delivery, over the network if it must, and returns what to add to its message's
        metadata; called after the message is on the screen. Raises SendUnavailable to be called again.
    name_ahead: returns the `external_id` that a message with this key will have, where the channel fixes it before the
        first try; so a send that ended in doubt is still recognised by whoever answers it.
    profile: returns what the platform tells of a person (external id). Raises SendFailed, SendUnavailable.
    typing: shows a person (external id) that somebody is typing; answering: the same, where the platform wants to be
        told which message of theirs (external id) is being answered; mark_read: shows them that this message was read.
        None is tried twice; they raise SendFailed, SendUnavailable, SendUncertain.
    fields: what an administrator enters for an account; check: tries these values out, step by step. Never raises.
    """

    max_text: int | None = None
    html: bool = False
    subject: bool = False
    attachments_per_message: int | None = 1
    max_caption: int = 0
    measure: Callable[[str], int] = len
    max_attachment: int | None = None
    receipts: frozenset[ReceiptState] = frozenset({ReceiptState.ACCEPTED})
    edits: bool = False
    deletes: bool = False
    reply_window: timedelta | None = None
    reply_quota: int | None = None
    brief_window: BriefWindow | None = None
    late_window: timedelta | None = None
    late_allowed: "Callable[[AccountConfig], bool] | None" = None
    private_answer: timedelta | None = None
    templates: "Callable[[AccountConfig], Sequence[Template]] | None" = None
    quick_replies: int = 0
    threaded: bool = False
    deduplicates: bool = False
    polled: bool = False
    called: bool = True
    thanks: str = "ok"
    thanks_type: str = "text/plain; charset=utf-8"
    rings: bool = False
    secret_headers: frozenset[str] = frozenset()
    max_webhook: int | None = None
    download: "Callable[[AccountConfig, str], Download] | None" = None
    copies: bool = False
    source: bool = False
    examine: "Callable[[AccountConfig, RawDelivery], Mapping[str, Any]] | None" = None
    name_ahead: "Callable[[AccountConfig, str], str] | None" = None
    profile: "Callable[[AccountConfig, str], Profile] | None" = None
    typing: "Callable[[AccountConfig, str], None] | None" = None
    answering: "Callable[[AccountConfig, str, str], None] | None" = None
    mark_read: "Callable[[AccountConfig, str, str], None] | None" = None
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
