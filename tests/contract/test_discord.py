"""Discord keeps the contract."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar

import pytest

from channels_social.discord.channel import SIGNATURE_HEADER, DiscordChannel
from csplatform.gateway.contract import AccountConfig, Channel, RawDelivery
from tests.contract.platform import Platform
from tests.contract.samples import RECEIVED_AT, SENT_AT
from tests.contract.suite import ContractSuite
from tests.platforms.discord import BOT, CHANNEL, PUBLIC_KEY, TOKEN, DiscordStandIn, signed_headers


def delivery(kind: object, data: object) -> RawDelivery:
    """Return a dispatch as it is kept."""
    body = json.dumps({"t": kind, "d": data}, ensure_ascii=False).encode()
    return RawDelivery(body, {}, {}, "GATEWAY", RECEIVED_AT)


def by_webhook(body: bytes, *, at: int = int(RECEIVED_AT.timestamp())) -> RawDelivery:
    """Return a call as the door hands it on, signed as Discord signs."""
    headers = {name.lower(): value for name, value in signed_headers(body, at=at).items()}
    return RawDelivery(body, headers, {}, "POST", RECEIVED_AT)


def a_message(**fields: Any) -> dict[str, Any]:
    author = {"id": "1200000000000000001", "username": "ada", "global_name": "Ada"}
    said = {"id": "1345000000000000001", "channel_id": CHANNEL, "author": author, "type": 0, "content": "Hi"}
    return said | {"timestamp": "2026-03-04T05:06:07.000000+00:00"} | fields


class TestDiscord(ContractSuite):
    channel_class: ClassVar[type[Channel]] = DiscordChannel
    senders = (CHANNEL, "1100000000000000002")
    external_ids = ("1345000000000000001", "1345000000000000002")
    recipient = CHANNEL
    signature_header = SIGNATURE_HEADER

    @pytest.fixture
    def platform(self) -> Iterator[Platform]:
        with DiscordStandIn() as stand_in:
            yield stand_in

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        base = platform.api_base if isinstance(platform, DiscordStandIn) else "http://127.0.0.1:9"
        return AccountConfig(1, "Shop", BOT, {"bot_token": TOKEN, "public_key": PUBLIC_KEY}, {"api_base": base})

    def signed_text(self, text: str, *, external_id: str, sender: str, sent_at: datetime = SENT_AT) -> RawDelivery:
        said = a_message(id=external_id, channel_id=sender, content=text, timestamp=sent_at.isoformat())
        return by_webhook(delivery("MESSAGE_CREATE", said).body)

    def garbage(self) -> Sequence[RawDelivery]:
        return [
            delivery(None, {}),
            delivery("MESSAGE_CREATE", []),
            delivery("MESSAGE_CREATE", a_message(id="one")),
            delivery("MESSAGE_CREATE", a_message(channel_id=None)),
            delivery("MESSAGE_CREATE", a_message(author=None)),
            delivery("MESSAGE_CREATE", a_message(timestamp="2026-03-04T05:06:07")),
            delivery("MESSAGE_CREATE", a_message(content=7)),
            delivery("MESSAGE_REACTION_ADD", {"user_id": "1", "channel_id": CHANNEL}),
        ]

    def unknown_kinds(self) -> Sequence[RawDelivery]:
        return [
            delivery("A_KIND_OF_TOMORROW", {}),
            delivery("CHANNEL_PINS_UPDATE", {"channel_id": CHANNEL}),
            delivery("MESSAGE_CREATE", a_message(guild_id="1")),
            delivery("MESSAGE_CREATE", a_message(type=6)),
            delivery("MESSAGE_CREATE", a_message(author={"id": "7", "bot": True})),
            delivery("INTERACTION_CREATE", {"id": "1345000000000000009", "type": 2, "channel_id": CHANNEL}),
            by_webhook(b'{"application_id": "1", "version": 1, "type": 2, "id": "7", "channel_id": "8"}'),
        ]
