"""Slack keeps the contract."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

import pytest

from channels_social.slack.channel import SIGNATURE_HEADER, SlackChannel
from csplatform.gateway.contract import AccountConfig, Channel, RawDelivery
from tests.contract.platform import Platform
from tests.contract.samples import RECEIVED_AT, SENT_AT
from tests.contract.suite import ContractSuite
from tests.platforms.slack import CHANNEL, SECRET, TEAM, TOKEN, SlackStandIn, envelope, signed_headers, written

SIGNED_AT = int(RECEIVED_AT.timestamp())


def delivery(document: object, *, at: int = SIGNED_AT) -> RawDelivery:
    """Return a call as the door hands it on, signed as Slack signs."""
    return signed(json.dumps(document, ensure_ascii=False).encode(), "application/json", at=at)


def signed(body: bytes, content_type: str, *, at: int = SIGNED_AT) -> RawDelivery:
    headers = signed_headers(body, at=at, content_type=content_type)
    return RawDelivery(body, {name.lower(): value for name, value in headers.items()}, {}, "POST", RECEIVED_AT)


class TestSlack(ContractSuite):
    channel_class: ClassVar[type[Channel]] = SlackChannel
    senders = (CHANNEL, "D0BOB0001")
    external_ids = ("1772600767.000100", "1772600767.000200")
    recipient = CHANNEL
    signature_header = SIGNATURE_HEADER

    @pytest.fixture
    def platform(self) -> Iterator[Platform]:
        with SlackStandIn() as stand_in:
            yield stand_in

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        base = f"{platform.url}/api" if isinstance(platform, SlackStandIn) else "http://127.0.0.1:9"
        return AccountConfig(1, "Shop", TEAM, {"bot_token": TOKEN, "signing_secret": SECRET}, {"api_base": base})

    def signed_text(self, text: str, *, external_id: str, sender: str, sent_at: datetime = SENT_AT) -> RawDelivery:
        ts = f"{int(sent_at.timestamp())}.{external_id.partition('.')[2]}"
        said = {"type": "message", "channel": sender, "channel_type": "im", "user": "U0ADA0001", "text": written(text)}
        return delivery(envelope(**said, ts=ts, event_ts=ts))

    def expected_external_id(self, external_id: str, sender: str) -> str:
        return f"{sender}:{external_id}"

    def garbage(self) -> Sequence[RawDelivery]:
        direct = {"type": "message", "channel": CHANNEL, "channel_type": "im"}
        return [
            delivery([]),
            delivery({"ok": True}),
            delivery({"type": "event_callback"}),
            delivery(envelope(type="message") | {"team_id": "T0OTHER", "authorizations": []}),
            delivery(envelope(**direct, text="no ts")),
            delivery(envelope(**direct, text="no time", ts="soon")),
            delivery(envelope(**direct, text=7, ts="1772600767.000100")),
            signed(b"paylod=%7B%7D", "application/x-www-form-urlencoded"),
            signed(b"payload=%7B", "application/x-www-form-urlencoded"),
            signed(b"\xff", "application/x-www-form-urlencoded"),
        ]

    def unknown_kinds(self) -> Sequence[RawDelivery]:
        return [
            delivery({"type": "app_rate_limited", "team_id": TEAM, "minute_rate_limited": 1518467820}),
            delivery(envelope(type="a_kind_of_tomorrow", x=1)),
            delivery(envelope(type="app_home_opened", user="U0ADA0001", channel=CHANNEL, tab="messages")),
            delivery(envelope(type="message", channel="C0ALL0001", channel_type="channel", text="Hi", ts="1.1")),
            delivery(envelope(type="message", channel=CHANNEL, channel_type="im", subtype="channel_topic", ts="1.1")),
            signed(b"command=%2Fhelp&text=", "application/x-www-form-urlencoded"),
            signed(b"payload=%7B%22type%22%3A%22shortcut%22%7D", "application/x-www-form-urlencoded"),
        ]
