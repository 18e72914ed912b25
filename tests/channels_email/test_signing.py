"""DKIM signatures as a receiver checks them."""

from dataclasses import replace

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from channels_email.channel import EmailChannel
from channels_email.signing import sign
from csplatform.gateway.contract import AccountConfig, OutboundMessage
from csplatform.gateway.errors import SendFailed
from tests.platforms.smtp import PASSWORD, USER, SmtpStandIn

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
).decode()
PUBLIC = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
RECORD = b"v=DKIM1; k=rsa; p=" + b"".join(PUBLIC.splitlines()[1:-1])
ACCOUNT = AccountConfig(1, "Support", USER, {"dkim_private_key": PEM}, {"dkim_selector": "mail2026"})
MAIL = b"From: a@shop.example\r\nTo: b@x.example\r\nSubject: Hi\r\n\r\nHello\r\n"


def lookup(name: bytes, timeout: int = 5) -> bytes:
    return RECORD if name == b"mail2026._domainkey.shop.example." else b""


def test_what_arrives_carries_a_signature_that_holds() -> None:
    with SmtpStandIn() as peer:
        settings = {"smtp_host": "127.0.0.1", "smtp_port": peer.port, "smtp_security": "none", **ACCOUNT.settings}
        credentials = {"smtp_user": USER, "smtp_password": PASSWORD, **ACCOUNT.credentials}
        account = replace(ACCOUNT, settings=settings, credentials=credentials)
        message = OutboundMessage(
            key="key-of-ours-1", recipient="ada@x.example", text=".\n..图\nend", html="<p>图</p>", subject="Ä" * 80
        )
        EmailChannel(account).send(message)
        (mail,) = peer.mails
    assert mail.startswith(b"DKIM-Signature: ")
    assert dkim.verify(mail, dnsfunc=lookup)
    assert not dkim.verify(mail.replace(b"To: ada@", b"To: eve@"), dnsfunc=lookup)


def test_the_domain_may_be_another() -> None:
    signed = sign(replace(ACCOUNT, settings={"dkim_selector": "s", "dkim_domain": "mail.shop.example"}), MAIL)
    assert b"d=mail.shop.example" in signed
    assert signed.endswith(MAIL)


def test_without_a_key_nothing_is_signed() -> None:
    assert sign(replace(ACCOUNT, credentials={}, settings={}), MAIL) == MAIL


@pytest.mark.parametrize(
    ("credentials", "settings"),
    [
        ({}, {"dkim_selector": "s"}),
        ({"dkim_private_key": PEM}, {}),
        ({"dkim_private_key": "rubbish"}, {"dkim_selector": "s"}),
        ({"dkim_private_key": PEM[:200] + PEM[300:]}, {"dkim_selector": "s"}),
        ({"dkim_private_key": PUBLIC.decode()}, {"dkim_selector": "s"}),
        ({"dkim_private_key": PEM}, {"dkim_selector": "a..b"}),
    ],
)
def test_settings_that_make_no_sense_let_nothing_go_out(credentials: dict[str, str], settings: dict[str, str]) -> None:
    with pytest.raises(SendFailed, match="DKIM") as failure:
        sign(replace(ACCOUNT, credentials=credentials, settings=settings), MAIL)
    assert "PRIVATE KEY" not in failure.value.reason
