"""Mail over HTTP: copies, forwarding, held mail, topics split off, addresses that are dead."""

from typing import Any
from uuid import uuid4

import pytest

from csplatform.common import clock
from csplatform.contacts.models import Handle
from csplatform.conversations.models import Conversation, Message
from csplatform.gateway.models import ChannelAccount
from tests.api.conftest import As
from tests.factories import make_account, make_conversation, make_team, make_user, say
from tests.loopback import LoopbackChannel

pytestmark = pytest.mark.django_db

ADA, BOB, EVE = "ada@customer.example", "bob@customer.example", "eve@elsewhere.example"
LIST = "/api/v1/conversations/"


@pytest.fixture
def mailbox() -> ChannelAccount:
    return make_account("copying", address="help@shop.example")


@pytest.fixture
def asked(mailbox: ChannelAccount) -> Message:
    return say(
        mailbox,
        "Hi",
        sender=ADA,
        name="Ada",
        subject="Order",
        external_id="a",
        addressees=(BOB,),
        metadata={"cc": [BOB]},
    )


def body(**fields: Any) -> dict[str, Any]:
    return {"kind": "reply", "text": "Hello", "key": str(uuid4())} | fields


def test_a_reply_goes_to_everybody_or_where_its_author_says(call_as: As, asked: Message, rung: Any) -> None:
    url = f"{LIST}{asked.conversation_id}/messages/"
    client = call_as(make_user())
    with rung():
        default = client.post(url, body(), format="json").json()
        named = {"to": [BOB], "cc": [ADA], "bcc": ["audit@shop.example"], "subject": "Your refund", "quote": True}
        chosen = client.post(url, body(**named), format="json").json()
    assert [(row["to"], row["cc"], row["bcc"]) for row in (default, chosen)] == [
        ([ADA], [BOB], []),
        ([BOB], [ADA], ["audit@shop.example"]),
    ]
    sent = LoopbackChannel.sent[-1]
    assert (sent.recipient, sent.cc, sent.subject) == (BOB, (ADA,), "Your refund")
    assert [quoted.text for quoted in sent.quoted] == ["Hello", "Hi"]
    shown = client.get(f"{LIST}{asked.conversation_id}/").json()
    assert (shown["participants"], shown["held_for"]) == ([ADA, BOB], None)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"to": ["nobody"]}, "to"),
        ({"cc": [BOB]}, "to"),
        ({"to": [ADA], "cc": ["nobody"]}, "cc"),
        ({"to": "ada@customer.example"}, "to"),
        ({"kind": "note", "to": [ADA]}, "to"),
        ({"kind": "note", "quote": True}, "quote"),
    ],
)
def test_a_refusal_names_the_field(call_as: As, asked: Message, fields: dict[str, Any], field: str) -> None:
    answer = call_as(make_user()).post(f"{LIST}{asked.conversation_id}/messages/", body(**fields), format="json")
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert not asked.conversation.messages.filter(kind__in=["reply", "note"]).exists()


def test_a_chat_takes_no_copies(call_as: As) -> None:
    chat = make_conversation()
    answer = call_as(make_user()).post(f"{LIST}{chat.pk}/messages/", body(to=[ADA]), format="json")
    assert (answer.status_code, answer.json()["field"]) == (400, "to")


def test_the_same_key_forwards_once(call_as: As, asked: Message) -> None:
    url = f"{LIST}{asked.conversation_id}/messages/{asked.pk}/forward/"
    client = call_as(make_user())
    given = {"to": ["desk@bank.example"], "text": "Please look", "key": str(uuid4())}
    first, again = client.post(url, given, format="json"), client.post(url, given, format="json")
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["kind"], first.json()["to"]) == ("forward", ["desk@bank.example"])
    assert first.json()["id"] == again.json()["id"]
    empty = client.post(url, {"key": str(uuid4())}, format="json")
    assert (empty.status_code, empty.json()["field"]) == (400, "to")
    elsewhere = f"{LIST}{asked.conversation_id}/messages/{make_conversation().messages.latest('seq').pk}/forward/"
    assert client.post(elsewhere, given | {"key": str(uuid4())}, format="json").status_code == 400


def test_a_topic_is_split_off(call_as: As, mailbox: ChannelAccount, asked: Message) -> None:
    later = say(mailbox, "Another matter", sender=ADA, subject="Refund", thread_refs=("a",))
    client = call_as(make_user())
    answer = client.post(f"{LIST}{asked.conversation_id}/messages/{later.pk}/split/")
    assert (answer.status_code, answer.json()["subject"]) == (201, "Refund")
    assert Conversation.objects.get(pk=answer.json()["id"]).messages.filter(text="Another matter").exists()
    refused = client.post(f"{LIST}{asked.conversation_id}/messages/{asked.pk}/split/")
    assert refused.status_code == 400


@pytest.fixture
def held(mailbox: ChannelAccount, asked: Message) -> Conversation:
    return say(mailbox, "Let me in", sender=EVE, name="Eve", thread_refs=("a",)).conversation


def test_held_mail_is_let_in(call_as: As, held: Conversation, asked: Message) -> None:
    client = call_as(make_user())
    assert client.get(f"{LIST}{held.pk}/").json()["held_for"] == asked.conversation_id
    answer = client.post(f"{LIST}{held.pk}/let-in/")
    assert (answer.status_code, answer.json()["id"]) == (200, asked.conversation_id)
    assert EVE in answer.json()["participants"]
    assert client.post(f"{LIST}{held.pk}/let-in/").status_code == 400


def test_held_mail_is_kept_apart(call_as: As, held: Conversation) -> None:
    client = call_as(make_user())
    answer = client.post(f"{LIST}{held.pk}/keep-apart/")
    assert (answer.status_code, answer.json()["held_for"]) == (200, None)
    assert client.post(f"{LIST}{held.pk}/keep-apart/").status_code == 400


def test_nobody_lets_in_where_they_cannot_look(call_as: As, held: Conversation, asked: Message) -> None:
    Conversation.objects.filter(pk=asked.conversation_id).update(team=make_team())
    answer = call_as(make_user()).post(f"{LIST}{held.pk}/let-in/")
    assert answer.status_code == 403
    held.refresh_from_db()
    assert held.held_for_id == asked.conversation_id


def test_a_dead_address_is_written_to_again(call_as: As, asked: Message) -> None:
    Handle.objects.filter(pk=asked.handle_id).update(paused_at=clock.now(), paused_reason="no such user")
    client = call_as(make_user())
    refused = client.post(f"{LIST}{asked.conversation_id}/messages/", body(), format="json")
    assert (refused.status_code, refused.json()["field"]) == (400, "to")
    assert client.post(f"{LIST}{asked.conversation_id}/resume/").status_code == 200
    assert client.post(f"{LIST}{asked.conversation_id}/messages/", body(), format="json").status_code == 201
