"""E-mail keeps the contract."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import ClassVar

import pytest

from channels_email.channel import EmailChannel
from csplatform.gateway.contract import AccountConfig, Channel, RawDelivery
from tests.contract.platform import Platform
from tests.contract.samples import RECEIVED_AT, SENT_AT
from tests.contract.suite import ContractSuite
from tests.platforms.smtp import PASSWORD, USER, SmtpStandIn


def delivery(body: bytes) -> RawDelivery:
    """Return a mail as the SMTP door keeps it."""
    headers = {"x-envelope-from": "ada@customer.example", "x-envelope-to": USER}
    return RawDelivery(body=body, headers=headers, query={}, method="SMTP", received_at=RECEIVED_AT)


class TestEmail(ContractSuite):
    channel_class: ClassVar[type[Channel]] = EmailChannel
    senders = ("ada@customer.example", "bob@customer.example")
    external_ids = ("first.1@customer.example", "second.2@customer.example")
    recipient = "ada@customer.example"
    no_signatures = "mail is not delivered through webhooks"

    @pytest.fixture
    def platform(self) -> Iterator[Platform]:
        with SmtpStandIn() as stand_in:
            yield stand_in

    def account_config(self, platform: Platform | None = None) -> AccountConfig:
        port = platform.port if isinstance(platform, SmtpStandIn) else 9
        credentials = {"smtp_user": USER, "smtp_password": PASSWORD, "imap_user": USER, "imap_password": PASSWORD}
        settings = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", "from_name": "Shop"}
        return AccountConfig(1, "Support", "support@shop.example", credentials, settings)

    def signed_text(self, text: str, *, external_id: str, sender: str, sent_at: datetime = SENT_AT) -> RawDelivery:
        mail = EmailMessage(policy=SMTP)
        mail["From"] = f"Somebody <{sender}>"
        mail["To"] = "support@shop.example"
        mail["Subject"] = "A question"
        mail["Date"] = format_datetime(sent_at)
        mail["Message-ID"] = f"<{external_id}>"
        mail.set_content(text)
        return delivery(mail.as_bytes())

    def garbage(self) -> Sequence[RawDelivery]:
        return [delivery(body) for body in (b"", b"\r\n\r\n", b"\x00" * 20, b"\xff\xfe\x00\x80", b"...")]

    def unknown_kinds(self) -> Sequence[RawDelivery]:
        return []
