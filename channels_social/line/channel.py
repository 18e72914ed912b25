"""LINE as a channel.

Address: the channel ID. Credentials: `channel_secret`, and `access_token` where a long-lived one was issued; without it
tokens of 15 minutes are asked for. Settings: `api_base`, and `data_base` for the host of files.

Everything is sent as a push message: a reply token would cost nothing, but an answer sent by it cannot be repeated
without the danger of saying it twice.
"""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from channels_social import calling
from channels_social.line import payloads
from channels_social.line.client import MessagingApi, download, mark_read, profile, typing
from channels_social.line.media import message_with
from channels_social.line.setup import FIELDS, check
from channels_social.measures import shortened, utf16_units
from channels_social.signatures import hmac_sha256_base64, same
from csplatform.gateway.contract import (
    Abilities,
    AccountConfig,
    Cursor,
    Event,
    FetchResult,
    HttpAnswer,
    OutboundMessage,
    RawDelivery,
    SendResult,
)
from csplatform.gateway.errors import SendFailed, WebhookRejected

SIGNATURE_HEADER = "x-line-signature"
MAX_LABEL = 20
MAX_BUTTON_TEXT = 300


class LineChannel:
    """One LINE Official Account, in chats with one person. LINE reports neither delivery nor reading."""

    slug: ClassVar[str] = "line"
    label: ClassVar[Any] = _("LINE")
    abilities: ClassVar[Abilities] = Abilities(
        max_text=5000,
        measure=utf16_units,
        attachments_per_message=1,
        max_attachment=200_000_000,
        edits=True,
        deletes=True,
        quick_replies=13,
        deduplicates=True,
        download=download,
        profile=profile,
        typing=typing,
        mark_read=mark_read,
        fields=FIELDS,
        check=check,
    )

    def __init__(self, account: AccountConfig) -> None:
        self._account = account

    def handshake(self, raw: RawDelivery) -> HttpAnswer | None:
        """LINE tests an address by a signed call without events."""
        return None

    def verify(self, raw: RawDelivery) -> None:
        """Check the signature that the channel secret makes over the body."""
        secret = self._account.credentials.get("channel_secret", "")
        if raw.method != "POST":
            raise WebhookRejected("LINE calls with POST")
        if not secret:
            raise WebhookRejected("the account has no channel secret")
        if not same(raw.headers.get(SIGNATURE_HEADER, ""), hmac_sha256_base64(secret, raw.body)):
            raise WebhookRejected("the signature is missing or wrong")

    def parse(self, raw: RawDelivery) -> list[Event]:
        """Return what the events say."""
        return payloads.events(raw)

    def fetch(self, cursor: Cursor) -> FetchResult:
        """LINE calls us."""
        return FetchResult((), cursor)

    def send(self, message: OutboundMessage) -> SendResult:
        """Send a text, or one file: LINE fetches it from an address of ours when the customer looks at it."""
        if len(message.attachments) > 1:
            raise SendFailed(calling.ONE_FILE_ONLY)
        if message.attachments:
            content = message_with(message.attachments[0])
        else:
            content = {"type": "text", "text": message.text}
        if message.quick_replies:
            content["quickReply"] = {"items": [_button(text) for text in message.quick_replies]}
        return SendResult(MessagingApi(self._account).push(message.recipient, content, key=message.key))


def _button(text: str) -> dict[str, Any]:
    """Return a button that says `text` for the customer."""
    action = {"type": "message", "label": shortened(text, MAX_LABEL), "text": shortened(text, MAX_BUTTON_TEXT)}
    return {"type": "action", "action": action}
