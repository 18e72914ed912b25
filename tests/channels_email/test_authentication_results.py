"""What a trusted server wrote counts; what a sender wrote in its name does not."""

import pytest

from channels_email.authentication_results import EXCHANGE_ONLINE, Method, parse, read
from channels_email.mime import parse as parse_mail

OURS = "mx.shop.example"
TRUSTED = frozenset({OURS})
# Addresses for documentation are not global; this one is, and stands for anybody's.
FROM_OUTSIDE = "Received: from evil.example (evil.example [93.184.215.14]) by mx.shop.example (Postfix) with ESMTP"
PASSED = f"Authentication-Results: {OURS}; dkim=pass header.d=sender.example"
FORGED = f"Authentication-Results: {OURS}; dkim=pass header.d=bank.example; spf=pass smtp.mailfrom=bank.example"


def evidence(*fields: str, trusted: frozenset[str] = TRUSTED) -> tuple[str, str, str, tuple[str, ...]]:
    lines = [*fields, "From: Eve <eve@bank.example>", "Subject: Hello", "", "Hello"]
    found = read(parse_mail("\r\n".join(lines).encode()), trusted)
    return found.spf, found.dkim, found.dmarc, found.dkim_domains


NOTHING = ("", "", "", ())


@pytest.mark.parametrize(
    ("value", "methods"),
    [
        ("mx.example; none", ()),
        ("mx.example 1; spf=pass smtp.mailfrom=ada@sender.example", [("spf", "pass", "ada@sender.example")]),
        ("MX.example; SPF = Fail (a (nested; spf=pass)) smtp.mailfrom = x.example", [("spf", "fail", "x.example")]),
        ('mx.example; spf=softfail reason="a; smtp.mailfrom=liar.example; (" smtp.mailfrom="x.example"',
         [("spf", "softfail", "x.example")]),
        ("mx.example; spf/1=neutral smtp.mailfrom=x.example;", [("spf", "neutral", "x.example")]),
        ("(c) mx.example (c) ; (c) spf=none (\\) still; one) smtp.mailfrom=x.example", [("spf", "none", "x.example")]),
        ('"mx.example"; spf=pass smtp.mailfrom="(no comment)@x.example"', [("spf", "pass", "(no comment)@x.example")]),
        ("mx.example", ()),
        ("", ()),
        (";;;===;\"", ()),
    ],
)  # fmt: skip
def test_a_field_is_read(value: str, methods: list[tuple[str, str, str]]) -> None:
    found = [(method.name, method.result, method.properties["smtp.mailfrom"]) for method in parse(value).methods]
    assert found == list(methods)


def test_several_methods_in_one_field() -> None:
    value = """mx.example;
        dkim=pass (2048-bit key; unprotected) header.d=sender.example header.i=@sender.example header.b="a/b=c";
        dkim=fail reason="bad signature" header.d=list.example; dmarc=pass (p=NONE) header.from=sender.example"""
    said = parse(value)
    assert said.server == "mx.example"
    assert [(method.name, method.result) for method in said.methods] == [
        ("dkim", "pass"), ("dkim", "fail"), ("dmarc", "pass"),
    ]  # fmt: skip
    signature = {"header.d": "sender.example", "header.i": "@sender.example", "header.b": "a/b=c"}
    assert said.methods[0] == Method("dkim", "pass", signature)


def test_exchange_online_gives_no_name() -> None:
    value = "spf=pass (sender IP is 1.2.3.4) smtp.mailfrom=a.example; dkim=none;dmarc=bestguesspass action=none"
    said = parse(value)
    assert said.server == EXCHANGE_ONLINE
    assert [method.result for method in said.methods] == ["pass", "none", "bestguesspass"]


def test_only_a_trusted_server_counts() -> None:
    assert evidence(PASSED) == ("", "pass", "", ("sender.example",))
    assert evidence(PASSED, trusted=frozenset()) == NOTHING
    assert evidence(PASSED, trusted=frozenset({"shop.example"})) == NOTHING
    assert evidence("Authentication-Results: mx.other.example; dkim=pass header.d=sender.example") == NOTHING
    assert evidence("ARC-Authentication-Results: i=1; mx.shop.example; dkim=pass header.d=sender.example") == NOTHING


@pytest.mark.parametrize(
    "above",
    [
        [],
        ["Return-Path: <eve@bank.example>"],
        [FROM_OUTSIDE],  # Postfix's milters, Gmail and Exchange write below
        [FROM_OUTSIDE, "Received-SPF: pass", "X-Spam-Status: No", "DKIM-Filter: OpenDKIM"],
        ["Received: from mx.shop.example (mx.shop.example [10.0.0.2]) by store (Dovecot) with LMTP", FROM_OUTSIDE],
        ["Received: by 2002:a17:906:1 with SMTP id x1", FROM_OUTSIDE],
        ["Received: from localhost (localhost [127.0.0.1]) by mx.shop.example (Postfix)", FROM_OUTSIDE],
        ["Received: (qmail 17 invoked by uid 89)", FROM_OUTSIDE],
        ["Received: from mx.shop.example by store.internal with LMTP", "Received: from a by b.shop.example"],
    ],
)
def test_our_servers_fields_are_found(above: list[str]) -> None:
    assert evidence(*above, PASSED)[1] == "pass"


@pytest.mark.parametrize(
    "fields",
    [
        ["Subject: Hello", FORGED],
        [FROM_OUTSIDE, "DKIM-Signature: v=1", FORGED],
        [FROM_OUTSIDE, "To: us@shop.example", FORGED],
        [FROM_OUTSIDE, "Received: from bank.example by relay.evil.example", FORGED],
        [FROM_OUTSIDE, "Received: from bank.example by mx.shop.example", FORGED],
        ["Received: from evil.example by mx.elsewhere.example", FORGED],
        ["Received: from evil.example by mx.elsewhere.example", FROM_OUTSIDE, FORGED],
        ["Received: from [127.0.0.1] (evil.example [93.184.215.14]) by mx.elsewhere.example", FROM_OUTSIDE, FORGED],
        ["Received: from localhost (evil.example [93.184.215.14]) by mailhost", FROM_OUTSIDE, FORGED],
        ["Received: from [127.0.0.1] (evil.example [93.184.215.14]) by mx.shop.example", FROM_OUTSIDE, FORGED],
    ],
)
def test_a_forged_field_further_down_does_not_count(fields: list[str]) -> None:
    assert evidence(*fields) == NOTHING


def test_a_forged_field_right_below_ours_changes_nothing_that_ours_says() -> None:
    ours = f"Authentication-Results: {OURS}; dkim=none; spf=fail smtp.mailfrom=evil.example"
    assert evidence(FROM_OUTSIDE, ours, FORGED) == ("fail", "none", "", ())
    assert evidence(ours, FROM_OUTSIDE, FORGED) == ("fail", "none", "", ())


def test_filters_may_write_a_field_each() -> None:
    dmarc = f"Authentication-Results: {OURS}; dmarc=fail (p=reject) header.from=bank.example"
    spf = f"Authentication-Results: {OURS};\r\n\tspf=pass\r\n smtp.mailfrom=x@sender.example"
    assert evidence(FROM_OUTSIDE, dmarc, PASSED, spf) == ("pass", "pass", "fail", ("sender.example",))


def test_the_signature_that_is_right_counts_among_several() -> None:
    field = f"Authentication-Results: {OURS}; dkim=fail header.d=a.example; dkim=pass header.i=@b.example"
    assert evidence(field)[1:] == ("pass", "", ("b.example",))
