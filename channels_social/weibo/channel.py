"""A verified Weibo account's private messages as a channel. Experimental.

Address: the account's user id. Credentials: `access_token`, `app_secret`. Settings: `api_base`, `timeout`.
What Weibo documents is of 2013 and 2014; nobody has tried this with a live account.
"""

from datetime import timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from channels_social import calling, wording
from channels_social.signatures import same
from channels_social.tencent import calls
from channels_social.tencent.crypto import signature_of
from channels_social.weibo import payloads
from channels_social.weibo.client import download, reply
from channels_social.weibo.setup import FIELDS, check
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
from csplatform.gateway.errors import SendFailed, WebhookRejected

# So long a file that is sent can be looked at.
LIFETIME = timedelta(days=7)
PICTURES = frozenset({"image/jpeg", "image/png", "image/gif"})


class WeiboChannel:
    """One account. Weibo signs who calls and when, not what it says, so the app secret must not leave the account.

    It tells of no receipts and gives no ids; our own key is a message's name.
    """

    slug: ClassVar[str] = "weibo"
    label: ClassVar[Any] = _("Weibo (experimental)")
    abilities: ClassVar[Abilities] = Abilities(
        max_text=300,
        attachments_per_message=1,
        reply_window=timedelta(hours=48),
        thanks="",  # anything else would be an answer to the customer
        download=download,
        fields=FIELDS,
        check=check,
    )

    def __init__(self, account: AccountConfig) -> None:
        self._account = account

    def handshake(self, raw: RawDelivery) -> HttpAnswer | None:
        """Say Weibo's word back to it where it knows our secret."""
        if raw.method != "GET" or "echostr" not in raw.query:
            return None
        self._check_signature(raw)
        return HttpAnswer(raw.query["echostr"].encode())

    def verify(self, raw: RawDelivery) -> None:
        """Check the signature over time and nonce."""
        if raw.method != "POST":
            raise WebhookRejected("news come with POST")
        self._check_signature(raw)

    def parse(self, raw: RawDelivery) -> list[Event]:
        """Return what the call says."""
        return payloads.events(raw.body, self._account.address)

    def fetch(self, cursor: Cursor) -> FetchResult:
        """Weibo calls us."""
        return FetchResult((), cursor)

    def send(self, message: OutboundMessage) -> SendResult:
        """Send a text, a picture as a card, or any other file as its address: Weibo takes no files."""
        if len(message.attachments) > 1:
            raise SendFailed(calling.ONE_FILE_ONLY)
        if message.attachments and message.attachments[0].content_type in PICTURES:
            reply(self._account, message.recipient, "articles", _card(message.attachments[0]))
        else:
            text = _address(message.attachments[0]) if message.attachments else message.text
            reply(self._account, message.recipient, "text", {"text": text})
        return SendResult(message.key)

    def _check_signature(self, raw: RawDelivery) -> None:
        secret = self._account.credentials.get("app_secret", "")
        timestamp, nonce = raw.query.get("timestamp", ""), raw.query.get("nonce", "")
        if not secret or not same(raw.query.get("signature", ""), signature_of(secret, timestamp, nonce)):
            raise WebhookRejected("the signature is missing or wrong")
        calls.check_age(raw, timestamp[:10])  # of milliseconds, the seconds


def _card(picture: OutboundAttachment) -> dict[str, Any]:
    address = picture.link(LIFETIME)
    return {"articles": [{"display_name": picture.name, "summary": "", "image": address, "url": address}]}


def _address(file: OutboundAttachment) -> str:
    return wording.file(file.name, file.link(LIFETIME))
