"""Answering where a mail can go to several people: recipients, subject, quoted history, addresses that are dead."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from csplatform.common import clock
from csplatform.contacts.models import Handle
from csplatform.conversations.models import Conversation, Message, SendingHabit
from csplatform.desk.writing import addresses_in
from csplatform.gateway.models import ChannelAccount
from csplatform.knowledge.models import Signature
from csplatform.people.models import Team, User
from tests.desk.conftest import HTMX, partial_for, text_of
from tests.factories import make_account, say
from tests.loopback import LoopbackChannel

pytestmark = pytest.mark.django_db

ADA, BOB, CARLA = "ada@customer.example", "bob@customer.example", "carla@customer.example"


@pytest.fixture
def mailbox(team: Team) -> ChannelAccount:
    return make_account("copying", address="help@shop.example", team=team)


@pytest.fixture(autouse=True)
def sent_at_once(ana: User) -> None:
    SendingHabit.objects.create(user=ana, mail_seconds=0)


@pytest.fixture
def thread(mailbox: ChannelAccount) -> Conversation:
    """Ada wrote, with a copy to Bob."""
    metadata = {"to": ["help@shop.example"], "cc": [BOB]}
    return say(
        mailbox, "Hi", sender=ADA, name="Ada Byron", subject="Order", addressees=(BOB,), metadata=metadata
    ).conversation


def fields_of(page: str, name: str) -> list[str]:
    """Return the values of the fields called `name` on a page."""
    return [tag.split('value="')[1].split('"')[0] for tag in re.findall(rf'<input[^>]* name="{name}"[^>]*>', page)]


def send(desk: Client, thread: Conversation, *, htmx: bool = True, **data: Any) -> Any:
    fields = {"text": "Hello", "key": str(uuid4()), "mode": "reply", "revision": "0"} | data
    return desk.post(f"/inbox/c/{thread.pk}/send/", fields, headers=HTMX if htmx else {})


@pytest.mark.parametrize(
    ("typed", "addresses"),
    [
        ("", ()),
        (" , ;\n ", ()),
        ("a@x.org, b@x.org;c@x.org\nd@x.org", ("a@x.org", "b@x.org", "c@x.org", "d@x.org")),
        ('"Byron, Ada" <ada@x.example>, Bob <bob@x.example>', ("ada@x.example", "bob@x.example")),
        ("nobody; 王小明 <ming@x.example>", ("nobody", "ming@x.example")),
        ('"open <a@x.example>', ('"', "a@x.example")),
        ("a@x.example\x00", ("a@x.example",)),
    ],
)  # fmt: skip
def test_addresses_are_found_in_what_was_typed(typed: str, addresses: tuple[str, ...]) -> None:
    assert addresses_in(typed) == addresses


def test_the_composer_begins_with_everybody(desk: Client, thread: Conversation) -> None:
    page = text_of(desk.get(f"/inbox/c/{thread.pk}/"))
    assert [fields_of(page, name) for name in ("to", "cc", "bcc", "subject")] == [[ADA], [BOB], [""], ["Order"]]
    assert "Ada Byron" in page.split('id="recipients-line"')[1].split("</summary>")[0]
    assert f'<option value="{BOB}"' in page


def test_one_writer_is_answered_alone(desk: Client, thread: Conversation, mailbox: ChannelAccount) -> None:
    other = say(mailbox, "Me too", sender=BOB, external_id="b", thread_names=(str(thread.pk),))
    assert other.conversation == thread
    page = text_of(desk.get(f"/inbox/c/{thread.pk}/?answer={other.pk}", headers=HTMX))
    assert [fields_of(page, name) for name in ("to", "cc")] == [[BOB], [""]]
    for wrong in (say(mailbox, sender=CARLA).pk, "x", "9" * 30):
        page = text_of(desk.get(f"/inbox/c/{thread.pk}/?answer={wrong}", headers=HTMX))
        assert fields_of(page, "to") == [ADA]


def test_a_chat_has_no_such_fields(desk: Client, account: ChannelAccount) -> None:
    chat = say(account, "Hi", sender="ada").conversation
    page = text_of(desk.get(f"/inbox/c/{chat.pk}/"))
    assert 'id="recipients"' not in page
    assert 'id="answered"' not in page


def test_an_answer_goes_where_the_fields_say(desk: Client, thread: Conversation, rung: Any) -> None:
    with rung():
        send(desk, thread, to=f"Bob <{BOB}>", cc=f"{ADA}; {CARLA}", bcc="audit@shop.example", quote="1")
    (sent,) = LoopbackChannel.sent
    assert (sent.recipient, sent.also_to, sent.cc, sent.bcc) == (BOB, (), (ADA, CARLA), ("audit@shop.example",))
    assert [quoted.text for quoted in sent.quoted] == ["Hi"]


def test_the_subject_changes_only_where_somebody_changed_it(desk: Client, thread: Conversation, rung: Any) -> None:
    Conversation.objects.update(subject="Changed by a colleague")
    with rung():
        send(desk, thread, to=ADA, subject="Order", subject_shown="Order")
        send(desk, thread, to=ADA, subject=" Your refund ", subject_shown="Order")
    assert [sent.subject for sent in LoopbackChannel.sent] == ["Changed by a colleague", "Your refund"]
    assert Conversation.objects.get().subject == "Your refund"


@pytest.mark.parametrize(
    ("data", "field", "reason"),
    [
        ({"to": "", "cc": BOB}, "to", "Somebody has to be in “To”."),
        ({"to": "nobody", "cc": ""}, "to", "“nobody” is not a mail address."),
        ({"to": ADA, "cc": "<b>bob"}, "cc", "“&lt;b&gt;bob” is not a mail address."),
        ({"to": ADA, "cc": "", "bcc": "x@"}, "bcc", "“x@” is not a mail address."),
    ],
)
def test_a_refusal_stands_at_its_field(
    desk: Client, thread: Conversation, data: dict[str, str], field: str, reason: str
) -> None:
    before = Conversation.objects.values().get(), Message.objects.count()
    response = send(desk, thread, **data)
    assert (response.status_code, response["HX-Reswap"], "X-Sent" in response) == (422, "none", False)
    assert partial_for(response, f"#composer-error-{field}") == reason
    assert (Conversation.objects.values().get(), Message.objects.count()) == before


def test_without_a_script_the_page_comes_back_as_typed(desk: Client, thread: Conversation) -> None:
    key = str(uuid4())
    typed = {"text": "Dear <Ada>", "to": "nobody", "cc": CARLA, "subject": "New", "quote": "1", "key": key}
    response = send(desk, thread, htmx=False, **typed)
    page = text_of(response)
    assert response.status_code == 422
    assert "Dear &lt;Ada&gt;</textarea>" in page
    assert [fields_of(page, name) for name in ("to", "cc", "subject")] == [["nobody"], [CARLA], ["New"]]
    assert fields_of(page.split('id="composer"')[1], "key") == [key]
    assert 'name="quote" value="1" checked' in page
    assert "“nobody” is not a mail address." in page.split('id="composer-error-to"')[1].split("</p>")[0]
    assert '<details class="recipients reply-only" id="recipients" open>' in page


def test_without_a_script_a_refusal_without_a_field_is_said_all_the_same(desk: Client, thread: Conversation) -> None:
    page = text_of(send(desk, thread, htmx=False, text="  ", to=ADA, mode="note"))
    assert "An empty note says nothing." in page
    assert 'name="mode" value="note" checked' in page


def test_the_signature_is_shown(desk: Client, thread: Conversation, mailbox: ChannelAccount, ana: User) -> None:
    Signature.objects.create(account=mailbox, body_en="{{ agent.name }}\nShop & Co.")
    page = text_of(desk.get(f"/inbox/c/{thread.pk}/"))
    assert "Ana Torres<br>Shop &amp; Co." in page


def test_a_dead_address_is_said_and_sent_to_again(desk: Client, thread: Conversation, rung: Any) -> None:
    Handle.objects.filter(pk=thread.handle_id).update(paused_at=clock.now(), paused_reason="no such <user>")
    page = text_of(desk.get(f"/inbox/c/{thread.pk}/"))
    assert f"Mail to {ADA} came back: no such &lt;user&gt;" in page
    refused = send(desk, thread, to=ADA)
    assert "no such &lt;user&gt;" in partial_for(refused, "#composer-error-to")
    revision = Conversation.objects.get().revision
    response = desk.post(f"/inbox/c/{thread.pk}/do/resume/", {"revision": revision}, headers=HTMX)
    assert "came back" not in partial_for(response, "#composer-hint")
    with rung():
        assert "X-Sent" in send(desk, thread, to=ADA)
    assert len(LoopbackChannel.sent) == 1


def test_a_page_learns_who_would_be_answered_now(desk: Client, thread: Conversation, mailbox: ChannelAccount) -> None:
    known = Conversation.objects.get(pk=thread.pk).revision
    metadata = {"to": ["help@shop.example"], "cc": [BOB, CARLA]}
    names = {"thread_names": (str(thread.pk),), "addressees": (BOB, CARLA)}
    say(mailbox, "And Carla", sender=ADA, metadata=metadata, **names)
    response = desk.get(f"/inbox/c/{thread.pk}/since/{known}/", headers=HTMX)
    assert f'data-cc="{BOB}, {CARLA}"' in partial_for(response, "#composer-hint")


def test_many_people_take_no_more_queries(desk: Client, thread: Conversation) -> None:
    counted = []
    for number in (2, 40):
        Conversation.objects.update(participants=[f"p{index}@customer.example" for index in range(number)])
        with CaptureQueriesContext(connection) as queries:
            page = text_of(desk.get(f"/inbox/c/{thread.pk}/", headers=HTMX))
        assert page.count("<option value=") >= number
        counted.append(len(queries))
    assert counted[0] == counted[1]
