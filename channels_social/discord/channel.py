"""Discord as a channel: direct messages between people and a bot.

News come by the Gateway, which `manage.py watch_discord` holds open. Where the application has an Interactions Endpoint
URL, what is pressed comes by webhook instead. Address: the bot's user id. Credentials: `bot_token`, and for that URL
`public_key`. Settings: `api_base` (host and version), `cdn_base`, `timeout`.
"""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from channels_social import calling
from channels_social.discord import payloads
from channels_social.discord.client import MAX_FILE, RestApi, download, profile, typing
from channels_social.discord.ids import nonce_of
from channels_social.discord.setup import FIELDS, check
from channels_social.signatures import ed25519_signed, is_recent
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

SIGNATURE_HEADER, TIME_HEADER = "x-signature-ed25519", "x-signature-timestamp"
# Buttons in a row, and characters of a label.
ROW, MAX_LABEL = 5, 80


class DiscordChannel:
    """A bot in its direct messages. Discord tells no bot whether a message was read."""

    slug: ClassVar[str] = "discord"
    label: ClassVar[Any] = _("Discord")
    abilities: ClassVar[Abilities] = Abilities(
        max_text=2000,
        max_caption=2000,
        attachments_per_message=1,
        max_attachment=MAX_FILE,
        edits=True,
        deletes=True,
        quick_replies=25,
        deduplicates=True,
        thanks='{"type": 6}',  # to what was pressed: it was heard, and nothing is to be shown
        thanks_type="application/json",
        download=download,
        profile=profile,
        typing=typing,
        fields=FIELDS,
        check=check,
    )

    def __init__(self, account: AccountConfig) -> None:
        self._account = account

    def handshake(self, raw: RawDelivery) -> HttpAnswer | None:
        """Answer a ping. Discord tries wrong signatures, too, and gives up an address that does not say 401 to them."""
        try:
            self.verify(raw)
        except WebhookRejected:
            return HttpAnswer(b"invalid request signature", status=401)
        if not payloads.is_ping(raw):
            return None
        return HttpAnswer(b'{"type": 1}', content_type="application/json")

    def verify(self, raw: RawDelivery) -> None:
        """Check the signature over time and body.

        Source: docs.discord.com/developers/interactions/overview#setting-up-an-endpoint.
        """
        key, said_at = self._account.credentials.get("public_key", ""), raw.headers.get(TIME_HEADER, "")
        if raw.method != "POST" or not key:
            raise WebhookRejected("Discord calls with POST, and only an account that knows its public key")
        if not is_recent(said_at, raw.received_at):
            raise WebhookRejected("the call is older than five minutes, or does not say how old it is")
        if not ed25519_signed(key, raw.headers.get(SIGNATURE_HEADER, ""), said_at.encode() + raw.body):
            raise WebhookRejected("the signature is missing or wrong")

    def parse(self, raw: RawDelivery) -> list[Event]:
        """Return what a dispatch of the Gateway says, or an interaction that came by webhook."""
        return payloads.events(raw, self._account.address)

    def fetch(self, cursor: Cursor) -> FetchResult:
        """The Gateway tells us."""
        return FetchResult((), cursor)

    def send(self, message: OutboundMessage) -> SendResult:
        """Send a text with its buttons, or one file with its text. Our key makes Discord take it once."""
        channel = message.recipient
        if not (channel.isascii() and channel.isdigit()):
            raise SendFailed(calling.NO_ADDRESS)
        if len(message.attachments) > 1:
            raise SendFailed(calling.ONE_FILE_ONLY)
        body: dict[str, Any] = {
            "nonce": nonce_of(message.key),
            "enforce_nonce": True,
            "allowed_mentions": {"parse": []},  # nobody is called by what an agent quotes
        }
        if message.text:
            body["content"] = message.text
        if message.reply_to.isascii() and message.reply_to.isdigit():
            body["message_reference"] = {"message_id": message.reply_to, "fail_if_not_exists": False}
        if message.quick_replies:
            body["components"] = _rows(message.quick_replies)
        file = message.attachments[0] if message.attachments else None
        return SendResult(RestApi(self._account).send(channel, body, file))


def _rows(replies: tuple[str, ...]) -> list[dict[str, Any]]:
    buttons = [
        {"type": 2, "style": 2, "label": reply[:MAX_LABEL], "custom_id": f"reply:{index}"}
        for index, reply in enumerate(replies)
    ]
    return [{"type": 1, "components": buttons[start : start + ROW]} for start in range(0, len(buttons), ROW)]
