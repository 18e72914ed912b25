"""One conversation over all of a customer's channels: answered by another, and what comes back belongs to it."""

from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast
from uuid import uuid4

import pytest

from csplatform.common import clock
from csplatform.common.errors import InvalidInput
from csplatform.contacts.models import Contact, Handle
from csplatform.conversations.models import Conversation, Message
from csplatform.flows.contact_details import leave_address, remember_timezone
from csplatform.flows.reply import reply
from csplatform.flows.routes import chosen_handle, ways_of
from csplatform.gateway.contract import HandleKind, RawDelivery
from csplatform.gateway.models import ChannelAccount
from csplatform.gateway.services import accept
from csplatform.people.models import User
from tests.channels_email.mails import mail
from tests.factories import make_account, make_team, make_user, say
from tests.loopback import LoopbackChannel
from tests.platforms.smtp import PASSWORD, USER, SmtpStandIn

pytestmark = pytest.mark.django_db
ADA = "ada@customer.example"


@pytest.fixture
def peer() -> Iterator[SmtpStandIn]:
    with SmtpStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def mailbox(peer: SmtpStandIn) -> ChannelAccount:
    settings = {"smtp_host": "127.0.0.1", "smtp_port": peer.port, "smtp_security": "none"}
    login = {"smtp_user": USER, "smtp_password": PASSWORD}
    return make_account("email", address=USER, name="Support", settings=settings, credentials=login)


@pytest.fixture
def chat(mailbox: ChannelAccount) -> ChannelAccount:
    return make_account("webchat", address="shop", name="Shop", settings={"mail_account": mailbox.address})


@pytest.fixture
def agent() -> User:
    return make_user()


def visit(chat: ChannelAccount, text: str = "Where is my order?") -> Conversation:
    return say(chat, text, sender="v-1", name="Ada", kind=HandleKind.VISITOR).conversation


def arrive(account: ChannelAccount, body: bytes, rung: Any) -> Message:
    """Let a mail come in by the door that every mail takes."""
    with rung():
        accept(account, RawDelivery(body=body, headers={}, query={}, method="SMTP", received_at=clock.now()))
    return Message.objects.filter(account=account, kind="customer").latest("id")


def mails(peer: SmtpStandIn) -> list[EmailMessage]:
    return [cast(EmailMessage, message_from_bytes(content, policy=default)) for content in peer.mails]


def answer_to(sent: EmailMessage, sender: str = ADA, *, keeps_address: bool = True) -> bytes:
    to = sent["Reply-To"] if keeps_address and sent["Reply-To"] else USER
    fields = (f"From: Ada <{sender}>", f"To: {to}", "Message-ID: <back@customer.example>")
    return mail(*fields, f"In-Reply-To: {sent['Message-ID']}", f"Subject: {sent['Subject']}", body="By mail now\r\n")


def know_by_mail(conversation: Conversation, mailbox: ChannelAccount) -> Handle:
    return Handle.objects.create(contact=conversation.contact, account=mailbox, kind="email", external_id=ADA)


@pytest.mark.parametrize("keeps_address", [True, False])
def test_a_visitor_is_answered_by_mail_and_the_answer_comes_back(
    chat: ChannelAccount, mailbox: ChannelAccount, agent: User, peer: SmtpStandIn, rung: Any, keeps_address: bool
) -> None:
    conversation = visit(chat)
    handle = know_by_mail(conversation, mailbox)
    with rung():
        sent = reply(conversation.pk, by=agent, text="It left today.", key=uuid4(), handle=handle)
    sent.refresh_from_db()
    assert (sent.account, sent.handle, sent.state) == (mailbox, handle, "accepted")
    (taken,) = mails(peer)
    assert (taken["To"], taken["Subject"], taken["References"]) == (ADA, "Your conversation with Shop", None)
    back = arrive(mailbox, answer_to(taken, keeps_address=keeps_address), rung)
    conversation.refresh_from_db()
    assert (back.conversation, back.text.strip(), back.seq) == (conversation, "By mail now", conversation.last_seq)
    assert (conversation.account, conversation.handle.external_id) == (chat, "v-1")
    assert Conversation.objects.count() == 1
    with rung():  # and where they wrote last, they are answered by default
        again = reply(conversation.pk, by=agent, text="You are welcome.", key=uuid4())
    assert (again.account, again.handle) == (mailbox, handle)
    assert mails(peer)[1]["In-Reply-To"] == "<back@customer.example>"
    assert mails(peer)[1]["Subject"].startswith("Re: ")


