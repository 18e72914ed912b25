"""TikTok as a channel: direct messages with one Business Account.

Address: the account's business id (`open_id`). Credentials: `app_id`, `app_secret` and `oauth_refresh_token`, or for a
trial an `access_token`. Settings: `api_base`, `timeout`.
"""

from datetime import timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from channels_social import calling
from channels_social.measures import utf16_units
from channels_social.signatures import hmac_sha256, is_recent, same
from channels_social.tiktok import contents, payloads
from channels_social.tiktok.client import Api, download, mark_read, typing
from channels_social.tiktok.setup import FIELDS, check
from csplatform.gateway.contract import (
    Abilities,
    AccountConfig,
    Cursor,
    Event,
    FetchResult,
    HttpAnswer,
    OutboundMessage,
    RawDelivery,
    ReceiptState,
    SendResult,
)
from csplatform.gateway.errors import SendFailed, WebhookRejected

SIGNATURE_HEADER = "tiktok-signature"


class TikTokChannel:
    """One Business Account. TikTok tells what was read, but neither what was delivered, nor edited, nor taken back."""

    slug: ClassVar[str] = "tiktok"
    label: ClassVar[Any] = _("TikTok")
    abilities: ClassVar[Abilities] = Abilities(
        max_text=contents.MAX_TEXT,
        measure=utf16_units,
        attachments_per_message=1,
        receipts=frozenset({ReceiptState.ACCEPTED, ReceiptState.READ}),
        reply_window=timedelta(hours=48),
        reply_quota=10,
        quick_replies=contents.MAX_BUTTONS,
        download=download,
        typing=typing,
        mark_read=mark_read,
        fields=FIELDS,
        check=check,
    )

    def __init__(self, account: AccountConfig) -> None:
        self._account = account

    def handshake(self, raw: RawDelivery) -> HttpAnswer | None:
        """TikTok tests no address."""
        return None

    def verify(self, raw: RawDelivery) -> None:
        """Check the signature over time and body; source: developers.tiktok.com/doc/webhooks-verification."""
        secret = self._account.credentials.get("app_secret", "")
        header = raw.headers.get(SIGNATURE_HEADER, "")
        parts = dict(part.strip().partition("=")[::2] for part in header.split(","))
        said_at = parts.get("t", "")
        if raw.method != "POST":
            raise WebhookRejected("TikTok calls with POST")
        if not secret:
            raise WebhookRejected("the account has no app secret")
        if not is_recent(said_at, raw.received_at):
            raise WebhookRejected("the call is older than five minutes, or does not say how old it is")
        if not same(parts.get("s", ""), hmac_sha256(secret, said_at.encode() + b"." + raw.body)):
            raise WebhookRejected("the signature is missing or wrong")

    def parse(self, raw: RawDelivery) -> list[Event]:
        """Return what the event says."""
        return payloads.events(raw, self._account.address)

    def fetch(self, cursor: Cursor) -> FetchResult:
        """TikTok calls us."""
        return FetchResult((), cursor)

    def send(self, message: OutboundMessage) -> SendResult:
        """Send a text, with buttons where they fit, or a picture, or the address of another file."""
        if len(message.attachments) > 1:
            raise SendFailed(calling.ONE_FILE_ONLY)
        api = Api(self._account)
        if message.attachments:
            file = message.attachments[0]
            content = contents.picture(api.upload(file)) if contents.is_picture(file) else contents.address(file)
        else:
            content = contents.words(message)
        return SendResult(api.send(message.recipient, content))
