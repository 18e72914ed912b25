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
from channels_social.telegram.client import BotApi, download, typing
from channels_social.telegram.contents import MOST_BUTTONS, method_for, parameters_of
from channels_social.telegram.setup import FIELDS, check
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
from csplatform.gateway.errors import SendFailed, SendUncertain, Unreadable, WebhookRejected

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - a header's name


class TelegramChannel:
    """A bot in private chats, and in groups where it is addressed. Telegram reports neither delivery nor reading."""

    slug: ClassVar[str] = "telegram"
    label: ClassVar[Any] = _("Telegram")
    abilities: ClassVar[Abilities] = Abilities(
        max_text=4096,
        max_caption=1024,
        attachments_per_message=1,
        max_attachment=50_000_000,
        edits=True,
        quick_replies=MOST_BUTTONS,
        secret_headers=frozenset({SECRET_HEADER}),
        download=download,
        typing=typing,
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
        return payloads.events(raw, self._account.address)

    def fetch(self, cursor: Cursor) -> FetchResult:
        """Telegram calls us."""
        return FetchResult((), cursor)

    def send(self, message: OutboundMessage) -> SendResult:
        """Send a text, or one attachment with its caption."""
        if len(message.attachments) > 1:
            raise SendFailed(calling.ONE_FILE_ONLY)
        api, parameters = BotApi(self._account), parameters_of(message)
        if not message.attachments:
            return _result(api.send("sendMessage", parameters | {"text": message.text}))
        file = message.attachments[0]
        if message.text:
            parameters["caption"] = message.text
        return _result(api.send(method_for(file), parameters, upload=(file.name, file.content_type, file.open())))


def _result(sent: Node) -> SendResult:
    try:
        chat = sent.child("chat").identifier("id")
        return SendResult(payloads.message_id(chat, sent.identifier("message_id")))
    except Unreadable:
        raise SendUncertain(calling.UNNAMED) from None
