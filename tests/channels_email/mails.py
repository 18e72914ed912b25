"""Mails for tests, and where the corpora are."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from channels_email.channel import EmailChannel
from csplatform.common import clock
from csplatform.gateway.contract import AccountConfig, InboundMessage, RawDelivery

CORPORA = Path(__file__).resolve().parents[3] / "shared" / "corpora"
needs_corpora = pytest.mark.skipif(not CORPORA.is_dir(), reason="../shared/corpora is not there")
ACCOUNT = AccountConfig(1, "Support", "support@shop.example", {}, {})


def mail(*fields: str, body: str | bytes = "Hello\r\n") -> bytes:
    """Return a mail from Ada with `fields` added; a field of the same name replaces the usual one."""
    usual = {
        "From": "Ada Lovelace <ada@customer.example>",
        "To": "support@shop.example",
        "Subject": "A question",
        "Date": "Mon, 02 Mar 2026 10:00:00 +0000",
        "Message-ID": "<first@customer.example>",
    }
    names = {field.partition(":")[0].lower() for field in fields}
    lines = [f"{name}: {value}" for name, value in usual.items() if name.lower() not in names]
    header = "\r\n".join([*lines, *(field for field in fields if not field.endswith(": -"))])
    content = body if isinstance(body, bytes) else body.encode()
    return header.encode("utf-8", "surrogateescape") + b"\r\n\r\n" + content


def delivery(body: bytes, **headers: str) -> RawDelivery:
    """Return a mail as a door keeps it; underscores in header names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return RawDelivery(body=body, headers=named, query={}, method="SMTP", received_at=clock.now())


def parsed(body: bytes, account: AccountConfig = ACCOUNT, **headers: str) -> InboundMessage:
    """Return the one message in `body`, as `account` understands it."""
    (message,) = EmailChannel(account).parse(delivery(body, **headers))
    assert isinstance(message, InboundMessage)
    return message


def corpus(*folders: str) -> Iterator[Path]:
    """Yield every mail in `folders` of the corpora, in a stable order."""
    for folder in folders:
        for path in sorted((CORPORA / folder).rglob("*")):
            if path.suffix in {".eml", ".msg", ".txt"} and path.is_file():
                yield path
