"""A customer service account of WeCom (微信客服) as a channel: people in WeChat write to a corporation.

Address: the open_kfid. Credentials: `secret` (of a self-built app), `token` and `aes_key` (of its callback),
`former_aes_key` (the one before). Settings: `corp_id`, `api_base`, `timeout`.
"""

from datetime import timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from channels_social import calling
from channels_social.measures import utf8_bytes
from channels_social.tencent import calls
from channels_social.tencent.crypto import Keys
from channels_social.wecom import outgoing, payloads, sync
from channels_social.wecom.client import api_of, corporation, download, profile
from channels_social.wecom.setup import FIELDS, check
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
from csplatform.gateway.errors import SendFailed, Unreadable, WebhookRejected


def message_id(_account: AccountConfig, key: str) -> str:
    """Return WeCom's id for the message with this key of ours: at most 32 letters, digits, - and _."""
    return key.replace("-", "")[:32]


class WeComChannel:
    """One customer service account. WeCom calls to say that there is something; what it is has to be fetched.

    It tells of answers that colleagues give in its own app, of messages that did not arrive and of those taken back,
    but of none that did arrive or were read. Whether it recognises a repeated id is not documented: none is repeated.
    """

    slug: ClassVar[str] = "wecom"
    label: ClassVar[Any] = _("WeCom customer service")
    abilities: ClassVar[Abilities] = Abilities(
        max_text=2048,
        measure=utf8_bytes,
        attachments_per_message=1,
        max_attachment=outgoing.MAX_FILE,
        receipts=frozenset({ReceiptState.ACCEPTED, ReceiptState.FAILED}),
        deletes=True,
        reply_window=timedelta(hours=48),
        reply_quota=5,
        quick_replies=outgoing.MOST_BUTTONS,
        polled=True,
        rings=True,
        thanks="success",
        name_ahead=message_id,
        download=download,
        profile=profile,
        fields=FIELDS,
        check=check,
    )

    def __init__(self, account: AccountConfig) -> None:
        self._account = account

    def handshake(self, raw: RawDelivery) -> HttpAnswer | None:
        """Open WeCom's word, which only the key can do, and say it back."""
        if raw.method != "GET" or "echostr" not in raw.query:
            return None
        sealed, keys = raw.query["echostr"], self._keys()
        if not keys.complete:
            raise WebhookRejected("the account has no token, no EncodingAESKey, or no corporation")
        calls.check_signature(raw, keys, sealed)
        try:
            return HttpAnswer(keys.open(sealed))
        except Unreadable as error:
            raise WebhookRejected(str(error)) from None

    def verify(self, raw: RawDelivery) -> None:
        """Check the signature over what is sealed."""
        calls.verify(raw, self._keys())

    def parse(self, raw: RawDelivery) -> list[Event]:
        """Return what a fetched item says; a call says nothing but that there is something to fetch."""
        if raw.method == sync.SYNC:
            return payloads.events(raw.body, self._account.address)
        sync.signal_of(raw, self._account)
        return []

    def fetch(self, cursor: Cursor) -> FetchResult:
        """Return what was said since the cursor."""
        return sync.fetch(self._account, cursor)

    def send(self, message: OutboundMessage) -> SendResult:
        """Send a text, a question with buttons, or a file, under an id of our own."""
        if len(message.attachments) > 1:
            raise SendFailed(calling.ONE_FILE_ONLY)
        api, named = api_of(self._account), message_id(self._account, message.key)
        envelope = {"touser": message.recipient, "open_kfid": self._account.address, "msgid": named}
        said = api.post("cgi-bin/kf/send_msg", envelope | outgoing.body_of(api, message), takes_message=True)
        return SendResult(str(said.values.get("msgid") or named))

    def _keys(self) -> Keys:
        return calls.keys_of(self._account, corporation(self._account))
