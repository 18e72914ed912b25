"""Before the first word: opening hours, words to choose from, and what agents are told of a visitor."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from channels_webchat.opening import opening_of
from channels_webchat.widget import widget_of
from csplatform.common import clock
from csplatform.contacts.models import GivenAddress, Handle
from csplatform.conversations.models import Message
from csplatform.gateway.models import ChannelAccount
from csplatform.sla.models import Calendar
from tests.channels_webchat.conftest import a_message, token_of
from tests.channels_webchat.test_http import post
from tests.factories import MONDAY

pytestmark = pytest.mark.django_db
SATURDAY = datetime(2026, 3, 7, 12, 0, tzinfo=UTC)


@pytest.fixture
def account(account: ChannelAccount) -> ChannelAccount:
    Calendar.objects.create(name="Office", timezone="Asia/Tokyo")
    account.settings = {"calendar": "Office"}
    account.save()
    return account


def session(account: ChannelAccount) -> dict[str, Any]:
    answer = Client().post(f"/chat/{account.address}/session/", "{}", content_type="application/json")
    found: dict[str, Any] = json.loads(answer.content)
    return found


def test_closed_says_when_it_opens(account: ChannelAccount) -> None:
    with clock.frozen(SATURDAY):
        assert session(account)["opensAt"] == "2026-03-09T00:00:00+00:00"  # Monday, nine o'clock in Tokyo


def test_open_says_nothing(account: ChannelAccount) -> None:
    with clock.frozen(MONDAY.replace(hour=1)):
        assert session(account)["opensAt"] is None


@pytest.mark.parametrize("name", ["", "No such calendar", None])
def test_without_a_calendar_nothing_is_said(account: ChannelAccount, name: str | None) -> None:
    account.settings = {"calendar": name}
    assert opening_of(account, SATURDAY) is None


def test_words_to_choose_from(account: ChannelAccount) -> None:
    account.settings = {"quick_replies": ["Where is my order?", "Returns", 5], "position": "start"}
    account.save()
    assert session(account)["choices"] == ["Where is my order?", "Returns"]
    assert (widget_of(account).side, len(widget_of(account).quick_replies)) == ("start", 2)
    account.settings = {"quick_replies": "x", "position": "up"}
    assert (widget_of(account).side, widget_of(account).quick_replies) == ("end", ())


def test_agents_are_told_the_address_once(account: ChannelAccount) -> None:
    token = token_of(account, "ada", email="ada@example.com")
    for text in ("Hello", "Anybody?"):
        assert post(account, token, a_message(text)).status_code == 201
    note = Message.objects.get(kind="note")
    assert note.text == "E-mail address, as given in the chat (not verified): ada@example.com"


def test_an_address_is_left_for_when_they_have_gone(account: ChannelAccount) -> None:
    post(account, token_of(account, "ada", email="Ada@example.com", name="Ada"), a_message())
    left = GivenAddress.objects.get()
    assert (left.email, left.name, left.is_verified) == ("ada@example.com", "Ada", False)
    signed_in = token_of(account, "bob", email="bob@example.com", until=(clock.now() + timedelta(hours=1)).isoformat())
    post(account, signed_in, a_message())
    assert GivenAddress.objects.get(email="bob@example.com").is_verified
    wrong = token_of(account, "eve", email="no address", until=(clock.now() + timedelta(hours=1)).isoformat())
    assert post(account, wrong, a_message()).status_code == 201
    assert GivenAddress.objects.count() == 2


@pytest.mark.parametrize(("zone", "kept"), [("Asia/Tokyo", "Asia/Tokyo"), ("Mars/Olympus", ""), (5, "")])
def test_the_time_zone_of_their_device_is_kept(account: ChannelAccount, zone: object, kept: str) -> None:
    token = json.loads(post(account, "", {"timezone": zone}, "session").content)["token"]
    post(account, token, a_message())
    assert Handle.objects.get().contact.timezone == kept


def test_an_address_given_later_is_told_too(account: ChannelAccount) -> None:
    token = token_of(account, "ada")
    post(account, token, a_message())
    assert not Message.objects.filter(kind="note").exists()
    post(account, token, {"email": "ada@example.com"}, "session")
    assert "ada@example.com" in Message.objects.get(kind="note").text
