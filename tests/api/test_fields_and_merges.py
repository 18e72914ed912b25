"""Custom fields and merges of conversations over the API."""

import pytest

from csplatform.contacts.models import Contact
from csplatform.conversations.models import Conversation
from csplatform.fields.models import CustomField
from tests.api.conftest import As
from tests.factories import make_account, make_team, make_user, say

pytestmark = pytest.mark.django_db
ROOT = "/api/v1"


@pytest.fixture
def conversation() -> Conversation:
    for target in ("conversation", "contact"):
        CustomField.objects.create(target=target, key="seats", label_en="Seats", kind="number")
    return say(make_account("copying"), "One", sender="ada@customer.example").conversation


def test_fields_of_a_conversation(call_as: As, conversation: Conversation) -> None:
    client = call_as(make_user())
    address = f"{ROOT}/conversations/{conversation.pk}/fields/"
    answer = client.post(address, {"values": {"seats": 4}}, format="json")
    assert (answer.status_code, answer.json()["fields"]) == (200, {"seats": 4})
    for wrong in ({"seats": "many"}, {"seats": 5, "none": 1}, {"seats": True}):
        assert client.post(address, {"values": wrong}, format="json").status_code == 400
    assert Conversation.objects.get().fields == {"seats": 4}
    assert client.post(address, {"values": {"seats": None}}, format="json").json()["fields"] == {}


def test_fields_of_a_contact(call_as: As, conversation: Conversation) -> None:
    client = call_as(make_user())
    Contact.objects.update(fields={"earlier": "kept"})
    address = f"{ROOT}/contacts/{conversation.contact_id}/"
    assert client.patch(address, {"fields": {"seats": "4.5"}}, format="json").status_code == 200
    for wrong in ({"seats": "many"}, {"none": 1}, [], "x"):
        assert client.patch(address, {"fields": wrong}, format="json").status_code == 400
    assert Contact.objects.get().fields == {"earlier": "kept", "seats": 4.5}


def test_conversations_are_merged(call_as: As, conversation: Conversation) -> None:
    client = call_as(make_user())
    other = say(conversation.account, "Two", sender="ada@customer.example").conversation
    secret = say(make_account(team=make_team()), "Three").conversation
    address = f"{ROOT}/conversations/{conversation.pk}/merge/"
    assert client.post(address, {"other": secret.pk, "of_two_contacts": True}, format="json").status_code == 404
    assert client.post(address, {"other": other.pk}, format="json").status_code == 200
    merged = client.get(f"{ROOT}/conversations/{other.pk}/").json()
    assert (merged["merged_into"], merged["status"]) == (conversation.pk, "resolved")
    assert client.post(address, {"other": other.pk}, format="json").status_code == 400


def test_snoozed_until_the_customer_writes(call_as: As, conversation: Conversation) -> None:
    address = f"{ROOT}/conversations/{conversation.pk}/snooze/"
    answer = call_as(make_user()).post(address, {"until": None}, format="json")
    assert (answer.status_code, answer.json()["status"]) == (200, "snoozed")
