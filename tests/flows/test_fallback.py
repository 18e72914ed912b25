"""Answers that nobody read in the chat go by mail, once."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from csplatform.common import clock
from csplatform.contacts.models import GivenAddress, Handle
from csplatform.conversations.actors import CUSTOMER
from csplatform.conversations.models import Conversation, Message
from csplatform.flows import fallback
from csplatform.flows.carry_over import carry_over
from csplatform.flows.contact_details import leave_address
from csplatform.flows.erase import erase_history
from csplatform.flows.receive import receive
from csplatform.flows.reply import reply
from csplatform.gateway.contract import HandleKind, Receipt, ReceiptState, Sender
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import User
from csplatform.sla.models import Calendar
from tests.factories import MONDAY, make_account, make_user, say
from tests.loopback import LoopbackChannel

pytestmark = pytest.mark.django_db
ADA = "ada@customer.example"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def mailbox() -> ChannelAccount:
    return make_account("copying", address="help@shop.example")


@pytest.fixture
def chat(mailbox: ChannelAccount) -> ChannelAccount:
    settings = {"mail_account": mailbox.address, "mail_after": 5}
    return make_account("webchat", address="shop", name="Shop", settings=settings)


@pytest.fixture
def agent() -> User:
    return make_user()


@pytest.fixture
def visit(chat: ChannelAccount) -> Conversation:
    with clock.frozen(MONDAY):
        return say(chat, "Hello?", sender="v-1", kind=HandleKind.VISITOR, language="de").conversation


def answer(conversation: Conversation, agent: User, rung: Any, text: str = "Here I am", **more: Any) -> Message:
    with rung():
        return reply(conversation.pk, by=agent, text=text, key=uuid4(), **more)


def sweep(rung: Any, at: Any) -> list[str]:
    """Sweep at a moment and return the texts of the mails that went out by it."""
    before = len(LoopbackChannel.sent)
    with clock.frozen(at), rung():
        fallback.mail_due()
    return [message.text for message in LoopbackChannel.sent[before:]]


def test_an_unread_answer_goes_by_mail_once(
    visit: Conversation, mailbox: ChannelAccount, agent: User, rung: Any
) -> None:
    leave_address(visit.handle, ADA, "Ada")
    with clock.frozen(MONDAY + MINUTE):
        answer(visit, agent, rung, "Here I am")
        answer(visit, agent, rung, "Are you there?")
    assert sweep(rung, MONDAY + 5 * MINUTE) == []
    (text,) = sweep(rung, MONDAY + 6 * MINUTE)
    assert text.endswith("Here I am\n\nAre you there?")
    assert sweep(rung, MONDAY + 60 * MINUTE) == []
    (mail,) = Message.objects.filter(account=mailbox)
    assert (mail.kind, mail.state, mail.is_machine) == ("automatic", "accepted", False)
    assert mail.handle is not None
    assert (mail.handle.external_id, mail.conversation) == (ADA, visit)
    assert mail.handle.contact_id != visit.contact_id
    sent = LoopbackChannel.sent[-1]
    assert (sent.recipient, sent.automatic, sent.thread_name) == (ADA, False, str(visit.pk))
    visit.refresh_from_db()
    assert visit.participants == [ADA]


def test_what_was_read_in_the_chat_is_not_mailed(
    visit: Conversation, chat: ChannelAccount, agent: User, rung: Any
) -> None:
    leave_address(visit.handle, ADA)
    with clock.frozen(MONDAY + MINUTE):
        said = answer(visit, agent, rung)
    receive(chat, Receipt(said.dispatches.get().external_id, ReceiptState.READ, MONDAY + 2 * MINUTE))
    assert sweep(rung, MONDAY + 60 * MINUTE) == []
    assert not Message.objects.filter(mail_at__isnull=False).exists()


def test_an_address_left_after_the_answer_counts(visit: Conversation, agent: User, rung: Any) -> None:
    with clock.frozen(MONDAY + MINUTE):
        answer(visit, agent, rung)
    assert not Message.objects.filter(mail_at__isnull=False).exists()
    leave_address(visit.handle, ADA)
    assert len(sweep(rung, MONDAY + 6 * MINUTE)) == 1


def test_whoever_wrote_outside_of_the_hours_is_answered_by_mail_at_once(
    chat: ChannelAccount, agent: User, rung: Any
) -> None:
    Calendar.objects.create(name="Office", weekly=[["09:00-18:00"]] * 5 + [[], []])
    chat.settings["calendar"] = "Office"
    chat.save()
    night = MONDAY.replace(hour=23)
    with clock.frozen(night):
        visit = say(chat, "Nobody there?", sender="v-2", kind=HandleKind.VISITOR).conversation
        leave_address(visit.handle, ADA)
    morning = night + timedelta(hours=10, minutes=5)
    with clock.frozen(morning):
        answer(visit, agent, rung, "Good morning")
    (text,) = sweep(rung, morning)
    assert text.endswith("Good morning")


def test_an_address_that_is_known_goes_before_one_that_was_left(
    visit: Conversation, mailbox: ChannelAccount, agent: User, rung: Any
) -> None:
    known = "known@customer.example"
    Handle.objects.create(contact=visit.contact, account=mailbox, kind="email", external_id=known)
    leave_address(visit.handle, ADA)
    with clock.frozen(MONDAY + MINUTE):
        answer(visit, agent, rung)
    sweep(rung, MONDAY + 6 * MINUTE)
    assert LoopbackChannel.sent[-1].recipient == known


@pytest.mark.parametrize("settings", [{}, {"mail_account": "nobody@shop.example"}, {"mail_account": 7}])
def test_a_chat_without_a_mail_account_mails_nothing(
    visit: Conversation, chat: ChannelAccount, agent: User, rung: Any, settings: dict[str, Any]
) -> None:
    ChannelAccount.objects.filter(pk=chat.pk).update(settings=settings)
    leave_address(visit.handle, ADA)
    answer(visit, agent, rung)
    assert sweep(rung, clock.now() + timedelta(days=1)) == []


def test_a_dead_address_gets_nothing(visit: Conversation, mailbox: ChannelAccount, agent: User, rung: Any) -> None:
    dead = say(mailbox, "Hi", sender=ADA, kind=HandleKind.EMAIL).handle
    assert dead is not None
    Handle.objects.filter(pk=dead.pk).update(paused_at=clock.now())
    leave_address(visit.handle, ADA)
    answer(visit, agent, rung)
    assert sweep(rung, clock.now() + timedelta(days=1)) == []


def test_erasing_takes_the_address_and_the_mail_along(visit: Conversation, agent: User, rung: Any) -> None:
    leave_address(visit.handle, ADA)
    with clock.frozen(MONDAY + MINUTE):
        answer(visit, agent, rung, "Your parcel is at the neighbour's")
    sweep(rung, MONDAY + 6 * MINUTE)
    erase_history(visit.account, "v-1", by=CUSTOMER)
    assert not GivenAddress.objects.exists()
    assert not Message.objects.filter(text__contains="neighbour").exists()
    visit.refresh_from_db()
    assert visit.participants == []


def test_what_a_visitor_left_goes_along_when_they_sign_in(visit: Conversation, chat: ChannelAccount) -> None:
    leave_address(visit.handle, ADA)
    say(chat, "I was here before", sender="site-7", kind=HandleKind.VISITOR)
    carry_over(chat, "v-1", Sender("site-7", HandleKind.VISITOR))
    assert GivenAddress.objects.get().handle.external_id == "site-7"