def test_a_stranger_who_quotes_that_mail_gets_in_nowhere(
    chat: ChannelAccount, mailbox: ChannelAccount, agent: User, peer: SmtpStandIn, rung: Any
) -> None:
    conversation = visit(chat)
    with rung():
        reply(conversation.pk, by=agent, text="Hi", key=uuid4(), handle=know_by_mail(conversation, mailbox))
    back = arrive(mailbox, answer_to(mails(peer)[0], "eve@elsewhere.example"), rung)
    assert back.conversation != conversation
    assert back.conversation.held_for == conversation


def test_an_address_that_a_visitor_left_is_a_way_and_merges_nobody(
    chat: ChannelAccount, mailbox: ChannelAccount, agent: User, peer: SmtpStandIn, rung: Any
) -> None:
    real = say(mailbox, "Another matter", sender=ADA, kind=HandleKind.EMAIL, name="The real Ada").conversation
    conversation = visit(chat)
    leave_address(conversation.handle, f" {ADA.upper()} ", "Ada")
    chat_way, way = ways_of(conversation, agent)
    assert (chat_way.is_usual, way.address, way.account, way.is_unverified) == (True, ADA, mailbox, True)
    with rung():
        reply(conversation.pk, by=agent, text="Hi", key=uuid4(), handle=chosen_handle(conversation, agent, way.value))
    assert mails(peer)[0]["To"] == ADA
    assert arrive(mailbox, answer_to(mails(peer)[0]), rung).conversation == conversation
    assert real.contact_id != conversation.contact_id
    assert not Contact.objects.filter(merged_into__isnull=False).exists()


def test_an_answer_on_a_channel_without_threads_comes_back_too(agent: User, rung: Any) -> None:
    first = say(make_account(), "By the first", sender="ada").conversation
    other = make_account("deduping")
    say(other, "An old matter", sender="ada-too")
    handle = Handle.objects.get(account=other)
    Handle.objects.filter(pk=handle.pk).update(contact=first.contact)
    handle.refresh_from_db()
    with rung():
        reply(first.pk, by=agent, text="Over here", key=uuid4(), handle=handle)
    assert LoopbackChannel.sent[-1].recipient == "ada-too"
    assert say(other, "Found you", sender="ada-too").conversation == first


def test_a_handle_of_somebody_else_is_refused(chat: ChannelAccount, mailbox: ChannelAccount, agent: User) -> None:
    conversation = visit(chat)
    stranger = say(mailbox, "Hi", sender="eve@elsewhere.example", kind=HandleKind.EMAIL).handle
    with pytest.raises(InvalidInput):
        reply(conversation.pk, by=agent, text="Hi", key=uuid4(), handle=stranger)
    assert stranger is not None
    with pytest.raises(InvalidInput):
        chosen_handle(conversation, agent, f"h{stranger.pk}")
    assert not Message.objects.filter(kind="reply").exists()


def test_each_way_says_why_it_leads_nowhere(chat: ChannelAccount, mailbox: ChannelAccount, agent: User) -> None:
    conversation = visit(chat)
    handle = know_by_mail(conversation, mailbox)
    Handle.objects.filter(pk=handle.pk).update(paused_at=clock.now(), paused_reason="no such address")
    off = make_account(is_active=False)
    theirs = make_account(team=make_team())
    for account in (off, theirs):
        Handle.objects.create(contact=conversation.contact, account=account, kind="social", external_id="ada")
    refusals = [way.refusal for way in ways_of(conversation, agent)]
    assert refusals == [
        "",
        "Mail to this address came back.",
        "The account is switched off.",
        "The account belongs to another team.",
    ]
    for way in ways_of(conversation, agent)[1:]:
        with pytest.raises(InvalidInput, match=way.refusal):
            chosen_handle(conversation, agent, way.value)


def test_ways_cost_the_same_however_many(
    chat: ChannelAccount, mailbox: ChannelAccount, agent: User, django_assert_max_num_queries: Any
) -> None:
    conversation = visit(chat)
    for number in range(12):
        Handle.objects.create(
            contact=conversation.contact, account=mailbox, kind="email", external_id=f"a{number}@customer.example"
        )
    with django_assert_max_num_queries(4):
        assert len(ways_of(conversation, agent)) == 13


@pytest.mark.parametrize("email", ["", "nonsense", "a@b\x00", "x" * 400 + "@customer.example"])
def test_what_is_no_address_is_not_left(chat: ChannelAccount, email: str) -> None:
    handle = visit(chat).handle
    with pytest.raises(InvalidInput):
        leave_address(handle, email)
    assert not handle.given_addresses.exists()


def test_the_zone_of_a_browser_is_kept(chat: ChannelAccount) -> None:
    handle = visit(chat).handle
    assert remember_timezone(handle, "Asia/Tokyo") is True
    assert [remember_timezone(handle, zone) for zone in ("Asia/Tokyo", "Mars/Olympus", "../etc/passwd")] == [False] * 3
    assert Contact.objects.get(pk=handle.contact_id).timezone == "Asia/Tokyo"
