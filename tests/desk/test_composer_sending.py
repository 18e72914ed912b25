"""Sending from the desk: undone, planned, warned of what colleagues did, with what becomes of the conversation."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from csplatform.common import clock, translation
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, Draft, Message, SendingHabit, Status
from csplatform.flows import send_later, status
from csplatform.flows.send_later import Answer
from csplatform.gateway.models import ChannelAccount
from csplatform.knowledge.models import CannedReply
from csplatform.people.models import Team, User
from tests.desk.conftest import HTMX, LogIn, partial_for, text_of
from tests.factories import make_account, make_user, say
from tests.loopback import CopyingChannel

pytestmark = pytest.mark.django_db

ADA, BOB = "ada@customer.example", "bob@customer.example"


@pytest.fixture
def thread(team: Team) -> Conversation:
    mailbox = make_account("copying", address="help@shop.example", team=team)
    return say(mailbox, "Hi", sender=ADA, name="Ada Byron", subject="Order").conversation


@pytest.fixture
def chat(account: ChannelAccount) -> Conversation:
    return say(account, "Hi", sender="ming", name="王小明").conversation


@pytest.fixture
def ben(team: Team) -> User:
    return make_user(name="Ben", teams=[team])


def send(desk: Client, conversation: Conversation, text: str = "Hello", *, htmx: bool = True, **data: Any) -> Any:
    fields = {"text": text, "key": str(uuid4()), "mode": "reply", "revision": "0"} | data
    return desk.post(f"/inbox/c/{conversation.pk}/send/", fields, headers=HTMX if htmx else {})


def act(desk: Client, draft: Draft, action: str) -> Any:
    address = f"/inbox/c/{draft.conversation_id}/planned/{draft.pk}/{action}/"
    return desk.post(address, {"revision": "0"}, headers=HTMX)


def replies() -> list[str]:
    return list(Message.objects.filter(kind="reply").order_by("pk").values_list("text", flat=True))


def test_a_sent_mail_can_be_undone(desk: Client, thread: Conversation) -> None:
    key = str(uuid4())
    response = send(desk, thread, "Dear Ada", key=key, to=ADA, cc=BOB, then="resolve")
    bar = partial_for(response, "#planned")
    assert response["X-Sent"] == key
    assert (">Undo" in bar, 'data-seconds="10"' in bar, "Resolve" in bar) == (True, True, True)
    assert (replies(), Conversation.objects.get().status) == ([], "open")
    undone = act(desk, Draft.objects.get(), "undo")
    assert undone["X-Draft"] == "reply"
    assert partial_for(undone, "#planned").strip() == ""
    draft = desk.get(f"/inbox/c/{thread.pk}/draft/").json()["reply"]
    assert (draft["text"], draft["letter"]) == ("Dear Ada", {"to": ADA, "cc": BOB, "bcc": ""})
    page = text_of(desk.get(f"/inbox/c/{thread.pk}/"))
    assert f'name="cc" value="{BOB}"' in page


def test_undoing_too_late_shows_what_was_sent(desk: Client, thread: Conversation, rung: Any) -> None:
    send(desk, thread)
    draft = Draft.objects.get()
    with clock.frozen(clock.now() + timedelta(minutes=1)), rung():
        send_later.send(draft.pk)
    late = act(desk, draft, "undo")
    assert (late.status_code, "X-Draft" in late, replies()) == (200, False, ["Hello"])
    assert f'id="m-{Message.objects.get(kind="reply").pk}"' in text_of(late)
    assert act(desk, draft, "nonsense").status_code == 404


def test_colleagues_see_what_waits_and_can_stop_it(
    desk: Client, thread: Conversation, ben: User, log_in: LogIn
) -> None:
    send(desk, thread, "Dear Ada", at=(clock.now() + timedelta(days=2)).isoformat())
    planned = Draft.objects.get()
    colleague = log_in(ben)
    page = text_of(colleague.get(f"/inbox/c/{thread.pk}/"))
    assert ("Ana Torres sends this" in page, "Dear Ada" in page, "Do not send" in page) == (True, True, True)
    assert "Ana Torres scheduled an answer for" in page
    assert {act(colleague, planned, "now").status_code, act(colleague, planned, "discard").status_code} == {403}
    assert act(colleague, planned, "take-over").status_code == 200
    assert Draft.objects.get().is_planned
    stopped = act(colleague, planned, "undo")
    assert ("X-Draft" in stopped, Draft.objects.get().author.name) == (False, "Ana Torres")
    assert "Ben took back the answer that Ana Torres had scheduled" in text_of(stopped)


def test_another_conversations_plan_is_out_of_reach(desk: Client, thread: Conversation, chat: Conversation) -> None:
    send(desk, thread)
    draft = Draft.objects.get()
    response = desk.post(f"/inbox/c/{chat.pk}/planned/{draft.pk}/undo/", {"revision": "0"}, headers=HTMX)
    assert (response.status_code, Draft.objects.get().is_planned) == (200, True)


def test_choosing_a_moment(desk: Client, chat: Conversation, ana: User) -> None:
    ana.timezone = "Europe/Madrid"
    ana.save()
    chat.contact.timezone = "Asia/Shanghai"
    chat.contact.save()
    menu = text_of(desk.get(f"/inbox/c/{chat.pk}/menu/send/", headers=HTMX))
    (first,) = re.findall(r'name="at" value="([^"]+)">In one hour', menu)
    assert (first.endswith(("+01:00", "+02:00")), "for the customer" in menu) == (True, True)
    send(desk, chat, at=first, unless="1", later_then="pending", then="resolve")
    draft = Draft.objects.get()
    assert (draft.then, draft.unless_customer_writes, draft.is_later) == ("pending", True, True)
    assert abs(draft.send_at - clock.now() - timedelta(hours=1)) < timedelta(minutes=2)
    own = (clock.now() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    send(desk, chat, "own", at="own", at_own=own)
    assert Draft.objects.order_by("pk").last().send_at.astimezone().utcoffset() is not None
    page = text_of(desk.get(f"/inbox/c/{chat.pk}/"))
    assert ("for the customer" in page, "unless the customer writes" in page) == (True, True)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"at": "own", "at_own": ""}, "give a date and a time"),
        ({"at": "2001-01-01T09:00"}, "still to come"),
        ({"then": "explode"}, "out of date"),
        ({"then": "snooze:"}, "give a date and a time"),
        ({"then": "snooze:2001-01-01T09:00"}, "has passed"),
    ],
)
def test_a_moment_that_is_none(desk: Client, chat: Conversation, data: dict[str, str], reason: str) -> None:
    response = send(desk, chat, **data)
    assert (response.status_code, reason in text_of(response)) == (422, True)
    assert (replies(), Draft.objects.exists()) == ([], False)


@pytest.mark.parametrize("then", ["resolve", "pending", "snooze"])
def test_what_becomes_of_the_conversation(desk: Client, chat: Conversation, then: str) -> None:
    until = clock.now() + timedelta(hours=4)
    send(desk, chat, then=f"snooze:{until.isoformat()}" if then == "snooze" else then)
    chat.refresh_from_db()
    assert chat.status == {"resolve": Status.RESOLVED, "pending": Status.PENDING, "snooze": Status.SNOOZED}[then]
    assert chat.snoozed_until == (until if then == "snooze" else None)


def test_a_colleague_was_faster(desk: Client, chat: Conversation, ben: User) -> None:
    seen = str(chat.last_seq)
    send_later.submit(chat.pk, Answer("I am <on> it", uuid4()), by=ben)
    warned = send(desk, chat, "Me too", seen=seen, then="resolve")
    said = partial_for(warned, "#overtaken")
    assert (warned.status_code, warned["HX-Reswap"], "X-Sent" in warned) == (422, "none", False)
    assert "Ben answered: I am &lt;on&gt; it" in said
    assert replies() == ["I am <on> it"]
    fields = dict(re.findall(r'name="(anyway\w*)" value="([^"]*)"', said))
    assert "X-Sent" in send(desk, chat, "Me too", seen=seen, **fields)
    chat.refresh_from_db()
    assert (replies(), chat.status) == (["I am <on> it", "Me too"], Status.RESOLVED)


def test_it_is_said_again_where_more_happened(desk: Client, chat: Conversation, ben: User) -> None:
    status.set_pending(chat.pk, by=Actor.agent(ben))
    warned = send(desk, chat, seen=str(chat.last_seq))
    fields = dict(re.findall(r'name="(anyway\w*)" value="([^"]*)"', partial_for(warned, "#overtaken")))
    status.resolve(chat.pk, by=Actor.agent(ben))
    again = send(desk, chat, seen=str(chat.last_seq), **fields)
    said = partial_for(again, "#overtaken")
    assert ("resolved the conversation" in said, "set the conversation to pending" in said) == (True, False)


def test_without_a_script_the_warning_is_a_page(desk: Client, chat: Conversation, ben: User) -> None:
    seen = str(chat.last_seq)
    send_later.submit(chat.pk, Answer("I am on it", uuid4()), by=ben)
    page = send(desk, chat, "Me too", htmx=False, seen=seen)
    assert page.status_code == 422
    assert ("Ben answered: I am on it" in text_of(page), "Me too</textarea>" in text_of(page)) == (True, True)


def test_two_screens_with_one_draft_send_one_answer(desk: Client, chat: Conversation) -> None:
    key = str(uuid4())
    send(desk, chat, "Hello", key=key)
    assert send(desk, chat, "Hello", key=key)["X-Sent"] == key
    other = send(desk, chat, "Hello there", key=key)
    assert (other.status_code, other["X-New-Key"], "X-Sent" in other) == (422, "true", False)
    assert replies() == ["Hello"]


def test_each_agent_chooses_the_seconds(desk: Client, thread: Conversation, ana: User) -> None:
    assert 'name="mail_seconds"' in text_of(desk.get("/inbox/"))
    desk.post("/me/sending/", {"mail_seconds": "0", "chat_seconds": "30"})
    desk.post("/me/sending/", {"mail_seconds": "7", "chat_seconds": "30"})
    assert SendingHabit.objects.values_list("user", "mail_seconds", "chat_seconds").get() == (ana.pk, 0, 30)
    send(desk, thread)
    assert replies() == ["Hello"]


def test_a_canned_reply_in_another_language_and_what_it_lacks(desk: Client, chat: Conversation) -> None:
    CannedReply.objects.create(
        shortcut="hi", title_en="Hi", body_en="Hi {{ conversation.subject }}!", body_es="¡Hola {{ contact.name }}!"
    )
    Conversation.objects.update(language="es")
    shown = text_of(desk.get(f"/inbox/c/{chat.pk}/canned/"))
    assert ('data-text="¡Hola 王小明!"' in shown, "No value for" in shown) == (True, False)
    english = text_of(desk.get(f"/inbox/c/{chat.pk}/canned/?language=en"))
    assert ('data-text="Hi !"' in english, "No value for conversation.subject" in english) == (True, True)
    assert 'data-language="en" data-shown="true"' in english
    assert 'data-text="¡Hola' in text_of(desk.get(f"/inbox/c/{chat.pk}/canned/?language=nonsense"))


class Backwards:
    """A translation service that is easy to check."""

    name = "Backwards"

    def translate(self, text: str, *, to: str, source: str = "") -> str:
        if text == "?":
            raise translation.TranslationFailed("no idea")
        return f"{text[::-1]} ({source}→{to})"


def test_translations_where_a_service_is_installed(desk: Client, chat: Conversation) -> None:
    Conversation.objects.update(language="es")
    message = Message.objects.get(kind="customer")
    Message.objects.update(language="es")
    one, typed = f"/inbox/m/{message.pk}/translate/", f"/inbox/c/{chat.pk}/translate/"
    assert "anslate" not in text_of(desk.get(f"/inbox/c/{chat.pk}/")).replace("data-translate-none", "")
    assert desk.get(one).status_code == 404
    translation.install(Backwards())
    try:
        page = text_of(desk.get(f"/inbox/c/{chat.pk}/"))
        assert (f'hx-get="{one}"' in page, f'data-translate="{typed}"' in page) == (True, True)
        assert "iH (es→en)" in text_of(desk.get(one, headers=HTMX))
        assert desk.post(typed, {"text": "abc"}, headers=HTMX).json() == {"text": "cba (→es)"}
        failed = desk.post(typed, {"text": "?"}, headers=HTMX)
        assert (failed.status_code, "no idea" in text_of(failed)) == (422, True)
    finally:
        translation.uninstall()


def test_nothing_left_the_house(desk: Client, thread: Conversation, rung: Any) -> None:
    with rung():
        send(desk, thread)
    assert CopyingChannel.sent == []
