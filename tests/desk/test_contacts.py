"""The contact pane: what is known, changing it, and making two contacts one."""

from typing import Any

import pytest
from django.test import Client

from csplatform.contacts.models import Contact, Organisation
from csplatform.conversations.models import Conversation
from csplatform.gateway.models import ChannelAccount
from tests.desk.conftest import HTMX, partial_for, text_of
from tests.factories import make_account, make_team, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(account: ChannelAccount) -> Conversation:
    return say(account, "我的订单还没有到", sender="ming", name="王小明").conversation


@pytest.fixture
def other(account: ChannelAccount) -> Conversation:
    return say(account, "Hello, it is me again", sender="ming@example.cn", name="Wang Xiaoming").conversation


FACTS = {
    "name": "王小明",
    "organisation_name": " Acme   Ltd ",
    "tier": "vip",
    "language": "zh-Hans",
    "timezone": "Asia/Shanghai",
}


def test_a_contact_is_edited(desk: Client, conversation: Conversation) -> None:
    address = f"/inbox/c/{conversation.pk}/contact/edit/"
    assert 'value="王小明"' in text_of(desk.get(address, headers=HTMX))
    response = desk.post(address, FACTS | {"name": "王明"}, headers=HTMX)
    contact = Contact.objects.get()
    assert (contact.name, contact.tier, contact.language) == ("王明", "vip", "zh-Hans")
    assert contact.organisation is not None
    assert contact.organisation.name == "Acme Ltd"
    assert "王明" in text_of(response)
    assert "王明" in partial_for(response, "#conversation-head")
    desk.post(address, FACTS | {"organisation_name": "Acme Ltd"})
    assert Organisation.objects.count() == 1


KEPT = {"organisation_name": "kept"}


@pytest.mark.parametrize("wrong", [{"tier": "emperor"}, {"language": "klingonese"}, {"name": "x" * 201}])
def test_a_wrong_fact_comes_back_with_what_was_typed(
    desk: Client, conversation: Conversation, wrong: dict[str, str]
) -> None:
    before = Contact.objects.values().get()
    response = desk.post(
        f"/inbox/c/{conversation.pk}/contact/edit/", FACTS | {"organisation_name": "kept"} | wrong, headers=HTMX
    )
    assert response.status_code == 422
    assert "errorlist" in text_of(response)
    assert "kept" in text_of(response)
    assert Contact.objects.values().get() == before


def test_the_pane_alone_is_no_page(desk: Client, conversation: Conversation) -> None:
    response = desk.get(f"/inbox/c/{conversation.pk}/contact/")
    assert (response.status_code, response["Location"]) == (302, f"/inbox/c/{conversation.pk}/")


def test_local_time_of_a_zone_and_of_nonsense(desk: Client, conversation: Conversation) -> None:
    for zone, shown in (("Asia/Shanghai", True), ("Mars/Olympus", False), ("../etc/passwd", False), ("", False)):
        Contact.objects.update(timezone=zone)
        card = text_of(desk.get(f"/inbox/c/{conversation.pk}/contact/", headers=HTMX))
        assert ("data-zone=" in card) is shown


def find(desk: Client, conversation: Conversation, query: str) -> str:
    return text_of(desk.get(f"/inbox/c/{conversation.pk}/contact/merge/search/", {"contact": query}, headers=HTMX))


def test_looking_for_the_other_contact(desk: Client, conversation: Conversation, other: Conversation) -> None:
    for query in ("xiaoming", "MING@example"):
        found = find(desk, conversation, query)
        assert f"/contact/merge/{other.contact_id}/" in found
        assert f"/contact/merge/{conversation.contact_id}/" not in found
    assert "Nobody found." in find(desk, conversation, "zzz")
    assert "/contact/merge/" in find(desk, conversation, "")
    preview = text_of(desk.get(f"/inbox/c/{conversation.pk}/contact/merge/{other.contact_id}/", headers=HTMX))
    for part in ("王小明", "Wang Xiaoming", "ming@example.cn", "1 conversation"):
        assert part in preview


def merge(desk: Client, conversation: Conversation, other: Any) -> Any:
    address = f"/inbox/c/{conversation.pk}/contact/merge/"
    revision = Conversation.objects.get(pk=conversation.pk).revision
    return desk.post(address, {"other": other, "revision": revision}, headers=HTMX)


def test_two_contacts_become_one(desk: Client, conversation: Conversation, other: Conversation) -> None:
    response = merge(desk, conversation, other.contact_id)
    assert response["X-Merged"] == str(other.contact_id)
    assert set(Conversation.objects.values_list("contact", flat=True)) == {conversation.contact_id}
    card = partial_for(response, "#contact-card")
    assert "ming@example.cn" in card
    assert f"/inbox/c/{other.pk}/" in card


def test_a_merge_that_cannot_be(desk: Client, conversation: Conversation, other: Conversation) -> None:
    before = list(Conversation.objects.order_by("pk").values())
    assert merge(desk, conversation, conversation.contact_id).status_code == 422
    assert merge(desk, conversation, "x").status_code == 422
    assert merge(desk, conversation, 999_999).status_code == 404
    assert list(Conversation.objects.order_by("pk").values()) == before


def test_a_contact_of_another_team_cannot_be_found_or_merged(desk: Client, conversation: Conversation) -> None:
    secret = say(make_account(team=make_team()), "hi", sender="secret@example.com", name="Secret").conversation
    assert "Secret" not in find(desk, conversation, "secret")
    assert desk.get(f"/inbox/c/{conversation.pk}/contact/merge/{secret.contact_id}/").status_code == 404
    assert merge(desk, conversation, secret.contact_id).status_code == 404
    assert Contact.objects.filter(merged_into__isnull=False).count() == 0
