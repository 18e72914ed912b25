"""Who takes part in a thread, whose mail is held beside it, and what moves from one to another."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from csplatform.common.errors import InvalidInput
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, Message
from csplatform.conversations.selectors import messages_since
from csplatform.conversations.services import lock
from csplatform.flows import holding, status
from csplatform.flows.acknowledge import acknowledge
from csplatform.flows.receive import receive
from csplatform.flows.recipients import Recipients
from csplatform.flows.reply import note, reply
from csplatform.flows.split import split
from csplatform.gateway.contract import FileBytes, InboundAttachment
from csplatform.gateway.models import ChannelAccount
from csplatform.knowledge.models import SystemText
from csplatform.people.models import User
from csplatform.sla.models import Clock, ClockState, Policy, PolicyTarget
from tests.factories import inbound, make_account, make_user, say
from tests.loopback import LoopbackChannel

pytestmark = pytest.mark.django_db

ADA, BOB, EVE = "ada@customer.example", "bob@customer.example", "eve@elsewhere.example"


@pytest.fixture
def account() -> ChannelAccount:
    return make_account("copying", address="help@shop.example")


@pytest.fixture
def agent() -> User:
    return make_user()


def verbs(conversation: Conversation) -> list[str]:
    return list(conversation.messages.filter(kind="event").values_list("verb", flat=True))


def texts(conversation: Conversation) -> list[str]:
    return list(conversation.messages.exclude(kind="event").values_list("text", flat=True))


def test_stranger_who_quotes_a_thread_is_held_beside_it(account: ChannelAccount) -> None:
    thread = say(account, "My order", sender=ADA, external_id="a").conversation
    held = say(account, "Let me in", sender=EVE, thread_refs=("a",)).conversation
    again = say(account, "Hello?", sender=EVE, thread_refs=("a",)).conversation
    assert held == again != thread
    assert (held.held_for, verbs(held)) == (thread, ["opened", "held"])
    assert texts(thread) == ["My order"]
    assert held.waiting_since is not None
    seen = thread.revision
    thread.refresh_from_db()
    assert thread.revision == seen + 1


def test_whoever_the_customer_copies_takes_part(account: ChannelAccount) -> None:
    thread = say(account, "My order", sender=ADA, external_id="a", addressees=(BOB.upper(), "Help@shop.example"))
    assert thread.conversation.participants == [BOB]
    answer = say(account, "I am her husband", sender=BOB, thread_refs=("a",))
    assert answer.conversation == thread.conversation
    answer.conversation.refresh_from_db()
    assert answer.conversation.handle.external_id == ADA


def test_machine_brings_nobody_along(account: ChannelAccount) -> None:
    message = say(account, sender=ADA, addressees=(BOB,), automatic=True)
    assert message.conversation.participants == []


@pytest.mark.parametrize(
    ("sender", "name", "joins"),
    [(ADA, "{pk}", True), (EVE, "{pk}", False), (ADA, "99999999999999999999", False), (ADA, "１２", False)],
)
def test_name_of_a_thread_counts_for_those_who_take_part(
    account: ChannelAccount, sender: str, name: str, joins: bool
) -> None:
    thread = say(account, "My order", sender=ADA).conversation
    other = say(account, "More", sender=sender, thread_names=(name.format(pk=thread.pk),)).conversation
    assert (other == thread) is joins
    assert (other.held_for == thread) is (sender == EVE)


def test_reference_counts_before_the_name(account: ChannelAccount) -> None:
    first = say(account, "One", sender=ADA, external_id="a").conversation
    second = say(account, "Two", sender=ADA).conversation
    third = say(account, "Three", sender=ADA, thread_refs=("a",), thread_names=(str(second.pk),)).conversation
    assert third == first


def test_thread_of_another_account_is_out_of_reach(account: ChannelAccount) -> None:
    elsewhere = say(make_account("copying"), "One", sender=ADA, external_id="a").conversation
    here = say(account, "Two", sender=ADA, thread_refs=("a",), thread_names=(str(elsewhere.pk),)).conversation
    assert here != elsewhere
    assert here.held_for is None


def test_program_that_cuts_references_is_understood_by_its_own_name(account: ChannelAccount) -> None:
    first = say(account, "One", sender=ADA, thread_root="root").conversation
    assert say(account, "Two", sender=ADA, thread_root="root").conversation == first
    assert say(account, "Two", sender=EVE, thread_root="root").conversation != first


def test_let_in(account: ChannelAccount, agent: User) -> None:
    thread = say(account, "My order", sender=ADA, external_id="a").conversation
    reply(thread.pk, by=agent, text="It is on its way", key=uuid4())
    file = InboundAttachment("bill.txt", "text/plain", FileBytes(b"bill"))
    held = say(account, "I pay for it", sender=EVE, external_id="e", thread_refs=("a",), attachments=(file,))
    seen = held.conversation.revision
    target = holding.let_in(held.conversation.pk, by=Actor.agent(agent))
    assert target == thread
    assert texts(target) == ["My order", "It is on its way", "I pay for it"]
    assert target.messages.get(external_id="e").attachments.get().name == "bill.txt"
    target.refresh_from_db()
    assert target.participants == [ADA, EVE]
    assert target.waiting_since is not None
    assert Clock.objects.filter(conversation=target, kind="next_response", state=ClockState.RUNNING).exists()
    left = Conversation.objects.get(pk=held.conversation_id)
    assert (left.status, left.held_for, texts(left)) == ("resolved", None, [])
    assert [line.pk for line in messages_since(left, seen) if line.verb == "moved"] == [held.pk]
    assert say(account, "And?", sender=EVE, thread_refs=("e",)).conversation == thread


def test_let_in_opens_what_was_resolved(account: ChannelAccount, agent: User) -> None:
    thread = say(account, "My order", sender=ADA, external_id="a").conversation
    status.resolve(thread.pk, by=Actor.agent(agent))
    held = say(account, "Wait", sender=EVE, thread_refs=("a",)).conversation
    assert holding.let_in(held.pk, by=Actor.agent(agent)).status == "open"


def test_keep_apart(account: ChannelAccount, agent: User) -> None:
    thread = say(account, "My order", sender=ADA, external_id="a").conversation
    held = say(account, "Let me in", sender=EVE, external_id="e", thread_refs=("a",)).conversation
    holding.keep_apart(held.pk, by=Actor.agent(agent))
    held.refresh_from_db()
    assert (held.held_for, held.status, verbs(held)) == (None, "open", ["opened", "held", "kept_apart"])
    assert say(account, "Well?", sender=EVE, thread_refs=("e", "a")).conversation == held
    with pytest.raises(InvalidInput):
        holding.let_in(held.pk, by=Actor.agent(agent))
    assert texts(thread) == ["My order"]


def test_split_takes_a_matter_and_what_followed(account: ChannelAccount, agent: User) -> None:
    source = say(account, "First matter", sender=ADA, external_id="a", subject="Order").conversation
    reply(source.pk, by=agent, text="Done", key=uuid4())
    second = say(account, "Another matter", sender=ADA, external_id="b", thread_refs=("a",), subject="Refund")
    note(source.pk, by=agent, text="That is new", key=uuid4())
    new = split(source.pk, second.pk, by=Actor.agent(agent))
    source.refresh_from_db()
    assert (texts(source), texts(new)) == (["First matter", "Done"], ["Another matter", "That is new"])
    assert (new.subject, new.assignee, source.waiting_since) == ("Refund", agent, None)
    new.refresh_from_db()
    assert new.waiting_since == second.created_at
    first_response = Clock.objects.get(conversation=new, kind="first_response")
    assert (first_response.state, first_response.started_at) == (ClockState.RUNNING, second.created_at)
    assert not Clock.objects.filter(conversation=source, kind="next_response", state=ClockState.RUNNING).exists()
    assert say(account, "Well?", sender=ADA, thread_refs=("b",)).conversation == new
    assert say(account, "Thanks", sender=ADA, thread_refs=("a",)).conversation == source


def test_an_automatic_answer_goes_along_as_what_its_policy_says(account: ChannelAccount, agent: User) -> None:
    policy = Policy.objects.create(name="Bots may", automatic_counts=True)
    PolicyTarget.objects.create(policy=policy, kind="first_response", minutes=60)
    SystemText.objects.create(key="received", body_en="We have your message.")
    source = say(account, "One", sender=ADA, external_id="a").conversation
    second = say(account, "Two", sender=ADA, thread_refs=("a",))
    account.acknowledge = True
    account.save()
    with transaction.atomic():
        automatic = acknowledge(lock(source.pk))
    new = split(source.pk, second.pk, by=Actor.agent(agent))
    first_response = Clock.objects.get(conversation=new, kind="first_response")
    assert automatic is not None
    assert (first_response.state, first_response.met_at) == (ClockState.MET, automatic.created_at)
    assert first_response.credited_to is None


def test_split_keeps_the_numbers_whole(account: ChannelAccount, agent: User) -> None:
    source = say(account, "One", sender=ADA, external_id="a").conversation
    second = say(account, "Two", sender=ADA, thread_refs=("a",))
    new = split(source.pk, second.pk, by=Actor.agent(agent))
    for conversation in (source, new):
        conversation.refresh_from_db()
        numbers = list(conversation.messages.values_list("seq", flat=True))
        assert numbers == list(range(1, conversation.last_seq + 1))


def test_split_refuses(account: ChannelAccount, agent: User) -> None:
    first = say(account, "One", sender=ADA, external_id="a")
    answer = reply(first.conversation_id, by=agent, text="Done", key=uuid4())
    chat = say(make_account(), "One", sender="ada")
    later = say(chat.account, "Two", sender="ada")
    for conversation_id, message_id in [
        (first.conversation_id, first.pk),
        (first.conversation_id, answer.pk),
        (first.conversation_id, later.pk),
        (chat.conversation_id, later.pk),
    ]:
        with pytest.raises(InvalidInput):
            split(conversation_id, message_id, by=Actor.agent(agent))
    assert Conversation.objects.count() == 2


def test_moved_reply_keeps_its_delivery(account: ChannelAccount, agent: User, rung: Any) -> None:
    source = say(account, "One", sender=ADA, external_id="a").conversation
    second = say(account, "Two", sender=ADA, thread_refs=("a",))
    with rung():
        reply(source.pk, by=agent, text="Both done", key=uuid4())
    new = split(source.pk, second.pk, by=Actor.agent(agent))
    moved = new.messages.get(kind="reply")
    assert (moved.state, moved.dispatches.get().conversation) == ("accepted", new)
    assert Clock.objects.get(conversation=new, kind="first_response").state == ClockState.MET


def test_repeat_of_a_moved_mail_is_recognised(account: ChannelAccount, agent: User) -> None:
    say(account, "My order", sender=ADA, external_id="a")
    stranger = inbound("Let me in", sender=EVE, external_id="e", thread_refs=("a",))
    held = receive(account, stranger)
    assert held is not None
    holding.let_in(held.conversation_id, by=Actor.agent(agent))
    receive(account, stranger)
    assert Message.objects.filter(text="Let me in").count() == 1


def test_answer_goes_to_everybody_by_default(account: ChannelAccount, agent: User, rung: Any) -> None:
    metadata = {"to": ["help+c7.sesame@shop.example", BOB], "cc": ["Carla@customer.example"]}
    addressees = (BOB, "carla@customer.example")
    thread = say(account, "Hi", sender=ADA, addressees=addressees, metadata=metadata).conversation
    with rung():
        reply(thread.pk, by=agent, text="Hello", key=uuid4())
    (sent,) = LoopbackChannel.sent
    assert (sent.recipient, sent.also_to, sent.cc) == (ADA, (), (BOB, "Carla@customer.example"))
    assert sent.thread_name == str(thread.pk)


def test_answer_goes_where_its_author_says(account: ChannelAccount, agent: User, rung: Any) -> None:
    thread = say(account, "Hi", sender=ADA, subject="Order").conversation
    wanted = Recipients(to=(BOB, ADA), cc=(f" {EVE} ", ADA), bcc=("audit@shop.example",))
    with rung():
        reply(thread.pk, by=agent, text="Hello", key=uuid4(), recipients=wanted, subject="Your\nrefund", quote=True)
    (sent,) = LoopbackChannel.sent
    assert (sent.recipient, sent.also_to, sent.cc, sent.bcc) == (BOB, (ADA,), (EVE,), ("audit@shop.example",))
    assert (sent.subject, [quoted.text for quoted in sent.quoted]) == ("Your refund", ["Hi"])
    thread.refresh_from_db()
    assert (thread.subject, thread.participants) == ("Your refund", [ADA, BOB, EVE])


@pytest.mark.parametrize(
    "wanted",
    [
        Recipients(to=()),
        Recipients(to=("nobody",)),
        Recipients(to=(ADA,), cc=("x@y.example\nBcc: z@y.example",)),
        Recipients(to=tuple(f"p{number}@customer.example" for number in range(51))),
    ],
)
def test_bad_addresses_change_nothing(account: ChannelAccount, agent: User, wanted: Recipients) -> None:
    thread = say(account, "Hi", sender=ADA).conversation
    with pytest.raises(InvalidInput):
        reply(thread.pk, by=agent, text="Hello", key=uuid4(), recipients=wanted)
    thread.refresh_from_db()
    assert (texts(thread), thread.assignee) == (["Hi"], None)


def test_channel_without_copies_takes_none(agent: User) -> None:
    chat = say(make_account(), sender="ada").conversation
    with pytest.raises(InvalidInput):
        reply(chat.pk, by=agent, text="Hello", key=uuid4(), recipients=Recipients(to=(ADA,)))
