"""WhatsApp as a channel.

Address: the phone number id. Credentials: `access_token` (of a system user), `app_secret`, `verify_token` (any word,
entered at Meta beside our address). Settings: `business_account` (for templates), `api_base`, host and version of the
Graph API, `timeout`.
"""

from datetime import timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from channels_social import calling
from channels_social.meta import webhooks
from channels_social.whatsapp import client, interactive, payloads, people, templates
from channels_social.whatsapp.setup import FIELDS, check
from csplatform.gateway.contract import (
    Abilities,
    AccountConfig,
    Cursor,
    Event,
    FetchResult,
    HttpAnswer,
    OutboundAttachment,
    OutboundMessage,
    RawDelivery,
    ReceiptState,
    SendResult,
)
from csplatform.gateway.errors import SendFailed

# Which types WhatsApp shows or plays itself, up to how many bytes; everything else goes as a document.
PLAYABLE = {
    "image": (frozenset({"image/jpeg", "image/png"}), 5_000_000),
    "audio": (frozenset({"audio/aac", "audio/amr", "audio/mp4", "audio/mpeg", "audio/ogg"}), 16_000_000),
    "video": (frozenset({"video/mp4", "video/3gpp"}), 16_000_000),
}


def answering(account: AccountConfig, _person: str, message: str) -> None:
    """Show the dots for up to 25 seconds; WhatsApp shows with them that everything was read."""
    client.show(account, {"status": "read", "message_id": message, "typing_indicator": {"type": "text"}})


def mark_read(account: AccountConfig, _person: str, message: str) -> None:
    """Show a person that this message, and everything before it, was read."""
    client.show(account, {"status": "read", "message_id": message})


class WhatsAppChannel:
    """One phone number of a WhatsApp business account."""

    slug: ClassVar[str] = "whatsapp"
    label: ClassVar[Any] = _("WhatsApp")
    abilities: ClassVar[Abilities] = Abilities(
        max_text=4096,
        max_caption=1024,
        attachments_per_message=1,
        max_attachment=100_000_000,
        receipts=frozenset(ReceiptState),
        edits=True,
        deletes=True,
        reply_window=timedelta(hours=24),
        templates=templates.ask,
        quick_replies=interactive.MOST_ROWS,
        download=client.download,
        answering=answering,
        mark_read=mark_read,
        fields=FIELDS,
        check=check,
    )

    def __init__(self, account: AccountConfig) -> None:
        self._account = account

    def handshake(self, raw: RawDelivery) -> HttpAnswer | None:
        """Echo Meta's challenge where it knows our word."""
        return webhooks.handshake(self._account, raw)

    def verify(self, raw: RawDelivery) -> None:
        """Check the signature that the app secret makes over the body."""
        webhooks.verify(self._account, raw)

    def parse(self, raw: RawDelivery) -> list[Event]:
        """Return all messages, receipts and echoes of all entries."""
        return payloads.events(raw, self._account.address)

    def fetch(self, cursor: Cursor) -> FetchResult:
        """WhatsApp calls us."""
        return FetchResult((), cursor)

    def send(self, message: OutboundMessage) -> SendResult:
        """Send a template, a text, or one file with its caption. That WhatsApp takes it does not mean it can deliver.

        Our key travels along, so a receipt tells what a broken line left open.
        """
        envelope: dict[str, Any] = {"recipient_type": "individual", "biz_opaque_callback_data": message.key[:512]}
        envelope |= people.address(message.recipient)
        if message.reply_to:
            envelope["context"] = {"message_id": message.reply_to}
        return SendResult(client.send(self._account, envelope | self._content(message)))

    def _content(self, message: OutboundMessage) -> dict[str, Any]:
        if len(message.attachments) > 1:
            raise SendFailed(calling.ONE_FILE_ONLY)
        if message.template:
            return templates.content_with(self._account, message.template)
        if message.attachments:
            (attachment,) = message.attachments
            return _media(attachment, client.upload(self._account, attachment), message.text)
        if message.quick_replies:
            return interactive.content_with(message.text, message.quick_replies, message.language)
        return {"type": "text", "text": {"body": message.text}}


def _media(attachment: OutboundAttachment, media_id: str, caption: str) -> dict[str, Any]:
    kind = _kind(attachment, caption)
    media = {"id": media_id}
    if caption:
        media["caption"] = caption
    if kind == "document":
        media["filename"] = attachment.name
    return {"type": kind, kind: media}


def _kind(attachment: OutboundAttachment, caption: str) -> str:
    """Return as what a file is sent. Audio has no caption: where there is one, it goes as a document."""
    for kind, (types, limit) in PLAYABLE.items():
        if attachment.content_type in types and attachment.size <= limit and not (kind == "audio" and caption):
            return kind
    return "document"
