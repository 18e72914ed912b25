"""E-mail keeps the contract when a provider carries it: as raw mail in a form, as JSON, and taken apart."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import ClassVar
from urllib.parse import parse_qsl, urlencode

import pytest

from channels_email.channel import EmailChannel
from csplatform.gateway.contract import AccountConfig, Channel, RawDelivery
from tests.contract.platform import Platform
from tests.contract.samples import RECEIVED_AT, SENT_AT
from tests.contract.suite import ContractSuite
from tests.platforms.base import StandIn
from tests.platforms.mailers import DOMAIN, KEY, MailgunStandIn, PostmarkStandIn, SendGridStandIn

SIGNING_KEY = "a-signing-key-of-the-provider"
PASSWORD = "csplatform:a-password-we-gave-the-provider"
BASIC = "Basic " + base64.b64encode(PASSWORD.encode()).decode()
NOBODY = "http://127.0.0.1:9"


def a_mail(text: str, external_id: str, sender: str, sent_at: datetime) -> EmailMessage:
    """Return a customer's mail."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"Somebody <{sender}>"
    mail["To"] = "support@shop.example"
    mail["Subject"] = "A question"
    mail["Date"] = format_datetime(sent_at)
    mail["Message-ID"] = f"<{external_id}>"
    mail.set_content(text)
    return mail


class _ProviderSuite(ContractSuite):
    """What the providers share."""

    channel_class: ClassVar[type[Channel]] = EmailChannel
    senders = ("ada@customer.example", "bob@customer.example")
    external_ids = ("first.1@customer.example", "second.2@customer.example")
    recipient = "ada@customer.example"
    signature_header = "authorization"
    signs_body = False
    stand_in: ClassVar[type[StandIn]]

    @pytest.fixture
    def platform(self) -> Iterator[Platform]:
        with self.stand_in() as stand_in:
            yield stand_in

    def account(
        self, platform: Platform | None, provider: str, path: str, credentials: dict[str, str], **settings: str
    ) -> AccountConfig:
        """Return an account whose provider is the stand-in."""
        url = (platform.url if isinstance(platform, StandIn) else NOBODY) + path
        given = {"provider": provider, "api_url": url, "from_name": "Shop", **settings}
        return AccountConfig(1, "Support", "support@shop.example", credentials, given)

    def call(self, body: bytes, content_type: str) -> RawDelivery:
        """Return a call that knows our password."""
        headers = {"content-type": content_type, "authorization": BASIC}
        return RawDelivery(body=body, headers=headers, query={}, method="POST", received_at=RECEIVED_AT)


class TestMailgun(_ProviderSuite):
    """Its signature is a field of the form, over two others."""

    stand_in = MailgunStandIn

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        credentials = {"api_key": KEY, "webhook_signing_key": SIGNING_KEY}
        return self.account(platform, "mailgun", "/v3", credentials, sender_domain=DOMAIN)

    def signed_text(self, text: str, *, external_id: str, sender: str, sent_at: datetime = SENT_AT) -> RawDelivery:
        mime = a_mail(text, external_id, sender, sent_at).as_bytes()
        return self.form({"sender": sender, "recipient": "support@shop.example", "body-mime": mime})

    def form(self, fields: dict[str, str | bytes]) -> RawDelivery:
        """Return a form with Mailgun's signature."""
        signed = {"timestamp": "1772445600", "token": "a" * 50}
        digest = hmac.new(SIGNING_KEY.encode(), (signed["timestamp"] + signed["token"]).encode(), hashlib.sha256)
        body = urlencode({**fields, **signed, "signature": digest.hexdigest()}).encode()
        return replace(self.call(body, "application/x-www-form-urlencoded"), headers={
            "content-type": "application/x-www-form-urlencoded"
        })  # fmt: skip

    def signature(self, raw: RawDelivery) -> str:
        return dict(parse_qsl(raw.body.decode()))["signature"]

    def with_signature(self, raw: RawDelivery, signature: str | None) -> RawDelivery:
        fields = [(name, value) for name, value in parse_qsl(raw.body.decode("latin-1")) if name != "signature"]
        given = [] if signature is None else [("signature", signature)]
        return replace(raw, body=urlencode([*fields, *given]).encode())

    def garbage(self) -> Sequence[RawDelivery]:
        return [self.form({"sender": "a@x.example", "body-mime": b"\x00" * 20}), self.form({"sender": "a@x.example"})]

    def unknown_kinds(self) -> Sequence[RawDelivery]:
        event = {"event-data": {"event": "unsubscribed", "message": {"headers": {"message-id": "a@shop.example"}}}}
        return [replace(self.call(json.dumps(event).encode(), "application/json"))]


