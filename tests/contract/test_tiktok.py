"""TikTok keeps the contract."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar

import pytest

from channels_social.tiktok.channel import SIGNATURE_HEADER, TikTokChannel
from csplatform.gateway.contract import AccountConfig, Channel, RawDelivery
from csplatform.gateway.errors import Unreadable
from tests.contract.platform import Platform
from tests.contract.samples import RECEIVED_AT, SENT_AT, variants
from tests.contract.suite import ContractSuite
from tests.platforms.tiktok import (
    ACCESS_TOKEN,
    APP_ID,
    APP_SECRET,
    BUSINESS,
    CONVERSATION,
    TikTokStandIn,
    content,
    event,
    signature,
)


def delivery(document: Any) -> RawDelivery:
    """Return a signed call as the door hands it on."""
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")
    headers = {SIGNATURE_HEADER: signature(body, int(RECEIVED_AT.timestamp()))}
    return RawDelivery(body=body, headers=headers, query={}, method="POST", received_at=RECEIVED_AT)


class TestTikTok(ContractSuite):
    channel_class: ClassVar[type[Channel]] = TikTokChannel
    senders = (CONVERSATION, "u5JhpselBAhoPOlnH0tZ9y07kh==")
    external_ids = ("u5Buqc6lAghuOelnHUZV88DK2A==", "u5Buqc6lAghuOelnHUZV88DK2B==")
    recipient = CONVERSATION
    signature_header = SIGNATURE_HEADER

    @pytest.fixture
    def platform(self) -> Iterator[Platform]:
        with TikTokStandIn() as stand_in:
            yield stand_in

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        base = platform.api_base if isinstance(platform, TikTokStandIn) else "http://127.0.0.1:9"
        secrets = {"access_token": ACCESS_TOKEN, "app_id": APP_ID, "app_secret": APP_SECRET}
        return AccountConfig(3, "Shop", BUSINESS, secrets, {"api_base": base})

    def signed_text(self, text: str, *, external_id: str, sender: str, sent_at: datetime = SENT_AT) -> RawDelivery:
        at = int(sent_at.timestamp() * 1000)
        said = content(external_id, conversation=sender, at=at, type="text", text={"body": text})
        return delivery(event("im_receive_msg", said))

    def garbage(self) -> Sequence[RawDelivery]:
        said = content("1", type="text", text={"body": "x"})
        return [
            delivery([]),
            delivery({}),
            delivery(event("im_receive_msg", said, account="7")),
            delivery(event("im_receive_msg", said) | {"content": said}),
            delivery(event("im_receive_msg", said) | {"content": "no JSON"}),
            delivery(event("im_receive_msg", said | {"text": {"body": 7}})),
            delivery(event("im_receive_msg", said | {"from_user": None})),
            delivery(event("im_receive_msg", said | {"timestamp": "yesterday"})),
            delivery(event("im_receive_msg", said | {"type": "image"})),
            delivery(event("im_mark_read_msg", said)),
        ]

    def unknown_kinds(self) -> Sequence[RawDelivery]:
        return [
            delivery(event("an_event_of_tomorrow", {})),
            delivery(event("comment.update", {"comment_id": 1})),
            delivery(event("im_receive_msg_eu", {"to": "shop", "timestamp": 1_772_600_767_000})),
            delivery(event("im_mark_read_msg", content("1", ours=True))),
        ]

    def test_survives_every_field_of_the_content_being_odd(self) -> None:
        for said in variants(content("1", type="text", text={"body": "x"})):
            try:
                assert isinstance(self.channel().parse(delivery(event("im_receive_msg", said))), list)
            except Unreadable:
                continue
