"""Contacts over HTTP."""

import pytest
from pytest_django import DjangoAssertNumQueries

from csplatform.contacts.models import Contact
from csplatform.people.models import Role
from tests.api.conftest import As
from tests.factories import make_account, make_contact, make_conversation, make_team, make_user

pytestmark = pytest.mark.django_db
LIST = "/api/v1/contacts/"


def ids(answer: object) -> list[int]:
    return [row["id"] for row in answer.json()["results"]]  # type: ignore[attr-defined]


def test_agents_see_the_contacts_of_their_conversations(call_as: As) -> None:
    shop = make_team()
    mine = make_conversation(make_account(team=shop)).contact
    other = make_conversation(make_account(team=make_team())).contact
    silent = make_contact()
    agent, boss = make_user(teams=[shop]), make_user(role=Role.SUPERVISOR)
    assert ids(call_as(agent).get(LIST)) == [mine.pk]
    assert ids(call_as(boss).get(LIST)) == [silent.pk, other.pk, mine.pk]
    assert call_as(agent).get(f"{LIST}{other.pk}/").status_code == 404
    assert call_as(agent).patch(f"{LIST}{other.pk}/", {"name": "X"}, format="json").status_code == 404
    assert call_as(agent).post(f"{LIST}{mine.pk}/merge/", {"other": other.pk}, format="json").status_code == 404
    other.refresh_from_db()
    assert (other.name == "X", other.merged_into) == (False, None)


def test_search_by_name_and_address(call_as: As) -> None:
    ada = make_conversation(sender="ada@mail.example", name="Ada Lovelace").contact
    chen = make_conversation(sender="chen", name="陈晓敏").contact
    client = call_as(make_user())
    for words, expected in [("lovel", [ada.pk]), ("ADA@MAIL", [ada.pk]), ("晓敏", [chen.pk]), ("nobody", [])]:
        assert ids(client.get(LIST, {"search": words})) == expected, words


def test_change_what_may_be_changed(call_as: As) -> None:
    contact = make_conversation().contact
    body = {"name": "Ada", "language": "zh_CN", "tier": "vip", "is_blocked": True}
    answer = call_as(make_user()).patch(f"{LIST}{contact.pk}/", body, format="json")
    assert answer.status_code == 200
    contact.refresh_from_db()
    assert (contact.name, contact.language, contact.tier) == ("Ada", "zh-Hans", "vip")
    assert not contact.is_blocked


@pytest.mark.parametrize(("field", "value"), [("language", "klingonese-x"), ("tier", "gold")])
def test_refusals_name_the_field(call_as: As, field: str, value: str) -> None:
    contact = make_conversation().contact
    answer = call_as(make_user()).patch(f"{LIST}{contact.pk}/", {field: value, "name": "Changed"}, format="json")
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert Contact.objects.get(pk=contact.pk).name == contact.name


def test_contacts_are_neither_made_nor_deleted_here(call_as: As) -> None:
    contact = make_conversation().contact
    client = call_as(make_user(role=Role.ADMINISTRATOR))
    assert client.post(LIST, {"name": "New"}, format="json").status_code == 405
    assert client.delete(f"{LIST}{contact.pk}/").status_code == 405
    assert client.put(f"{LIST}{contact.pk}/", {"name": "New"}, format="json").status_code == 405


def test_merge(call_as: As) -> None:
    kept, other = make_conversation(sender="one").contact, make_conversation(sender="two").contact
    client = call_as(make_user())
    answer = client.post(f"{LIST}{kept.pk}/merge/", {"other": other.pk}, format="json")
    assert answer.status_code == 200
    assert {handle["external_id"] for handle in answer.json()["handles"]} == {"one", "two"}
    assert ids(client.get(LIST)) == [kept.pk]
    again = client.post(f"{LIST}{kept.pk}/merge/", {"other": kept.pk}, format="json")
    assert again.status_code == 400
    assert set(again.json()) == {"detail", "field"}


@pytest.mark.parametrize("count", [1, 15])
def test_the_list_runs_a_constant_number_of_queries(
    call_as: As, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(count):
        make_conversation()
    client = call_as(make_user())
    with django_assert_num_queries(3):  # token, contacts, handles with their accounts
        assert len(ids(client.get(LIST))) == count
