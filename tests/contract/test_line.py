"""LINE keeps the contract."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar

import pytest

from channels_social.line.channel import SIGNATURE_HEADER, LineChannel
from csplatform.gateway.contract import AccountConfig, Channel, OutboundAttachment, RawDelivery
from tests.contract.platform import Platform
from tests.contract.samples import RECEIVED_AT, SENT_AT, a_picture
from tests.contract.suite import ContractSuite
from tests.platforms.fetching import FileHost
from tests.platforms.line import ACCESS_TOKEN, CHANNEL_ID, CHANNEL_SECRET, PERSON, LineStandIn, signature


def delivery(call: object) -> RawDelivery:
    """Return a signed call as the door hands it on."""
    body = json.dumps(call, ensure_ascii=False).encode("utf-8", "surrogatepass")
    headers = {"content-type": "application/json", SIGNATURE_HEADER: signature(body)}
    return RawDelivery(body=body, headers=headers, query={}, method="POST", received_at=RECEIVED_AT)


def call(*events: dict[str, Any]) -> dict[str, Any]:
    """Return a call with events."""
    return {"destination": "U0123456789abcdef0123456789abcdef", "events": list(events)}


def event(kind: str = "message", at: datetime = SENT_AT, sender: str = PERSON, **members: Any) -> dict[str, Any]:
    """Return an event of a chat with one person."""
    base = {"type": kind, "mode": "active", "timestamp": int(at.timestamp() * 1000), "webhookEventId": "01FZ74A0TD"}
    return base | {"source": {"type": "user", "userId": sender}} | members


class TestLine(ContractSuite):
    channel_class: ClassVar[type[Channel]] = LineChannel
    senders = (PERSON, "Uffffffffffffffffffffffffffffffff")
    external_ids = ("325708", "325709")
    recipient = PERSON
    signature_header = SIGNATURE_HEADER
    host: FileHost

    @pytest.fixture
    def platform(self) -> Iterator[Platform]:
        with LineStandIn() as stand_in, FileHost() as self.host:
            yield stand_in

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        base = platform.url if isinstance(platform, LineStandIn) else "http://127.0.0.1:9"
        secrets = {"access_token": ACCESS_TOKEN, "channel_secret": CHANNEL_SECRET}
        return AccountConfig(3, "Shop", CHANNEL_ID, secrets, {"api_base": base})

    def picture(self) -> OutboundAttachment:
        return self.host.hosting(a_picture("图 1.png"))

    def signed_text(self, text: str, *, external_id: str, sender: str, sent_at: datetime = SENT_AT) -> RawDelivery:
        message = {"id": external_id, "type": "text", "text": text, "quoteToken": "q3Plxr4AgKd"}
        return delivery(call(event(at=sent_at, sender=sender, message=message)))

    def garbage(self) -> Sequence[RawDelivery]:
        message = {"id": "1", "type": "text", "text": "x"}
        return [
            delivery([]),
            delivery({"events": []}),
            delivery(call() | {"events": "none"}),
            delivery(call(event(message=message | {"text": 7}))),
            delivery(call(event(message=message) | {"timestamp": "yesterday"})),
            delivery(call(event(message=message) | {"source": None})),
            delivery(call(event("unsend"))),
        ]

    def unknown_kinds(self) -> Sequence[RawDelivery]:
        message = {"id": "1", "type": "text", "text": "x"}
        return [
            delivery(call()),
            delivery(call(event("a_kind_of_tomorrow"))),
            delivery(call(event(message=message) | {"source": {"type": "group", "groupId": "C1", "userId": PERSON}})),
            delivery(call(event("join") | {"source": {"type": "room", "roomId": "R1"}})),
            delivery(call(event("beacon", beacon={"hwid": "d41d8cd98f", "type": "enter"}))),
        ]
