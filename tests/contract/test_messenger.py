"""Messenger keeps the contract."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar

import pytest

from channels_social.messenger.channel import MessengerChannel
from channels_social.meta.webhooks import SIGNATURE_HEADER
from csplatform.gateway.contract import AccountConfig, Channel, RawDelivery
from tests.contract.platform import Platform
from tests.contract.samples import RECEIVED_AT, SENT_AT
from tests.contract.suite import ContractSuite
from tests.platforms.messenger import PAGE, MessengerStandIn
from tests.platforms.meta import ACCESS_TOKEN, APP_SECRET


def delivery(call: object, secret: str = APP_SECRET) -> RawDelivery:
    """Return a call as the door hands it on, signed as Meta signs."""
    body = json.dumps(call, ensure_ascii=False).encode("utf-8", "surrogatepass")
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", SIGNATURE_HEADER: f"sha256={signature}"}
    return RawDelivery(body=body, headers=headers, query={}, method="POST", received_at=RECEIVED_AT)


def call(*happenings: dict[str, Any], own: str = PAGE, product: str = "page") -> dict[str, Any]:
    """Return the envelope around some events."""
    entry = {"id": own, "time": 1772600770000, "messaging": list(happenings)}
    return {"object": product, "entry": [entry]}


def happening(kind: str, content: Any, *, person: str = "24680135791113", own: str = PAGE, **more: Any) -> Any:
    """Return something that a person did at a moment of 2026-03-04."""
    frame = {"sender": {"id": person}, "recipient": {"id": own}, "timestamp": int(SENT_AT.timestamp()) * 1000}
    return frame | {kind: content} | more


class TestMessenger(ContractSuite):
    channel_class: ClassVar[type[Channel]] = MessengerChannel
    senders = ("24680135791113", "13579024681012")
    external_ids = ("m_AG5Hz2Uq7tuwNEhXfYYKj8mJEM_QPpz5jdCK48PnKAjSdj", "m_fipqxqMvK8ma6AC8fplwlqLP_5cgXIbu7I3rBN0P")
    recipient = "24680135791113"
    signature_header = SIGNATURE_HEADER

    @pytest.fixture
    def platform(self) -> Iterator[Platform]:
        with MessengerStandIn() as stand_in:
            yield stand_in

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        base = platform.api_base if isinstance(platform, MessengerStandIn) else "http://127.0.0.1:9/v25.0"
        secrets = {"access_token": ACCESS_TOKEN, "app_secret": APP_SECRET, "verify_token": "a word of ours"}
        return AccountConfig(3, "Page", PAGE, secrets, {"api_base": base})

    def signed_text(self, text: str, *, external_id: str, sender: str, sent_at: datetime = SENT_AT) -> RawDelivery:
        message = happening("message", {"mid": external_id, "text": text}, person=sender)
        return delivery(call(message | {"timestamp": int(sent_at.timestamp()) * 1000}))

    def garbage(self) -> Sequence[RawDelivery]:
        message = happening("message", {"mid": "m_1", "text": "x"})
        return [
            delivery([]),
            delivery({"object": "whatsapp_business_account", "entry": []}),
            delivery({"object": "page"}),
            delivery(call(message, own="999")),
            delivery(call(happening("message", {"mid": "m_1", "text": 7}))),
            delivery(call(happening("message", {"text": "no id"}))),
            delivery(call(message | {"timestamp": "yesterday"})),
            delivery(call(message | {"sender": {}})),
            delivery(call(happening("read", {"watermark": -1}))),
        ]

    def unknown_kinds(self) -> Sequence[RawDelivery]:
        return [
            delivery({"object": "page", "entry": []}),
            delivery({"object": "page", "entry": [{"id": PAGE, "time": 1, "changes": [{"field": "tomorrow"}]}]}),
            delivery(call(happening("a_kind_of_tomorrow", {"x": 1}))),
            delivery(call(happening("optin", {"ref": "x"}))),
            delivery(call(happening("message", {"mid": "m_1", "text": "x"}, person=PAGE))),
        ]
