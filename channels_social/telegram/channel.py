"""Telegram as a channel.

Credentials: `bot_token` (from @BotFather), `webhook_secret` (the `secret_token` given to setWebhook).
Settings: `api_base` for a Bot API server of one's own.
"""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from channels_social import calling
from channels_social.reading import Node
from channels_social.signatures import same
from channels_social.telegram import payloads
from channels_social.telegram.client import BotApi, download
from channels_social.telegram.setup import FIELDS, check
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
    SendResult,
)
from csplatform.gateway.errors import SendFailed, SendUncertain, Unreadable, WebhookRejected

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - a header's name
# Pictures up to this size (bytes) and of these types are shown as pictures; the rest goes as a document.
MAX_PHOTO = 10_000_000
PHOTO_TYPES = frozenset({"image/jpeg", "image/png", "image/webp"})


class TelegramChannel:
    """A bot in private chats. Telegram tells nobody whether a message was delivered or read."""

    slug: ClassVar[str] = "telegram"
    label: ClassVar[Any] = _("Telegram")
    abilities: ClassVar[Abilities] = Abilities(
        max_text=4096,
        max_caption=1024,
        attachments_per_message=1,
        max_attachment=50_000_000,
        edits=True,
        secret_headers=frozenset({SECRET_HEADER}),
        download=download,
        fields=FIELDS,
        check=check,
    )

    def __init__(self, account: AccountConfig) -> None:
        self._account = account

    def handshake(self, raw: RawDelivery) -> HttpAnswer | None:
        """Telegram does not test an address; setWebhook is enough."""
        return None

    def verify(self, raw: RawDelivery) -> None:
        """Compare the shared secret. The body is not signed, so the secret must not leave the account."""
        secret = self._account.credentials.get("webhook_secret", "")
        given = raw.headers.get(SECRET_HEADER, "")
        if raw.method != "POST":
            raise WebhookRejected("Telegram calls with POST")
        if not same(given, secret):
            raise WebhookRejected("the secret token is missing or wrong")

    def parse(self, raw: RawDelivery) -> list[Event]:
        """Return what the update says."""
        return payloads.events(raw)

    def fetch(self, cursor: Cursor) -> FetchResult:
        """Telegram calls us."""
        return FetchResult((), cursor)

    def send(self, message: OutboundMessage) -> SendResult:
        """Send a text, or one attachment with its caption."""
        parameters: dict[str, Any] = {"chat_id": message.recipient}
        if answered := _message_number(message.reply_to, message.recipient):
            # A message that the customer deleted meanwhile is no reason to keep the answer back.
            parameters["reply_parameters"] = {"message_id": answered, "allow_sending_without_reply": True}
        if not message.attachments:
            sent = BotApi(self._account).send("sendMessage", parameters | {"text": message.text})
            return _result(sent)
        if len(message.attachments) > 1:
            raise SendFailed(calling.ONE_FILE_ONLY)
        return self._send_file(message.attachments[0], parameters | ({"caption": message.text} if message.text else {}))

    def _send_file(self, attachment: OutboundAttachment, parameters: dict[str, Any]) -> SendResult:
        is_photo = attachment.content_type in PHOTO_TYPES and attachment.size <= MAX_PHOTO
        upload = (attachment.name, attachment.content_type, attachment.open())
        return _result(
            BotApi(self._account).send("sendPhoto" if is_photo else "sendDocument", parameters, upload=upload)
        )


def _message_number(external_id: str, chat: str) -> int | None:
    """Return Telegram's number of a message in `chat`; None for anything else, as a button's press."""
    _chat, _colon, number = external_id.partition(":")
    return int(number) if _chat == chat and number.isascii() and number.isdigit() else None


def _result(sent: Node) -> SendResult:
    try:
        chat = sent.child("chat").identifier("id")
        return SendResult(payloads.message_id(chat, sent.identifier("message_id")))
    except Unreadable:
        raise SendUncertain(calling.UNNAMED) from None
