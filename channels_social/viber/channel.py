"""Viber as a channel.

Address: the bot's URI. Credentials: `auth_token`, which also signs Viber's calls. Settings: `sender_name`, the name
that customers see; `api_base`.
"""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from channels_social import calling
from channels_social.signatures import hmac_sha256, same
from channels_social.viber import payloads
from channels_social.viber.client import BotApi, download
from channels_social.viber.contents import content_of
from channels_social.viber.setup import FIELDS, MAX_NAME, check
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

SIGNATURE_HEADER = "x-viber-content-signature"


class ViberChannel:
    """One Viber bot. After 24 hours of silence an answer is still delivered, and billed as the bot's own message."""

    slug: ClassVar[str] = "viber"
    label: ClassVar[Any] = _("Viber")
    abilities: ClassVar[Abilities] = Abilities(
        max_text=7000,
        attachments_per_message=1,
        max_attachment=50_000_000,
        receipts=frozenset(ReceiptState),
        quick_replies=12,
        download=download,
        fields=FIELDS,
        check=check,
    )

    def __init__(self, account: AccountConfig) -> None:
        self._account = account

    def handshake(self, raw: RawDelivery) -> HttpAnswer | None:
        """Viber tests an address by a signed call of the kind "webhook"."""
        return None

    def verify(self, raw: RawDelivery) -> None:
        """Check the signature that the bot's token makes over the body."""
        secret = self._account.credentials.get("auth_token", "")
        if raw.method != "POST":
            raise WebhookRejected("Viber calls with POST")
        if not secret:
            raise WebhookRejected("the account has no token")
        if not same(raw.headers.get(SIGNATURE_HEADER, ""), hmac_sha256(secret, raw.body)):
            raise WebhookRejected("the signature is missing or wrong")

    def parse(self, raw: RawDelivery) -> list[Event]:
        """Return what the call says."""
        return payloads.events(raw)

    def fetch(self, cursor: Cursor) -> FetchResult:
        """Viber calls us."""
        return FetchResult((), cursor)

    def send(self, message: OutboundMessage) -> SendResult:
        """Send a text, or one file, which Viber and the customer's device fetch from an address of ours."""
        if len(message.attachments) > 1:
            raise SendFailed(calling.ONE_FILE_ONLY)
        name = str(self._account.settings.get("sender_name") or self._account.name)[:MAX_NAME]
        envelope: dict[str, Any] = {"receiver": message.recipient, "min_api_version": 1, "sender": {"name": name}}
        return SendResult(BotApi(self._account).send(envelope | content_of(message)))
