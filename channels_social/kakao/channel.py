"""KakaoTalk consultation as a channel; experimental.

Address: the sender key of the KakaoTalk channel. Credentials: `client_id` and `client_secret`, from the partner;
`webhook_key`, any word, which the registered address ends with. Settings: `api_base`.
"""

from datetime import timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from channels_social import calling
from channels_social.kakao import payloads
from channels_social.kakao.client import PartnerApi, download
from channels_social.kakao.setup import FIELDS, check
from channels_social.signatures import same
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


class KakaoChannel:
    """One KakaoTalk channel. A consultation is opened by the customer, and lasts for 30 days after their last word."""

    slug: ClassVar[str] = "kakao"
    label: ClassVar[Any] = _("KakaoTalk consultation (experimental)")
    abilities: ClassVar[Abilities] = Abilities(
        max_text=1000,
        attachments_per_message=1,
        reply_window=timedelta(days=30),
        download=download,
        fields=FIELDS,
        check=check,
    )

    def __init__(self, account: AccountConfig) -> None:
        self._account = account

    def handshake(self, raw: RawDelivery) -> HttpAnswer | None:
        """Addresses are registered by the partner's people."""
        return None

    def verify(self, raw: RawDelivery) -> None:
        """Compare the key in the address: the partner documents no signature."""
        if raw.method != "POST":
            raise WebhookRejected("the partner calls with POST")
        given, _what = payloads.key_and_kind(raw)
        if not same(given, self._account.credentials.get("webhook_key", "")):
            raise WebhookRejected("the key in the address is missing or wrong")

    def parse(self, raw: RawDelivery) -> list[Event]:
        """Return the message, or that the consultation has ended."""
        return payloads.events(raw, self._account.address)

    def fetch(self, cursor: Cursor) -> FetchResult:
        """The partner calls us."""
        return FetchResult((), cursor)

    def send(self, message: OutboundMessage) -> SendResult:
        """Send a text, or one file, which is handed to Kakao first."""
        if len(message.attachments) > 1:
            raise SendFailed(calling.ONE_FILE_ONLY)
        api = PartnerApi(self._account)
        content: dict[str, Any] = {"message_type": "TX", "message": message.text}
        if message.attachments:
            content = api.upload(message.attachments[0])
        return SendResult(api.write(message.recipient, content, key=message.key))
