"""The verdict on a mail's sender, and the flags, as a message carries them."""

from typing import Any

import pytest

from channels_email import trust
from channels_email.channel import EmailChannel
from csplatform.gateway.contract import AccountConfig, FileBytes, InboundAttachment, InboundMessage
from tests.channels_email.mails import corpus, delivery, mail, needs_corpora

ACCOUNT = AccountConfig(
    1, "Acme Support", "support@shop.example", {},
    {"trusted_authserv": "mx.shop.example", "protected_domains": ["paypal.com"]},
)  # fmt: skip


def read(
    *fields: str, account: AccountConfig = ACCOUNT, body: str | bytes = "Hello", **envelope: str
) -> InboundMessage:
    """Return the message; what servers said stands on top of the mail, as it does when they say it."""
    on_top = "".join(f"{field}\r\n" for field in fields if field.startswith("Authentication-Results"))
    others = [field for field in fields if not field.startswith("Authentication-Results")]
    (message,) = EmailChannel(account).parse(delivery(on_top.encode() + mail(*others, body=body), **envelope))
    assert isinstance(message, InboundMessage)
    return message


def seen(*fields: str, account: AccountConfig = ACCOUNT) -> dict[str, Any]:
    found: dict[str, Any] = read(*fields, account=account).metadata["trust"]
    return found


def said(results: str) -> str:
    return f"Authentication-Results: mx.shop.example; {results}"


def test_a_mail_that_nobody_vouches_for() -> None:
    message = read()
    assert message.metadata["trust"] == {
        "spf": "", "dkim": "none", "dmarc": "", "dkim_domains": [], "source": "", "verdict": "unknown", "flags": [],
    }  # fmt: skip
    assert "examine" not in message.metadata


def test_a_mail_that_a_trusted_server_vouches_for() -> None:
    results = "spf=pass smtp.mailfrom=x@bounce.customer.example; dkim=pass header.d=customer.example; dmarc=pass"
    assert seen(said(results)) == {
        "spf": "pass", "dkim": "pass", "dmarc": "pass", "dkim_domains": ["customer.example"],
        "source": "authentication-results", "verdict": "pass", "flags": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        ("dmarc=pass header.from=customer.example", "pass"),
        ("dmarc=fail header.from=customer.example; spf=pass smtp.mailfrom=evil.example", "fail"),
        ("dmarc=fail; dkim=pass header.d=customer.example", "fail"),
        ("dmarc=pass header.from=other.example", "unknown"),  # it speaks of another mail's sender
        ("dmarc=none; dkim=pass header.d=customer.example", "pass"),
        ("dmarc=bestguesspass; spf=pass smtp.mailfrom=ada@customer.example", "pass"),
        ("dkim=pass header.d=mail.customer.example", "pass"),
        ("dkim=pass header.i=@customer.example", "pass"),
        ("dkim=pass header.d=sendgrid.example", "unknown"),
        ("dkim=fail header.d=customer.example", "unknown"),
        ("spf=pass smtp.mailfrom=bounce.customer.example", "pass"),
        ("spf=pass smtp.helo=customer.example", "pass"),
        ("spf=pass smtp.mailfrom=x@other.example", "unknown"),
        ("spf=fail smtp.mailfrom=customer.example", "unknown"),
        ("spf=softfail smtp.mailfrom=customer.example", "unknown"),
        ("dmarc=temperror", "unknown"),
        ("none", "unknown"),
    ],
)
def test_the_verdict(results: str, verdict: str) -> None:
    assert seen(said(results))["verdict"] == verdict


def test_a_domain_under_a_public_suffix_is_its_own_organisation() -> None:
    field = "From: Ada <ada@one.github.io>"
    assert seen(field, said("dkim=pass header.d=two.github.io"))["verdict"] == "unknown"
    assert seen(field, said("dkim=pass header.d=mail.one.github.io"))["verdict"] == "pass"


def test_two_senders_prove_nothing() -> None:
    both = "From: Ada <ada@customer.example>, Eve <eve@evil.example>"
    found = seen(both, said("dkim=pass header.d=customer.example; dmarc=pass"))
    assert (found["verdict"], found["flags"]) == ("unknown", ["several_from"])


@pytest.mark.parametrize(
    "names", [["mx.shop.example"], "MX.shop.example", "a.example, mx.shop.example", "a\nmx.shop.example"]
)
def test_trusted_servers_are_a_list_or_a_text(names: Any) -> None:
    account = AccountConfig(1, "Support", "support@shop.example", {}, {"trusted_authserv": names})
    assert seen(said("dmarc=pass"), account=account)["verdict"] == "pass"


def test_a_signature_that_nobody_checked_is_to_be_examined() -> None:
    signed = "DKIM-Signature: v=1; a=rsa-sha256; d=customer.example; s=s; h=from; bh=x; b=y"
    assert read(signed).metadata["examine"] is True
    assert read(signed).metadata["trust"]["dkim"] == ""
    assert read(said("spf=pass smtp.mailfrom=customer.example"), signed).metadata["examine"] is True
    assert "examine" not in read(said("dkim=pass header.d=customer.example"), signed).metadata
    assert "examine" not in read(signed, x_truncated="50000000").metadata


