"""WhatsApp as a channel.

Address: the phone number id. Credentials: `access_token` (of a system user), `app_secret`, `verify_token` (any word,
entered at Meta beside our address). Settings: `api_base`, host and version of the Graph API.
"""

from datetime import timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from channels_social import calling
from channels_social.signatures import hmac_sha256, same
from channels_social.whatsapp import payloads, people
from channels_social.whatsapp.client import GraphApi, download
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
from csplatform.gateway.errors import SendFailed, WebhookRejected

SIGNATURE_HEADER = "x-hub-signature-256"
# Which types WhatsApp shows or plays itself, up to how many bytes; everything else goes as a document.
PLAYABLE = {
    "image": (frozenset({"image/jpeg", "image/png"}), 5_000_000),
    "audio": (frozenset({"audio/aac", "audio/amr", "audio/mp4", "audio/mpeg", "audio/ogg"}), 16_000_000),
    "video": (frozenset({"video/mp4", "video/3gpp"}), 16_000_000),
}


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
        download=download,
        fields=FIELDS,
        check=check,
    )

    def __init__(self, account: AccountConfig) -> None:
        self._account = account

    def handshake(self, raw: RawDelivery) -> HttpAnswer | None:
        """Echo Meta's challenge where it knows our word."""
        if raw.method != "GET" or raw.query.get("hub.mode") != "subscribe":
            return None
        if not same(raw.query.get("hub.verify_token", ""), self._account.credentials.get("verify_token", "")):
            raise WebhookRejected("the verify token is missing or wrong")
        return HttpAnswer(raw.query.get("hub.challenge", "").encode())

    def verify(self, raw: RawDelivery) -> None:
        """Check the signature that the app secret makes over the body."""
        secret = self._account.credentials.get("app_secret", "")
        if raw.method != "POST":
            raise WebhookRejected("WhatsApp brings news with POST")
        if not secret:
            raise WebhookRejected("the account has no app secret")
        if not same(raw.headers.get(SIGNATURE_HEADER, ""), f"sha256={hmac_sha256(secret, raw.body)}"):
            raise WebhookRejected("the signature is missing or wrong")

    def parse(self, raw: RawDelivery) -> list[Event]:
        """Return all messages and receipts of all entries."""
        return payloads.events(raw, self._account.address)

    def fetch(self, cursor: Cursor) -> FetchResult:
        """WhatsApp calls us."""
        return FetchResult((), cursor)

    def send(self, message: OutboundMessage) -> SendResult:
        """Send a text, or one attachment with its caption. That WhatsApp takes it does not yet mean it can deliver."""
        if len(message.attachments) > 1:
            raise SendFailed(calling.ONE_FILE_ONLY)
        api = GraphApi(self._account)
        envelope: dict[str, Any] = {"messaging_product": "whatsapp", "recipient_type": "individual"}
        envelope |= people.address(message.recipient)
        if message.reply_to:
            envelope["context"] = {"message_id": message.reply_to}
        if message.attachments:
            (attachment,) = message.attachments
            return SendResult(api.send(envelope | _media(attachment, api.upload(attachment), message.text)))
        return SendResult(api.send(envelope | {"type": "text", "text": {"body": message.text}}))


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
