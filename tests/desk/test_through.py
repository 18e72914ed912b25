"""The composer's choice of the way by which a customer is answered."""

from uuid import uuid4

import pytest
from django.test import Client

from csplatform.contacts.models import Handle
from csplatform.conversations.models import Conversation, Message, SendingHabit
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import User
from tests.desk.conftest import HTMX, text_of
from tests.factories import make_account, say

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sent_at_once(ana: User) -> None:
    SendingHabit.objects.create(user=ana, mail_seconds=0)


@pytest.fixture
def conversation(account: ChannelAccount) -> Conversation:
    return say(account, "Hello", sender="ming").conversation


def known_elsewhere(conversation: Conversation, **account: object) -> Handle:
    mailbox = make_account("copying", name="Help", **account)
    return Handle.objects.create(
        contact=conversation.contact, account=mailbox, kind="email", external_id="ming@customer.example"
    )


def send(desk: Client, conversation: Conversation, through: str) -> int:
    data = {"text": "Hi", "key": str(uuid4()), "through": through, "revision": "0", "to": "somebody@else.example"}
    return desk.post(f"/inbox/c/{conversation.pk}/send/", data, headers=HTMX).status_code


def test_one_way_is_no_choice(desk: Client, conversation: Conversation) -> None:
    assert 'name="through"' not in text_of(desk.get(f"/inbox/c/{conversation.pk}/", headers=HTMX))


def test_an_answer_goes_the_chosen_way(desk: Client, conversation: Conversation) -> None:
    handle = known_elsewhere(conversation)
    page = text_of(desk.get(f"/inbox/c/{conversation.pk}/", headers=HTMX))
    assert f'<option value="h{handle.pk}">Loopback · ming@customer.example · Help</option>' in page
    assert send(desk, conversation, f"h{handle.pk}") == 200
    answer = Message.objects.get(kind="reply")
    assert (answer.handle, answer.metadata["to"]) == (handle, ["ming@customer.example"])


def test_a_way_that_leads_nowhere_says_why_and_takes_nothing(desk: Client, conversation: Conversation) -> None:
    handle = known_elsewhere(conversation, is_active=False)
    page = text_of(desk.get(f"/inbox/c/{conversation.pk}/", headers=HTMX))
    assert f'<option value="h{handle.pk}" disabled>' in page
    assert "The account is switched off." in page
    for through in (f"h{handle.pk}", "h0", "a1", "hx", "x"):
        assert send(desk, conversation, through) == 422
    assert not Message.objects.filter(kind="reply").exists()
