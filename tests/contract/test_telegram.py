"""Telegram keeps the contract."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

import pytest

from channels_social.telegram.channel import SECRET_HEADER, TelegramChannel
from csplatform.gateway.contract import AccountConfig, Channel, RawDelivery
from tests.contract.platform import Platform
from tests.contract.samples import RECEIVED_AT, SENT_AT
from tests.contract.suite import ContractSuite
from tests.platforms.telegram import SECRET, TOKEN, TelegramStandIn


def delivery(update: object) -> RawDelivery:
    """Return an update as the door hands it on."""
    return RawDelivery(
        body=json.dumps(update, ensure_ascii=False).encode(),
        headers={"content-type": "application/json", SECRET_HEADER: SECRET},
        query={},
        method="POST",
        received_at=RECEIVED_AT,
    )


class TestTelegram(ContractSuite):
    channel_class: ClassVar[type[Channel]] = TelegramChannel
    senders = ("5551", "5552")
    external_ids = ("77", "78")
    recipient = "5551"
    signature_header = SECRET_HEADER
    signs_body = False

    @pytest.fixture
    def platform(self) -> Iterator[Platform]:
        with TelegramStandIn() as stand_in:
            yield stand_in

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        base = platform.url if isinstance(platform, TelegramStandIn) else "http://127.0.0.1:9"
        secrets = {"bot_token": TOKEN, "webhook_secret": SECRET}
        return AccountConfig(1, "Bot", "@shop_bot", secrets, {"api_base": base})

    def signed_text(self, text: str, *, external_id: str, sender: str, sent_at: datetime = SENT_AT) -> RawDelivery:
        person = {"id": int(sender), "is_bot": False, "first_name": "Ada", "language_code": "en"}
        message = {
            "message_id": int(external_id),
            "from": person,
            "chat": {"id": int(sender), "type": "private", "first_name": "Ada"},
            "date": int(sent_at.timestamp()),
            "text": text,
        }
        return delivery({"update_id": 900, "message": message})

    def expected_external_id(self, external_id: str, sender: str) -> str:
        return f"{sender}:{external_id}"

    def garbage(self) -> Sequence[RawDelivery]:
        return [
            delivery([]),
            delivery({"ok": True}),
            delivery({"update_id": 1, "message": "hello"}),
            delivery({"update_id": 1, "message": {"chat": {"id": 5, "type": "private"}, "text": 7}}),
            delivery({"update_id": 1, "message": {"chat": {"id": 5, "type": "private"}, "text": "no date"}}),
        ]

    def unknown_kinds(self) -> Sequence[RawDelivery]:
        chat = {"id": 5551, "type": "private"}
        return [
            delivery({"update_id": 1}),
            delivery({"update_id": 1, "a_kind_of_tomorrow": {"x": 1}}),
            delivery({"update_id": 1, "my_chat_member": {"chat": chat, "new_chat_member": {"status": "left"}}}),
            delivery({"update_id": 1, "chat_member": {"chat": chat}}),
            delivery({"update_id": 1, "message": {"message_id": 4, "chat": chat, "date": 1, "pinned_message": {}}}),
        ]
