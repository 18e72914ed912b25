"""A WeChat Official Account (公众号, 服务号) as a channel, in safe mode.

Address: the AppID. Credentials: `app_secret`, `token` and `aes_key` (of the server configuration), `former_aes_key`
(the one before). Settings: `api_base`, `timeout`.
"""

from datetime import timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from channels_social import calling
from channels_social.measures import utf8_bytes
from channels_social.tencent import calls
from channels_social.tencent.crypto import Keys
from channels_social.wechat import contents, payloads, templates
from channels_social.wechat.client import api_of, download, profile, typing
from channels_social.wechat.setup import FIELDS, check
from csplatform.gateway.contract import (
    Abilities,
    AccountConfig,
    BriefWindow,
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


class WeChatChannel:
    """One account's followers. Every answer goes through the customer service API: nothing is said within a call.

    WeChat tells of no receipts, edits or takings back; only of a template it says whether it arrived. It gives no id to
    a message that it takes, so our own key is its name.
    """

    slug: ClassVar[str] = "wechat"
    label: ClassVar[Any] = _("WeChat Official Account")
    abilities: ClassVar[Abilities] = Abilities(
        max_text=2048,
        measure=utf8_bytes,
        attachments_per_message=1,
        receipts=frozenset({ReceiptState.ACCEPTED}),
        reply_window=timedelta(hours=48),
        reply_quota=5,
        brief_window=BriefWindow(timedelta(minutes=1), 3),
        quick_replies=contents.MOST_BUTTONS,
        templates=templates.ask,
        thanks="success",  # anything else shows the customer that the account is out of service
        download=download,
        profile=profile,
        typing=typing,
        fields=FIELDS,
        check=check,
    )

    def __init__(self, account: AccountConfig) -> None:
        self._account = account

    def handshake(self, raw: RawDelivery) -> HttpAnswer | None:
        """Say WeChat's word back to it where it knows our token."""
        if raw.method != "GET" or "echostr" not in raw.query:
            return None
        timestamp, nonce = raw.query.get("timestamp", ""), raw.query.get("nonce", "")
        if not self._keys().signed(raw.query.get("signature", ""), timestamp, nonce):
            raise WebhookRejected("the signature is missing or wrong")
        calls.check_age(raw, timestamp)
        return HttpAnswer(raw.query["echostr"].encode())

    def verify(self, raw: RawDelivery) -> None:
        """Check the signature over the sealed text. In clear mode nothing proves a body, so that is refused."""
        calls.verify(raw, self._keys())

    def parse(self, raw: RawDelivery) -> list[Event]:
        """Return what the sealed call says."""
        return payloads.events(calls.opened(raw, self._keys()))

    def fetch(self, cursor: Cursor) -> FetchResult:
        """WeChat calls us."""
        return FetchResult((), cursor)

    def send(self, message: OutboundMessage) -> SendResult:
        """Send a text, a question with buttons, a file, or a template."""
        if len(message.attachments) > 1:
            raise SendFailed(calling.ONE_FILE_ONLY)
        api = api_of(self._account)
        if message.template:
            return SendResult(templates.send(api, message.recipient, message.template))
        body = contents.body_of(api, message)
        api.post("cgi-bin/message/custom/send", {"touser": message.recipient} | body, takes_message=True)
        return SendResult(message.key)

    def _keys(self) -> Keys:
        return calls.keys_of(self._account, self._account.address)
