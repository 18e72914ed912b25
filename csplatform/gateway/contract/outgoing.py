"""What a channel hands to its platform, and what comes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from csplatform.gateway.contract.events import ReceiptState


def _no_link(_lifetime: timedelta) -> str:
    raise NotImplementedError("this file has no address")


@dataclass(frozen=True, slots=True)
class OutboundAttachment:
    """A file to send. `open` reads the whole content; it may be called again on a retry.

    `link` returns an address that nobody can guess, under which the file is handed out for so long, to a platform that
    fetches what it shows, or to a person where the platform carries no such file.
    `content_id` (without brackets) is set where the message's HTML shows it inline.
    """

    name: str
    content_type: str
    size: int
    open: Callable[[], bytes]
    content_id: str = ""
    link: Callable[[timedelta], str] = _no_link


@dataclass(frozen=True, slots=True)
class QuotedMessage:
    """An earlier message of the conversation, to be quoted below an answer. `html` is unsafe, as it came."""

    author: str
    sent_at: datetime
    text: str
    html: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """A text that the platform has approved, to be sent when no free answer is allowed.

    `text` is shown to agents; `parameters` are the places to be filled, as they stand in it ("{{1}}", "{{name}}").
    """

    name: str
    language: str
    text: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TemplateUse:
    """A template with its places filled, in their order."""

    name: str
    language: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One call's worth of a reply, already cut to the channel's abilities.

    `key` is ours, fixed before the first try and equal on every retry: derive the platform's
    de-duplication key or the Message-ID from it. `thread_refs` are external ids in the conversation, oldest first;
    `reply_to` is the customer's message being answered, where the channel has threads or `recipient` is a public place;
    in a chat, an answer to what was just said needs no quotation. `answers_public` is a public message (external id)
    that this answers in private, where the person has not opened the way by writing there. `automatic` marks text
    that no person wrote.

    `recipient` is the first of To; `also_to`, `cc` and `bcc` are the others, where the channel has `copies`.
    `thread_name` is the core's name for the conversation, to be given back in `InboundMessage.thread_names`.
    `quoted` is history to be shown below the answer, newest first; `signature` is plain text for its end.
    `quick_replies` are answers offered as buttons. `late` marks a person's answer after the reply window, within
    `Abilities.late_window`. `template` is sent in place of the text, which then says what it reads like.
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
    quick_replies: tuple[str, ...] = ()
    late: bool = False
    answers_public: str = ""
    template: TemplateUse | None = None


@dataclass(frozen=True, slots=True)
class SendResult:
    """The platform took it, and calls it `external_id` (what receipts and echoes will name).

    `refused` names those of several recipients that it did not take, each with a reason in English.
    """

    external_id: str
    state: ReceiptState = ReceiptState.ACCEPTED
    refused: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Download:
    """A fetched attachment."""

    data: bytes
    content_type: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a platform tells of a person. `language` is BCP 47, `timezone` an IANA name; empty where it says nothing."""

    name: str = ""
    language: str = ""
    timezone: str = ""
