"""Receiving: once, in order, in the right conversation."""

from datetime import timedelta

import pytest

from csplatform.common import clock
from csplatform.contacts.models import Contact
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, EventVerb, Message, MessageKind, Status
from csplatform.flows import status
from csplatform.flows.errors import TooEarly
from csplatform.flows.receive import receive
from csplatform.flows.sorting import REOPEN_WITHIN
from csplatform.gateway.contract import (
    FileBytes,
    HandleKind,
    InboundAttachment,
    MessageDeleted,
    MessageEdited,
    Reaction,
    Sender,
)
from tests.factories import MONDAY, inbound, make_account, make_team, make_user, say

pytestmark = pytest.mark.django_db


def test_first_message_opens_a_conversation_in_the_accounts_queue() -> None:
    team = make_team("Wallet")
    account = make_account(team=team)
    message = say(account, "我的充值还没有到账，请帮我查一下", sender="li", name="李雷")
    conversation = message.conversation
    assert (conversation.status, conversation.owner_kind, conversation.team) == ("open", "queue", team)
    assert conversation.contact.name == "李雷"
    assert conversation.language == "zh-Hans"
    assert conversation.preview == "我的充值还没有到账，请帮我查一下"
    kinds = list(conversation.messages.values_list("seq", "kind", "verb"))
    assert kinds == [(1, "event", "opened"), (2, "customer", "")]
    assert (conversation.last_seq, conversation.revision) == (2, 2)


def test_same_external_id_again_changes_nothing() -> None:
    account = make_account()
    first = say(account, "Hello", external_id="m1")
    before = Conversation.objects.values().get()
    again = receive(account, inbound("Hello", external_id="m1"))
    assert again == first
    assert Conversation.objects.values().get() == before
    assert Message.objects.count() == 2


def test_same_id_on_another_account_is_another_message() -> None:
    one, two = make_account(), make_account()
    assert say(one, external_id="m1").conversation != say(two, external_id="m1").conversation


def test_two_mails_under_one_message_id_are_both_kept() -> None:
    account = make_account("threaded")
    first = say(account, "One", external_id="mid", fingerprint="a" * 64)
    second = say(account, "Two", external_id="mid", fingerprint="b" * 64)
    again = say(account, "Two", external_id="mid", fingerprint="b" * 64)
    assert first != second
    assert again == second
    assert second.external_id == "mid#" + "b" * 64


def test_person_has_one_conversation_on_a_chat_channel() -> None:
    account = make_account()
    conversation = say(account, "One").conversation
    assert say(account, "Two").conversation == conversation
    assert say(account, "Three", sender="bob").conversation != conversation


def test_threads_are_conversations_of_their_own() -> None:
    account = make_account("threaded")
    first = say(account, "One", external_id="a")
    other = say(account, "Two", external_id="b")
    third = say(account, "Re: One", thread_refs=("unknown", "a", "b"))
    assert first.conversation != other.conversation
    assert third.conversation == first.conversation


def test_stranger_who_quotes_a_message_id_stays_outside() -> None:
    account = make_account("threaded")
    first = say(account, "Private", external_id="a", sender="ada")
    stranger = say(account, "Let me in", sender="mallory", thread_refs=("a",))
    assert stranger.conversation != first.conversation
    assert first.conversation.messages.count() == 2


def test_customers_message_reopens_what_was_resolved() -> None:
    account, agent = make_account(), make_user()
    conversation = say(account).conversation
    status.resolve(conversation.pk, by=Actor.agent(agent))
    assert say(account, "Still broken").conversation == conversation
    conversation.refresh_from_db()
    assert (conversation.status, conversation.resolved_at) == (Status.OPEN, None)
    verbs = list(conversation.messages.filter(kind=MessageKind.EVENT).values_list("verb", flat=True))
    assert verbs == ["opened", "resolved", "reopened"]


