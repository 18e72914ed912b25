"""KakaoTalk consultation keeps the contract."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

import pytest

from channels_social.kakao.channel import KakaoChannel
from csplatform.gateway.contract import AccountConfig, Channel, RawDelivery
from tests.contract.platform import Platform
from tests.contract.samples import RECEIVED_AT, SENT_AT
from tests.contract.suite import ContractSuite
from tests.platforms.kakao import CLIENT_ID, CLIENT_SECRET, PERSON, SENDER_KEY, WEBHOOK_KEY, KakaoStandIn


def delivery(document: object, kind: str = "message") -> RawDelivery:
    """Return a call as the door hands it on, with what it is about behind the key."""
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")
    query = {"key": f"{WEBHOOK_KEY}/{kind}"}
    return RawDelivery(body=body, headers={}, query=query, method="POST", received_at=RECEIVED_AT)


def said(at: datetime = SENT_AT, sender: str = PERSON, **content: Any) -> dict[str, Any]:
    """Return the document of one message."""
    base = {"user_key": sender, "sender_key": SENDER_KEY, "session_id": "163477524"}
    return base | {"time": int(at.timestamp() * 1000)} | content


class TestKakao(ContractSuite):
    channel_class: ClassVar[type[Channel]] = KakaoChannel
    senders = (PERSON, "Zk4rMnA5lY2b")
    external_ids = ("serial-1", "serial-2")
    recipient = PERSON
    signs_body = False

    @pytest.fixture
    def platform(self) -> Iterator[Platform]:
        with KakaoStandIn() as stand_in:
            yield stand_in

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        base = platform.url if isinstance(platform, KakaoStandIn) else "http://127.0.0.1:9"
        secrets = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "webhook_key": WEBHOOK_KEY}
        return AccountConfig(6, "Shop", SENDER_KEY, secrets, {"api_base": base})

    def signature(self, raw: RawDelivery) -> str:
        return raw.query["key"].removesuffix("/message")

    def with_signature(self, raw: RawDelivery, signature: str | None) -> RawDelivery:
        return replace(raw, query={} if signature is None else {"key": f"{signature}/message"})

    def signed_text(self, text: str, *, external_id: str, sender: str, sent_at: datetime = SENT_AT) -> RawDelivery:
        return delivery(said(sent_at, sender, type="text", content=text, serial_number=external_id))

    def garbage(self) -> Sequence[RawDelivery]:
        return [
            delivery([]),
            delivery(said(type="text", content=7)),
            delivery(said(type="text", content="x", time="yesterday")),
            delivery(said(type="text", content="x", sender_key="another")),
            delivery(said(type="text", content="x", user_key=None)),
            delivery(said(type="photo", content="no address")),
        ]

    def unknown_kinds(self) -> Sequence[RawDelivery]:
        return [delivery(said(reference={"extra": "from the shop"}), "reference")]
