"""Web chat passes the suite. Its deliveries come from a visitor's page, signed by the token the page was given."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from channels_webchat import tokens
from channels_webchat.channel import WebChatChannel
from csplatform.gateway.contract import AccountConfig, RawDelivery
from tests.contract.platform import Platform
from tests.contract.samples import RECEIVED_AT, SENT_AT
from tests.contract.suite import ContractSuite

ACCOUNT = 7


class TestWebChat(ContractSuite):
    channel_class = WebChatChannel
    senders = ("0b6c8b7e5f0a4c1f9d7c2f0d3a6e1b11", "9d2f4a53c6be4f0c8a0be3a7f6a1c222")
    external_ids = ("5b0e1f6c-3a53-4f5a-9a7f-0d1c2b3a4951", "c1d2e3f4-a5b6-4c7d-8e9f-0a1b2c3d4e52")
    recipient = senders[0]
    signature_header = "authorization"
    signs_body = False  # the token speaks for the visitor; TLS keeps the body
    no_platform = "the visitor's page is the platform: nothing is remote"

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        return AccountConfig(id=ACCOUNT, name="Shop", address="shop", credentials={}, settings={})

    def signed_text(self, text: str, *, external_id: str, sender: str, sent_at: datetime = SENT_AT) -> RawDelivery:
        return _delivery({"key": external_id, "text": text, "at": sent_at.isoformat()}, sender)

    def expected_external_id(self, external_id: str, sender: str) -> str:
        return f"{sender}:{external_id}"

    def garbage(self) -> Sequence[RawDelivery]:
        key, at = self.external_ids[0], SENT_AT.isoformat()
        bodies = [
            {"key": key, "at": at},
            {"key": key, "text": " \n", "at": at},
            {"key": key, "text": "x" * 8001, "at": at},
            {"key": "not-a-uuid", "text": "x", "at": at},
            {"key": key, "text": "x", "at": "2026-03-04T05:06:07"},
            {"key": key, "text": "", "at": at, "files": [{"name": "a.exe", "data": "TVqQAAMAAAAEAAAA"}]},
            {"key": key, "text": "", "at": at, "files": [{"name": "a.txt", "data": "!"}]},
            {"receipt": key, "state": "failed", "at": at},
            {"receipt": "1", "state": "read", "at": at},
            {"typing": True},
        ]
        raw = _delivery({}, self.senders[0])
        return [
            *(_delivery(body, self.senders[0]) for body in bodies),
            replace(raw, body=b"[]"),
            replace(raw, body=b""),
        ]

    def unknown_kinds(self) -> Sequence[RawDelivery]:
        return [
            _delivery({"dancing": True, "at": SENT_AT.isoformat()}, self.senders[0]),
            _delivery({}, self.senders[0]),
        ]


def _delivery(body: object, sender: str) -> RawDelivery:
    token = tokens.issue(ACCOUNT, tokens.Visitor(id=sender))
    return RawDelivery(
        body=json.dumps(body).encode(),
        headers={"authorization": f"Bearer {token}"},
        query={},
        method="POST",
        received_at=RECEIVED_AT,
    )