def test_what_was_resolved_long_ago_stays_closed() -> None:
    account, agent = make_account(), make_user()
    with clock.frozen(MONDAY):
        conversation = say(account).conversation
        status.resolve(conversation.pk, by=Actor.agent(agent))
    with clock.frozen(MONDAY + REOPEN_WITHIN + timedelta(minutes=1)):
        assert say(account, "A new matter").conversation != conversation


def test_machines_mail_wakes_nobody() -> None:
    account, agent = make_account(), make_user()
    conversation = say(account).conversation
    status.set_pending(conversation.pk, by=Actor.agent(agent))
    say(account, "I am on holiday", automatic=True)
    conversation.refresh_from_db()
    assert conversation.status == Status.PENDING


def test_blocked_contact_lands_in_spam() -> None:
    account = make_account("threaded")
    contact = say(account, "Buy now").conversation.contact
    Contact.objects.filter(pk=contact.pk).update(is_blocked=True)
    conversation = say(account, "Buy more").conversation
    assert (conversation.status, conversation.next_deadline_at) == (Status.SPAM, None)


def test_mail_address_is_one_contact_on_every_account() -> None:
    one, two = make_account("threaded"), make_account("threaded")
    fields = {"sender": "ada@shop.example", "kind": HandleKind.EMAIL}
    first, second = say(one, **fields), say(two, **fields)
    assert first.conversation.contact == second.conversation.contact
    assert first.handle != second.handle


def test_text_that_postgresql_cannot_keep_is_mended() -> None:
    message = say(make_account(), "a\x00b\ud800c", subject="s\x00", name="n\x00")
    assert (message.text, message.subject) == ("ab?c", "s")


def test_files_are_kept_by_what_they_are() -> None:
    png = bytes.fromhex("89504e470d0a1a0a0000000d49484452")
    files = (
        InboundAttachment("../../etc/passwd", "text/plain", FileBytes(b"root")),
        InboundAttachment("evil.exe\r\n.png", "application/x-msdownload", FileBytes(png)),
    )
    message = say(make_account(), attachments=files)
    kept = [(a.name, a.content_type, a.size) for a in message.attachments.all()]
    assert kept == [("passwd", "text/plain", 4), ("evil.exe.png", "image/png", 16)]
    with message.attachments.get(name="passwd").file.open() as content:
        assert content.read() == b"root"


def test_edit_shows_the_new_text_and_keeps_the_old() -> None:
    account = make_account()
    message = say(account, "Helo", external_id="m1")
    receive(account, MessageEdited("m1", "Hello", clock.now()))
    receive(account, MessageEdited("m1", "Older", MONDAY))
    message.refresh_from_db()
    assert (message.text, message.metadata["earlier_texts"]) == ("Hello", ["Helo"])
    assert message.revision == message.conversation.__class__.objects.get().revision


def test_deletion_leaves_nothing_but_a_mark() -> None:
    account = make_account()
    files = (InboundAttachment("a.txt", "text/plain", FileBytes(b"secret")),)
    message = say(account, "my password", external_id="m1", attachments=files)
    receive(account, MessageDeleted("m1", MONDAY))
    message.refresh_from_db()
    assert (message.text, message.deleted_at, message.attachments.count()) == ("", MONDAY, 0)


def test_reaction_is_written_once() -> None:
    account = make_account()
    message = say(account, external_id="m1")
    reaction = Reaction("m1", Sender("ada", HandleKind.SOCIAL), "👍", MONDAY)
    receive(account, reaction)
    receive(account, reaction)
    lines = message.conversation.messages.filter(verb=EventVerb.REACTION)
    assert [line.data["emoji"] for line in lines] == ["👍"]


@pytest.mark.parametrize("event", [MessageEdited("m9", "x", MONDAY), MessageDeleted("m9", MONDAY)])
def test_word_of_an_unknown_message_is_too_early(event: MessageEdited | MessageDeleted) -> None:
    with pytest.raises(TooEarly):
        receive(make_account(), event)
