"""Sending: in order, once, and the truth on the screen."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from pytest_django import Settings

from csplatform.common import clock
from csplatform.common.errors import Conflict, InvalidInput
from csplatform.conversations.models import Conversation, Dispatch, DispatchState, Message
from csplatform.flows import deliver
from csplatform.flows.errors import TooEarly
from csplatform.flows.receive import receive
from csplatform.flows.reply import note, reply
from csplatform.gateway.contract import Receipt, ReceiptState
from csplatform.gateway.errors import SendFailed, SendPaced, SendUnavailable, SendUncertain
from csplatform.people.models import User
from tests.factories import MONDAY, make_account, make_conversation, make_user, say
from tests.loopback import CopyingChannel, DedupingChannel, LoopbackChannel

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> User:
    return make_user(name="Mei")


@pytest.fixture
def conversation() -> Conversation:
    return make_conversation(external_id="question")


@pytest.fixture
def slow_clock() -> Iterator[None]:
    with clock.frozen(clock.now()):
        yield


def answer(conversation: Conversation, by: User, text: str = "Hi", **fields: object) -> Message:
    return reply(conversation.pk, by=by, text=text, key=uuid4(), **fields)  # type: ignore[arg-type]


def test_reply_is_sent_after_commit_and_accepted(conversation: Conversation, agent: User, rung) -> None:
    with rung():
        message = answer(conversation, agent, "On its way")
        assert LoopbackChannel.sent == []
    message.refresh_from_db()
    sent = LoopbackChannel.sent[0]
    assert (sent.text, sent.recipient) == ("On its way", conversation.handle.external_id)
    assert sent.thread_refs == ("question",)
    assert message.state == "accepted"
    assert message.dispatches.get().external_id == f"out-{sent.key}"


@pytest.mark.parametrize(("channel", "quoted"), [("threaded", "question"), ("loopback", "")])
def test_only_threads_name_the_message_they_answer(agent: User, rung, channel: str, quoted: str) -> None:
    conversation = make_conversation(make_account(channel), external_id="question")
    with rung():
        answer(conversation, agent)
    assert [sent.reply_to for sent in LoopbackChannel.sent] == [quoted]


def test_who_answers_becomes_the_owner(conversation: Conversation, agent: User) -> None:
    answer(conversation, agent)
    answer(conversation, make_user())
    conversation.refresh_from_db()
    assert (conversation.owner_kind, conversation.assignee) == ("agent", agent)
    assert conversation.waiting_since is None


def test_same_key_is_the_same_message(conversation: Conversation, agent: User, rung) -> None:
    key = uuid4()
    with rung():
        first = reply(conversation.pk, by=agent, text="Hi", key=key)
        again = reply(conversation.pk, by=agent, text="Hi", key=key)
    assert first == again
    assert len(LoopbackChannel.sent) == 1


def test_key_of_another_conversation_is_refused(conversation: Conversation, agent: User) -> None:
    key = uuid4()
    reply(conversation.pk, by=agent, text="Hi", key=key)
    other = make_conversation()
    with pytest.raises(Conflict):
        reply(other.pk, by=agent, text="Hi", key=key)
    assert other.messages.count() == 2


@pytest.mark.parametrize("text", ["", "  \n "])
def test_empty_reply_is_refused(conversation: Conversation, agent: User, text: str) -> None:
    with pytest.raises(InvalidInput):
        answer(conversation, agent, text)
    with pytest.raises(InvalidInput):
        note(conversation.pk, by=agent, text=text, key=uuid4())
    assert conversation.messages.count() == 2


def test_note_is_never_sent(conversation: Conversation, agent: User, rung) -> None:
    with rung():
        note(conversation.pk, by=agent, text="Looks like fraud", key=uuid4())
    assert LoopbackChannel.sent == []
    assert not Dispatch.objects.exists()


def test_long_text_and_files_go_out_in_parts_in_order(conversation: Conversation, agent: User, rung) -> None:
    text = "word " * 300
    upload = SimpleUploadedFile("a.txt", b"content", "text/plain")
    with rung():
        answer(conversation, agent, text, files=[upload])
    parts = LoopbackChannel.sent
    assert [len(part.text) for part in parts] == [999, 499, 0]
    assert (parts[2].attachments[0].name, parts[2].attachments[0].open()) == ("a.txt", b"content")


def test_refusal_fails_the_message_with_its_reason(conversation: Conversation, agent: User, rung) -> None:
    LoopbackChannel.outcomes.append(SendFailed("The customer blocked you"))
    with rung():
        message = answer(conversation, agent, "word " * 300)
    message.refresh_from_db()
    assert (message.state, message.state_reason) == ("failed", "The customer blocked you")
    assert LoopbackChannel.sent == []


def test_busy_platform_is_asked_again_in_order(conversation: Conversation, agent: User, rung) -> None:
    LoopbackChannel.outcomes.append(SendUnavailable("slow down", retry_after=30))
    with rung():
        first = answer(conversation, agent, "One")
        answer(conversation, agent, "Two")
    assert LoopbackChannel.sent == []
    first.refresh_from_db()
    assert (first.state, first.state_reason) == ("queued", "slow down")
    with rung():
        assert deliver.ring_waiting() == 1  # the second is due, yet waits its turn
    assert LoopbackChannel.sent == []
    with clock.frozen(clock.now() + timedelta(seconds=31)), rung():
        deliver.ring_waiting()
    assert [message.text for message in LoopbackChannel.sent] == ["One", "Two"]


def test_waiting_for_our_own_pace_is_no_attempt(conversation: Conversation, agent: User, rung) -> None:
    LoopbackChannel.outcomes.extend([SendPaced("60 a minute", retry_after=1)] * 2 * deliver.MOST_ATTEMPTS)
    with rung():
        message = answer(conversation, agent)
    at = clock.now()
    for turn in range(1, 2 * deliver.MOST_ATTEMPTS + 1):
        with clock.frozen(at + timedelta(seconds=2 * turn)), rung():
            deliver.ring_waiting()
    message.refresh_from_db()
    assert (message.state, message.dispatches.get().attempts) == ("accepted", 1)


def test_platform_that_stays_away_fails_the_message(conversation: Conversation, agent: User, rung) -> None:
    LoopbackChannel.outcomes.extend([SendUnavailable("away")] * deliver.MOST_ATTEMPTS)
    with rung():
        message = answer(conversation, agent)
    for hour in range(1, deliver.MOST_ATTEMPTS):
        with clock.frozen(clock.now() + timedelta(hours=hour)), rung():
            deliver.ring_waiting()
    message.refresh_from_db()
    assert (message.state, message.dispatches.get().attempts) == ("failed", deliver.MOST_ATTEMPTS)


def test_doubtful_send_is_shown_not_repeated(conversation: Conversation, agent: User, rung) -> None:
    LoopbackChannel.outcomes.append(SendUncertain("connection broke"))
    with rung():
        message = answer(conversation, agent)
    message.refresh_from_db()
    assert (message.state, LoopbackChannel.sent) == ("uncertain", [])
    with rung():
        deliver.retry(message.pk, by=agent)
    message.refresh_from_db()
    assert message.state == "accepted"
    with pytest.raises(Conflict):
        deliver.retry(message.pk, by=agent)


def test_doubtful_send_is_repeated_where_the_platform_recognises_it(agent: User, rung) -> None:
    conversation = make_conversation(make_account("deduping"))
    DedupingChannel.outcomes.append(SendUncertain("connection broke"))
    with rung():
        answer(conversation, agent)
    with clock.frozen(clock.now() + timedelta(minutes=1)), rung():
        deliver.ring_waiting()
    assert len(DedupingChannel.sent) == 1


def test_doubtful_send_keeps_the_name_it_was_given_before(agent: User, rung) -> None:
    conversation = make_conversation(make_account("copying"), sender="ada@customer.example")
    CopyingChannel.outcomes.append(SendUncertain("connection broke"))
    with rung():
        message = answer(conversation, agent)
    dispatch = message.dispatches.get()
    assert (dispatch.state, dispatch.external_id) == ("uncertain", f"out-{dispatch.key}")
    say(conversation.account, "I got it", sender="ada@customer.example", thread_refs=(dispatch.external_id,))
    assert conversation.messages.filter(text="I got it").exists()
    message.refresh_from_db()
    assert message.state == "delivered"


def test_worker_that_died_midway_leaves_an_uncertain_message(
    conversation: Conversation, agent: User, rung, settings: Settings
) -> None:
    settings.DISPATCH_LEASE_SECONDS = 60
    message = answer(conversation, agent)
    deliver._claim(conversation.pk)
    with clock.frozen(clock.now() + timedelta(seconds=59)), rung():
        assert deliver.ring_waiting() == 0
    with clock.frozen(clock.now() + timedelta(seconds=61)), rung():
        assert deliver.ring_waiting() == 1
    message.refresh_from_db()
    assert (message.state, LoopbackChannel.sent) == ("uncertain", [])


@pytest.mark.django_db(transaction=True)
def test_outcome_is_written_down_although_the_database_hung_up(agent: User) -> None:
    dispatch = answer(make_conversation(), agent).dispatches.get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ours = cursor.fetchone()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", ours)
    other.close()
    deliver._finish(dispatch, DispatchState.DELIVERED, "")
    dispatch.refresh_from_db()
    assert (dispatch.state, dispatch.message.state) == ("delivered", "delivered")


@pytest.mark.parametrize(
    ("receipts", "state"),
    [
        (["delivered", "read"], "read"),
        (["read", "delivered", "accepted"], "read"),
        (["delivered", "delivered"], "delivered"),
        (["failed"], "failed"),
        (["delivered", "failed"], "delivered"),
    ],
)
def test_receipts_only_move_forward(
    conversation: Conversation, agent: User, rung, receipts: list[str], state: str
) -> None:
    with rung():
        message = answer(conversation, agent)
    sent_as = message.dispatches.get().external_id
    for receipt in receipts:
        receive(conversation.account, Receipt(sent_as, ReceiptState(receipt), MONDAY, reason=f"was {receipt}"))
    message.refresh_from_db()
    assert message.state == state


def test_receipt_that_overtakes_the_answer_waits(conversation: Conversation, agent: User) -> None:
    answer(conversation, agent)
    deliver._claim(conversation.pk)
    with pytest.raises(TooEarly):
        receive(conversation.account, Receipt("not-known-yet", ReceiptState.DELIVERED, MONDAY))
    Dispatch.objects.update(state=DispatchState.ACCEPTED, lease_until=None)
    assert receive(conversation.account, Receipt("not-ours", ReceiptState.READ, MONDAY)) is None


def test_message_is_as_far_as_its_slowest_part(conversation: Conversation, agent: User, rung) -> None:
    with rung():
        message = answer(conversation, agent, "word " * 300)
    first, second = message.dispatches.order_by("ordinal")
    receive(conversation.account, Receipt(first.external_id, ReceiptState.READ, MONDAY))
    message.refresh_from_db()
    assert message.state == "accepted"
    receive(conversation.account, Receipt(second.external_id, ReceiptState.READ, MONDAY))
    message.refresh_from_db()
    assert message.state == "read"
