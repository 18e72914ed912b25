"""What a machine says of a reply: it fails, the address is paused, and a forged report does nothing."""

from typing import Any
from uuid import uuid4

import pytest

from csplatform.common import clock
from csplatform.common.errors import InvalidInput
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Message
from csplatform.flows.pausing import resume_address
from csplatform.flows.recipients import Recipients
from csplatform.flows.reply import reply
from csplatform.gateway.contract import Receipt, ReceiptState, SendResult
from csplatform.gateway.errors import SendFailed
from csplatform.gateway.models import ChannelAccount
from csplatform.knowledge.models import SystemText
from csplatform.people.models import User
from tests.factories import make_account, make_user, say
from tests.loopback import LoopbackChannel

pytestmark = pytest.mark.django_db

ADA, BOB = "ada@customer.example", "bob@customer.example"


@pytest.fixture
def account() -> ChannelAccount:
    return make_account("copying")


@pytest.fixture
def agent() -> User:
    return make_user()


@pytest.fixture
def answer(account: ChannelAccount, agent: User, rung: Any) -> Message:
    asked = say(account, "Hi", sender=ADA)
    with rung():
        sent = reply(
            asked.conversation_id, by=agent, text="Hello", key=uuid4(), recipients=Recipients(to=(ADA,), cc=(BOB,))
        )
    sent.refresh_from_db()
    return sent


def failure(answer: Message, whom: str, *, permanent: bool = False) -> Receipt:
    external_id = answer.dispatches.get().external_id
    return Receipt(external_id, ReceiptState.FAILED, clock.now(), "no such user", (whom,) if whom else (), permanent)


def bounce(answer: Message, *receipts: Receipt, **fields: Any) -> Message:
    assert answer.account is not None
    fields = {"sender": "mailer-daemon@mx.example", "automatic": True} | fields
    return say(answer.account, "Undelivered", receipts=receipts, **fields)


def verbs(answer: Message) -> list[str]:
    return list(answer.conversation.messages.filter(kind="event").values_list("verb", flat=True))


def test_bounce_fails_its_reply_and_stands_beside_it(answer: Message) -> None:
    shown = bounce(answer, failure(answer, ADA.upper()))
    answer.refresh_from_db()
    assert (answer.state, answer.state_reason) == ("failed", "no such user")
    assert (shown.conversation, shown.is_machine) == (answer.conversation, True)
    conversation = answer.conversation
    conversation.refresh_from_db()
    assert (conversation.handle.external_id, conversation.handle.paused_at) == (ADA, None)
    assert conversation.waiting_since is None


def test_dead_address_is_paused_until_somebody_says_otherwise(
    answer: Message, account: ChannelAccount, agent: User
) -> None:
    bounce(answer, failure(answer, ADA, permanent=True))
    conversation_id = answer.conversation_id
    with pytest.raises(InvalidInput, match="no such user"):
        reply(conversation_id, by=agent, text="Again", key=uuid4())
    resume_address(conversation_id, by=Actor.agent(agent))
    reply(conversation_id, by=agent, text="Again", key=uuid4())
    assert verbs(answer)[-2:] == ["paused", "resumed"]


def test_whoever_writes_is_alive(answer: Message, account: ChannelAccount, agent: User) -> None:
    bounce(answer, failure(answer, ADA, permanent=True))
    say(account, "I am here", sender=ADA, thread_refs=(answer.dispatches.get().external_id,))
    assert reply(answer.conversation_id, by=agent, text="Again", key=uuid4()).state == "queued"
    answer.conversation.handle.refresh_from_db()
    assert (answer.conversation.handle.paused_at, answer.conversation.handle.paused_reason) == (None, "")


def test_automatic_answer_from_a_dead_address_proves_nothing(answer: Message, agent: User) -> None:
    bounce(answer, failure(answer, ADA, permanent=True))
    bounce(answer, sender=ADA)
    with pytest.raises(InvalidInput):
        reply(answer.conversation_id, by=agent, text="Again", key=uuid4())


def test_copy_that_fails_is_told_and_does_not_fail_the_reply(answer: Message) -> None:
    for _twice in range(2):
        bounce(answer, failure(answer, BOB, permanent=True))
    answer.refresh_from_db()
    answer.conversation.refresh_from_db()
    assert answer.state == "accepted"
    assert verbs(answer).count("undelivered") == 1
    assert answer.conversation.participants == [ADA]


@pytest.mark.parametrize("whom", ["eve@elsewhere.example", "ada", ""])
def test_report_about_somebody_who_was_not_written_to_is_nobodys(answer: Message, whom: str) -> None:
    shown = bounce(answer, failure(answer, whom, permanent=True), thread_refs=(answer.dispatches.get().external_id,))
    answer.refresh_from_db()
    assert answer.state == "accepted"
    assert shown.conversation != answer.conversation
    assert shown.conversation.held_for == answer.conversation


def test_report_about_nothing_of_ours_is_a_mail_like_any_other(answer: Message) -> None:
    receipt = Receipt("nobody-knows", ReceiptState.FAILED, clock.now(), "gone", (ADA,), True)
    assert bounce(answer, receipt).conversation != answer.conversation
    answer.refresh_from_db()
    assert answer.state == "accepted"


def test_address_that_the_server_calls_dead_is_paused(account: ChannelAccount, agent: User, rung: Any) -> None:
    LoopbackChannel.outcomes.append(SendFailed("no such user (550 5.1.1)", dead_address=True))
    asked = say(account, sender=ADA)
    with rung():
        sent = reply(asked.conversation_id, by=agent, text="Hello", key=uuid4())
    sent.refresh_from_db()
    asked.conversation.handle.refresh_from_db()
    assert (sent.state, asked.conversation.handle.paused_reason) == ("failed", "no such user (550 5.1.1)")


def test_refused_copies_are_told(account: ChannelAccount, agent: User, rung: Any) -> None:
    LoopbackChannel.outcomes.append(SendResult("out", refused={BOB: "no such user"}))
    asked = say(account, sender=ADA)
    with rung():
        sent = reply(
            asked.conversation_id, by=agent, text="Hello", key=uuid4(), recipients=Recipients(to=(ADA,), cc=(BOB,))
        )
    sent.refresh_from_db()
    assert sent.state == "accepted"
    told = asked.conversation.messages.get(verb="undelivered")
    assert (told.data["address"], told.data["reason"]) == (BOB, "no such user")


def test_address_gets_three_automatic_answers_an_hour(rung: Any) -> None:
    SystemText.objects.create(key="received", body_en="We have your message.")
    account = make_account("copying", acknowledge=True)
    with rung():
        for _mail in range(5):
            say(account, sender=ADA)
        say(account, sender=BOB)
    assert [sent.recipient for sent in LoopbackChannel.sent] == [ADA, ADA, ADA, BOB]
