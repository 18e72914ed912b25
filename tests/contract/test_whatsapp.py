"""WhatsApp keeps the contract."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar

import pytest

from channels_social.meta.webhooks import SIGNATURE_HEADER
from channels_social.whatsapp.channel import WhatsAppChannel
from csplatform.gateway.contract import AccountConfig, Channel, RawDelivery
from tests.contract.platform import Platform
from tests.contract.samples import RECEIVED_AT, SENT_AT
from tests.contract.suite import ContractSuite
from tests.platforms.whatsapp import ACCESS_TOKEN, APP_SECRET, NUMBER, WhatsAppStandIn


def delivery(call: object) -> RawDelivery:
    """Return a signed call as the door hands it on."""
    body = json.dumps(call, ensure_ascii=False).encode("utf-8", "surrogatepass")
    signature = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", SIGNATURE_HEADER: f"sha256={signature}"}
    return RawDelivery(body=body, headers=headers, query={}, method="POST", received_at=RECEIVED_AT)


def call(number: str = NUMBER, field: str = "messages", **value: Any) -> dict[str, Any]:
    """Return the envelope around one change."""
    metadata = {"display_phone_number": "972123456789", "phone_number_id": number}
    change = {"field": field, "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}


class TestWhatsApp(ContractSuite):
    channel_class: ClassVar[type[Channel]] = WhatsAppChannel
    senders = ("972987654321", "8613800138000")
    external_ids = ("wamid.HBgLMTQxMjU1NTA4MjkVAgASGBQzQQ==", "wamid.HBgLMTQxMjU1NTA4MjkVAgASGBQzQg==")
    recipient = "+972987654321"
    signature_header = SIGNATURE_HEADER

    @pytest.fixture
    def platform(self) -> Iterator[Platform]:
        with WhatsAppStandIn() as stand_in:
            yield stand_in

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        base = platform.api_base if isinstance(platform, WhatsAppStandIn) else "http://127.0.0.1:9/v26.0"
        secrets = {"access_token": ACCESS_TOKEN, "app_secret": APP_SECRET, "verify_token": "a word of ours"}
        return AccountConfig(2, "Shop", NUMBER, secrets, {"api_base": base})

    def signed_text(self, text: str, *, external_id: str, sender: str, sent_at: datetime = SENT_AT) -> RawDelivery:
        message = {
            "from": sender,
            "id": external_id,
            "timestamp": str(int(sent_at.timestamp())),
            "type": "text",
            "text": {"body": text},
        }
        contact = {"profile": {"name": "Ada"}, "wa_id": sender}
        return delivery(call(contacts=[contact], messages=[message]))

    def expected_sender(self, sender: str) -> str:
        return f"+{sender}"

    def garbage(self) -> Sequence[RawDelivery]:
        message = {"from": "972987654321", "id": "wamid.1", "timestamp": "1697043223", "type": "text"}
        return [
            delivery([]),
            delivery({"object": "page", "entry": []}),
            delivery({"object": "whatsapp_business_account"}),
            delivery(call(number="999", messages=[])),
            delivery(call(messages=[message | {"text": {"body": 7}}])),
            delivery(call(messages=[message | {"text": {"body": "x"}, "timestamp": "yesterday"}])),
            delivery(call(messages=[message | {"text": {"body": "x"}, "from": "nobody"}])),
        ]

    def unknown_kinds(self) -> Sequence[RawDelivery]:
        message = {"from": "972987654321", "id": "wamid.1", "timestamp": "1697043223"}
        return [
            delivery({"object": "whatsapp_business_account", "entry": []}),
            delivery(call(field="a_field_of_tomorrow", number="999")),
            delivery(call(messages=[message | {"type": "a_kind_of_tomorrow"}])),
            delivery(call(messages=[message | {"type": "text", "text": {"body": "x"}, "group_id": "g"}])),
            delivery(call(statuses=[{"id": "wamid.2", "status": "a_word_of_tomorrow", "timestamp": "1697043223"}])),
        ]
