"""A closer look at signed mail, with a name server of our own."""

import base64
import time
from collections.abc import Iterator
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pytest_django import Settings

from channels_email import dkim_check, dmarc, resolver
from channels_email.channel import EmailChannel
from channels_email.examine import examine
from csplatform.gateway.contract import AccountConfig, InboundMessage
from csplatform.gateway.errors import SendUnavailable
from tests.channels_email.mails import delivery, mail
from tests.channels_email.provider_calls import account
from tests.channels_email.test_providers import call_with
from tests.platforms.dns import DnsStandIn

ACCOUNT = AccountConfig(1, "Support", "support@shop.example", {}, {"trusted_authserv": "mx.shop.example"})
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
)
PUBLIC = base64.b64encode(
    KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
)
RECORD = b"v=DKIM1; k=rsa; p=" + PUBLIC


@pytest.fixture
def names(settings: Settings) -> Iterator[DnsStandIn]:
    with DnsStandIn() as server:
        settings.DNS_SERVERS = [server.address]
        server.records["s1._domainkey.customer.example"] = [RECORD]
        yield server


def signed(data: bytes = b"", *, domain: bytes = b"customer.example", selector: bytes = b"s1", **how: Any) -> bytes:
    data = data or mail()
    return bytes(dkim.sign(data, selector, domain, PEM, canonicalize=(b"relaxed", b"relaxed"), **how)) + data


def looked_at(data: bytes) -> dict[str, Any]:
    found = examine(ACCOUNT, delivery(data))
    assert set(found) == {"trust"}
    return dict(found["trust"])


def test_a_signature_of_the_senders_domain_proves_the_sender(names: DnsStandIn) -> None:
    names.records["_dmarc.customer.example"] = [b"v=DMARC1; p=reject"]
    assert looked_at(signed()) == {
        "spf": "", "dkim": "pass", "dmarc": "pass", "dkim_domains": ["customer.example"], "source": "dkim",
        "verdict": "pass", "flags": [],
    }  # fmt: skip
    assert names.asked == ["s1._domainkey.customer.example", "_dmarc.customer.example"]


def test_without_a_policy_a_signature_is_enough(names: DnsStandIn) -> None:
    found = looked_at(signed())
    assert (found["dkim"], found["dmarc"], found["verdict"]) == ("pass", "none", "pass")


@pytest.mark.parametrize("policy", [b"v=DMARC1; p=reject", b"v=spf1 -all", b"v=DMARC1; p=none; adkim=s"])
def test_a_mail_that_was_changed_has_a_wrong_signature(names: DnsStandIn, policy: bytes) -> None:
    names.records["_dmarc.customer.example"] = [policy]
    for changed in (signed().replace(b"Hello", b"Hullo"), signed().replace(b"A question", b"An answer")):
        found = looked_at(changed)
        assert (found["dkim"], found["dkim_domains"], found["verdict"]) == ("fail", [], "unknown")


def test_a_failing_mail_fails_once_spf_is_known_not_to_help(names: DnsStandIn) -> None:
    names.records["_dmarc.customer.example"] = [b"v=DMARC1; p=none"]
    spf = b"Authentication-Results: mx.shop.example; spf=fail smtp.mailfrom=customer.example\r\n"
    found = looked_at(spf + signed().replace(b"Hello", b"Hullo"))
    assert (found["spf"], found["dkim"], found["dmarc"], found["verdict"]) == ("fail", "fail", "fail", "fail")
    assert found["source"] == "authentication-results"
    passed = looked_at(spf.replace(b"fail", b"pass") + signed().replace(b"Hello", b"Hullo"))
    assert (passed["dkim"], passed["dmarc"], passed["verdict"]) == ("fail", "pass", "pass")


def test_somebody_elses_signature_proves_nothing(names: DnsStandIn) -> None:
    names.records["s1._domainkey.mailer.example"] = [RECORD]
    found = looked_at(signed(domain=b"mailer.example"))
    assert (found["dkim"], found["dkim_domains"], found["verdict"]) == ("pass", ["mailer.example"], "unknown")


def test_a_policy_may_want_the_very_same_domain(names: DnsStandIn) -> None:
    names.records["s1._domainkey.mail.customer.example"] = [RECORD]
    below = signed(domain=b"mail.customer.example")
    assert looked_at(below)["verdict"] == "pass"
    resolver._resolver.cache_clear()
    names.records["_dmarc.customer.example"] = [b"v=DMARC1; p=reject; adkim=s"]
    assert looked_at(below)["verdict"] == "unknown"


