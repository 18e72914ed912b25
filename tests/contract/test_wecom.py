"""WeCom's customer service keeps the contract. Its calls only ring: what is read here was fetched."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar

import pytest

from channels_social.wecom.channel import WeComChannel
from csplatform.gateway.contract import AccountConfig, Channel, RawDelivery
from tests.contract.platform import Platform
from tests.contract.samples import RECEIVED_AT, SENT_AT
from tests.contract.suite import ContractSuite
from tests.contract.tencent import call_of
from tests.platforms.tencent import AES_KEY, TOKEN
from tests.platforms.wecom import CORPORATION, CUSTOMER, KF, SECRET, WeComStandIn


def fetched(document: object) -> RawDelivery:
    """Return an item as it is kept."""
    return RawDelivery(json.dumps(document).encode(), {}, {}, "SYNC", RECEIVED_AT)


def item(kind: str = "text", content: Any = None, **changes: Any) -> dict[str, Any]:
    """Return an item that sync_msg tells."""
    head = {"msgid": "m-1", "open_kfid": KF, "external_userid": CUSTOMER, "send_time": 1772600767, "origin": 3}
    fields = head | {"msgtype": kind, kind: {"content": "你好"} if content is None else content} | changes
    return {name: value for name, value in fields.items() if value is not None}


def event(kind: str, **fields: Any) -> dict[str, Any]:
    """Return an event that sync_msg tells."""
    happened = {"event_type": kind, "open_kfid": KF, "external_userid": CUSTOMER, **fields}
    return item("event", happened, open_kfid=None, external_userid=None, origin=4)


class TestWeCom(ContractSuite):
    channel_class: ClassVar[type[Channel]] = WeComChannel
    senders = (CUSTOMER, "wmAJ2GCAAAme1XQRC-NI-q0_ZM9uk001")
    external_ids = ("from_msgid_4622416642169452483", "from_msgid_4622416642169452484")
    recipient = CUSTOMER
    no_signatures = "what is read was fetched; the calls that ring are signed as in tests/channels_social/test_wecom.py"

    @pytest.fixture
    def platform(self) -> Iterator[Platform]:
        with WeComStandIn() as stand_in:
            yield stand_in

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        base = platform.url if isinstance(platform, WeComStandIn) else "http://127.0.0.1:9"
        secrets = {"secret": SECRET, "token": TOKEN, "aes_key": AES_KEY}
        return AccountConfig(0, "Shop", KF, secrets, {"corp_id": CORPORATION, "api_base": base})

    def signed_text(self, text: str, *, external_id: str, sender: str, sent_at: datetime = SENT_AT) -> RawDelivery:
        at = int(sent_at.timestamp())
        return fetched(item(content={"content": text}, msgid=external_id, external_userid=sender, send_time=at))

    def garbage(self) -> Sequence[RawDelivery]:
        elsewhere = {"MsgType": "event", "Event": "kf_msg_or_event", "Token": "t", "OpenKfId": "wkOther"}
        return [
            fetched([]),
            fetched({"msgtype": "text"}),
            fetched(item(open_kfid="wkOther")),
            fetched(item(send_time="yesterday")),
            fetched(item("image", {})),
            fetched(item("location", {"latitude": "north"})),
            fetched(event("msg_send_fail", fail_type=4)),
            call_of(elsewhere, owner=CORPORATION),
            call_of({"MsgType": "event"}, owner="ww0000000000000000"),
        ]

    def unknown_kinds(self) -> Sequence[RawDelivery]:
        return [
            fetched(event("enter_session", scene="qr", welcome_code="w")),
            fetched(event("session_status_change", change_type=1)),
            fetched(event("an_event_of_tomorrow")),
            fetched(item(origin=9)),
            call_of({"MsgType": "event", "Event": "kf_msg_or_event", "Token": "t", "OpenKfId": KF}, owner=CORPORATION),
            call_of({"MsgType": "event", "Event": "subscribe"}, owner=CORPORATION),
        ]
