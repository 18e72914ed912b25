"""From the mailbox to the conversation: what mailboxes do to a helpdesk, and what becomes of it."""

from typing import Any

import pytest
from pytest_django import Settings

from csplatform.conversations.models import Conversation, Message, MessageKind
from csplatform.doors.polling import poll
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from tests.channels_email.mailboxes import Box, needs_dovecot
from tests.channels_email.mails import mail
from tests.platforms.dovecot import USER

pytestmark = [needs_dovecot, pytest.mark.django_db]


def account_of(box: Box, address: str = USER, **settings: Any) -> ChannelAccount:
    config = box.config(**settings)
    return ChannelAccount.objects.create(
        channel="email", name=address, address=address, credentials=config.credentials, settings=config.settings
    )


def said(account: ChannelAccount) -> list[str]:
    customers = Message.objects.filter(kind=MessageKind.CUSTOMER, account=account).order_by("id")
    return [text.strip() for text in customers.values_list("text", flat=True)]


NAMELESS = [mail("Message-ID: -", body=f"nameless {number}\r\n") for number in range(2)]
NAMED = [mail(f"Message-ID: <{number}@customer.example>", body=f"named {number}\r\n") for number in range(2)]


def test_a_mailbox_that_begins_anew_doubles_nothing_and_loses_nothing(box: Box, rung: Any) -> None:
    account = account_of(box)
    box.put(*NAMED, *NAMELESS)
    with rung():
        poll(account.pk)
    assert said(account) == ["named 0", "named 1", "nameless 0", "nameless 1"]
    meanwhile = mail("Message-ID: <new@customer.example>", body="came meanwhile\r\n")
    box.begin_anew(*NAMED, meanwhile, *NAMELESS)
    with rung():
        poll(account.pk)
    assert said(account) == ["named 0", "named 1", "nameless 0", "nameless 1", "came meanwhile"]
    assert not InboundDelivery.objects.exclude(state="done").exists()


def test_a_mail_without_an_id_is_a_message_and_its_repeat_is_none(box: Box, rung: Any) -> None:
    account = account_of(box)
    for contents in (NAMELESS, NAMELESS):
        box.put(*contents)
        with rung():
            poll(account.pk)
    assert said(account) == ["nameless 0", "nameless 1"]
    assert InboundDelivery.objects.count() == 4


def test_two_different_mails_under_one_id_are_two_messages(box: Box, rung: Any) -> None:
    account = account_of(box)
    box.put(mail(body="one\r\n"), mail(body="another\r\n"))
    with rung():
        poll(account.pk)
    assert said(account) == ["one", "another"]


def test_a_mail_to_two_inboxes_is_in_both(box: Box, rung: Any) -> None:
    other = Box.at(box.server)
    support = account_of(box, "support@shop.example")
    sales = account_of(other, "sales@shop.example")
    both = mail("To: support@shop.example, sales@shop.example", body="to both\r\n")
    for place in (box, other):
        place.put(both)
    with rung():
        for account in (support, sales):
            poll(account.pk)
    other.client.shutdown()
    assert (said(support), said(sales)) == (["to both"], ["to both"])
    assert Conversation.objects.count() == 2


def test_a_mail_of_40_megabytes_is_shown_in_part_and_nothing_else_is_lost(box: Box, rung: Any) -> None:
    account = account_of(box)
    big = mail("Message-ID: <big@customer.example>", body=b"It does not fit.\r\n" + b"x" * 76 + b"\r\n" * (20 << 20))
    box.put(*NAMED[:1], big, *NAMED[1:])
    with rung():
        poll(account.pk)
    first, cut, last = Message.objects.filter(kind=MessageKind.CUSTOMER).order_by("id")
    assert (first.text.strip(), last.text.strip()) == ("named 0", "named 1")
    assert cut.text.startswith("It does not fit.")
    assert cut.metadata["truncated"] is True
    delivery = InboundDelivery.objects.get(pk=cut.delivery_id)
    assert (len(delivery.body), delivery.headers["x-truncated"]) == (35 << 20, str(len(big)))


def test_an_8_bit_header_and_a_mail_from_nobody_arrive(box: Box, rung: Any) -> None:
    account = account_of(box)
    box.put(
        mail("Message-ID: <8bit@customer.example>", "Subject: Gr\udcc3\udcbc\udcc3\udc9fe", body="eight bits\r\n"),
        b"Subject: from nobody\r\n\r\nnobody\r\n",
    )
    with rung():
        poll(account.pk)
    assert said(account) == ["eight bits", "nobody"]
    assert Conversation.objects.order_by("id").values_list("subject", flat=True)[0] == "Grüße"


def test_mail_from_the_junk_folder_is_spam(box: Box, rung: Any, settings: Settings) -> None:
    box.client.create_folder(f"{box.name}-junk")
    account = account_of(box, imap_junk_folder=f"{box.name}-junk")
    box.put(*NAMED[:1])
    box.put(*NAMED[1:], folder=f"{box.name}-junk")
    with rung():
        poll(account.pk)
    states = dict(Conversation.objects.values_list("messages__text", "status"))
    assert (states["named 0"], states["named 1"]) == ("open", "spam")
