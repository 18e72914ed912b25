"""WeChat Official Accounts keep the contract."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

import pytest

from channels_social.wechat.channel import WeChatChannel
from csplatform.gateway.contract import AccountConfig, Channel, RawDelivery
from tests.contract.platform import Platform
from tests.contract.samples import RECEIVED_AT, SENT_AT
from tests.contract.tencent import TencentSuite, call_of, sealed_call
from tests.platforms.tencent import AES_KEY, TOKEN
from tests.platforms.wechat import ACCOUNT, APP_ID, APP_SECRET, FOLLOWER, WeChatStandIn


def delivery(owner: str = APP_ID, **fields: Any) -> RawDelivery:
    """Return a sealed call as the door hands it on."""
    return call_of({"ToUserName": ACCOUNT} | fields, owner=owner)


def text(**changes: Any) -> dict[str, Any]:
    """Return the fields of a text."""
    fields = {"FromUserName": FOLLOWER, "CreateTime": 1772600767, "MsgType": "text", "Content": "你好", "MsgId": 1}
    return {name: value for name, value in (fields | changes).items() if value is not None}


class TestWeChat(TencentSuite):
    channel_class: ClassVar[type[Channel]] = WeChatChannel
    senders = (FOLLOWER, "oABCD1example0follower111111")
    external_ids = ("24000000000000001", "24000000000000002")
    recipient = FOLLOWER

    @pytest.fixture
    def platform(self) -> Iterator[Platform]:
        with WeChatStandIn() as stand_in:
            stand_in.called = self.outbound().key
            yield stand_in

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        base = platform.url if isinstance(platform, WeChatStandIn) else "http://127.0.0.1:9"
        secrets = {"app_secret": APP_SECRET, "token": TOKEN, "aes_key": AES_KEY}
        return AccountConfig(0, "Shop", APP_ID, secrets, {"api_base": base})

    def signed_text(self, text: str, *, external_id: str, sender: str, sent_at: datetime = SENT_AT) -> RawDelivery:
        at = int(sent_at.timestamp())
        return delivery(FromUserName=sender, CreateTime=at, MsgType="text", Content=text, MsgId=external_id)

    def garbage(self) -> Sequence[RawDelivery]:
        return [
            delivery("wx0000000000000000", **text()),
            delivery(**text(MsgId=None)),
            delivery(**text(CreateTime="yesterday")),
            delivery(**text(FromUserName="")),
            delivery(**text(MsgType="image")),
            delivery(**text(MsgType="location", Location_X="north", Location_Y="1")),
            sealed_call("not XML", owner=APP_ID),
            sealed_call('<!DOCTYPE x [<!ENTITY e "y">]><xml><MsgType>&e;</MsgType></xml>', owner=APP_ID),
            sealed_call("<a>" * 30 + "</a>" * 30, owner=APP_ID),
            RawDelivery(b"<xml><Encrypt>AAAA</Encrypt></xml>", {}, {}, "POST", RECEIVED_AT),
            replace(delivery(**text()), body=b"<xml><Content>clear</Content></xml>"),
        ]

    def unknown_kinds(self) -> Sequence[RawDelivery]:
        happened = {"FromUserName": FOLLOWER, "CreateTime": 1772600767, "MsgType": "event"}
        return [
            delivery(**happened, Event="LOCATION", Latitude="23.1", Longitude="113.3"),
            delivery(**happened, Event="VIEW", EventKey="https://shop.example"),
            delivery(**happened, Event="an_event_of_tomorrow"),
        ]
