"""What an account said, reported back by its platform: our own replies are recognised, others are written down."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from csplatform.common import clock
from csplatform.conversations.models import Conversation, DispatchState, EventVerb, Message, MessageState, Status
from csplatform.flows.echo import ELSEWHERE
from csplatform.flows.errors import TooEarly
from csplatform.flows.receive import receive
from csplatform.flows.reply import reply
from csplatform.gateway.contract import Echo, HandleKind, Reachability, ReceiptState, ReceiptUpTo, Sender
from csplatform.gateway.errors import SendUncertain
from csplatform.gateway.models import ChannelAccount
from tests.factories import make_account, make_user, say
from tests.loopback import LoopbackChannel

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> ChannelAccount:
    return make_account()


def echo(external_id: str = "e-1", text: str = "From the phone", key: str = "", sender: str = "ada") -> Echo:
    person = Sender(sender, HandleKind.SOCIAL, name="Ada")
    return Echo(external_id, person, text, sent_at=clock.now(), key=key)


def answer(account: ChannelAccount, rung: Any, text: str = "Hello Ada") -> Message:
    asked = Conversation.objects.filter(account=account).first() or say(account).conversation
    with rung():
        sent = reply(asked.pk, by=make_user(), text=text, key=uuid4())
    sent.refresh_from_db()
    return sent


def test_an_answer_given_elsewhere_is_shown_and_ends_the_waiting(account: ChannelAccount) -> None:
    asked = say(account)
    message = receive(account, echo())
    again = receive(account, echo())
    conversation = Conversation.objects.get()
    assert message == again
    assert message is not None
    assert (message.conversation, message.author, message.state) == (conversation, None, MessageState.ACCEPTED)
    assert message.metadata[ELSEWHERE]
    assert conversation.waiting_since is None
    assert conversation.next_deadline_at is None
    first = conversation.clocks.get(kind="first_response")
    assert (first.state, first.credited_to) == ("met", None)
    assert list(conversation.messages.filter(text__gt="").order_by("seq")) == [asked, message]


def test_our_own_reply_comes_back_once(account: ChannelAccount, rung: Any) -> None:
    sent = answer(account, rung)
    external_id = sent.dispatches.get().external_id
    assert receive(account, echo(external_id, "Hello Ada")) == sent
    assert Message.objects.filter(kind="reply").count() == 1


def test_an_echo_with_our_key_settles_a_doubtful_send(account: ChannelAccount, rung: Any) -> None:
    say(account)
    LoopbackChannel.outcomes.append(SendUncertain("the line broke"))
    sent = answer(account, rung)
    assert sent.state == MessageState.UNCERTAIN
    receive(account, echo("e-9", "Hello Ada", key=str(sent.dispatches.get().key)))
    sent.refresh_from_db()
    assert (sent.state, sent.dispatches.get().external_id) == (MessageState.DELIVERED, "e-9")


def test_an_echo_that_beats_the_answer_to_the_send_waits(account: ChannelAccount, rung: Any) -> None:
    sent = answer(account, rung)
    lease = clock.now() + timedelta(minutes=1)
    sent.dispatches.update(state=DispatchState.SENDING, lease_until=lease, external_id="")
    with pytest.raises(TooEarly):
        receive(account, echo("e-2"))
    say(account, sender="bob")
    assert receive(account, echo("e-3", sender="bob")) is not None


def test_whoever_is_spoken_to_first_has_a_conversation_that_waits_for_them(account: ChannelAccount) -> None:
    message = receive(account, echo(key="no key of ours"))
    assert message is not None
    assert (message.conversation.status, message.conversation.contact.name) == (Status.PENDING, "Ada")


def test_a_watermark_moves_what_was_sent_before_it(account: ChannelAccount, rung: Any) -> None:
    first = answer(account, rung)
    until = clock.now()
    second = answer(account, rung, "And another thing")
    receive(account, ReceiptUpTo("ada", ReceiptState.READ, until))
    receive(account, ReceiptUpTo("ada", ReceiptState.DELIVERED, until))
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (MessageState.READ, MessageState.ACCEPTED)


def test_a_watermark_waits_for_what_is_on_its_way(account: ChannelAccount, rung: Any) -> None:
    sent = answer(account, rung)
    sent.dispatches.update(state=DispatchState.SENDING, lease_until=clock.now())
    with pytest.raises(TooEarly):
        receive(account, ReceiptUpTo("ada", ReceiptState.READ, clock.now()))


def test_nothing_is_sent_to_whoever_blocked_us_until_they_are_back(account: ChannelAccount) -> None:
    handle = say(account).handle
    assert handle is not None
    for _twice in range(2):
        receive(account, Reachability("ada", False, clock.now(), "blocked the bot"))
    handle.refresh_from_db()
    assert handle.paused_reason == "blocked the bot"
    for _twice in range(2):
        receive(account, Reachability("ada", True, clock.now()))
    handle.refresh_from_db()
    assert handle.paused_at is None
    verbs = Message.objects.filter(verb__in=[EventVerb.PAUSED, EventVerb.RESUMED]).order_by("seq")
    assert list(verbs.values_list("verb", flat=True)) == [EventVerb.PAUSED, EventVerb.RESUMED]


def test_a_stranger_who_leaves_leaves_no_trace(account: ChannelAccount) -> None:
    receive(account, Reachability("nobody", False, clock.now(), "left"))
    assert not account.handles.exists()


def test_word_that_is_older_than_the_last_one_changes_nothing(account: ChannelAccount) -> None:
    """A replay says all again: blocked, back, blocked; somebody wrote since."""
    start = clock.now()
    conversation = say(account).conversation
    story = [
        Reachability("ada", False, start, "blocked the bot"),
        Reachability("ada", True, start + timedelta(minutes=1)),
        Reachability("ada", False, start + timedelta(minutes=2), "blocked the bot"),
    ]
    for event in story:
        receive(account, event)
    say(account, "Back again")
    lines = list(conversation.messages.order_by("seq").values_list("verb", flat=True))
    assert lines[-4:] == ["paused", "resumed", "paused", ""]
    for event in story:
        receive(account, event)
    assert list(conversation.messages.order_by("seq").values_list("verb", flat=True)) == lines
    conversation.handle.refresh_from_db()
    assert conversation.handle.paused_at is None