@pytest.mark.parametrize(
    ("fields", "flags"),
    [
        (["From: Ada <ada@paypa1.com>"], ["lookalike"]),
        (["From: PayPal <ada@customer.example>"], ["lookalike"]),
        (["From: =?utf-8?b?UNCweVBhbA==?= <ada@customer.example>"], ["lookalike"]),
        (["From: Acme Support <ada@customer.example>"], ["lookalike"]),
        (['From: "ceo@other.example" <ada@customer.example>'], ["name_is_address"]),
        (["Reply-To: eve@evil.example"], ["reply_to_elsewhere"]),
        (["Reply-To: ada@mail.customer.example"], []),
        (["Reply-To: list@lists.example", "List-Id: <list.lists.example>"], []),
        (["Reply-To: nobody"], []),
        (["From: ada@customer.example, bob@customer.example"], ["several_from"]),
        (["From: ada@customer.example", "From: bob@customer.example"], ["several_from"]),
        (["From: Ada <ada@p\u0430ypal.com>"], ["lookalike", "mixed_scripts"]),
        (["From: Bob <bob@xn--lpha-53d.example>"], ["mixed_scripts"]),
        (["From: Bob <bob@shop.example>"], ["own_domain_unauthenticated"]),
        (["From: Bob <bob@mail.shop.example>"], ["own_domain_unauthenticated"]),
        (["From: Bob <bob@shop.example>", said("dmarc=fail")], ["own_domain_unauthenticated"]),
        ([said("dmarc=pass"), "From: Bob <bob@shop.example>"], []),
        (["From: =?utf-8?b?4oCuZWNpdnJlUw==?= <ada@customer.example>"], ["bidi_name"]),
        (["From: \u05d0\u05d3\u05d4 <ada@customer.example>"], []),
        (["From: -"], []),
        (["From: nobody at all"], []),
    ],
)
def test_flags(fields: list[str], flags: list[str]) -> None:
    assert seen(*fields)["flags"] == flags


def test_an_account_at_a_large_provider_owns_its_address_alone() -> None:
    account = AccountConfig(1, "Acme", "acme@gmail.com", {}, {})
    assert seen("From: Ada <ada@gmail.com>", account=account)["flags"] == []
    assert seen("From: Acme <Acme@gmail.com>", account=account)["flags"] == ["own_domain_unauthenticated"]


@pytest.mark.parametrize(
    "name",
    [
        *("invoice.exe", "Invoice.PDF.Scr", "a.js", "a.vbs", "a.lnk", "a.iso", "login.html"),
        *("a.pdf.zip", "a.exe.zip", "a.docm", "a.exe ", "a.exe."),
    ],
)
def test_names_of_dangerous_files(name: str) -> None:
    assert trust.is_dangerous([file("a.pdf"), file(name)])


@pytest.mark.parametrize(
    "name",
    [
        *("invoice.pdf", "photo.jpg", "archive.zip", "backup.tar.gz", "a.v1.docx", "exe", ".exe", "notes.txt", ""),
        "table.xlsx",
    ],
)
def test_names_of_harmless_files(name: str) -> None:
    assert not trust.is_dangerous([file(name)])


def file(name: str, content_type: str = "application/octet-stream", data: bytes = b"") -> InboundAttachment:
    return InboundAttachment(name, content_type, FileBytes(data))


def test_a_program_is_known_by_its_bytes() -> None:
    assert trust.is_dangerous([file("photo.jpg", "image/jpeg", b"MZ\x90\x00")])
    assert not trust.is_dangerous([file("a.txt", "text/plain", b"MZ is a prefix")])


def test_an_attachment_is_flagged_on_the_message() -> None:
    body = (
        b"--b\r\n\r\nSee there\r\n--b\r\nContent-Type: application/pdf\r\n"
        b"Content-Disposition: attachment; filename*=utf-8''invoice%E2%80%AEfdp.exe\r\n\r\nx\r\n--b--\r\n"
    )
    message = read("Content-Type: multipart/mixed; boundary=b", body=body)
    assert message.metadata["trust"]["flags"] == ["dangerous_attachment"]


@pytest.mark.timeout(60)  # what is quadratic takes hours
@pytest.mark.parametrize(
    "fields",
    [
        [f"From: {'x' * 90_000} <ada@customer.example>"],
        [f"From: {'x@' * 40_000} <ada@customer.example>"],
        [f"From: Ada <{'a' * 90_000}@customer.example>"],
        [f"From: Ada <ada@{'a.' * 40_000}example>"],
        ["Authentication-Results: mx.shop.example; " + "x" * 90_000],
        ["Authentication-Results: mx.shop.example; " + 'x="' * 30_000],
        ["Authentication-Results: mx.shop.example; " + "(" * 90_000],
        ["Authentication-Results: mx.shop.example; " + "x " * 40_000],
        ["X-Spam-Status: " + "score " * 15_000],
        ["X-Spamd-Result: " + "[" * 90_000],
    ],
)
def test_no_header_takes_long(fields: list[str]) -> None:
    read()
    assert read(*fields).metadata["trust"]["verdict"] == "unknown"


@pytest.mark.corpora
@needs_corpora
def test_ordinary_mail_raises_few_flags() -> None:
    raised = spam = 0
    paths = list(corpus("ham"))
    for path in paths:
        (message,) = EmailChannel(ACCOUNT).parse(delivery(path.read_bytes()))
        assert isinstance(message, InboundMessage)
        raised += bool(message.metadata["trust"]["flags"])
        spam += message.spam
    assert len(paths) == 200
    assert raised <= 4
    assert spam == 0
