"""Viber keeps the contract."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar

import pytest

from channels_social.viber.channel import SIGNATURE_HEADER, ViberChannel
from csplatform.gateway.contract import AccountConfig, Channel, OutboundAttachment, RawDelivery
from tests.contract.platform import Platform
from tests.contract.samples import RECEIVED_AT, SENT_AT, a_picture
from tests.contract.suite import ContractSuite
from tests.platforms.fetching import FileHost
from tests.platforms.viber import AUTH_TOKEN, PERSON, ViberStandIn, signature


def delivery(call: object) -> RawDelivery:
    """Return a signed call as the door hands it on."""
    body = json.dumps(call, ensure_ascii=False).encode("utf-8", "surrogatepass")
    headers = {"content-type": "application/json", SIGNATURE_HEADER: signature(body)}
    return RawDelivery(body=body, headers=headers, query={}, method="POST", received_at=RECEIVED_AT)


def call(kind: str, at: datetime = SENT_AT, **members: Any) -> dict[str, Any]:
    """Return a call of a kind."""
    return {"event": kind, "timestamp": int(at.timestamp() * 1000), "message_token": 4912661846655238145} | members


def said(at: datetime = SENT_AT, sender: str = PERSON, **content: Any) -> dict[str, Any]:
    """Return the call for one message; `content` are its type and members."""
    return call("message", at, sender={"id": sender, "name": "Ada", "language": "en"}, message=content)


class TestViber(ContractSuite):
    channel_class: ClassVar[type[Channel]] = ViberChannel
    senders = (PERSON, "jc9HsWTZ2Yf2NkRZ8KcNug==")
    external_ids = ("4912661846655238145", "4912661846655238146")
    recipient = PERSON
    signature_header = SIGNATURE_HEADER
    host: FileHost

    @pytest.fixture
    def platform(self) -> Iterator[Platform]:
        with ViberStandIn() as stand_in, FileHost() as self.host:
            yield stand_in

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        base = platform.url if isinstance(platform, ViberStandIn) else "http://127.0.0.1:9"
        return AccountConfig(4, "Shop", "shop", {"auth_token": AUTH_TOKEN}, {"api_base": base})

    def picture(self) -> OutboundAttachment:
        return self.host.hosting(a_picture("图 1.png"))

    def signed_text(self, text: str, *, external_id: str, sender: str, sent_at: datetime = SENT_AT) -> RawDelivery:
        return delivery(said(sent_at, sender, type="text", text=text) | {"message_token": int(external_id)})

    def garbage(self) -> Sequence[RawDelivery]:
        good = said(type="text", text="x")
        return [
            delivery([]),
            delivery({"timestamp": 1}),
            delivery(good | {"message_token": 1.5}),
            delivery(good | {"timestamp": "yesterday"}),
            delivery(good | {"sender": {"name": "nobody"}}),
            delivery(said(type="text", text=7)),
            delivery(call("unsubscribed")),
        ]

    def unknown_kinds(self) -> Sequence[RawDelivery]:
        user = {"id": PERSON, "name": "Ada"}
        return [
            delivery(call("webhook")),
            delivery(call("a_kind_of_tomorrow")),
            delivery(call("conversation_started", type="open", context="from the site", user=user, subscribed=False)),
        ]
