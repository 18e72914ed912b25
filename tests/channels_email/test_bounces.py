"""What bounces say: whom a mail did not reach, why, and which mail it was."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from channels_email import bounces
from channels_email.automatic import origin
from channels_email.bounce_reasons import Codes, Command, Group, by_codes, classify, codes_in
from channels_email.mime import parse
from csplatform.gateway.contract import ReceiptState
from tests.channels_email.mails import mail, parsed

ORIGINAL = """\
Received: from mail.shop.example ([192.0.2.1]) by mx.out.example with ESMTP id 1; Mon, 2 Mar 2026 10:00:00 +0000
Message-ID: <reply-1@shop.example>
From: Support <support@shop.example>
To: bob@gone.example
Subject: Your order
Date: Mon, 2 Mar 2026 10:00:00 +0000

Dear Bob
"""

DSN = """--b
Content-Type: text/plain

Your mail could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.out.example

{fields}
--b
Content-Type: {original_type}

{original}
--b--
"""


def dsn(fields: str, original: str = ORIGINAL, original_type: str = "message/rfc822") -> bytes:
    return mail(
        "From: MAILER-DAEMON@mx.out.example",
        "Subject: Undelivered Mail Returned to Sender",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        body=DSN.format(fields=fields, original=original, original_type=original_type),
    )


@dataclass(frozen=True, slots=True)
class Sample:
    """A bounce as some server words it, with `{original}` for the undelivered mail; what is to be found in it."""

    name: str
    group: str
    kind: str
    text: str


def samples() -> Iterator[Sample]:
    """Yield the mails of bounce_samples.txt, each of which begins with `=== name | group | kind`."""
    text = Path(__file__).with_name("bounce_samples.txt").read_text("utf-8")
    for record in text.removeprefix("=== ").split("\n=== "):
        title, _, source = record.partition("\n")
        yield Sample(*title.split(" | "), source)


def failed(status: str, words: str = "550 no", recipient: str = "bob@gone.example", action: str = "failed") -> str:
    return f"Final-Recipient: rfc822; {recipient}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {words}\n"


@pytest.mark.parametrize("sample", tuple(samples()), ids=lambda sample: sample.name)
def test_free_form_bounces_of_many_servers(sample: Sample) -> None:
    header, _, body = sample.text.partition("\n\n")
    message = parsed(mail(*header.split("\n"), body=body.replace("{original}", ORIGINAL)))
    assert message.metadata["kind"] == sample.kind
    first = message.metadata["failures"][0]
    assert first["recipient"] == "bob@gone.example"
    assert sample.group in {"any", first["group"]}
    assert first["words"]
    if "{original}" in body:
        assert message.thread_refs[0] == "reply-1@shop.example"
        assert bool(message.receipts) is (sample.kind == "bounce")


def test_a_report_for_several_recipients_tells_each_fate() -> None:
    fields = "\n".join(
        [
            failed("5.1.1", "550 5.1.1 <bob@gone.example>: User unknown"),
            failed("4.2.2", "452 4.2.2 mailbox full", "cat@full.example", "delayed"),
            failed("2.0.0", "250 ok", "dan@fine.example", "delivered"),
        ]
    )
    message = parsed(dsn(fields))
    assert message.metadata["kind"] == "bounce"
    assert [(receipt.state, receipt.recipients, receipt.permanent) for receipt in message.receipts] == [
        (ReceiptState.FAILED, ("bob@gone.example",), True),
        (ReceiptState.DELIVERED, ("dan@fine.example",), False),
    ]
    assert {receipt.external_id for receipt in message.receipts} == {"reply-1@shop.example"}
    assert [shown["recipient"] for shown in message.metadata["failures"]] == ["bob@gone.example", "cat@full.example"]


@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [
        ("delayed", "4.4.1", "delay"),
        ("delivered", "2.0.0", "delivered"),
        ("relayed", "2.0.0", "delivered"),
        ("expanded", "2.0.0", "delivered"),
        ("failed", "5.0.0", "bounce"),
        ("expired", "4.4.7", "bounce"),
    ],
)
def test_a_late_mail_has_not_failed(action: str, status: str, kind: str) -> None:
    message = parsed(dsn(failed(status, "", action=action)))
    assert message.metadata["kind"] == kind
    states = {"bounce": [ReceiptState.FAILED], "delivered": [ReceiptState.DELIVERED], "delay": []}[kind]
    assert [receipt.state for receipt in message.receipts] == states


@pytest.mark.parametrize(
    ("status", "words", "group", "dead"),
    [
        ("5.1.1", "550 5.1.1 <bob@gone.example>: Recipient address rejected: User unknown", Group.USER_UNKNOWN, True),
        ("5.2.2", "552 5.2.2 Mailbox full", Group.MAILBOX_FULL, False),
        ("5.7.1", "550 5.7.1 Message rejected as spam", Group.SPAM, False),
        ("5.1.2", "550 Host unknown", Group.HOST_UNKNOWN, True),
        ("4.4.7", "delivery time expired", Group.EXPIRED, False),
        ("4.1.1", "450 4.1.1 <bob@gone.example>: user unknown, try later", Group.USER_UNKNOWN, False),
    ],
)
def test_only_an_address_that_is_gone_is_dead(status: str, words: str, group: Group, dead: bool) -> None:
    (receipt,) = (message := parsed(dsn(failed(status, words)))).receipts
    assert receipt.state is ReceiptState.FAILED
    assert receipt.permanent is dead
    assert message.metadata["failures"][0]["group"] == group
    assert receipt.reason.endswith(f"({words})")
    assert receipt.reason[0].isupper()


def test_all_names_of_the_recipient_are_given() -> None:
    fields = failed("5.1.1").replace(
        "Action",
        "Original-Recipient: rfc822;info+2Bnews@Gone.example\nX-Actual-Recipient: rfc822; b@inner.example\nAction",
    )
    (receipt,) = parsed(dsn(fields)).receipts
    assert receipt.recipients == (
        "bob@gone.example",
        "info+2bnews@gone.example",
        "info+news@gone.example",
        "b@inner.example",
    )


@pytest.mark.parametrize(
    ("to", "names"),
    [
        ("info@alias.example", ("bob@gone.example", "info@alias.example")),
        ("bob@gone.example, ann@else.example", ("bob@gone.example",)),
        ("bob@alias.example, ann@else.example", ("bob@gone.example", "bob@alias.example")),
        ("eve@gone.example, ann@else.example", ("bob@gone.example", "eve@gone.example")),
        ("eve@one.example, ann@else.example", ("bob@gone.example",)),
    ],
)
def test_an_alias_is_matched_with_whom_we_wrote_to(to: str, names: tuple[str, ...]) -> None:
    original = ORIGINAL.replace("To: bob@gone.example", f"To: {to}")
    (receipt,) = parsed(dsn(failed("5.1.1"), original)).receipts
    assert receipt.recipients == names


@pytest.mark.parametrize(
    "original_type", ["message/rfc822", "text/rfc822-headers", "text/rfc822-headers; charset=utf-8"]
)
def test_the_enclosed_mail_says_which_reply_it_was(original_type: str) -> None:
    message = parsed(dsn(failed("5.1.1"), original_type=original_type))
    assert message.thread_refs == ("reply-1@shop.example",)


def test_an_enclosed_mail_that_is_mangled_is_still_searched() -> None:
    message = parsed(
        dsn(failed("5.1.1"), "X-Junk: one\ntwo three\nfour\nMessage-ID: <reply-9@shop.example>\nFrom: x\n")
    )
    assert message.thread_refs == ("reply-9@shop.example",)


def test_without_an_enclosed_mail_the_reports_own_references_count() -> None:
    body = "This is the mail system at host mx.\n\n<bob@gone.example>: 550 5.1.1 user unknown\n"
    fields = ["From: MAILER-DAEMON@mx.example", "Subject: failure notice", "In-Reply-To: <reply-2@shop.example>"]
    (receipt,) = parsed(mail(*fields, body=body)).receipts
    assert (receipt.external_id, receipt.recipients) == ("reply-2@shop.example", ("bob@gone.example",))


def test_a_report_that_names_no_mail_fails_nothing() -> None:
    message = parsed(
        mail("From: MAILER-DAEMON@mx.example", "Subject: failure notice", body="<bob@gone.example>:\nno.\n")
    )
    assert message.metadata["kind"] == "bounce"
    assert message.receipts == ()


def test_the_servers_words_are_one_line_of_300_characters() -> None:
    words = (
        "550-5.1.1 The email account that you tried\n 550-5.1.1 to reach does not exist. " + "Please try again " * 40
    )
    report = bounces.read(parse(dsn(failed("5.1.1", words))))
    assert 290 <= len(report.failures[0].words) <= 300
    assert "\n" not in report.failures[0].words
    assert report.failures[0].group is Group.USER_UNKNOWN


def test_a_report_in_a_mail_of_a_provider() -> None:
    notice = (
        '{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bouncedRecipients":[{"emailAddress":'
        '"bob@gone.example","action":"failed","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 user unknown"}]},'
        '"mail":{"messageId":"ses-1","headers":[{"name":"Message-ID","value":"<reply-1@shop.example>"}]}}'
    )
    message = parsed(mail("From: no-reply@sns.amazonaws.com", "Subject: AWS Notification Message", body=notice))
    assert [receipt.external_id for receipt in message.receipts] == ["reply-1@shop.example", "ses-1"]
    assert {receipt.permanent for receipt in message.receipts} == {True}
    complaint = notice.replace("Bounce", "Complaint")
    assert parsed(mail("From: no-reply@sns.amazonaws.com", body=complaint)).metadata["kind"] == "complaint"


@pytest.mark.parametrize(
    "body",
    ["", "{", '{"notificationType":"Bounce","bounce":[]}', "\x00\x01", "Final-Recipient:\nAction:\n", "<@>:\n" * 3000],
)
def test_rubbish_is_a_report_that_says_nothing(body: str) -> None:
    message = parsed(mail("From: MAILER-DAEMON@mx.example", "Subject: failure notice", "Return-Path: <>", body=body))
    assert message.receipts == ()


@pytest.mark.timeout(60)  # what is quadratic takes hours
@pytest.mark.parametrize(
    "piece",
    ["mailbox ", "mailbox\n", "a@b.example ", "<a@b.example>:\n", "\n", " ", "a", "@", "-", "550 ", "Received: x\n"],
)
def test_no_text_takes_long(piece: str) -> None:
    letter = mail("From: MAILER-DAEMON@mx.example", "Subject: failure notice", body=piece * (200_000 // len(piece)))
    assert origin(parse(letter), sender="mailer-daemon@mx.example", envelope_from="").automatic


def test_codes_are_found_where_they_stand() -> None:
    assert codes_in("smtp; 550-5.1.1 no such user (#5.1.1) at 192.0.2.25") == Codes("5.1.1", "550")
    assert codes_in("host mx[192.0.2.5] said: 554 5.0.0 no", "5.7.1") == Codes("5.7.1", "554")
    assert codes_in("took 550.5.1.1.7 and 1.550") == Codes()


@pytest.mark.parametrize(
    ("words", "command", "group"),
    [
        ("550 User unknown", Command.RCPT, Group.USER_UNKNOWN),
        ("550 User unknown", Command.DATA, Group.FILTERED),
        ("550 <bob@gone.example>: User unknown", Command.UNKNOWN, Group.USER_UNKNOWN),
        ("550 : User unknown", Command.UNKNOWN, Group.FILTERED),
        ("550 Access denied", Command.CONNECT, Group.BLOCKED),
        ("550 Access denied", Command.RCPT, Group.REJECTED),
        ("550 5.4.1 Recipient address rejected: Access denied", Command.RCPT, Group.USER_UNKNOWN),
        ("550 5.7.26 Unauthenticated email is not accepted", Command.DATA, Group.AUTHENTICATION),
        ("554 Service unavailable; client [192.0.2.1] blocked using zen.spamhaus.org", Command.RCPT, Group.BLOCKED),
        ("550 Relaying denied", Command.RCPT, Group.NO_RELAYING),
        ("552 message size exceeds fixed maximum message size", Command.MAIL, Group.MESSAGE_TOO_BIG),
        ("550 hello", Command.RCPT, Group.UNDEFINED),
    ],
)
def test_words_and_command_make_the_group(words: str, command: Command, group: Group) -> None:
    assert classify(words, codes_in(words), command, "bob@gone.example") is group


def test_codes_alone_tell_less() -> None:
    assert by_codes(Codes("5.1.1", "550"), Command.RCPT) is Group.USER_UNKNOWN
    assert by_codes(Codes("5.0.0", "550"), Command.CONNECT) is Group.BLOCKED
    assert by_codes(Codes("", "552"), Command.UNKNOWN) is Group.MAILBOX_FULL
    assert by_codes(Codes("", "550"), Command.UNKNOWN, "550 Rejected") is Group.REJECTED
    assert by_codes(Codes(), Command.UNKNOWN) is Group.UNDEFINED
