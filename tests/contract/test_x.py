"""X keeps the contract."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar

import pytest

from channels_social.x.channel import SIGNATURE_HEADER, XChannel
from csplatform.gateway.contract import AccountConfig, Channel, RawDelivery
from tests.contract.platform import Platform
from tests.contract.samples import RECEIVED_AT, SENT_AT
from tests.contract.suite import ContractSuite
from tests.platforms.x import ACCESS_TOKEN, ACCOUNT, CONSUMER_SECRET, PERSON, XStandIn, event, message, signature


def delivery(document: Any) -> RawDelivery:
    """Return a signed call as the door hands it on."""
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")
    headers = {"content-type": "application/json", SIGNATURE_HEADER: signature(body)}
    return RawDelivery(body=body, headers=headers, query={}, method="POST", received_at=RECEIVED_AT)


class TestX(ContractSuite):
    channel_class: ClassVar[type[Channel]] = XChannel
    senders = (PERSON, "2244994945")
    external_ids = ("2080765901528535096", "2080765901528535097")
    recipient = PERSON
    signature_header = SIGNATURE_HEADER

    @pytest.fixture
    def platform(self) -> Iterator[Platform]:
        with XStandIn() as stand_in:
            yield stand_in

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        base = platform.url if isinstance(platform, XStandIn) else "http://127.0.0.1:9"
        secrets = {"access_token": ACCESS_TOKEN, "consumer_secret": CONSUMER_SECRET}
        return AccountConfig(3, "Shop", ACCOUNT, secrets, {"api_base": base})

    def signed_text(self, text: str, *, external_id: str, sender: str, sent_at: datetime = SENT_AT) -> RawDelivery:
        return delivery(message(text, number=external_id, sender=sender, at=int(sent_at.timestamp() * 1000)))

    def garbage(self) -> Sequence[RawDelivery]:
        read = {"sender_id": PERSON, "last_read_event_id": "yesterday"}
        return [
            delivery([]),
            delivery({}),
            delivery({"data": {"event_type": "dm.received"}}),
            delivery(event("dm.received", message("x", number="1")["data"]["payload"], account="7")),
            delivery(event("dm.received", {"direct_message_events": "none"})),
            delivery(message("x", number="")),
            delivery(message("x", number="1", attachment="picture")),
            delivery(event("dm.read", {"direct_message_mark_read_events": [read]})),
            delivery(event("chat.received", {"id": "1"})),
        ]

    def unknown_kinds(self) -> Sequence[RawDelivery]:
        group = {"id": "1", "sender_id": PERSON, "conversation_id": "g77", "created_at_msec": "1784841183370"}
        return [
            delivery(event("an.event.of.tomorrow", {})),
            delivery(event("post.create", {"id": "1"})),
            delivery(event("chat.sent", {"id": "1"})),
            delivery(event("chat.received", group)),
            delivery(event("dm.received", {"direct_message_events": [{"type": "welcome_message"}]})),
            delivery(message("x", number="1", to="3333333333333333333")),
        ]
