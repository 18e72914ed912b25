"""Machines are recognised, people are not taken for one."""

import pytest

from tests.channels_email.mails import mail, parsed

REPORT = "Content-Type: multipart/report; report-type={}; boundary=b"
REPORT_BODY = "--b\r\n\r\nIt failed.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nStatus: 5.1.1\r\n--b--\r\n"


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        (["Auto-Submitted: auto-replied"], "auto-reply"),
        (["Auto-Submitted: Auto-Generated; owner-email=x"], "auto-reply"),
        (["Auto-Submitted: no"], ""),
        (["Precedence: auto_reply"], "auto-reply"),
        (["X-Autoreply: yes"], "auto-reply"),
        (["X-Autoreply: no"], ""),
        (["Return-Path: <>"], "auto-reply"),
        (["Return-Path: <>", "Subject: Undelivered Mail Returned to Sender"], "bounce"),
        (["Return-Path: <ada@customer.example>"], ""),
        (["From: MAILER-DAEMON@mx.example", "Subject: Delivery Status Notification (Failure)"], "bounce"),
        (["From: postmaster@mx.example", "Subject: The new mail server"], ""),
        ([REPORT.format("delivery-status")], "bounce"),
        ([REPORT.format("disposition-notification")], "read-receipt"),
        ([REPORT.format("feedback-report")], "complaint"),
        ([], ""),
    ],
)
def test_kinds(fields: list[str], kind: str) -> None:
    message = parsed(mail(*fields, body=REPORT_BODY))
    assert message.metadata.get("kind", "") == kind
    assert message.automatic is bool(kind)


@pytest.mark.parametrize("sender", ["", "ada@customer.example"])
def test_the_envelope_counts_more_than_a_return_path_header(sender: str) -> None:
    message = parsed(mail("Return-Path: <x@y.example>"), x_envelope_from=sender)
    assert message.automatic is (sender == "")


@pytest.mark.parametrize(
    "field",
    ["List-Id: <users.lists.example>", "Precedence: bulk", "List-Unsubscribe: <mailto:x@y>", "X-BeenThere: x@y"],
)
def test_list_mail_is_a_persons_but_bulk(field: str) -> None:
    message = parsed(mail(field))
    assert (message.automatic, message.bulk) == (False, True)


def test_mail_from_our_own_address_is_never_answered_by_a_machine() -> None:
    assert parsed(mail("From: Support <SUPPORT@shop.example>")).automatic is True
