"""Undoing and planning: nothing leaves before its time, everything once, and nothing is lost on the way."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from csplatform.common import clock
from csplatform.common.errors import Conflict, InvalidInput, NotAllowed, NotFound
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import AfterSending, Conversation, Draft, Message, SendingHabit, Status
from csplatform.flows import assign, drafts, send_later, status, unsent
from csplatform.flows.drafts import Typed
from csplatform.flows.overtaken import Overtaken, Seen
from csplatform.flows.recipients import Recipients
from csplatform.flows.send_later import Answer
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import User
from csplatform.sla.models import Clock, ClockState
from tests.factories import make_account, make_team, make_user, say
from tests.loopback import CopyingChannel, LoopbackChannel

pytestmark = pytest.mark.django_db
ADA, BOB = "ada@customer.example", "bob@customer.example"


@pytest.fixture
def mei() -> User:
    return make_user(name="Mei")


@pytest.fixture
def mailbox() -> ChannelAccount:
    return make_account("copying", address="help@shop.example")


@pytest.fixture
def thread(mailbox: ChannelAccount) -> Conversation:
    return say(mailbox, "Hi", sender=ADA, name="Ada", subject="Order").conversation


@pytest.fixture
def chat() -> Conversation:
    return say(make_account(), "Hi", sender="ming").conversation


@pytest.fixture
def now() -> Iterator[datetime]:
    with clock.frozen(clock.now()) as moment:
        yield moment


def submit(conversation: Conversation, by: User, text: str = "Hello", **fields: Any) -> Message | Draft:
    files = fields.pop("files", ())
    answer = Answer(text, fields.pop("key", None) or uuid4(), **fields)
    return send_later.submit(conversation.pk, answer, by=by, files=files)


def plan(conversation: Conversation, by: User, hours: int = 1, **fields: Any) -> Draft:
    planned = submit(conversation, by, at=clock.now() + timedelta(hours=hours), **fields)
    assert isinstance(planned, Draft)
    return planned


def sweep(rung: Any, **later: float) -> None:
    """Let beat come round, so much later."""
    with clock.frozen(clock.now() + timedelta(**later)), rung():
        send_later.ring_due()


def replies() -> list[str]:
    return list(Message.objects.filter(kind="reply").order_by("pk").values_list("text", flat=True))


def lines(conversation: Conversation) -> list[tuple[str, str]]:
    events = conversation.messages.filter(kind="event").exclude(verb__in=["opened", "assigned"])
    return [(event.verb, event.data.get("reason", "")) for event in events]


def test_a_chat_does_not_wait(chat: Conversation, mei: User, rung: Any) -> None:
    with rung():
        assert isinstance(submit(chat, mei), Message)
    assert [message.text for message in LoopbackChannel.sent] == ["Hello"]
    assert not Draft.objects.exists()


def test_until_the_seconds_are_over_nothing_has_happened(
    thread: Conversation, mei: User, rung: Any, now: datetime
) -> None:
    with rung():
        planned = submit(thread, mei, then=AfterSending.RESOLVE)
    assert isinstance(planned, Draft)
    assert planned.send_at == now + timedelta(seconds=10)
    thread.refresh_from_db()
    assert (thread.status, thread.owner_kind, thread.waiting_since is None) == ("open", "queue", False)
    assert Clock.objects.get(conversation=thread, kind="first_response").state == ClockState.RUNNING
    assert (replies(), CopyingChannel.sent) == ([], [])
    sweep(rung, seconds=9)
    assert replies() == []
    sweep(rung, seconds=10)
    thread.refresh_from_db()
    assert (replies(), thread.status, thread.assignee) == (["Hello"], Status.RESOLVED, mei)
    assert [message.text for message in CopyingChannel.sent] == ["Hello"]
    assert Clock.objects.get(conversation=thread, kind="first_response").state == ClockState.MET
    assert not Draft.objects.exists()


def test_each_agent_has_habits_of_their_own(thread: Conversation, chat: Conversation, mei: User, now: datetime) -> None:
    SendingHabit.objects.create(user=mei, mail_seconds=0, chat_seconds=5)
    assert isinstance(submit(thread, mei), Message)
    planned = submit(chat, mei)
    assert isinstance(planned, Draft)
    assert planned.send_at == now + timedelta(seconds=5)


def test_undoing_brings_everything_back(thread: Conversation, mei: User, rung: Any) -> None:
    file = SimpleUploadedFile("bill.txt", b"the bill", content_type="text/plain")
    planned = submit(
        thread, mei, "Dear Ada", recipients=Recipients((ADA,), (BOB,)), subject="New", quote=True, files=[file]
    )
    assert isinstance(planned, Draft)
    drafts.save(thread, drafts.DraftMode.REPLY, Typed("P.S."), by=mei, key=uuid4(), version=0)
    unsent.take_back(planned.pk, by=mei)
    draft = Draft.objects.get()
    assert draft.text == "Dear Ada\n\nP.S."
    assert draft.letter == {"to": ADA, "cc": BOB, "bcc": "", "subject": "New", "quote": "1"}
    assert [kept.name for kept in draft.files.all()] == ["bill.txt"]
    sweep(rung, minutes=5)
    assert (replies(), lines(thread)) == ([], [])
    with pytest.raises(NotFound):
        unsent.take_back(planned.pk, by=mei)


def test_what_a_crash_left_is_sent_once_by_the_sweep(thread: Conversation, mei: User, rung: Any) -> None:
    """The web process died after the commit: nobody was rung for, the row alone is left."""
    planned = submit(thread, mei, recipients=Recipients((ADA,), (BOB,)))
    sweep(rung, seconds=11)
    sweep(rung, seconds=12)
    with clock.frozen(clock.now() + timedelta(seconds=13)), rung():
        send_later.send(planned.pk)
    assert replies() == ["Hello"]
    (sent,) = CopyingChannel.sent
    assert (sent.recipient, sent.cc) == (ADA, (BOB,))


def test_a_worker_that_died_midway_left_the_row(
    thread: Conversation, mei: User, rung: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = submit(thread, mei, then=AfterSending.PENDING)

    def die(*_args: object, **_fields: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(send_later, "_afterwards", die)
        with clock.frozen(clock.now() + timedelta(minutes=1)), pytest.raises(SystemExit):
            send_later.send(planned.pk)
    assert (replies(), Draft.objects.get().is_planned) == ([], True)
    sweep(rung, minutes=1)
    thread.refresh_from_db()
    assert (replies(), thread.status) == (["Hello"], Status.PENDING)


def test_the_same_submission_again_changes_nothing(thread: Conversation, mei: User, rung: Any) -> None:
    key = uuid4()
    first, second = submit(thread, mei, key=key), submit(thread, mei, key=key)
    assert (first, Draft.objects.count()) == (second, 1)
    with pytest.raises(Conflict, match="another text"):
        submit(thread, mei, "Something else", key=key)
    sweep(rung, minutes=1)
    assert isinstance(submit(thread, mei, key=key), Message)
    with pytest.raises(Conflict, match="another text"):
        submit(thread, mei, "Something else", key=key)
    assert replies() == ["Hello"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"text": " "}, "empty answer"),
        ({"at": -1}, "still to come"),
        ({"at": 367 * 24}, "within a year"),
        ({"recipients": Recipients(("nonsense",))}, "no mail address|not a mail address"),
        ({"at": 2, "then": AfterSending.SNOOZE, "then_until": 1}, "has passed"),
        ({"then": AfterSending.SNOOZE}, "has passed"),
        ({"files": [SimpleUploadedFile("empty.txt", b"")]}, "is empty"),
    ],
)
def test_what_could_not_be_sent_is_refused_at_once(
    thread: Conversation, mei: User, fields: dict[str, Any], words: str
) -> None:
    hours = {name: clock.now() + timedelta(hours=fields[name]) for name in ("at", "then_until") if name in fields}
    before = Conversation.objects.values().get()
    with pytest.raises(InvalidInput, match=words):
        submit(thread, mei, **(fields | hours))
    assert not Draft.objects.exists()
    assert Conversation.objects.values().get() == before


def test_planning_stands_in_the_history_and_everybody_sees_it(thread: Conversation, mei: User, rung: Any) -> None:
    before = thread.revision
    planned = plan(thread, mei, hours=20)
    thread.refresh_from_db()
    assert thread.revision > before
    assert [draft.pk for draft in unsent.planned_in(thread)] == [planned.pk]
    assert lines(thread) == [("planned", "")]
    unsent.take_back(planned.pk, by=make_user())
    assert lines(thread) == [("planned", ""), ("unplanned", "")]
    assert (unsent.planned_in(thread), Draft.objects.get().author) == ([], mei)
    sweep(rung, hours=21)
    assert replies() == []


def test_sending_now_and_throwing_away_are_the_authors(thread: Conversation, mei: User, rung: Any) -> None:
    first, second = plan(thread, mei, text="first"), plan(thread, mei, text="second")
    stranger = make_user()
    with pytest.raises(NotAllowed):
        send_later.send_now(first.pk, by=stranger)
    with pytest.raises(NotAllowed):
        unsent.discard(second.pk, by=stranger)
    with rung():
        send_later.send_now(first.pk, by=mei)
    unsent.discard(second.pk, by=mei)
    assert (replies(), Draft.objects.count()) == (["first"], 0)
    with pytest.raises(NotFound):
        send_later.send_now(first.pk, by=mei)


def test_a_customer_who_writes_holds_it_back_where_that_was_wanted(
    thread: Conversation, mailbox: ChannelAccount, mei: User, rung: Any
) -> None:
    held = plan(thread, mei, text="Any news?", unless_customer_writes=True)
    stays = plan(thread, mei, text="Thank you")
    say(mailbox, "I am away", sender=ADA, thread_names=(str(thread.pk),), automatic=True)
    sweep(rung, seconds=1)
    assert len(unsent.planned_in(thread)) == 2
    say(mailbox, "Here is news", sender=ADA, thread_names=(str(thread.pk),))
    sweep(rung, seconds=1)
    assert [draft.pk for draft in unsent.planned_in(thread)] == [stays.pk]
    assert send_later.customer_wrote_since(stays)
    held.refresh_from_db()
    assert (held.is_planned, held.text, held.held_reason) == (False, "Any news?", unsent.CUSTOMER_WROTE)
    assert ("held_back", unsent.CUSTOMER_WROTE) in lines(thread)
    sweep(rung, hours=2)
    assert replies() == ["Thank you"]


def test_it_is_held_back_even_where_no_sweep_came_between(
    thread: Conversation, mailbox: ChannelAccount, mei: User
) -> None:
    planned = plan(thread, mei, unless_customer_writes=True)
    say(mailbox, "Here is news", sender=ADA, thread_names=(str(thread.pk),))
    with clock.frozen(clock.now() + timedelta(hours=2)):
        send_later.send(planned.pk)
    assert (replies(), Draft.objects.get().is_planned) == ([], False)


@pytest.mark.parametrize("fate", ["left", "moved"])
def test_an_author_who_may_no_longer_answer_sends_nothing(
    thread: Conversation, mei: User, rung: Any, fate: str
) -> None:
    planned = plan(thread, mei)
    colleague = make_user(name="Ben")
    if fate == "left":
        User.objects.filter(pk=mei.pk).update(is_active=False)
    else:
        assign.hand_over(thread.pk, to=make_team(), by=Actor.agent(colleague))
    sweep(rung, hours=2)
    reason = unsent.AUTHOR_LEFT if fate == "left" else unsent.NO_ACCESS
    assert (replies(), lines(thread)[-1]) == ([], ("held_back", reason))
    assert [draft.text for draft in unsent.planned_in(thread)] == ["Hello"]
    unsent.take_over(planned.pk, by=colleague)
    assert drafts.written_by(colleague, thread)["reply"].text == "Hello"
    assert unsent.planned_in(thread) == []


def test_what_cannot_be_sent_any_more_says_why(thread: Conversation, mei: User, rung: Any) -> None:
    plan(thread, mei)
    thread.handle.paused_at, thread.handle.paused_reason = clock.now(), "No such mailbox"
    thread.handle.save()
    sweep(rung, hours=2)
    ((verb, reason),) = lines(thread)[1:]
    assert (verb, "No such mailbox" in reason, replies()) == ("held_back", True, [])
    with pytest.raises(NotFound):
        unsent.take_over(Draft.objects.get().pk, by=make_user())


def test_a_snooze_after_a_late_sending(thread: Conversation, mei: User, rung: Any) -> None:
    until = clock.now() + timedelta(hours=5)
    plan(thread, mei, then=AfterSending.SNOOZE, then_until=until)
    sweep(rung, hours=2)
    thread.refresh_from_db()
    assert (thread.status, thread.snoozed_until) == (Status.SNOOZED, until)


def test_a_colleague_who_was_faster_is_told_of(chat: Conversation, mei: User) -> None:
    ben = make_user(name="Ben")
    seen = Seen(chat.last_seq)
    submit(chat, ben, "I am on it", seen=seen)
    with pytest.raises(Overtaken) as told:
        submit(chat, mei, "Me too", seen=seen)
    assert [message.kind for message in told.value.messages] == ["event", "reply"]
    assert replies() == ["I am on it"]
    submit(chat, mei, "Me too", seen=told.value.now)
    assert replies() == ["I am on it", "Me too"]


def test_own_acts_receipts_and_customers_overtake_nobody(chat: Conversation, mei: User, rung: Any) -> None:
    with rung():
        submit(chat, make_user(), "earlier")
    chat.refresh_from_db()
    seen = Seen(chat.last_seq)
    Message.objects.filter(kind="reply").update(revision=chat.revision + 5)  # a receipt came
    status.set_pending(chat.pk, by=Actor.agent(mei))
    say(chat.account, "one more thing", sender="ming")  # which opens it again
    assert isinstance(submit(chat, mei, seen=seen), Message)


@pytest.mark.parametrize("act", ["resolve", "assign", "plan"])
def test_what_overtakes_an_author(thread: Conversation, mei: User, act: str) -> None:
    ben, seen = make_user(name="Ben"), Seen(thread.last_seq)
    if act == "resolve":
        status.resolve(thread.pk, by=Actor.agent(ben))
    elif act == "assign":
        assign.assign(thread.pk, to=ben, by=Actor.agent(ben))
    else:
        submit(thread, ben)
    with pytest.raises(Overtaken) as told:
        submit(thread, mei, "late", seen=seen)
    assert (len(told.value.messages) + len(told.value.planned)) == 1
    assert isinstance(submit(thread, mei, "late", seen=told.value.now), Draft)


@pytest.mark.django_db(transaction=True)
def test_two_agents_at_the_same_moment(chat: Conversation) -> None:
    """One is sent, the other is told; nobody's text is lost."""
    seen = Seen(chat.last_seq)
    agents = [make_user(name="Ben"), make_user(name="Mei")]

    def answer(agent: User) -> str:
        try:
            submit(chat, agent, f"from {agent.name}", seen=seen)
        except Overtaken:
            return "told"
        else:
            return "sent"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(answer, agents))
    assert sorted(outcomes) == ["sent", "told"]
    assert replies() == [f"from {agents[outcomes.index('sent')].name}"]


@pytest.mark.django_db(transaction=True)
def test_undoing_and_sending_at_the_same_moment(thread: Conversation, mei: User) -> None:
    """Either it was sent or it is a draft, never both and never neither."""
    planned = submit(thread, mei)
    Draft.objects.update(send_at=clock.now())

    def undo() -> None:
        with closing(connection), suppress(NotFound):  # it was sent before
            unsent.take_back(planned.pk, by=mei)

    def send() -> None:
        send_later.send(planned.pk)
        connection.close()

    with ThreadPoolExecutor(3) as pool:
        for work in [pool.submit(send), pool.submit(undo), pool.submit(send)]:
            work.result()
    assert len(replies()) + Draft.objects.filter(send_at__isnull=True).count() == 1
    assert Draft.objects.filter(send_at__isnull=False).count() == 0


@pytest.mark.parametrize(
    ("text", "seen"),
    [("12", Seen(12)), ("12.34", Seen(12, 34)), ("", None), ("a", None), ("1.2.3", None), ("1.", None)],
)
def test_what_was_seen_is_read_back(text: str, seen: Seen | None) -> None:
    assert Seen.read(text) == seen
    assert seen is None or Seen.read(str(seen)) == seen