def test_no_key_is_no_proof(names: DnsStandIn) -> None:
    names.records["s2._domainkey.customer.example"] = [b"v=DKIM1; p="]
    names.records["s3._domainkey.customer.example"] = [b"rubbish \xff"]
    names.records["s4._domainkey.customer.example"] = []
    for selector in (b"s2", b"s3", b"s4", b"s5"):
        found = looked_at(signed(selector=selector))
        assert found["dkim"] in {"fail", "permerror"}
        assert (found["dkim_domains"], found["verdict"]) == ([], "unknown")


def test_few_signatures_are_looked_at_and_the_senders_own_first(names: DnsStandIn) -> None:
    data = signed()
    for number in range(20):
        data = signed(data, domain=f"mailer{number}.example".encode())
    assert looked_at(data)["verdict"] == "pass"
    assert names.asked[0] == "s1._domainkey.customer.example"
    assert len(names.asked) <= 5


@pytest.mark.parametrize(
    "weak",
    [
        signed(length=True),
        signed(signature_algorithm=b"rsa-sha1"),
        signed().replace(b"; h=", b"; h=x-", 1).replace(b": from", b": x-from"),
    ],
)
def test_a_signature_that_covers_too_little_is_not_taken(names: DnsStandIn, weak: bytes) -> None:
    found = looked_at(weak)
    assert found["dkim"] in {"policy", "fail"}
    assert found["verdict"] == "unknown"


@pytest.mark.parametrize(
    "field",
    [
        "v=1", "", ";;;", "v=1; a=rsa-sha256; b=!!; bh=x; d=customer.example; h=from; s=s1", "d=customer.example",
        "v=1; a=rsa-sha256; b=AAAA; bh=AAAA; d=customer.example; h=from; s=s1; t=x", "d=\u00fc.example; v=1; s=\u00fc",
        "v=1; a=rsa-sha256; b=AAAA; bh=AAAA; d=" + "a" * 300 + "; h=from; s=s1",
        "v=1; a=rsa-sha256; b=AAAA; bh=AAAA; d=a..b; h=from; s=s1",
        "v=1; a=rsa-sha256; b=AAAA; bh=AAAA; d=customer.example; h=from; s=\u00fc",
        "v=1; a=rsa-sha256; b=AAAA; bh=AAAA; d=customer.example; h=from; s=s1; c=odd/odd", "d=a; " * 5000,
    ],
)  # fmt: skip
def test_rubbish_in_a_signature_is_no_proof(names: DnsStandIn, field: str) -> None:
    found = looked_at(mail(f"DKIM-Signature: {field}"))
    assert found["dkim"] not in {"", "pass"}
    assert (found["dkim_domains"], found["verdict"]) == ([], "unknown")


def test_an_expired_signature_is_neither_right_nor_wrong(names: DnsStandIn) -> None:
    expired = signed().replace(b"; h=", b"; x=1700000000; h=", 1)
    assert looked_at(expired)["dkim"] == "neutral"


def test_a_header_that_cannot_be_signed_is_no_proof(names: DnsStandIn) -> None:
    odd = signed().replace(b"Subject:", b"No field at all\r\nSubject:")
    assert looked_at(odd)["dkim"] in {"permerror", "fail"}


def test_a_dns_that_fails_is_asked_again_later(names: DnsStandIn) -> None:
    names.broken = {"s1._domainkey.customer.example"}
    with pytest.raises(SendUnavailable, match="_domainkey"):
        examine(ACCOUNT, delivery(signed()))
    names.broken = {"_dmarc.customer.example"}
    with pytest.raises(SendUnavailable, match="_dmarc"):
        examine(ACCOUNT, delivery(signed()))
    names.broken = set()
    assert looked_at(signed())["verdict"] == "pass"


def test_a_dns_that_says_nothing_is_not_waited_for_long(names: DnsStandIn) -> None:
    names.silent = {"s1._domainkey.customer.example"}
    start = time.monotonic()
    with pytest.raises(SendUnavailable):
        examine(ACCOUNT, delivery(signed()))
    assert time.monotonic() - start < 3


