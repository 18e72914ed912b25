"""Twilio keeps the contract."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import urlencode

import pytest

from channels_social.twilio.channel import TwilioChannel
from channels_social.twilio.signature import HEADER
from csplatform.gateway.contract import AccountConfig, Channel, InboundMessage, OutboundAttachment, RawDelivery
from tests.contract.platform import Platform
from tests.contract.samples import RECEIVED_AT, SENT_AT, TEXTS, a_picture
from tests.contract.suite import ContractSuite
from tests.platforms.fetching import FileHost
from tests.platforms.twilio import ACCOUNT_SID, AUTH_TOKEN, CUSTOMER, NUMBER, TwilioStandIn, signature

OURS = "https://desk.example/hooks/token-of-ours/"


def delivery(form: dict[str, str], received_at: datetime = RECEIVED_AT) -> RawDelivery:
    """Return a signed form as the door hands it on."""
    headers = {"content-type": "application/x-www-form-urlencoded", HEADER: signature(OURS, form)}
    body = urlencode(form).encode()
    return RawDelivery(body=body, headers=headers, query={}, method="POST", received_at=received_at)


def said(text: str = "", **more: str) -> dict[str, str]:
    """Return the form of one message."""
    form = {"MessageSid": "SM1", "From": CUSTOMER, "To": NUMBER, "Body": text, "NumMedia": "0", "SmsStatus": "received"}
    return form | more


class TestTwilio(ContractSuite):
    channel_class: ClassVar[type[Channel]] = TwilioChannel
    senders = (CUSTOMER, "+14155550123")
    external_ids = ("SM00000000000000000000000000000001", "SM00000000000000000000000000000002")
    recipient = CUSTOMER
    signature_header = HEADER
    host: FileHost

    @pytest.fixture
    def platform(self) -> Iterator[Platform]:
        with TwilioStandIn() as stand_in, FileHost() as self.host:
            yield stand_in

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        base = platform.url if isinstance(platform, TwilioStandIn) else "http://127.0.0.1:9"
        secrets = {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN}
        return AccountConfig(5, "Shop", NUMBER, secrets, {"api_base": base, "mms": True}, webhook=OURS)

    def assert_no_secret(self, said: str) -> None:
        """Twilio's account SID is a name that stands in every address."""
        assert AUTH_TOKEN not in said

    def picture(self) -> OutboundAttachment:
        return self.host.hosting(a_picture("图 1.png"))

    def signed_text(self, text: str, *, external_id: str, sender: str, sent_at: datetime = SENT_AT) -> RawDelivery:
        return delivery(said(text, MessageSid=external_id, From=sender), received_at=sent_at)

    def test_parses_alike_every_time_without_a_word_to_anybody(self) -> None:
        """As of all channels, but for the time, of which Twilio's calls say nothing."""
        raw = self.a_text(TEXTS["emoji"])
        (first,) = self.channel().parse(raw)
        (later,) = self.channel().parse(replace(raw, received_at=RECEIVED_AT + timedelta(days=2)))
        assert isinstance(first, InboundMessage)
        assert later == replace(first, sent_at=RECEIVED_AT + timedelta(days=2))

    def garbage(self) -> Sequence[RawDelivery]:
        return [
            replace(delivery({}), body=b"\xff\xfe"),
            replace(delivery({}), body=b'{"MessageSid": "SM1"}'),
            delivery(said("x", From="")),
            delivery(said("x", NumMedia="many")),
            delivery(said("x", NumMedia="1")),
            delivery(said("x", Latitude="north", Longitude="east")),
        ]

    def unknown_kinds(self) -> Sequence[RawDelivery]:
        return [
            delivery({"CallSid": "CA1", "CallStatus": "ringing", "From": CUSTOMER, "To": NUMBER}),
            delivery({"MessageSid": "SM1", "MessageStatus": "a_word_of_tomorrow"}),
        ]
