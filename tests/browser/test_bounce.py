"""A reply goes out over SMTP, comes back as a bounce over SMTP, and its author sees at once that it failed."""

import re
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from playwright.sync_api import Page, expect

from csplatform.conversations.models import SendingHabit
from csplatform.flows.deliver import deliver
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Team, User
from tests.browser.conftest import ServerSide
from tests.browser.desk_pages import open_desk
from tests.channels_email.sending import RawClient, serving
from tests.factories import make_account, say
from tests.platforms.smtp import PASSWORD, USER, SmtpStandIn

pytestmark = pytest.mark.browser

ADA = "ada@customer.example"
# Milliseconds from the door's “stored” until the screen shows it.
AT_ONCE = 2000


@pytest.fixture(autouse=True)
def sent_at_once(ana: User) -> None:
    SendingHabit.objects.create(user=ana, mail_seconds=0)


@pytest.fixture
def peer() -> Iterator[SmtpStandIn]:
    with SmtpStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def mailbox(team: Team, peer: SmtpStandIn) -> ChannelAccount:
    return make_account(
        "email",
        name="Support",
        address=USER,
        team=team,
        credentials={"smtp_user": USER, "smtp_password": PASSWORD},
        settings={"smtp_host": "127.0.0.1", "smtp_port": peer.port, "smtp_security": "none"},
    )


def bounce_of(sent: bytes) -> bytes:
    """Return what a mail server sends back for a mail to somebody it does not know (RFC 3464)."""
    header = sent.partition(b"\r\n\r\n")[0].decode()
    report = EmailMessage()
    report["From"] = "Mail Delivery System <mailer-daemon@mx.customer.example>"
    report["To"] = USER
    report["Subject"] = "Undelivered Mail Returned to Sender"
    report["Message-ID"] = "<report@mx.customer.example>"
    report["Auto-Submitted"] = "auto-replied"
    boundary = "in-three-parts"
    report["Content-Type"] = f'multipart/report; report-type=delivery-status; boundary="{boundary}"'
    status = f"Reporting-MTA: dns; mx.customer.example\r\n\r\nFinal-Recipient: rfc822; {ADA}\r\nAction: failed\r\n"
    status += "Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 User unknown"
    parts = [
        ("text/plain", "I could not deliver your mail."),
        ("message/delivery-status", status),
        ("text/rfc822-headers", header),
    ]
    body = "".join(f"--{boundary}\r\nContent-Type: {kind}\r\n\r\n{text}\r\n" for kind, text in parts)
    fields = "\r\n".join(f"{name}: {value}" for name, value in report.items())
    return f"{fields}\r\nMIME-Version: 1.0\r\n\r\n{body}--{boundary}--\r\n".encode()


def test_a_reply_that_bounces_is_seen_to_fail_at_once(
    desk: Page, mailbox: ChannelAccount, peer: SmtpStandIn, server_side: ServerSide
) -> None:
    with server_side():
        asked = say(
            mailbox, "Where is it?", sender=ADA, name="Ada Byron", subject="My order", external_id="a@x.example"
        )
    open_desk(desk, f"/inbox/c/{asked.conversation_id}/")
    field = desk.get_by_label("Your text")
    field.fill("It is on its way")
    field.press("Control+Enter")
    answer = desk.locator("#timeline .message.reply")
    expect(answer.locator(".receipt")).to_contain_text("Sending")
    with server_side():
        deliver(asked.conversation_id)
    expect(answer.locator(".receipt")).to_contain_text("Sent")
    with serving() as port, RawClient(port) as client:
        stored = client.deliver(bounce_of(peer.mails[-1]), [USER], sender="")
        expect(answer).to_contain_text("User unknown", timeout=AT_ONCE)
    assert stored.startswith("250")
    expect(answer).to_have_class(re.compile("failed"))
    expect(desk.locator("#timeline .message.customer")).to_have_count(2)
    asked.conversation.handle.refresh_from_db()
    assert asked.conversation.handle.paused_at is not None