def test_nobody_at_the_servers_address_is_no_answer() -> None:
    with pytest.raises(SendUnavailable):
        examine(ACCOUNT, delivery(signed()))


@pytest.mark.parametrize(
    "data",
    [mail(), b"Authentication-Results: mx.shop.example; dkim=fail header.d=x.example\r\n" + signed()],
)
def test_what_needs_no_closer_look_gets_none(names: DnsStandIn, data: bytes) -> None:
    assert examine(ACCOUNT, delivery(data)) == {}
    assert names.asked == []


def test_a_mail_that_a_provider_carried_is_looked_at_if_its_bytes_came_along(names: DnsStandIn) -> None:
    mailbox = account("mailgun")
    call = call_with("mailgun", signed())
    (message,) = EmailChannel(mailbox).parse(call)
    assert isinstance(message, InboundMessage)
    assert message.metadata["examine"] is True
    assert examine(mailbox, call)["trust"]["verdict"] == "pass"


def test_a_mail_that_was_put_together_again_is_not_held_against_its_signature(names: DnsStandIn) -> None:
    mailbox = account("mailjet")
    call = call_with("mailjet", signed())
    (message,) = EmailChannel(mailbox).parse(call)
    assert isinstance(message, InboundMessage)
    assert "examine" not in message.metadata
    assert examine(mailbox, call) == {}
    assert names.asked == []


def test_our_own_signed_mail_is_no_longer_suspect(names: DnsStandIn) -> None:
    names.records["s1._domainkey.shop.example"] = [RECORD]
    ours = signed(mail("From: Bob <bob@shop.example>"), domain=b"shop.example")
    (message,) = EmailChannel(ACCOUNT).parse(delivery(ours))
    assert isinstance(message, InboundMessage)
    assert message.metadata["trust"]["flags"] == ["own_domain_unauthenticated"]
    assert looked_at(ours)["flags"] == []


def test_a_long_answer_comes_over_tcp(names: DnsStandIn) -> None:
    names.records["long.example"] = [b"x" * 3000, b'second "quoted" \\ one']
    assert sorted(resolver.texts("long.example")) == [b'second "quoted" \\ one', b"x" * 3000]


@pytest.mark.parametrize("name", ["a..b", "", "x" * 64 + ".example", ".".join(["x" * 60] * 6), "\udc80.example"])
def test_what_is_no_name_has_no_records(names: DnsStandIn, name: str) -> None:
    assert resolver.texts(name) == []


@pytest.mark.parametrize(
    ("records", "domain", "policy"),
    [
        ({}, "a.customer.example", None),
        ({"_dmarc.customer.example": [b"v=DMARC1; p=reject; sp=none"]}, "customer.example", dmarc.Policy("reject")),
        ({"_dmarc.customer.example": [b"v=DMARC1; p=reject; sp=none"]}, "a.customer.example", dmarc.Policy("none")),
        ({"_dmarc.customer.example": [b"V=DMARC1"]}, "customer.example", None),
        ({"_dmarc.customer.example": [b"v=DMARC1;"]}, "customer.example", dmarc.Policy("none")),
        ({"_dmarc.customer.example": [b"v=DMARC1; p=none"] * 2}, "customer.example", None),
        ({"_dmarc.customer.example": [b"other", b"v=DMARC1 ; p=Quarantine; adkim=S;aspf=s"]}, "customer.example",
         dmarc.Policy("quarantine", strict_dkim=True, strict_spf=True)),
        ({"_dmarc.com": [b"v=DMARC1; p=none"]}, "customer.com", None),
    ],
)  # fmt: skip
def test_a_domains_policy(records: dict[str, list[bytes]], domain: str, policy: dmarc.Policy | None) -> None:
    assert dmarc.policy_of(domain, lambda name: records.get(name, [])) == policy


@pytest.mark.parametrize(
    ("server", "address"),
    [
        ("127.0.0.1", ("127.0.0.1", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("::1", ("::1", 53)),
        ("[::1]:5353", ("::1", 5353)),
    ],
)
def test_a_servers_address(server: str, address: tuple[str, int]) -> None:
    assert resolver._address_and_port(server) == address


def test_a_header_that_begins_folded_is_no_trouble() -> None:
    assert (
        dkim_check.check(b" folded\r\nFrom: a@x.example\r\n\r\nhi", lambda _: False, lambda _: []).result == "permerror"
    )
