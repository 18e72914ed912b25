"""Signed-in visitors: whom the site vouches for, and nobody else; what they said before comes along."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from django.http import HttpResponse
from django.test import Client

from channels_webchat import tokens
from csplatform.common import clock
from csplatform.contacts.models import Contact, Handle
from csplatform.conversations.actors import CUSTOMER
from csplatform.conversations.models import Conversation, Message
from csplatform.flows import reply as replies
from csplatform.flows.merge import merge_contacts
from csplatform.gateway.models import ChannelAccount
from tests.channels_webchat.conftest import a_message, token_of
from tests.factories import make_account, make_user, say

pytestmark = pytest.mark.django_db
commits = pytest.mark.django_db(transaction=True)
SECRET = "a secret of the shop, long enough for HS256"


@pytest.fixture
def account(account: ChannelAccount) -> ChannelAccount:
    account.credentials = {"identity_secret": SECRET}
    account.save()
    return account


def vouch(secret: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    """What the site signs for Ada; a claim given as None is left out."""
    usual = {"iss": "shop.example", "sub": "42", "exp": clock.now() + timedelta(minutes=5), "name": "Ada Lovelace"}
    given = {name: value for name, value in (usual | claims).items() if value is not None}
    return jwt.encode(given, secret, algorithm=algorithm)


def session(account: ChannelAccount, token: str = "", **said: Any) -> HttpResponse:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    address = f"/chat/{account.address}/session/"
    return Client().post(address, json.dumps(said), content_type="application/json", headers=headers)


def post(account: ChannelAccount, token: str, message: Any) -> HttpResponse:
    headers = {"authorization": f"Bearer {token}"}
    address = f"/chat/{account.address}/messages/"
    return Client().post(address, json.dumps(message), content_type="application/json", headers=headers)


def texts(account: ChannelAccount, token: str) -> list[str]:
    address = f"/chat/{account.address}/messages/"
    lines = Client().get(address, headers={"authorization": f"Bearer {token}"}).json()["lines"]
    return [line["text"] for line in lines]


def test_the_site_says_who_it_is(account: ChannelAccount) -> None:
    answer = session(account, identity=vouch(email="ada@example.com"), language="ja").json()
    visitor = tokens.read(account.pk, answer["token"])
    assert (visitor.id, visitor.name, visitor.email) == ("shop.example|42", "Ada Lovelace", "ada@example.com")
    assert (visitor.language, visitor.is_signed_in, answer["signedIn"]) == ("ja", True, True)
    post(account, answer["token"], a_message())
    message = Message.objects.select_related("handle__contact").get(kind="customer")
    assert message.metadata == {"verified_email": "ada@example.com"}
    assert message.handle is not None
    assert (message.handle.external_id, str(message.handle.contact)) == ("shop.example|42", "Ada Lovelace")


@pytest.mark.parametrize(
    ("claims", "secret"),
    [
        ({}, "another secret, which is just as long as the first"),
        ({"exp": datetime(2020, 1, 1, tzinfo=UTC)}, SECRET),
        ({"exp": None}, SECRET),
        ({"sub": None}, SECRET),
        ({"sub": "  "}, SECRET),
        ({"iss": None}, SECRET),
        ({"iss": ""}, SECRET),
    ],
)
def test_a_forged_or_expired_word_is_refused(account: ChannelAccount, claims: dict[str, Any], secret: str) -> None:
    anonymous = token_of(account, "anon")
    post(account, anonymous, a_message("mine"))
    answer = session(account, anonymous, identity=vouch(secret, **claims))
    assert (answer.status_code, answer.json()["reason"]) == (401, "identity")
    assert texts(account, anonymous) == ["mine"]
    assert Handle.objects.get().external_id == "anon"


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_the_algorithm_is_ours_to_choose(account: ChannelAccount, algorithm: str) -> None:
    long = SECRET * 3
    account.credentials = {"identity_secret": long}
    account.save()
    assert session(account, identity=vouch(long)).status_code == 200
    assert session(account, identity=vouch(long, algorithm)).status_code == 401
    assert session(account, identity=jwt.encode({"iss": "x", "sub": "42"}, "", algorithm="none")).status_code == 401


def test_clocks_may_differ_a_little(account: ChannelAccount) -> None:
    assert session(account, identity=vouch(exp=clock.now() - timedelta(seconds=10))).status_code == 200
    assert session(account, identity=vouch(exp=clock.now() - timedelta(seconds=40))).status_code == 401


def test_the_issuer_may_be_fixed(account: ChannelAccount) -> None:
    account.settings = {"identity_issuer": "shop.example"}
    account.save()
    assert session(account, identity=vouch()).status_code == 200
    assert session(account, identity=vouch(iss="other.example")).status_code == 401


@pytest.mark.parametrize("secret", ["", "short"])
def test_without_a_good_secret_nobody_signs_in(account: ChannelAccount, secret: str) -> None:
    account.credentials = {"identity_secret": secret} if secret else {}
    account.save()
    assert session(account, identity=vouch()).status_code == 401
    assert session(account, identity="garbage").status_code == 401


@commits
def test_what_an_anonymous_visitor_said_comes_along(account: ChannelAccount) -> None:
    anonymous, question = token_of(account, "anon"), a_message("before")
    post(account, anonymous, question)
    reply = replies.reply(Conversation.objects.get().pk, by=make_user(), text="answer", key=uuid4())
    token = session(account, anonymous, identity=vouch()).json()["token"]
    assert texts(account, token) == ["before", "answer"]
    assert texts(account, anonymous) == []
    post(account, token, question)  # repeated, since its acknowledgement was lost
    post(account, token, a_message("after"))
    assert texts(account, token) == ["before", "answer", "after"]
    assert Conversation.objects.count() == 1
    assert str(Contact.objects.get()) == "Ada Lovelace"
    receipt = reply.dispatches.get().external_id.rpartition(":")[2]
    assert post(account, token, {"receipt": receipt, "state": "read", "at": question["at"]}).status_code == 200
    reply.refresh_from_db()
    assert reply.state == "read"


@commits
def test_it_joins_what_the_same_person_said_on_another_device(account: ChannelAccount) -> None:
    first = session(account, identity=vouch()).json()["token"]
    post(account, first, a_message("on the phone"))
    anonymous = token_of(account, "anon")
    post(account, anonymous, a_message("on the laptop"))
    second = session(account, anonymous, identity=vouch()).json()["token"]
    assert texts(account, second) == ["on the phone", "on the laptop"]
    assert Handle.objects.get().external_id == "shop.example|42"
    assert Contact.objects.filter(merged_into__isnull=True).count() == 1
    assert session(account, anonymous, identity=vouch()).status_code == 200  # again: nothing left to carry over


def test_a_contact_that_others_know_is_not_merged(account: ChannelAccount) -> None:
    signed_in = session(account, identity=vouch()).json()["token"]
    post(account, signed_in, a_message("mine"))
    anonymous = token_of(account, "anon")
    post(account, anonymous, a_message("on a shared computer"))
    bob = say(make_account(), "Hello", sender="bob", name="Bob").conversation
    merge_contacts(keep=bob.contact_id, other=Handle.objects.get(external_id="anon").contact_id, by=CUSTOMER)
    session(account, anonymous, identity=vouch())
    assert Handle.objects.get(external_id="bob").contact.merged_into is None
    assert {str(contact) for contact in Contact.objects.filter(merged_into=None)} == {"Bob", "Ada Lovelace"}
    assert texts(account, signed_in) == ["mine", "on a shared computer"]


def test_two_people_on_one_browser_are_kept_apart(account: ChannelAccount) -> None:
    ada = session(account, identity=vouch()).json()["token"]
    post(account, ada, a_message("Ada's secret"))
    bob = session(account, ada, identity=vouch(sub="43", name="Bob")).json()["token"]
    assert texts(account, bob) == []
    assert texts(account, ada) == ["Ada's secret"]


def test_what_the_site_vouched_for_nobody_else_changes(account: ChannelAccount) -> None:
    ada = session(account, identity=vouch(email="ada@example.com")).json()["token"]
    again = session(account, ada, name="Mallory", email="mallory@example.com", language="ar").json()
    assert (again["name"], again["email"]) == ("Ada Lovelace", "ada@example.com")
    assert tokens.read(account.pk, again["token"]).language == "ar"


def test_the_word_of_a_site_does_not_last_for_ever(account: ChannelAccount) -> None:
    ada = session(account, identity=vouch()).json()["token"]
    with clock.frozen(clock.now() + timedelta(hours=11)):
        ada = session(account, ada).json()["token"]
        assert post(account, ada, a_message()).status_code == 201
    with clock.frozen(clock.now() + timedelta(hours=13)):
        assert post(account, ada, a_message()).status_code == 403
        assert session(account, ada).status_code == 403


def test_a_very_long_id_is_shortened_and_still_one_person(account: ChannelAccount) -> None:
    ids = [
        tokens.read(account.pk, session(account, identity=vouch(sub="x" * 500 + end)).json()["token"]).id
        for end in ("1", "1", "2")
    ]
    assert ids[0] == ids[1] != ids[2]
    assert len(ids[0]) < 150
