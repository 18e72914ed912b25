"""The channel for an organisation's own systems keeps the contract."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

import pytest

from channels_social.api.channel import ApiChannel
from channels_social.standard_webhooks import SIGNATURE_HEADER
from csplatform.gateway.contract import AccountConfig, Channel, OutboundAttachment, RawDelivery
from tests.contract.platform import Platform
from tests.contract.samples import RECEIVED_AT, SENT_AT, a_picture
from tests.contract.suite import ContractSuite
from tests.platforms.fetching import FileHost
from tests.platforms.own_system import INBOUND, OUTBOUND, OwnSystem, call, signed_headers

SIGNED_AT = int(RECEIVED_AT.timestamp())


def delivery(document: object, *, secret: str = INBOUND, at: int = SIGNED_AT) -> RawDelivery:
    """Return a call as the door hands it on."""
    body = json.dumps(document, ensure_ascii=False).encode()
    headers = signed_headers(body, secret=secret, at=at)
    return RawDelivery(body, {name.lower(): value for name, value in headers.items()}, {}, "POST", RECEIVED_AT)


class TestApi(ContractSuite):
    channel_class: ClassVar[type[Channel]] = ApiChannel
    senders = ("ada", "+442079460000")
    external_ids = ("m-1", "m-2")
    recipient = "ada"
    signature_header = SIGNATURE_HEADER
    host: FileHost

    @pytest.fixture
    def platform(self) -> Iterator[Platform]:
        with OwnSystem() as stand_in, FileHost() as self.host:
            yield stand_in

    def picture(self) -> OutboundAttachment:
        return self.host.hosting(a_picture("图 1.png"))

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        url = platform.address if isinstance(platform, OwnSystem) else "http://127.0.0.1:9/desk-messages"
        return AccountConfig(1, "Shop", "shop", {"inbound_secret": INBOUND, "outbound_secret": OUTBOUND}, {"url": url})

    def signed_text(self, text: str, *, external_id: str, sender: str, sent_at: datetime = SENT_AT) -> RawDelivery:
        who = {"id": sender, "name": "Ada", "language": "en"}
        return delivery(call("message.created", at=sent_at.isoformat(), id=external_id, from_=who, text=text))

    def garbage(self) -> Sequence[RawDelivery]:
        who = {"id": "ada"}
        return [
            delivery([]),
            delivery({"type": "message.created"}),
            delivery({"type": "message.created", "timestamp": "2026-03-04T05:06:07Z"}),
            delivery(call("message.created", at="2026-03-04T05:06:07", id="m", from_=who, text="no zone")),
            delivery(call("message.created", at="soon", id="m", from_=who, text="no time")),
            delivery(call("message.created", id="m", text="from nobody")),
            delivery(call("message.created", from_=who, text="no id")),
            delivery(call("message.created", id="m", from_=who)),
            delivery(call("message.created", id="m", from_={"id": "x", "kind": "phone"}, text="no number")),
            delivery(call("message.created", id="m", from_={"id": "x", "kind": "email"}, text="no address")),
            delivery(call("message.created", id="m", from_={"id": "x", "kind": "fax"}, text="no kind")),
            delivery(call("message.created", id="m", from_=who, attachments=[{"name": "a", "content": "%"}])),
            delivery(call("message.created", id="m", from_=who, attachments=[{"name": "a"}])),
            delivery(call("message.created", id="m", from_=who, contact={"name": "Bob", "phones": [1]})),
        ]

    def unknown_kinds(self) -> Sequence[RawDelivery]:
        return [delivery(call("message.pinned", id="m")), delivery({"type": "a.kind.of.tomorrow"})]
