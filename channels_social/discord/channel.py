"""Discord as a channel: direct messages between people and a bot.

News come by the Gateway, which `manage.py watch_discord` holds open. Address: the bot's user id. Credentials:
`bot_token`. Settings: `api_base` (host and version), `cdn_base`, `timeout`.
"""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from channels_social import calling
from channels_social.discord import payloads
from channels_social.discord.client import MAX_FILE, RestApi, download, profile, typing
from channels_social.discord.ids import nonce_of
from channels_social.discord.setup import FIELDS, check
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
        called=False,
        download=download,
        profile=profile,
        typing=typing,
        fields=FIELDS,
        check=check,
    )

    def __init__(self, account: AccountConfig) -> None:
        self._account = account

    def handshake(self, raw: RawDelivery) -> HttpAnswer | None:
        """Discord has no address of ours to test."""
        return None

    def verify(self, raw: RawDelivery) -> None:
        """Whoever calls is not Discord: we call it."""
        raise WebhookRejected("Discord's news come by the Gateway")

    def parse(self, raw: RawDelivery) -> list[Event]:
        """Return what a dispatch of the Gateway says."""
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