class TestSendGrid(_ProviderSuite):
    """It posts the raw mail as a field of a multipart form, and knows our password."""

    pytestmark: ClassVar = [pytest.mark.filterwarnings("ignore:django-anymail has dropped official support")]
    stand_in = SendGridStandIn

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        return self.account(platform, "sendgrid", "/v3", {"api_key": KEY, "webhook_secret": PASSWORD})

    def signed_text(self, text: str, *, external_id: str, sender: str, sent_at: datetime = SENT_AT) -> RawDelivery:
        mime = a_mail(text, external_id, sender, sent_at).as_bytes()
        envelope = json.dumps({"to": ["support@shop.example"], "from": sender}).encode()
        return self.form({"email": mime, "envelope": envelope})

    def form(self, fields: dict[str, bytes]) -> RawDelivery:
        """Return a call with a form."""
        parts = [
            b'--xYzZY\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), data)
            for name, data in fields.items()
        ]
        return self.call(b"".join(parts) + b"--xYzZY--\r\n", "multipart/form-data; boundary=xYzZY")

    def garbage(self) -> Sequence[RawDelivery]:
        return [self.form({"email": b"\x00\x01"}), self.form({"text": b"no headers"}), self.form({})]

    def unknown_kinds(self) -> Sequence[RawDelivery]:
        events = [{"event": "processed", "timestamp": 1772445600}, {"event": "new kind"}]
        return [self.call(json.dumps(events).encode(), "application/json")]


class TestPostmark(_ProviderSuite):
    """It takes the mail apart, and knows our password."""

    stand_in = PostmarkStandIn

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        return self.account(platform, "postmark", "/", {"server_token": KEY, "webhook_secret": PASSWORD})

    def signed_text(self, text: str, *, external_id: str, sender: str, sent_at: datetime = SENT_AT) -> RawDelivery:
        event = {
            "FromFull": {"Email": sender, "Name": "Somebody", "MailboxHash": ""},
            "ToFull": [{"Email": "support@shop.example", "Name": "", "MailboxHash": ""}],
            "OriginalRecipient": "support@shop.example",
            "Subject": "A question",
            "MessageID": "73e6d360-66eb-11e1-8e72-a8904824019b",
            "Date": format_datetime(sent_at),
            "TextBody": text,
            "HtmlBody": "",
            "Headers": [
                {"Name": "Return-Path", "Value": f"<{sender}>"},
                {"Name": "Message-ID", "Value": f"<{external_id}>"},
            ],
            "Attachments": [],
        }
        return self.call(json.dumps(event).encode(), "application/json; charset=utf-8")

    def garbage(self) -> Sequence[RawDelivery]:
        return [self.call(body, "application/json") for body in (b"", b"{", b"[]", b"7", b'{"Headers": 7}')]

    def unknown_kinds(self) -> Sequence[RawDelivery]:
        kinds = [{"RecordType": "Click"}, {"RecordType": "SubscriptionChange"}, {"RecordType": "New"}]
        return [self.call(json.dumps(kind).encode(), "application/json") for kind in kinds]
