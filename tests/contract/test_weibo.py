"""Weibo keeps the contract. It gives messages no ids: the sample ids are seconds by which they lie apart."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest

from channels_social.weibo.channel import WeiboChannel
from csplatform.gateway.contract import AccountConfig, Channel, OutboundAttachment, RawDelivery
from tests.contract.platform import Platform
from tests.contract.samples import RECEIVED_AT, SENT_AT, a_picture
from tests.contract.suite import ContractSuite
from tests.platforms.fetching import FileHost
from tests.platforms.tencent import signature
from tests.platforms.weibo import ACCESS_TOKEN, ACCOUNT, APP_SECRET, FAN, WeiboStandIn, message


def delivery(document: Any) -> RawDelivery:
    """Return a signed call as the door hands it on."""
    when = str(int(RECEIVED_AT.timestamp() * 1000))
    query = {"timestamp": when, "nonce": "7", "signature": signature(APP_SECRET, when, "7")}
    return RawDelivery(json.dumps(document).encode(), {}, query, "POST", RECEIVED_AT)


class TestWeibo(ContractSuite):
    channel_class: ClassVar[type[Channel]] = WeiboChannel
    senders = (FAN, "2489518278")
    external_ids = ("0", "1")
    recipient = FAN
    signs_body = False
    host: FileHost

    @pytest.fixture
    def platform(self) -> Iterator[Platform]:
        with WeiboStandIn() as stand_in, FileHost() as self.host:
            stand_in.called = self.outbound().key
            yield stand_in

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        base = platform.url if isinstance(platform, WeiboStandIn) else "http://127.0.0.1:9"
        secrets = {"access_token": ACCESS_TOKEN, "app_secret": APP_SECRET}
        return AccountConfig(0, "Shop", ACCOUNT, secrets, {"api_base": base})

    def picture(self) -> OutboundAttachment:
        return self.host.hosting(a_picture("图 1.png"))

    def signature(self, raw: RawDelivery) -> str:
        return raw.query["signature"]

    def with_signature(self, raw: RawDelivery, signature: str | None) -> RawDelivery:
        query = {name: value for name, value in raw.query.items() if name != "signature"}
        return replace(raw, query=query | ({} if signature is None else {"signature": signature}))

    def signed_text(self, text: str, *, external_id: str, sender: str, sent_at: datetime = SENT_AT) -> RawDelivery:
        return delivery(message("text", text, at=sent_at + timedelta(seconds=int(external_id)), fan=sender))

    def expected_external_id(self, external_id: str, sender: str) -> str:
        return f"{sender}:{int(SENT_AT.timestamp()) + int(external_id)}"

    def garbage(self) -> Sequence[RawDelivery]:
        return [
            delivery([]),
            delivery({}),
            delivery(message("text", "x") | {"receiver_id": 7}),
            delivery(message("text", "x") | {"created_at": "yesterday"}),
            delivery(message("text", "x") | {"sender_id": None}),
            delivery(message("image", "x")),
            delivery(message("position", "x", latitude="north", longitude="1")),
            delivery(message("event", "x")),
        ]

    def unknown_kinds(self) -> Sequence[RawDelivery]:
        return [
            delivery(message("event", "x", subtype="view", key="https://shop.example")),
            delivery(message("event", "x", subtype="an_event_of_tomorrow")),
            delivery(message("mention", "@shop", subtype="mention_in_status", key="1")),
        ]
