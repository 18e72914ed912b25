"""A mail as the desk gets it."""

from datetime import UTC, datetime, timedelta

import pytest

from channels_email.channel import NOBODY
from csplatform.common import clock
from tests.channels_email.mails import mail, parsed

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_a_mail_is_read_whole() -> None:
    body = "Where is it?\r\n\r\nOn 1 Mar 2026, Support <support@shop.example> wrote:\r\n> We sent it.\r\n"
    data = mail("Cc: bob@customer.example", "In-Reply-To: <ours@shop.example>", "Reply-To: a@b.example", body=body)
    message = parsed(data, x_envelope_from="ada@customer.example", x_envelope_to="support+17@shop.example")
    assert message.external_id == "first@customer.example"
    assert (message.sender.external_id, message.sender.name) == ("ada@customer.example", "Ada Lovelace")
    assert message.subject == "A question"
    assert message.text == "Where is it?"
    assert message.full_text == body.replace("\r\n", "\n").strip("\n")
    assert message.thread_refs == ("ours@shop.example",)
    assert message.sent_at == datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    assert message.automatic is False
    trust = message.metadata["trust"]
    assert (trust["verdict"], trust["flags"]) == ("unknown", ["reply_to_elsewhere"])
    assert message.metadata == {
        "trust": trust,
        "to": ["support@shop.example"],
        "cc": ["bob@customer.example"],
        "reply_to": ["a@b.example"],
        "envelope_to": "support+17@shop.example",
    }


def test_nothing_folded_leaves_no_full_text() -> None:
    assert parsed(mail(body="Hello\r\n")).full_text == ""


@pytest.mark.parametrize(
    ("fields", "envelope", "sender"),
    [
        (["From: ADA@Customer.Example"], "", "ada@customer.example"),
        (["From: -", "Reply-To: r@x.example"], "e@x.example", "r@x.example"),
        (["From: -", "Sender: s@x.example"], "e@x.example", "s@x.example"),
        (["From: -", "Return-Path: <p@x.example>"], "e@x.example", "p@x.example"),
        (["From: -"], "e@x.example", "e@x.example"),
        (["From: Somebody without address"], "e@x.example", "e@x.example"),
        (["From: -"], "", NOBODY),
        (["From: Team:;"], "", NOBODY),
    ],
)
def test_a_mail_without_a_proper_sender_is_kept(fields: list[str], envelope: str, sender: str) -> None:
    assert parsed(mail(*fields), x_envelope_from=envelope).sender.external_id == sender


@pytest.mark.parametrize(
    "field",
    ["Date: -", "Date: rubbish", "Date: Mon, 02 Mar 2099 10:00:00 +0000", "Date: Fri, 31 Dec 9999 23:59:59 -2359"],
)
def test_a_date_that_cannot_be_is_the_moment_of_arrival(field: str) -> None:
    with clock.frozen(NOW):
        assert parsed(mail(field)).sent_at == NOW


def test_a_clock_that_runs_a_little_ahead_is_believed() -> None:
    with clock.frozen(NOW):
        message = parsed(mail("Date: Mon, 02 Mar 2026 12:30:00 +0000"))
    assert message.sent_at == NOW + timedelta(minutes=30)


def test_nul_and_lone_surrogates_never_reach_the_database() -> None:
    message = parsed(
        mail("Subject: a\x00b \udcff", "From: A\x00da <ada@customer.example>", body=b"one\x00two \xff\r\n")
    )
    for text in (message.subject, message.sender.name, message.text, message.external_id):
        assert "\x00" not in text
        text.encode("utf-8")


def test_a_truncated_mail_says_so() -> None:
    assert parsed(mail(), x_truncated="50000000").metadata["truncated"] is True
